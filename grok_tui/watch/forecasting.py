"""Forecasts for the runs of a folder, from the finished ones of their families, and their score."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grok_tui.analysis.forecast import Abstention, Forecast, History, by_delay, forecast, nowcast
from grok_tui.analysis.patience import advice
from grok_tui.logs.json_lines import decode_object
from grok_tui.runs.record import State
from grok_tui.watch.view import RunView

LOG = ".forecasts.jsonl"
"""File in the folder of runs that every forecast is added to."""
_NOT_OF_THE_FAMILY = frozenset({"seed", "train_fraction", "train_size"})


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be said of a run's future."""

    run: RunView
    found: Forecast | Abstention
    advice: str | None = None
    """Whether patience will pay; nothing for a run that does not wait."""
    baseline: float | None = None
    """The date by the middle delay of its family, to be scored against."""


def outlooks(views: Sequence[RunView], wanted: Iterable[RunView]) -> list[Outlook]:
    """Return what can be said of each wanted run, from all the runs of a folder."""
    families: dict[str, list[tuple[str, History]]] = {}
    for view in views:
        history = _history(view)
        if history is not None and _tells(view):
            families.setdefault(family(view.config), []).append((view.id, history))
    return [_outlook(view, families.get(family(view.config), [])) for view in wanted]


def family(config: Mapping[str, Any]) -> str:
    """Return what runs have in common that can be forecast from one another: task, model, loss."""
    task = config.get("task")  # anything at all in a run that another program trains
    if isinstance(task, Mapping):
        task = {key: value for key, value in task.items() if key not in _NOT_OF_THE_FAMILY}
    parts = {"task": task, "model": config.get("model"), "loss": config.get("loss")}
    return json.dumps(parts, sort_keys=True, default=str)


def _outlook(view: RunView, relatives: Sequence[tuple[str, History]]) -> Outlook:
    run, verdict = _history(view), view.verdict
    if run is None:
        return Outlook(view, Abstention("it has not memorised its training set"))
    past = [history for id_, history in relatives if id_ != view.id]
    if verdict.arrival is not None:
        arrived = f"it has {verdict.outcome.replace('_', ' ')} at step {verdict.arrival.step:.0f}"
        return Outlook(view, Abstention(arrived))
    decay = view.setting("optimizer.weight_decay")
    said = advice(run, past, decay if isinstance(decay, int | float) else None)
    if verdict.rising_since is not None:
        test = view.curve("test/accuracy")
        return Outlook(view, nowcast(test, run.memorised, verdict.rising_since), said)
    grokked = [one for one in past if one.grokked is not None]
    baseline = by_delay(run, grokked) if grokked else None
    return Outlook(view, forecast(run, past), said, baseline)


def _history(view: RunView) -> History | None:
    verdict = view.verdict
    if verdict.memorised_step is None or verdict.final_step is None:
        return None
    grok = verdict.grok
    is_certain = grok is not None and not grok.is_provisional
    return History(
        memorised=verdict.memorised_step,
        grokked=grok.step if grok is not None and is_certain else None,
        final=verdict.final_step,
        norm=view.curve("complexity/weight_norm"),
    )


def _tells(view: RunView) -> bool:
    """Whether a run tells something about others: it grokked, or it ended without."""
    grok = view.verdict.grok
    return view.status.state is State.FINISHED or (grok is not None and not grok.is_provisional)


# The log, and its score


def log(root: Path, found: Iterable[Outlook], now: float | None = None) -> None:
    """Add the forecasts to the folder's log, one line each, so that they can be scored later.

    Raises:
        OSError: it cannot be written.
    """
    lines = [
        json.dumps(
            {
                "time": round(time.time() if now is None else now, 3),
                "run": outlook.run.id,
                "created": outlook.run.created,
                "baseline": outlook.baseline and round(outlook.baseline),
                **outlook.found.to_json(),
            }
        )
        for outlook in found
        if isinstance(outlook.found, Forecast)
    ]
    if not lines:
        return
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(root / LOG, flags, 0o600)
    try:
        os.write(descriptor, ("\n".join(lines) + "\n").encode())
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Score:
    """How good the logged forecasts of runs that have grokked since were."""

    forecasts: int
    """Forecasts that could be scored: the first of each run."""
    pending: int
    """Those of runs that have not grokked, or are gone."""
    covered: int
    """Those whose interval held the date."""
    level: float | None
    """The share that was promised."""
    interval_score: float | None
    """Mean interval score of ln(step): width, and a fine for each miss; lower is better."""
    error: float | None
    """Median of |ln(forecast / truth)|."""
    baseline_error: float | None
    """The same of the middle delay alone."""

    def to_json(self) -> dict[str, Any]:
        """Return the score as values for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def score(root: Path, views: Sequence[RunView]) -> Score:
    """Score the first logged forecast of each run against what came.

    Raises:
        OSError: the log cannot be read; one that does not exist is an empty one.
    """
    truths = {view.id: (view.created, view.verdict.grok) for view in views}
    rows, pending = [], 0
    for row in _first_of_each_run(root):
        created, grok = truths.get(str(row["run"]), (None, None))
        if grok is None or grok.is_provisional or created != row["created"]:
            pending += 1
        else:
            rows.append((row, grok.step))
    if not rows:
        return Score(0, pending, 0, None, None, None, None)
    errors = sorted(abs(math.log(row["step"] / truth)) for row, truth in rows)
    plain = sorted(abs(math.log(row["baseline"] / t)) for row, t in rows if row.get("baseline"))
    return Score(
        forecasts=len(rows),
        pending=pending,
        covered=sum(row["low"] <= truth <= row["high"] for row, truth in rows),
        level=sum(row["level"] for row, _ in rows) / len(rows),
        interval_score=sum(_interval_score(row, truth) for row, truth in rows) / len(rows),
        error=errors[len(errors) // 2],
        baseline_error=plain[len(plain) // 2] if plain else None,
    )


def _first_of_each_run(root: Path) -> list[Mapping[str, Any]]:
    try:
        text = (root / LOG).read_bytes()
    except FileNotFoundError:
        return []
    first: dict[tuple[object, object], Mapping[str, Any]] = {}
    for line in text.splitlines():
        row = decode_object(line)
        numbers = row and [row.get(name) for name in ("step", "low", "high", "level")]
        if row and numbers and all(isinstance(n, int | float) and n > 0 for n in numbers):
            first.setdefault((row.get("run"), row.get("created")), row)
    return list(first.values())


def _interval_score(row: Mapping[str, Any], truth: float) -> float:
    """Return Gneiting and Raftery's score of an interval of ln(step)."""
    low, high, value = math.log(row["low"]), math.log(row["high"]), math.log(truth)
    miss = max(low - value, value - high, 0.0)
    return high - low + 2 / max(1 - float(row["level"]), 1e-3) * miss
