from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import LINEAR, LOGARITHMIC, rise

from grok_tui.analysis.transition import Detector
from grok_tui.analysis.verdict import Outcome, Verdict

GRIDS = pytest.mark.parametrize("steps", [LINEAR, LOGARITHMIC], ids=["linear", "logarithmic"])


def noisy(values: np.ndarray, size: float = 0.01, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, size, len(values))
    return np.clip(values + noise * (values > 0.02), 0, 1)


def detector(steps: np.ndarray, train: np.ndarray, test: np.ndarray, **known: object) -> Detector:
    known = {"guessing": 0.0, **known}
    made = Detector(known.pop("basis", "accuracy"), **known)  # type: ignore[arg-type]
    for step, a, b in zip(steps.tolist(), train.tolist(), test.tolist(), strict=True):
        made.observe("train", step, a)
        made.observe("test", step, b)
    return made


def judge(steps: np.ndarray, train: np.ndarray, test: np.ndarray, **known: object) -> Verdict:
    return detector(steps, train, test, **known).verdict()


@GRIDS
@pytest.mark.parametrize("middle", [300, 800, 2000])
def test_a_delayed_rise_is_grokking_and_the_interval_holds_the_date(
    steps: np.ndarray, middle: float
) -> None:
    verdict = judge(steps, noisy(rise(steps, 50)), noisy(rise(steps, middle), seed=1))
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.grok is not None
    assert verdict.grok.low <= middle <= verdict.grok.high  # type: ignore[operator]
    assert verdict.grok.step == pytest.approx(middle, rel=0.05)
    assert verdict.delay_ratio == pytest.approx(middle / verdict.memorised_step, rel=0.06)


@GRIDS
def test_memorising_alone_is_no_grokking(steps: np.ndarray) -> None:
    verdict = judge(steps, rise(steps, 50), np.full(len(steps), 0.05))
    assert verdict.outcome is Outcome.MEMORISED
    assert [event.kind for event in verdict.events] == ["memorised"]


@GRIDS
def test_rising_together_is_no_grokking(steps: np.ndarray) -> None:
    verdict = judge(steps, rise(steps, 50), rise(steps, 60))
    assert verdict.outcome is Outcome.GENERALISED
    assert verdict.grok is None


@GRIDS
def test_a_training_set_that_is_never_fitted(steps: np.ndarray) -> None:
    verdict = judge(steps, rise(steps, 50, top=0.7), rise(steps, 800, top=0.6))
    assert verdict.outcome is Outcome.NOT_FITTED
    assert verdict.events == ()


@GRIDS
def test_a_rise_that_ends_short_is_partial(steps: np.ndarray) -> None:
    verdict = judge(steps, rise(steps, 50), rise(steps, 400, top=0.7))
    assert verdict.outcome is Outcome.PARTIALLY_GROKKED


@GRIDS
def test_a_task_with_a_low_ceiling_groks_too(steps: np.ndarray) -> None:
    verdict = judge(steps, rise(steps, 50), 0.1 + rise(steps, 400, top=0.79), guessing=0.1)
    assert verdict.outcome is Outcome.GROKKED


def test_a_plateau_at_the_train_fraction_is_still_memorising() -> None:
    steps = LOGARITHMIC
    test = 0.3 * rise(steps, 50) + 0.7 * rise(steps, 900)
    verdict = judge(steps, rise(steps, 50), test)
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.grok is not None
    assert verdict.grok.step == pytest.approx(900, rel=0.06)


def test_parity_starts_from_one_half() -> None:
    steps = LOGARITHMIC
    train, test = 0.5 + rise(steps, 50, top=0.5), 0.5 + rise(steps, 900, top=0.5)
    given_chance = judge(steps, train, test, guessing=0.5)
    estimated = judge(steps, train, test, guessing=None)
    assert given_chance.outcome is estimated.outcome is Outcome.GROKKED
    assert given_chance.grok == estimated.grok


