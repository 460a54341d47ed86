from __future__ import annotations

import numpy as np
import pytest
from support import LINEAR, rise

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Event, Outcome, Verdict
from grok_tui.analysis.wording import sentence, steps, times


def said(train: np.ndarray, test: np.ndarray, *, is_live: bool = False, end: int = 401) -> str:
    judge = Judge(chance=0.0)
    for step, a, b in zip(LINEAR[:end].tolist(), train.tolist(), test.tolist(), strict=False):
        judge.observe("train/accuracy", step, a)
        judge.observe("test/accuracy", step, b)
    curves = {
        "train/accuracy": Curve(LINEAR[:end], train[:end]),
        "test/accuracy": Curve(LINEAR[:end], test[:end]),
    }
    return sentence(judge.verdict(), curves, is_live=is_live)


def test_each_outcome_has_its_sentence() -> None:
    fitted, late, never = rise(LINEAR, 50), rise(LINEAR, 800), np.full(len(LINEAR), 0.05)
    assert said(fitted, late).startswith("⚑ grokked at step 80")
    assert "× after memorising at 80" in said(fitted, late)
    assert said(fitted, never) == (
        "memorised at step 80 and did not generalise in 4 000 steps, 50× as long:"
        " test accuracy 0.05."
    )
    assert "no grokking so far: test accuracy 0.05 at step 1 000" in said(
        fitted, never, is_live=True, end=101
    )
    assert "rising since" in said(fitted, late, is_live=True, end=75)
    assert "together with the training set" in said(fitted, rise(LINEAR, 60))
    assert said(never, never).startswith("did not fit its training set in 4 000 steps")
    assert said(never, never, is_live=True).startswith("fitting: train accuracy 0.05")
    assert "partly grokked" in said(fitted, rise(LINEAR, 400, top=0.7))
    assert said(fitted, late, end=3) == "too few evaluations for a verdict."


def test_a_test_set_that_is_mostly_solved_is_not_called_unsolved() -> None:
    """Ordinary training: 0.9 from the beginning to the end."""
    text = said(rise(LINEAR, 50), rise(LINEAR, 50, top=0.88))
    assert text.startswith("memorised at step 80 with no delayed rise after it in 4 000 steps")


def test_a_rise_that_stops_early_is_not_called_rising() -> None:
    text = said(rise(LINEAR, 50), rise(LINEAR, 800, top=0.45))
    assert "on to accuracy 0.45, too little to be called grokking." in text


def test_what_a_transition_reached_is_said_where_it_is_short_of_all() -> None:
    assert "; test has reached accuracy 0.88." in said(
        rise(LINEAR, 50), rise(LINEAR, 800, top=0.88)
    )


def test_numbers_that_end_are_told() -> None:
    test = np.full(len(LINEAR), 0.05)
    curves = {"train/loss": Curve(LINEAR, np.where(LINEAR < 1500, 0.1, np.nan))}
    judge = Judge()
    for step, a in zip(LINEAR.tolist(), np.where(LINEAR < 1500, 1.0, np.nan).tolist(), strict=True):
        judge.observe("train/accuracy", step, a)
        judge.observe("test/accuracy", step, a * 0.05)
    curves["test/accuracy"] = Curve(LINEAR, np.where(LINEAR < 1500, test, np.nan))
    text = sentence(judge.verdict(), curves, is_live=False)
    assert text.endswith("test accuracy 0.05. Diverged: train loss is nan from step 1 500 on.")


def test_losing_it_is_said() -> None:
    test = rise(LINEAR, 400)
    test[LINEAR > 2000] = 0.05
    assert said(rise(LINEAR, 50), test).startswith("lost its generalisation at step 2 0")


def test_nothing_to_judge() -> None:
    assert sentence(Verdict(), {}, is_live=True) == "waiting for the first evaluation"
    assert sentence(Verdict(), {}, is_live=False) == "no train and test curve to judge"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.0, "0"), (1234567.0, "1 234 567"), (0.5, "0.50")]
)
def test_steps_are_readable(value: float | None, text: str) -> None:
    assert steps(value) == text


