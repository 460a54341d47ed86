from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.across import EPOCH, STEP, TIME, across, choices
from grok_tui.analysis.series import Curve


def curve(steps: list[float], values: list[float]) -> Curve:
    return Curve(np.array(steps), np.array(values))


LOSS = curve([0, 10, 20, 30], [4, 3, 2, 1])
CURVES = {"loss": LOSS, EPOCH: curve([0, 20], [0, 1]), "norm": curve([0, 10, 20], [5, 7, 6])}
TIMES = curve([0, 10, 20, 30], [1000, 1002, 1005, 1010])


def test_over_steps_a_curve_stays_the_same_object() -> None:
    assert across(STEP, CURVES).over(LOSS) is LOSS


def test_between_its_points_an_epoch_is_a_share_of_one() -> None:
    over = across(EPOCH, CURVES).over(LOSS)
    assert over.steps.tolist() == [0, 0.5, 1]
    assert over.values.tolist() == [4, 3, 2]


def test_time_counts_from_the_first_row() -> None:
    over = across(TIME, CURVES, TIMES)
    assert over.over(LOSS).steps.tolist() == [0, 2, 5, 10]
    assert over.at(25) == 7.5
    assert over.step_at(5.0) == 20


def test_a_metric_that_falls_is_no_clock() -> None:
    over = across("norm", CURVES)
    assert not over.is_rising
    assert over.over(LOSS).steps.tolist() == [5, 7, 6]


def test_what_a_run_lacks_leaves_the_steps() -> None:
    assert across("nothing", CURVES) == across(STEP, CURVES)
    assert across(TIME, CURVES) == across(STEP, CURVES)
    assert across("nan", {"nan": curve([1], [np.nan])}).curve is None


def test_before_the_first_and_after_the_last_point_there_is_the_nearest_or_nothing() -> None:
    over = across(EPOCH, CURVES)
    assert over.near(30) == 1
    assert over.at(30) != over.at(30)


def test_what_a_run_can_be_drawn_over() -> None:
    assert choices(CURVES, TIMES) == [STEP, TIME, EPOCH, "loss", "norm"]
    assert choices(CURVES) == [STEP, EPOCH, "loss", "norm"]


@pytest.mark.parametrize("name", [TIME, EPOCH, "norm"])
def test_an_empty_run_has_steps(name: str) -> None:
    assert across(name, {}).curve is None
