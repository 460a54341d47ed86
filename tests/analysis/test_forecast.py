from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from support import rise

from grok_tui.analysis.forecast import Abstention, Forecast, History, forecast, nowcast
from grok_tui.analysis.series import EMPTY, Curve

MEMORISED = 100.0


def shrinking(rate: float, fall: float, draw: np.random.Generator) -> History:
    """A run that groks when its norm has shrunk by `fall` (in logarithms)."""
    fall += draw.normal(0, 0.02)
    grokked = MEMORISED + fall / rate
    steps = np.arange(0.0, 2 * grokked, 5)
    norm = (
        60
        * np.exp(-rate * np.maximum(steps - MEMORISED, 0))
        * np.exp(draw.normal(0, 0.001, len(steps)))
    )
    return History(MEMORISED, grokked, float(steps[-1]), Curve(steps, norm))


def by_ratio(ratio: float, draw: np.random.Generator) -> History:
    """A run that groks at a multiple of its memorisation step; its norm grows."""
    memorised = float(np.exp(draw.uniform(3, 5)))
    grokked = memorised * ratio * math.exp(draw.normal(0, 0.05))
    steps = np.arange(0.0, 2 * grokked, 5)
    return History(memorised, grokked, float(steps[-1]), Curve(steps, 60 + steps / 100))


def test_where_the_norm_tells_it_is_used_and_where_the_delay_tells_that() -> None:
    draw = np.random.default_rng(0)
    rates = np.exp(draw.uniform(math.log(2e-4), math.log(2e-3), 13))
    by_norm = [shrinking(rate, 0.5, draw) for rate in rates]
    found = forecast(by_norm[0].until(300), by_norm[1:])
    assert isinstance(found, Forecast)
    assert found.law == "norm"
    assert by_norm[0].grokked is not None
    assert found.step == pytest.approx(by_norm[0].grokked, rel=0.1)
    by_delay = [by_ratio(12, draw) for _ in range(13)]
    run = by_delay[0].until(3 * by_delay[0].memorised)
    found = forecast(run, by_delay[1:])
    assert isinstance(found, Forecast)
    assert (found.law, found.runs) == ("delay", 12)


def test_four_of_five_intervals_hold() -> None:
    draw = np.random.default_rng(1)
    held = []
    for _ in range(30):
        runs = [by_ratio(12, draw) for _ in range(16)]
        found = forecast(runs[0].until(3 * runs[0].memorised), runs[1:])
        assert isinstance(found, Forecast)
        assert runs[0].grokked is not None
        held.append(found.low <= runs[0].grokked <= found.high)
    assert 0.65 <= np.mean(held) <= 0.95, "0.8, and two errors of 30 draws"


def test_without_enough_runs_it_says_how_many_are_missing() -> None:
    draw = np.random.default_rng(2)
    runs = [by_ratio(12, draw) for _ in range(6)]
    censored = replace(runs[1], grokked=None)
    found = forecast(runs[0].until(300), [*runs[1:], censored])
    assert found == Abstention("3 more finished runs of this family needed that grokked")


def test_a_run_that_outlives_the_others_is_not_forecast_by_them() -> None:
    draw = np.random.default_rng(3)
    runs = [by_ratio(12, draw) for _ in range(12)]
    late = replace(runs[0], grokked=None, final=40 * runs[0].memorised)
    found = forecast(late, runs[1:])
    assert isinstance(found, Abstention)
    assert "40 times as long as to memorise, and 0 of the 11 finished runs" in found.reason


def test_a_run_without_a_norm_is_forecast_by_the_delay() -> None:
    draw = np.random.default_rng(4)
    runs = [replace(by_ratio(12, draw), norm=EMPTY) for _ in range(12)]
    found = forecast(runs[0].until(3 * runs[0].memorised), runs[1:])
    assert isinstance(found, Forecast)
    assert found.law == "delay"


def test_a_rise_is_followed_to_its_end_and_labelled_as_that() -> None:
    steps = np.arange(10.0, 1400, 10)
    draw = np.random.default_rng(5)
    test = np.clip(rise(steps, 1500, 0.15) + draw.normal(0, 0.005, len(steps)), 0, 1)
    found = nowcast(Curve(steps, test), 100, 1150)
    assert isinstance(found, Forecast)
    assert found.law == "rise"
    arrived = 1500 * 4**0.15
    assert found.low <= arrived <= found.high
    assert found.high < 1.5 * found.low


def test_a_rise_that_cannot_be_followed_is_not() -> None:
    steps = np.arange(10.0, 2000, 10)
    short = nowcast(Curve(steps[:20], rise(steps[:20], 200)), 20, 180)
    assert isinstance(short, Abstention)
    assert "evaluations, and 5 are needed" in short.reason
    values = np.where(steps < 100, 0.0, 0.5 - steps / 10_000)
    falling = nowcast(Curve(steps, values), 20, 100)
    assert falling == Abstention("the rise has paused")