def test_ratios_have_two_digits_at_most() -> None:
    assert (times(9.16), times(87.4)) == ("9.2×", "87×")


def judged(step_numbers: np.ndarray, train: np.ndarray, test: np.ndarray) -> str:
    judge = Judge()
    for step, a, b in zip(step_numbers.tolist(), train.tolist(), test.tolist(), strict=True):
        judge.observe("train/accuracy", step, a)
        judge.observe("test/accuracy", step, b)
    return sentence(judge.verdict(), {}, is_live=False)


def test_what_the_log_cannot_say_is_not_said() -> None:
    began_late = judged(LINEAR + 5000, np.ones(len(LINEAR)), rise(LINEAR + 5000, 7000, 0.05))
    assert "; the training set was fitted when the log begins, at 5 000." in began_late
    solved = judged(LINEAR + 5000, np.ones(len(LINEAR)), np.full(len(LINEAR), 0.99))
    assert solved == "generalised at step 5 000, where the log begins: no delay was seen."
    sparse = np.arange(0.0, 12_001, 500)
    rare = judged(sparse, (sparse > 0).astype(float), rise(sparse, 1700))
    assert ", at least 3." in rare
    assert "× after memorising, which was by 500." in rare


@pytest.mark.parametrize("last", [float("nan"), float("inf"), 9e9])
def test_complexity_that_did_not_fall_is_not_said_to_have_fallen(last: float) -> None:
    verdict = Verdict(
        outcome=Outcome.MEMORISED,
        basis="accuracy",
        final_step=9,
        events=(Event("memorised", 1, 2), Event("complexity_peak", 1, 5)),
    )
    curves = {"complexity/mdl_bytes": Curve(np.array([0.0, 1, 9]), np.array([1.0, 7, last]))}
    assert "fallen" not in sentence(verdict, curves, is_live=False)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (30, 60, " Complexity peaked at 50 (30–60) and has fallen by 75%."),
        (30, 441, " Complexity peaked at 50 (30–441) and has fallen by 75%."),
        (30, 442, " Complexity peaked about as it grokked, at 50 (30–442), and has fallen by 75%."),
    ],
)
def test_a_peak_is_told_with_its_interval_and_in_no_order_where_that_is_open(
    low: float, high: float, text: str
) -> None:
    events = (
        Event("memorised", 40, 45, 39, 40),
        Event("complexity_peak", 50, 450, low, high),
        Event("grokked", 450, 600, 442, 461),
    )
    verdict = Verdict(Outcome.GROKKED, "accuracy", 900, events, {"test 0.95": 700})
    curves = {"complexity/mdl_bytes": Curve(np.array([0.0, 50, 900]), np.array([1.0, 8, 2]))}
    assert sentence(verdict, curves, is_live=False).endswith(text)
    assert len(sentence(verdict, curves, is_live=False)) < 156  # two rows of a small screen


def test_without_a_clear_peak_a_run_that_was_measured_says_so_at_its_end() -> None:
    verdict = Verdict(Outcome.MEMORISED, "accuracy", 900, (Event("memorised", 40, 45),))
    said = " No resolved peak of complexity."
    for count, is_live, ends_so in ((11, False, True), (11, True, False), (10, False, False)):
        curves = {"complexity/mdl_bytes": Curve(np.arange(float(count)), np.ones(count))}
        assert sentence(verdict, curves, is_live=is_live).endswith(said) is ends_so


def test_a_rise_that_the_log_ends_in_is_told_as_uncertain() -> None:
    judge = Judge()
    for step in range(0, 600, 10):
        judge.observe("train/accuracy", step, 1.0 if step > 40 else 0.1)
        judge.observe("test/accuracy", step, 0.02 if step < 560 else 0.7)
    said = sentence(judge.verdict(is_over=True), {}, is_live=False)
    assert said.startswith("⚑ partly grokked at step 556 (550–560), 11× after memorising at 50")
    assert "; the log ends before that is certain, at " in said
    assert "rising since 550, not confirmed yet" in sentence(judge.verdict(), {}, is_live=True)
