from __future__ import annotations

import numpy as np
import pytest
from support import rise

from grok_tui.analysis.artefact import is_threshold_artefact
from grok_tui.analysis.judge import Judge

STEPS = np.arange(0.0, 5001, 50)


@pytest.mark.parametrize(
    "losses", [5 * np.exp(-STEPS / 900), 30 / np.maximum(STEPS, 1) ** 1.5], ids=["linear", "power"]
)
def test_a_loss_that_glides_makes_an_artefact(losses: np.ndarray) -> None:
    assert is_threshold_artefact(STEPS, losses, 100, 4000)


@pytest.mark.parametrize(
    "losses",
    [
        6 * (1 - rise(STEPS, 3000)) + 0.01,
        2 + 3 * rise(STEPS, 500) - 4.99 * rise(STEPS, 3000),
        np.full(len(STEPS), 2.0),
        np.full(len(STEPS), np.nan),
    ],
    ids=["falls late", "rises, then falls", "flat", "not a number"],
)
def test_a_loss_that_changes_its_course_does_not(losses: np.ndarray) -> None:
    assert not is_threshold_artefact(STEPS, losses, 100, 4000)


def test_a_dozen_evaluations_are_needed() -> None:
    few = STEPS[::10]
    assert not is_threshold_artefact(few, 5 * np.exp(-few / 900), 100, 4000)


def test_the_verdict_says_so_and_keeps_to_it() -> None:
    judge = Judge(chance=0.1)
    for step in STEPS.tolist():
        judge.observe("train/accuracy", step, 1.0 if step > 50 else 0.1)
        judge.observe("test/accuracy", step, float(0.1 + 0.9 * (step > 2000)))
        judge.observe("test/loss", step, float(np.exp(-step / 900)) if step < 3000 else 9.0)
    verdict = judge.verdict()
    assert verdict.is_threshold_artefact
    assert verdict.to_json()["threshold_artefact"] is True
