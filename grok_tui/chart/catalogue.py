"""Which charts a run has: the four main ones, and one for each further quantity that it logs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grok_tui.analysis.measures import MEASURES, Measure

ACCURACY, LOSS, GAP, COMPLEXITY = "accuracy", "loss", "gap", "complexity"
MAIN = (ACCURACY, LOSS, GAP, COMPLEXITY)
TRAIN, TEST, OTHER = "train", "test", "val"
SPLITS = (TEST, TRAIN, OTHER, "valid", "validation", "eval", "dev")
"""What may stand before the slash of a metric's name; what is no train and no test comes third."""
_LONE = "metric "
"""Goes before the key of a metric that is named like a chart of ours."""


def chart_of(metric: str) -> str:
    """Return the key of the chart that a metric is drawn on: its quantity, without the split."""
    split, slash, quantity = metric.partition("/")
    key = quantity if slash and split in SPLITS else metric
    return f"{_LONE}{key}" if key in (GAP, COMPLEXITY) or key.startswith(_LONE) else key


def charts_of(metrics: Iterable[str]) -> list[str]:
    """Return the keys of the charts that some metrics make, the main ones first."""
    names = list(metrics)
    keys = {chart_of(name) for name in names}
    main = {ACCURACY, LOSS} & keys
    if {f"{TRAIN}/{LOSS}", f"{TEST}/{LOSS}"} <= set(names):
        main.add(GAP)
    if any(measure.column in names for measure in MEASURES):
        main.add(COMPLEXITY)
    return [key for key in MAIN if key in main] + sorted(keys - {ACCURACY, LOSS})


def metrics_of(key: str, metrics: Iterable[str]) -> list[str]:
    """Return the metrics on a chart, as its legend names them: train before test, others last."""
    order = [TRAIN, TEST]

    def rank(name: str) -> tuple[int, str]:
        split = name.partition("/")[0]
        return (order.index(split) if split in order else len(order), name)

    return sorted((name for name in metrics if chart_of(name) == key), key=rank)


def measure_of(key: str) -> Measure | None:
    """Return the measure of complexity whose column makes a chart of its own, if it is one."""
    return next((each for each in MEASURES if each.column == key and each.derive is None), None)


def grid(chosen: Sequence[str], there: Sequence[str]) -> list[str]:
    """Return the charts to show of those that a run has.

    Args:
        chosen: what somebody chose, in their order; nothing for the usual ones.
        there: the charts that the run has.
    """
    found = [key for key in chosen or MAIN if key in there]
    if not chosen:
        found += [key for key in there if key not in MAIN][: len(MAIN) - len(found)]
    return found or list(MAIN)
