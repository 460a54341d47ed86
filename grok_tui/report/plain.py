"""A run as plain text and as plain values: for pipes, CI logs and other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grok_tui.analysis.circuits import circuits
from grok_tui.analysis.fall import fall_since_peak
from grok_tui.analysis.forecast import Forecast
from grok_tui.analysis.phases import learning
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Verdict, whole
from grok_tui.analysis.wording import losses, score, sentence, steps
from grok_tui.chart.draw import draw
from grok_tui.chart.panels import run_axis, run_panels
from grok_tui.logs.columns import MIXED
from grok_tui.remote.address import told
from grok_tui.text import safe
from grok_tui.watch.forecasting import Outlook, Score
from grok_tui.watch.judgement import Judgement
from grok_tui.watch.view import RunView

CHART_ROWS = 10
_HEADER = ("run", "state", "step", "train", "test", "verdict", "grok at")


def summary(run: RunView) -> dict[str, Any]:
    """Return what a list of runs shows, as values for JSON."""
    verdict = run.verdict.to_json()
    return {
        "id": run.id,
        "name": run.name,
        "path": str(run.path),
        "state": str(run.status.state),
        "reason": run.status.reason,
        "step": run.step,
        "steps": run.steps,
        "device": run.device,
        "parent": run.parent,
        "preset": run.preset,
        "tags": list(run.notes.tags),
        "note": run.notes.note,
        "star": run.notes.star,
        "shown_name": run.shown_name,
        "agreement": run.agreement,
        "created": run.created,
        "trained_s": run.trained_s,
        "arrival_step": whole(run.verdict.arrival.step) if run.verdict.arrival else None,
        "train_accuracy": run.curve("train/accuracy").last,
        "test_accuracy": run.curve("test/accuracy").last,
        **{key: verdict[key] for key in ("verdict", "memorised_step", "grok", "delay_ratio")},
    }


def details(run: RunView) -> dict[str, Any]:
    """Return all that is known of one run but its curves, as values for JSON."""
    log = {"log": str(run.log)} if run.log else {}
    settings = {"config": dict(run.config)}
    return {**summary(run), **log, **settings, **_verdict(run.verdict, run.curves)}


def judgement(judged: Judgement) -> dict[str, Any]:
    """Return the verdict of a log, and which columns it was taken from, as values for JSON."""
    columns = _columns(judged)
    return {
        "path": told(judged.path),
        **({"run": judged.run} if judged.run else {}),
        **_verdict(judged.verdict, judged.curves),
        **({"columns": columns} if columns else {}),
    }


def _verdict(verdict: Verdict, curves: Mapping[str, Curve]) -> dict[str, Any]:
    peak, fall = verdict.complexity_peak, fall_since_peak(verdict, curves)
    train, test = (curves.get(f"{split}/accuracy", EMPTY) for split in ("train", "test"))
    found = circuits(curves, verdict)
    return {
        **verdict.to_json(),
        "complexity_peak": peak and peak.dated(),
        "complexity_fall": None if fall is None else round(fall, 3),
        "peak_and_grok": verdict.peak_and_grok,
        "liu_phase": learning(train, test),
        "circuits": found
        and {"formation": whole(found.formation), "cleanup": whole(found.cleanup)},
    }


def judged_sentence(judged: Judgement) -> str:
    """Return the verdict of a log in a line, with the columns that nobody may have meant."""
    said = sentence(judged.verdict, judged.curves, is_live=judged.is_live)
    columns = _columns(judged)
    path = safe(told(judged.path))
    log = f"{path} {safe(judged.run)}" if judged.run else path
    if not columns:
        return f"{log}: {said}"
    train, test = safe(columns["train"], 40), safe(columns["test"], 40)
    step = safe(columns["step"], 40) if columns["step"] else "row number"
    left_out = f", {steps(judged.superseded)} superseded rows left out" if judged.superseded else ""
    return f"{log} ({train} and {test} by {step}{left_out}): {said}"


def _columns(judged: Judgement) -> dict[str, str | None]:
    meaning, basis = judged.meaning, judged.verdict.basis
    if meaning is None or basis is None:
        return {}
    pair = MIXED if basis == "mixed" else (f"train/{basis}", f"test/{basis}")
    train, test = (meaning.metrics.get(metric) for metric in pair)
    return {"step": meaning.step, "train": train, "test": test}


def outlook(found: Outlook) -> dict[str, Any]:
    """Return what can be said of a run's future, as values for JSON."""
    is_made = isinstance(found.found, Forecast)
    return {
        "id": found.run.id,
        "forecast": found.found.to_json() if isinstance(found.found, Forecast) else None,
        "reason": None if is_made else getattr(found.found, "reason", None),
        "advice": found.advice,
    }


