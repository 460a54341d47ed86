from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.agreement import agreement, deviations
from grok_tui.analysis.series import Curve, Series
from grok_tui.analysis.verdict import Event, Outcome, Verdict
from grok_tui.config import Expected

EXPECTED = Expected(
    verdict="grokked", memorised_step=(40, 60), grok_step=(400, 600), test_accuracy=(0.9, 1.0)
)


def verdict(memorised: float | None = 50, grokked: float | None = 500) -> Verdict:
    dates = (("memorised", memorised), ("grokked", grokked))
    events = tuple(Event(kind, step, step + 1) for kind, step in dates if step is not None)
    return Verdict(Outcome.GROKKED if grokked else Outcome.MEMORISED, "accuracy", 900, events)


def curves(last: float = 0.99) -> dict[str, Curve]:
    series = Series()
    series.append(np.array([0.0, 900.0]), np.array([0.0, last]))
    return {"test/accuracy": series.curve()}


def test_a_finished_run_within_all_bands_is_in_band() -> None:
    assert agreement(EXPECTED, verdict(), curves(), is_finished=True) == "in band"


@pytest.mark.parametrize(
    ("found", "last", "said"),
    [
        (verdict(memorised=61), 0.99, "memorised step 61, expected 40–60"),
        (verdict(grokked=399), 0.99, "grok step 399, expected 400–600"),
        (verdict(), 0.5, "test accuracy 0.500, expected 0.9–1"),
        (
            verdict(grokked=None),
            0.99,
            "grok step none, expected 400–600; memorised, expected grokked",
        ),
    ],
)
def test_what_lies_outside_is_named(found: Verdict, last: float, said: str) -> None:
    assert agreement(EXPECTED, found, curves(last), is_finished=True) == f"outside: {said}"


def test_what_may_still_come_is_no_deviation() -> None:
    assert agreement(EXPECTED, verdict(grokked=None), curves(0.1), is_finished=False) is None
    assert deviations(EXPECTED, Verdict(), {}, is_finished=False) == []
    late = verdict(memorised=99, grokked=None)
    said = agreement(EXPECTED, late, curves(), is_finished=False)
    assert said == "outside: memorised step 99, expected 40–60"


def test_where_nothing_is_expected_nothing_is_said() -> None:
    assert agreement(None, verdict(), curves(), is_finished=True) is None
    assert agreement(Expected(verdict="grokked"), verdict(), {}, is_finished=True) == "in band"


def test_on_a_border_either_verdict_is_in_band() -> None:
    either = Expected(verdict=("generalised", "grokked"))
    assert agreement(either, verdict(), {}, is_finished=True) == "in band"
    said = agreement(either, verdict(grokked=None), {}, is_finished=True)
    assert said == "outside: memorised, expected generalised or grokked"
