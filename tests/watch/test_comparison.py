from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Event, Outcome, Verdict
from grok_tui.config import Config, to_tree
from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.watch.comparison import (
    Alignment,
    aligned,
    band_of,
    by_setting,
    curve_of,
    dates,
    differences,
    metrics,
    one_by_one,
    same_setting,
    why_left_out,
)
from grok_tui.watch.view import RunView

TREE = to_tree(Config(name="x"))
ACCURACY = Curve(np.array([0.0, 10.0, 20.0, 40.0]), np.array([0.0, 0.1, 0.5, 1.0]))
LOSS = Curve(ACCURACY.steps, 1 - ACCURACY.values)
CURVES = {"test/accuracy": ACCURACY, "test/loss": LOSS, "train/loss": LOSS}


def grokked(step: float, **fields: Any) -> Verdict:
    events = (Event("memorised", 10, 12), Event("grokked", step, step, **fields))
    return Verdict(events=events, final_step=40.0)


def view(name: str = "a", seed: int = 0, state: State = State.FINISHED, **fields: Any) -> RunView:
    config = {**TREE, "name": name, "seed": seed, **fields.pop("config", {})}
    fields = {"curves": CURVES, "verdict": Verdict(final_step=40.0), **fields}
    status = Status(state)
    path = Path("/runs") / name
    return RunView(id=name, path=path, name=name, status=status, config=config, **fields)


def test_seeds_of_one_setting_differ_in_nothing_that_matters() -> None:
    runs = [
        view("a", 0),
        view("b", 1, config={"device": "cpu", "steps": 9}),
        view("c", 2, config={"batch": 5}),
        view("d", 3, live={"optimizer.lr": 1.0}),
    ]
    assert [run.id for run in same_setting(runs[0], runs)] == ["a", "b"]
    groups = by_setting(runs)
    assert [[run.id for run in each.runs] for each in groups] == [["a", "b"], ["c"], ["d"]]
    assert [each.letter for each in groups] == ["A", "B", "C"]
    assert groups[0].label == "batch=0 lr=0.01"
    assert groups[1].label == "batch=5 lr=0.01"


def test_at_most_twelve_runs_have_letters() -> None:
    assert "".join(e.letter for e in one_by_one([view(str(n)) for n in range(20)])) == (
        "ABCDEFGHIJKL"
    )


def test_runs_that_did_not_grok_are_counted_and_never_dropped() -> None:
    found = dates(
        [
            view(verdict=grokked(30.0)),
            view(verdict=grokked(20.0)),
            view(verdict=grokked(25.0, is_provisional=True)),
            view(state=State.RUNNING),
            view(verdict=Verdict(outcome=Outcome.GENERALISED, final_step=40.0)),
        ]
    )
    assert found.grokked == (20.0, 30.0)
    assert found.censored == (40.0, 40.0, 40.0)
    assert (found.runs, found.training, found.at_once) == (5, 1, 1)


def test_only_settings_that_differ_are_listed_with_who_has_them() -> None:
    runs = [view("a", 0), view("b", 1, config={"batch": 5}), view("c", 1, config={"new": True})]
    assert differences(one_by_one(runs)) == [
        ("batch", [("0", "A C"), ("5", "B")]),
        ("new", [("not there", "A B"), ("yes", "C")]),
        ("seed", [("0", "A"), ("1", "B C")]),
    ]
    assert differences(one_by_one(runs[:1])) == []


@pytest.mark.parametrize(
    ("alignment", "log", "expected"),
    [
        (Alignment.STEP, True, [0, 10, 20, 40]),
        (Alignment.MEMORISED, True, [0, 1, 2, 4]),
        (Alignment.MEMORISED, False, [-10, 0, 10, 30]),
        (Alignment.GROKKED, True, [0, 0.5, 1, 2]),
        (Alignment.GROKKED, False, [-20, -10, 0, 20]),
        (Alignment.TIME, False, [0, 1, 2, 4]),
    ],
)
def test_curves_are_aligned(alignment: Alignment, log: bool, expected: list[float]) -> None:
    run = view(verdict=grokked(20.0), times=Curve(np.array([0.0, 40.0]), np.array([1e9, 1e9 + 4])))
    found = aligned(run, ACCURACY, alignment, log=log)
    assert found.steps == pytest.approx(expected)
    assert found.values == pytest.approx(ACCURACY.values)


def test_time_never_runs_backwards_and_ends_where_it_is_known() -> None:
    times = Curve(np.array([0.0, 10.0, 20.0]), np.array([5.0, 9.0, 7.0]))
    found = aligned(view(times=times), ACCURACY, Alignment.TIME, log=True)
    assert found.steps == pytest.approx([0, 4, 4])


@pytest.mark.parametrize(
    ("alignment", "reason"),
    [
        (Alignment.STEP, None),
        (Alignment.TIME, "has no times"),
        (Alignment.MEMORISED, "has not memorised"),
        (Alignment.GROKKED, "has not grokked"),
    ],
)
def test_a_run_that_cannot_be_aligned_says_why(alignment: Alignment, reason: str | None) -> None:
    assert why_left_out(view(), alignment) == reason
    is_empty = len(aligned(view(), ACCURACY, alignment, log=True)) == 0
    assert is_empty == (reason is not None)


def test_what_can_be_compared_is_what_some_run_has() -> None:
    assert metrics([view(), view(curves={})]) == ["test accuracy", "test loss", "gap", "train loss"]
    norm = {"complexity/weight_norm": ACCURACY}
    assert "‖θ‖" in metrics([view(curves=norm)])
    assert len(curve_of(view(), "‖θ‖")) == 0
    assert len(curve_of(view(curves=norm), "‖θ‖")) == 4
    assert curve_of(view(), "gap").values == pytest.approx(0)


def test_a_band_is_made_of_the_runs_that_can_be_drawn() -> None:
    group = by_setting([view("a", 0, verdict=grokked(20.0)), view("b", 1)])[0]
    found = band_of(group, "test accuracy", Alignment.GROKKED, log=False)
    assert found.middle.steps == pytest.approx([-20, -10, 0, 20])
