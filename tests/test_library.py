"""`from grok_tui import detect`, as other people's code calls it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from support import LINEAR, SAMPLES, rise

import grok_tui
from grok_tui import detect
from grok_tui.analysis.verdict import Outcome
from grok_tui.errors import UsageError

TRAIN, TEST = rise(LINEAR, 50), rise(LINEAR, 1500)


def test_a_path_or_arrays_give_a_typed_verdict() -> None:
    told = detect(SAMPLES / "add-53-flash-1")
    assert told.outcome is Outcome.GROKKED
    verdict = detect(steps=LINEAR, train=TRAIN, test=TEST, test_size=1000)
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.grok is not None
    assert verdict.grok.step == pytest.approx(1500, rel=0.03)


def test_percent_lists_and_gaps_give_the_same() -> None:
    whole = detect(steps=LINEAR, train=TRAIN, test=TEST)
    percent = detect(steps=LINEAR.tolist(), train=(100 * TRAIN).tolist(), test=100 * TEST)
    assert percent.outcome is whole.outcome
    assert percent.grok is not None
    assert whole.grok is not None
    assert percent.grok.step == whole.grok.step
    seldom = np.where(np.arange(len(TEST)) % 7, np.nan, TEST)
    assert detect(steps=LINEAR, train=TRAIN, test=seldom).outcome is Outcome.GROKKED


def test_losses_and_a_training_loss_beside_test_accuracies() -> None:
    losses = detect(
        steps=LINEAR, train=4 * (1 - TRAIN) + 1e-3, test=4 * (1 - TEST) + 0.01, metric="loss"
    )
    assert (losses.outcome, losses.basis) == (Outcome.GROKKED, "loss")
    mixed = detect(steps=LINEAR, train=4 * (1 - TRAIN) + 1e-3, test=TEST, train_metric="loss")
    assert (mixed.outcome, mixed.basis) == (Outcome.GROKKED, "mixed")


def test_what_was_trained_again_is_left_out() -> None:
    steps = np.concatenate([LINEAR[:100], LINEAR[50:]])
    train = np.concatenate([TRAIN[:100], TRAIN[50:]])
    test = np.concatenate([np.ones(100), TEST[50:]])
    test[:50] = TEST[:50]
    verdict = detect(steps=steps, train=train, test=test)
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.grok is not None
    assert verdict.grok.step == pytest.approx(1500, rel=0.03)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({}, "needs a log, or train and test"),
        ({"train": [1.0]}, "needs a log, or train and test"),
        ({"log": "x.csv", "train": [1.0], "test": [1.0]}, "not both"),
        ({"log": "nowhere.csv"}, "nowhere.csv"),
        ({"train": [1.0], "test": [1.0, 2.0]}, "differ in length"),
        ({"train": [1.0], "test": [1.0], "steps": [1, 2]}, "differ in length"),
        ({"train": [1.0], "test": [1.0], "steps": [np.inf]}, "must be finite"),
        ({"train": ["high"], "test": [1.0]}, "must hold numbers"),
        ({"train": [[1.0]], "test": [1.0]}, "not of shape"),
        ({"train": [1.0], "test": [1.0], "metric": "loss", "train_metric": "accuracy"}, "losses"),
    ],
)
def test_what_does_not_fit_together_is_one_line(asked: dict, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        detect(**asked)


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, grok_tui; print('numpy' in sys.modules, grok_tui.__version__)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", grok_tui.__version__]
    with pytest.raises(AttributeError, match="no attribute 'detects'"):
        grok_tui.detects  # noqa: B018
