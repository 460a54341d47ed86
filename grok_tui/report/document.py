"""A run as a document that needs nothing else: in Markdown with drawn charts, in HTML with SVG."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import tomli_w

from grok_tui.analysis.measures import measures_of
from grok_tui.analysis.wording import sentence, steps
from grok_tui.report import plain
from grok_tui.text import safe
from grok_tui.watch.view import RunView

COLUMNS = 100
"""Of the charts in Markdown."""
_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.15em .8em;text-align:left;"
    "border-bottom:1px solid #ddd}pre{background:#f5f5f5;padding:1em;overflow:auto}"
    "svg{max-width:100%;height:auto}"
)


def markdown(run: RunView) -> str:
    """Return a run as Markdown; the charts are text."""
    lines = [f"# {_marked(run.id)}", "", _marked(_verdict(run)), "", "| | |", "|---|---|"]
    lines += [f"| {name} | {_marked(value)} |" for name, value in _facts(run)]
    charts = "\n".join(plain.charts(run, COLUMNS, colour=False))
    lines += ["", "## Charts", "", *_fenced(charts)]
    lines += ["## Last values", "", "| metric | step | value |", "|---|---|---|"]
    lines += [f"| {_marked(name)} | {step} | {value} |" for name, step, value in _last(run)]
    lines += ["", "## What the measures say", ""]
    lines += [f"* **{name}**: {about}" for name, about in _about(run)]
    lines += ["", "## Settings", "", *_fenced(_settings(run))]
    return "\n".join(lines)


def page(run: RunView, picture: str) -> str:
    """Return a run as HTML around an SVG of its charts; nothing is loaded or executed."""
    head = f"<meta charset='utf-8'><title>{html.escape(run.id)}</title><style>{_STYLE}</style>"
    facts = [_row("td", *entry) for entry in _facts(run)]
    values = [_row("td", *entry) for entry in _last(run)]
    about = [f"<li><b>{html.escape(n)}</b>: {html.escape(text)}</li>" for n, text in _about(run)]
    parts = [
        f"<!doctype html><html lang='en'><head>{head}</head><body>",
        f"<h1>{html.escape(run.id)}</h1>",
        f"<p>{html.escape(_verdict(run))}</p>",
        picture,
        "<table>",
        *facts,
        "</table><h2>Last values</h2><table>",
        _row("th", "metric", "step", "value"),
        *values,
        "</table><h2>What the measures say</h2><ul>",
        *about,
        f"</ul><h2>Settings</h2><pre>{html.escape(_settings(run))}</pre></body></html>",
    ]
    return "\n".join([*parts, ""])


def _verdict(run: RunView) -> str:
    said = sentence(run.verdict, run.curves, is_live=run.status.is_live)
    return f"{said} Expected of {run.preset}: {run.agreement}." if run.agreement else said


def _facts(run: RunView) -> Iterator[tuple[str, str]]:
    reason = f": {run.status.reason}" if run.status.reason else ""
    yield "state", f"{run.status.state}{reason}"
    yield "step", f"{steps(run.step)} of {steps(run.steps)}"
    if run.preset:
        yield "preset", run.preset
    if run.seed is not None:
        yield "seed", str(run.seed)
    if run.device:
        yield "device", run.device
    if run.parent:
        yield "fork of", run.parent
    if run.trained_s is not None:
        yield "trained", f"{run.trained_s:.1f} s"
    verdict = run.verdict
    if verdict.memorised_step is not None:
        yield "memorised at", steps(verdict.memorised_step)
    if verdict.grok is not None:
        grok = verdict.grok
        yield "grokked at", f"{steps(grok.step)} ({steps(grok.low)}–{steps(grok.high)})"
    if run.skipped:
        yield "not shown", run.skipped


def _last(run: RunView) -> Iterator[tuple[str, str, str]]:
    for name, curve in sorted(run.curves.items()):
        if len(curve):
            yield safe(name), steps(float(curve.steps[-1])), f"{curve.values[-1]:.6g}"


def _about(run: RunView) -> Iterator[tuple[str, str]]:
    for measure in measures_of(run.curves):
        yield measure.name, measure.about.replace("\n", " ")


def _settings(run: RunView) -> str:
    tree: dict[str, Any] = _without_nothing(dict(run.config))
    return tomli_w.dumps(tree)


def _without_nothing(value: Any) -> Any:
    """Return a tree without nulls, for which TOML has no word."""
    if isinstance(value, dict):
        return {k: _without_nothing(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nothing(v) for v in value if v is not None]
    return value


def _row(cell: str, *values: str) -> str:
    return f"<tr>{''.join(f'<{cell}>{html.escape(value)}</{cell}>' for value in values)}</tr>"


def _marked(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#&" else char for char in text)


def _fenced(text: str) -> list[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    return [fence, text.rstrip("\n"), fence, ""]