def test_a_short_blip_of_the_test_curve_is_no_grokking() -> None:
    test = np.full(len(LINEAR), 0.05)
    test[200:202] = 0.99
    verdict = judge(LINEAR, rise(LINEAR, 50), test)
    assert verdict.outcome is Outcome.MEMORISED


def test_a_swapped_split_is_no_grokking() -> None:
    verdict = judge(LINEAR, rise(LINEAR, 800), rise(LINEAR, 50))
    assert verdict.outcome is not Outcome.GROKKED


def test_losing_the_test_set_again_is_a_collapse_and_coming_back_a_recovery() -> None:
    steps = LINEAR
    test = rise(steps, 400)
    test[(steps > 1500) & (steps < 2500)] = 0.05
    events = judge(steps, rise(steps, 50), test).events
    assert [event.kind for event in events] == ["memorised", "grokked", "relapsed", "recovered"]
    until_then = steps < 2500
    halted = judge(steps[until_then], rise(steps, 50)[until_then], test[until_then])
    assert halted.outcome is Outcome.COLLAPSED


def test_losing_everything_is_a_collapse() -> None:
    steps = LINEAR
    train, test = rise(steps, 50), rise(steps, 400)
    train[steps > 2000] = test[steps > 2000] = 0.02
    verdict = judge(steps, train, test)
    assert verdict.outcome is Outcome.COLLAPSED
    assert verdict.events[-1].kind == "collapsed"


def test_a_log_that_begins_after_the_rise_claims_no_grokking() -> None:
    steps = LINEAR + 5000
    verdict = judge(steps, np.ones(len(steps)), np.full(len(steps), 0.99), guessing=None)
    assert verdict.outcome is Outcome.GENERALISED


def test_a_rise_that_is_not_over_is_provisional() -> None:
    steps = LINEAR[LINEAR < 800]
    verdict = judge(steps, rise(steps, 50), rise(steps, 800))
    assert verdict.outcome is Outcome.MEMORISED
    assert verdict.rising_since is not None
    assert verdict.to_json()["events"][-1] == {
        "kind": "onset",
        "step": verdict.rising_since,
        "seen_at": 790,
        "provisional": True,
    }
    assert all(event.kind != "onset" for event in verdict.events), "what is confirmed stays"


def test_three_evaluations_say_nothing() -> None:
    assert judge(LINEAR[:3], LINEAR[:3], LINEAR[:3]).outcome is Outcome.UNDECIDED
    assert Detector("accuracy").verdict().outcome is Outcome.UNDECIDED


def test_losses_alone_are_enough() -> None:
    steps = LOGARITHMIC
    train = 4 * (1 - rise(steps, 30)) + 1e-4
    test = 4 + 8 * rise(steps, 60) - 12 * rise(steps, 900) + 0.01
    verdict = judge(steps, train, test, basis="loss", guessing=None)
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.basis == "loss"
    assert verdict.grok is not None
    assert 600 < verdict.grok.step < 1600


def test_not_a_number_and_repeated_steps_are_left_out() -> None:
    steps, train, test = LINEAR, rise(LINEAR, 50), rise(LINEAR, 800)
    reference = judge(steps, train, test)
    messy = Detector("accuracy", guessing=0.0)
    for step, a, b in zip(steps.tolist(), train.tolist(), test.tolist(), strict=True):
        for split, value in (("train", a), ("test", b)):
            messy.observe(split, step - 0.5, math.nan)
            messy.observe(split, step, value)
            messy.observe(split, step, 0.0)
            messy.observe(split, step - 1000, 1.0)
    assert messy.verdict() == reference


def test_train_may_be_evaluated_far_more_often_than_test() -> None:
    made = Detector("accuracy", guessing=0.0)
    train, test = rise(LINEAR, 50), rise(LINEAR, 800)
    for index, step in enumerate(LINEAR.tolist()):
        made.observe("train", step, float(train[index]))
        if index % 10 == 0:
            made.observe("test", step, float(test[index]))
    assert made.verdict().outcome is Outcome.GROKKED