def outlook_sentence(found: Outlook) -> str:
    """Return what can be said of a run's future in one line."""
    made = found.found
    if isinstance(made, Forecast):
        between = f"{steps(round(made.low))}–{steps(round(made.high))}, {made.level:.0%}"
        if made.law == "rise":
            said = f"rising now, and should have arrived at step {steps(round(made.step))}"
            said = f"{said} ({between})"
        else:
            law = {"delay": "the delay", "norm": "the shrinking weights"}[made.law]
            said = f"should grok at step {steps(round(made.step))} ({between})"
            said = f"{said}, by {law} of {made.runs} finished runs"
    else:
        said = f"no forecast: {made.reason}"
    return f"{found.run.id}: {said}{f'; {found.advice}' if found.advice else ''}"


def forecast_score(score: Score) -> str:
    """Return how good the forecasts were in one line."""
    if not score.forecasts:
        return f"no forecast can be scored yet; {score.pending} of runs that have not grokked"
    said = (
        f"{score.covered} of {score.forecasts} intervals held the date ({score.level:.0%} were"
        f" promised); interval score {score.interval_score:.2f}; median error {score.error:.1%}"
    )
    if score.baseline_error is not None:
        said += f", by the middle delay alone {score.baseline_error:.1%}"
    return f"{said}; {score.pending} not known yet"


def table(runs: Sequence[RunView]) -> list[str]:
    """Return the lines of a list of runs, the heading first."""
    rows = [_HEADER, *map(_cells, runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def charts(run: RunView, width: int, *, colour: bool, ascii_only: bool = False) -> Iterator[str]:
    """Yield the lines of a run's state, its four charts and its verdict.

    Args:
        run: the run.
        width: columns to draw in.
        colour: whether to colour the curves with escape sequences.
        ascii_only: whether to draw the curves with characters of ASCII.
    """
    reason = f": {run.status.reason}" if run.status.reason else ""
    head = f"{run.id}  {run.status.state}{reason}  step {steps(run.step)}/{steps(run.steps)}"
    yield "  ".join([head, *losses(run.lost_rows, run.bad_lines)])
    axis = run_axis(run.curves, log=True, planned=run.steps)
    for panel in run_panels(run.curves, run.verdict, axis):
        legend = "  ".join(entry.words for entry in panel.legend)
        yield ""
        yield f"{panel.title}  {legend}"
        raster = draw(panel.spec, width, CHART_ROWS, ascii_only=ascii_only)
        yield from raster.to_text(colour=colour)
    yield ""
    yield sentence(run.verdict, run.curves, is_live=run.status.is_live)
    if run.log:
        yield f"Read from {safe(run.log)}."
    found = circuits(run.curves, run.verdict)
    if found and found.formation is not None:
        yield (
            f"The circuit forms from step {steps(found.formation)} on, by the excluded loss;"
            f" clean-up begins at {steps(found.cleanup)}."
        )
    if run.agreement:
        yield f"Expected of {run.preset}: {run.agreement}."


def _cells(run: RunView) -> tuple[str, ...]:
    train, test = run.curve("train/accuracy").last, run.curve("test/accuracy").last
    return (
        run.id,
        str(run.status.state),
        f"{steps(run.step)}/{steps(run.steps)}",
        score(train),
        score(test),
        str(run.verdict.outcome),
        steps(run.verdict.grok.step if run.verdict.grok else None),
    )
