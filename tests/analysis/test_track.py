from __future__ import annotations

from grok_tui.analysis.track import Hold, Track


def test_a_condition_must_hold_for_evaluations_and_for_a_share_of_the_step() -> None:
    dense, wide = Hold(3, 0.02), Hold(3, 0.02)
    assert [dense.update(step, True, True) for step in (1000, 1005, 1010, 1020)] == [
        False,
        False,
        False,
        True,
    ]
    assert [wide.update(step, True, True) for step in (100, 200, 300)] == [False, False, True]
    assert wide.since == 100


def test_the_median_may_hold_where_an_evaluation_fails() -> None:
    hold = Hold(3, 0.0)
    held = [hold.update(step, step != 3, step > 1) for step in (1, 2, 3, 4)]
    assert held == [False, False, False, True]
    assert hold.since == 2


def test_few_evaluations_must_lie_far_apart() -> None:
    hold = Hold()
    hold.update(1000, True, False)
    assert not hold.lasts(1500), "one evaluation is none"
    hold.update(1100, True, False)
    assert not hold.lasts(1100)
    hold.update(1500, False, False)
    assert not hold.lasts(1500)


def test_a_step_that_is_not_later_is_left_out() -> None:
    track = Track()
    assert track.push(1, 0.1)
    assert not track.push(1, 0.9)
    assert track.scores == [0.1]


def test_a_median_sees_a_rise_late_and_the_first_score_is_found() -> None:
    track = Track()
    for step, score in enumerate((0.1, 0.1, 0.99, 0.1, 0.99, 0.99)):
        track.push(float(step), score)
    assert track.first_near(4.0, 0.98) == 2
    assert track.first_near(4.0, 2.0) == 4, "none: the step itself"
    assert track.last_before(4.0) == 3
    assert track.last_before(0.0) is None