def test_milestones_are_the_first_evaluations_that_hold() -> None:
    verdict = judge(LINEAR, rise(LINEAR, 50), rise(LINEAR, 800))
    test = rise(LINEAR, 800)
    for level in (0.95, 0.99):
        first = LINEAR[np.argmax(test >= level)]
        assert first <= verdict.milestones[f"test {level}"] <= first + 20


def test_the_json_has_the_words_of_the_contract() -> None:
    said = judge(LINEAR, rise(LINEAR, 50), rise(LINEAR, 800)).to_json()
    assert list(said) == [
        "verdict",
        "memorised_step",
        "grok",
        "delay_ratio",
        "delay_interval",
        "rising_since",
        "threshold_artefact",
        "final_step",
        "basis",
        "milestones",
        "events",
    ]
    assert said["verdict"] == "grokked"
    assert set(said["grok"]) == {"step", "low", "high", "shape"}
    assert said["final_step"] == 4000
    assert all(set(event) == {"kind", "step", "seen_at"} for event in said["events"])


@settings(max_examples=60)
@given(
    scores=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=150),
    cut=st.integers(0, 150),
    fitted=st.booleans(),
)
def test_what_was_once_confirmed_never_changes(
    scores: list[tuple[float, float]], cut: int, fitted: bool
) -> None:
    steps = np.arange(len(scores), dtype=float) * 7
    train = np.array([1.0 if fitted else a for a, _ in scores])
    test = np.sort([b for _, b in scores]) if fitted else np.array([b for _, b in scores])
    whole = detector(steps, train, test).events
    part = detector(steps[:cut], train[:cut], test[:cut]).events
    assert whole[: len(part)] == part


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), middle=st.floats(200, 2500), scale=st.sampled_from([1, 1000]))
def test_stretching_the_steps_stretches_the_dates(seed: int, middle: float, scale: int) -> None:
    steps = np.arange(20.0, 4001, 20)
    train, test = noisy(rise(steps, 50), seed=seed), noisy(rise(steps, middle), seed=seed + 1)
    one, other = judge(steps, train, test), judge(steps * scale, train, test)
    assert one.outcome is other.outcome
    if one.grok and other.grok:
        assert other.grok.step == pytest.approx(one.grok.step * scale, abs=scale)


def sparse(test: list[tuple[float, float]], train_every: float = 10.0) -> Verdict:
    """Judge a run that fits its training set at once and is seldom tested."""
    made = Detector("accuracy", guessing=0.0)
    values = dict(test)
    for step in np.arange(0, max(values) + 1, train_every).tolist():
        made.observe("train", step, 0.1 if step < 50 else 1.0)
        if step in values:
            made.observe("test", step, values[step])
    return made.verdict()


def test_a_grok_between_a_handful_of_tests_is_seen() -> None:
    tests = [(1000, 0.02), (2000, 0.55), (3000, 0.9), (4000, 1.0), (5000, 1.0), (6000, 1.0)]
    verdict = sparse(tests)
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.grok is not None
    assert verdict.grok.low == 1000
    # Between so few tests nobody can say how noisy they are: 0.55 may still be below one half.
    assert verdict.grok.high in (2000, 3000)


