from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.phases import Learning, PhaseKind, learning, phases
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Event, Verdict

MEMORISED = Event("memorised", 50, 53)
GROKKED = Event("grokked", 450, 600, 440, 460, rise=(400, 550))


def kinds(*events: Event, final: float = 1000, rising: float | None = None) -> list[object]:
    verdict = Verdict(events=events, final_step=final, rising_since=rising)
    return [(phase.kind, phase.start, phase.end) for phase in phases(verdict)]


def test_nothing_has_no_phases() -> None:
    assert phases(Verdict()) == ()


def test_grokking_has_four() -> None:
    assert kinds(MEMORISED, GROKKED) == [
        (PhaseKind.FITTING, 0, 50),
        (PhaseKind.MEMORISED, 50, 400),
        (PhaseKind.RISING, 400, 550),
        (PhaseKind.GENERALISED, 550, 1000),
    ]


def test_a_rise_that_is_not_confirmed_shows() -> None:
    assert kinds(MEMORISED, rising=900)[-1] == (PhaseKind.RISING, 900, 1000)


def test_memorising_during_the_rise_is_no_phase() -> None:
    together = Event("generalised", 130, 155, 124, 139, rise=(90, 140))
    found = kinds(Event("memorised", 106, 115), together)
    assert [kind for kind, _, _ in found] == [  # type: ignore[misc]
        PhaseKind.FITTING,
        PhaseKind.RISING,
        PhaseKind.GENERALISED,
    ]


def test_losing_and_coming_back() -> None:
    found = kinds(MEMORISED, GROKKED, Event("relapsed", 700, 700), Event("recovered", 800, 800))
    assert found[-3:] == [
        (PhaseKind.GENERALISED, 550, 700),
        (PhaseKind.COLLAPSED, 700, 800),
        (PhaseKind.GENERALISED, 800, 1000),
    ]


def test_phases_follow_each_other_without_gaps() -> None:
    found = phases(Verdict(events=(MEMORISED, GROKKED), final_step=1000))
    assert [phase.end for phase in found[:-1]] == [phase.start for phase in found[1:]]


def reaching(step: float | None) -> Curve:
    """An accuracy that is above 0.9 from a step on, or never."""
    steps = np.arange(0.0, 200_001, 100)
    return Curve(steps, np.where(steps >= (step if step is not None else np.inf), 0.95, 0.5))


@pytest.mark.parametrize(
    ("fitted", "arrived", "phase"),
    [
        (500, 1400, Learning.COMPREHENSION),
        (500, 1500, Learning.GROKKING),
        (500, None, Learning.MEMORIZATION),
        (500, 150_000, Learning.MEMORIZATION),
        (None, 500, Learning.CONFUSION),
        (120_000, 120_000, Learning.CONFUSION),
    ],
)
def test_liu_and_others_tell_four_phases(
    fitted: float | None, arrived: float | None, phase: Learning
) -> None:
    assert learning(reaching(fitted), reaching(arrived)) is phase
    assert learning(reaching(fitted), EMPTY) is None
