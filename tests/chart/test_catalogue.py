from __future__ import annotations

from grok_tui.chart.catalogue import MAIN, chart_of, charts_of, grid, metrics_of

FOREIGN = ["test/f1", "train/f1", "lr", "gap", "grad/norm", "val/f1"]


def test_train_and_test_of_one_quantity_share_a_chart() -> None:
    assert charts_of(FOREIGN) == ["f1", "grad/norm", "lr", "metric gap"]
    assert metrics_of("f1", FOREIGN) == ["train/f1", "test/f1", "val/f1"]


def test_a_metric_named_like_a_chart_of_ours_is_not_mistaken_for_it() -> None:
    assert chart_of("gap") == "metric gap"
    assert metrics_of("metric gap", FOREIGN) == ["gap"]
    names = ["gap", "metric gap"]
    assert len({chart_of(name) for name in names}) == 2


def test_the_main_charts_come_first_where_there_are_data_for_them() -> None:
    names = ["train/loss", "test/loss", "train/accuracy", "complexity/mdl_bytes", "lr"]
    assert charts_of(names) == [*MAIN, "complexity/mdl_bytes", "lr"]
    assert charts_of(["train/loss"]) == ["loss"]


def test_the_grid_keeps_the_order_that_was_chosen() -> None:
    assert grid(("lr", "loss"), ["accuracy", "loss", "lr"]) == ["lr", "loss"]


def test_a_run_without_the_usual_charts_shows_what_it_has() -> None:
    assert grid((), charts_of(FOREIGN)) == ["f1", "grad/norm", "lr", "metric gap"]
    assert grid((), ["loss", *charts_of(FOREIGN)]) == ["loss", "f1", "grad/norm", "lr"]
    assert grid(("lr",), ["loss"]) == list(MAIN), "empty charts rather than none"