@pytest.mark.parametrize("plateau", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("width", [0.12, 0.3, 0.5])
def test_a_short_plateau_moves_neither_verdict_nor_date(plateau: int, width: float) -> None:
    spacing = round(2000 / (plateau + 0.5) / 10) * 10
    steps = np.arange(spacing, 12_001, spacing, dtype=float)
    verdict = sparse([(s, float(v)) for s, v in zip(steps, rise(steps, 2000, width), strict=True)])
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.grok is not None
    assert verdict.grok.low <= 2000 <= verdict.grok.high  # type: ignore[operator]


def test_losses_of_a_net_that_fits_before_its_third_evaluation() -> None:
    made = Detector("loss")
    for step in np.arange(0, 20_001, 200).tolist():
        made.observe("train", step, 4.0 if step == 0 else 1e-3 if step == 200 else 1e-4)
        test = 4 + 4 * (step > 0) - 7.9 * rise(np.array([step]), 6000)[0]
        made.observe("test", step, float(test))
    verdict = made.verdict()
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.grok is not None
    assert 5000 < verdict.grok.step < 7000


def test_a_seldom_evaluated_training_set_does_not_hide_a_delay() -> None:
    steps = np.arange(0.0, 12_001, 500)
    verdict = judge(steps, (steps > 0).astype(float), rise(steps, 1700))
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.memorised is not None
    assert (verdict.memorised.low, verdict.memorised.high) == (0, 500)


def test_a_log_that_begins_with_a_fitted_training_set_can_show_a_grok() -> None:
    steps = LINEAR + 5000
    verdict = judge(steps, np.ones(len(steps)), rise(steps, 7000, 0.05))
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.memorised is not None
    assert verdict.memorised.low is None


def test_a_high_plateau_is_no_grokking_however_late_it_ends() -> None:
    for plateau, outcome in ((0.8, Outcome.GENERALISED), (0.6, Outcome.GROKKED)):
        test = plateau + (1 - plateau) * rise(LINEAR, 2000)
        verdict = judge(LINEAR, rise(LINEAR, 10), np.where(LINEAR > 0, test, 0.0))
        assert verdict.outcome is outcome


def test_a_training_set_that_stays_at_97_percent_is_fitted() -> None:
    """As under dropout, or with wrong labels."""
    verdict = judge(LINEAR, noisy(0.97 * rise(LINEAR, 50), 0.002), rise(LINEAR, 1500))
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.memorised_step == pytest.approx(75, abs=30)
    creeping = judge(LINEAR, 0.99 * rise(LINEAR, 800, 0.6), np.full(len(LINEAR), 0.1))
    assert creeping.memorised is None, "it still improves: no plateau below 0.98"


def test_two_evaluations_that_lie_far_apart_are_enough() -> None:
    """And two neighbours of a dense log are not: slingshots last that long."""
    steps = np.array([1.0, 3, 10, 30, 100, 300, 1000, 3000, 10_000])
    fitted = np.where(steps < 20, 0.2, 1.0)
    assert judge(steps, fitted, np.where(steps < 2000, 0.05, 0.97)).outcome is Outcome.GROKKED
    blip = np.where((LINEAR > 1990) & (LINEAR < 2015), 0.97, 0.05)
    assert judge(LINEAR, rise(LINEAR, 30), blip).outcome is Outcome.MEMORISED


@pytest.mark.parametrize(
    ("test", "shape"),
    [
        (rise(LINEAR, 1500, 0.03), "sharp"),
        (rise(LINEAR, 200, 0.5), "gradual"),
        (0.4 * rise(LINEAR, 400, 0.05) + 0.6 * rise(LINEAR, 2000, 0.05), "staircase"),
    ],
)
def test_the_shape_of_the_rise_is_told(test: np.ndarray, shape: str) -> None:
    grok = judge(LINEAR, rise(LINEAR, 20), test).grok
    assert grok is not None
    assert grok.shape == shape


def test_the_delay_lies_in_its_interval() -> None:
    verdict = judge(LOGARITHMIC, rise(LOGARITHMIC, 50), rise(LOGARITHMIC, 1500))
    assert verdict.delay_interval is not None
    assert verdict.delay_ratio is not None
    low, high = verdict.delay_interval
    fitted = 50 * (0.98 / 0.02) ** 0.12
    assert low <= 1500 / fitted <= high
    assert low < verdict.delay_ratio < high


def test_a_partial_grok_can_be_lost_again() -> None:
    test = rise(LINEAR, 300, top=0.65)
    test[LINEAR > 2000] = 0.01
    verdict = judge(LINEAR, rise(LINEAR, 20), test)
    assert [event.kind for event in verdict.events][-2:] == ["partially_grokked", "relapsed"]
    assert verdict.outcome is Outcome.COLLAPSED


def test_a_partial_grok_can_become_a_full_one() -> None:
    test = 0.6 * rise(LINEAR, 200) + 0.4 * rise(LINEAR, 2500, 0.05)
    events = judge(LINEAR, rise(LINEAR, 20), test).events
    assert [event.kind for event in events] == ["memorised", "partially_grokked", "grokked"]


def test_fractions_of_epochs_keep_the_date_inside_its_interval() -> None:
    steps = np.arange(0, 8, 0.05)
    verdict = judge(steps, rise(steps, 0.5), rise(steps, 3))
    grok = verdict.grok
    assert grok is not None
    assert grok.low < grok.step < grok.high  # type: ignore[operator]


def test_a_delay_that_the_log_does_not_show_is_not_claimed() -> None:
    made = Detector("accuracy", guessing=0.0)
    for step in (0, 400, 800, 1200, 1600, 2000, 2400):
        made.observe("train", step, 1.0 if step else 0.0)
        if step in (0, 1200, 1600, 2000, 2400):  # nobody knows what it was when train was fitted
            made.observe("test", step, 1.0 if step else 0.0)
    assert made.verdict().outcome is Outcome.GENERALISED


@pytest.mark.parametrize(
    ("tail", "outcome"),
    [
        ([0.3, 0.4, 0.45], Outcome.MEMORISED),
        ([0.3, 0.55, 0.6, 0.65], Outcome.PARTIALLY_GROKKED),
        ([0.5, 0.9, 0.95], Outcome.GROKKED),
        ([0.05, 0.05, 0.95], Outcome.MEMORISED),
    ],
)
def test_a_log_that_ends_in_its_rise_tells_how_far_it_came(
    tail: list[float], outcome: Outcome
) -> None:
    test = np.concatenate([np.full(40, 0.05), tail])
    steps = np.arange(1.0, len(test) + 1) * 10
    made = detector(steps, np.where(steps < 50, 0.2, 1.0), test)
    assert made.verdict().outcome is Outcome.MEMORISED, "more may come"
    over = made.verdict(is_over=True)
    assert over.outcome is outcome
    assert made.verdict().events == tuple(made.events), "nothing was confirmed by that"
    if over.grok:
        assert over.grok.is_provisional
        assert over.to_json()["events"][-1]["provisional"] is True


def test_a_loss_far_above_guessing_is_dated_where_it_was_half_way_down() -> None:
    """And the interval also holds half of what guessing costs."""
    share = rise(LINEAR, 1500, 0.2)
    loss = 4.6 * (1 - rise(LINEAR, 20)) + (9 * rise(LINEAR, 50)) * (1 - share) + 0.01
    verdict = judge(LINEAR, 4.6 * (1 - rise(LINEAR, 20)) + 1e-3, loss, basis="loss", guessing=4.6)
    assert verdict.grok is not None
    assert verdict.grok.step == pytest.approx(1500, rel=0.05)
    assert verdict.grok.low <= 1500  # type: ignore[operator]
    quarter = 1500 * (0.75 / 0.25) ** 0.2  # there the loss is half of 4.6
    assert quarter <= verdict.grok.high  # type: ignore[operator]


def test_what_arrives_together_is_dated_from_guessing_up() -> None:
    verdict = judge(LINEAR, rise(LINEAR, 300), rise(LINEAR, 330), guessing=None)
    assert verdict.arrival is not None
    assert verdict.arrival.step == pytest.approx(330, rel=0.05)
