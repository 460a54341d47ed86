"""Runs beside each other: their letters, seeds of one setting, dates, and where settings differ."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from grok_tui.analysis.derived import difference
from grok_tui.analysis.measures import measures_of
from grok_tui.analysis.seeds import Band, Dates, band
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Outcome
from grok_tui.config import is_neutral
from grok_tui.watch.settings import MISSING, Flat, differing, flat, short_names, value_text
from grok_tui.watch.view import RunView

MOST_DRAWN = 12
"""Curves that can be told apart on one chart."""
LETTERS = string.ascii_uppercase
_OF_NO_RESULT = ("steps",)
"""Settings that the runs of one setting may differ in, beside those that no result depends on."""


class Alignment(StrEnum):
    """What stands on the x axis."""

    STEP = "step"
    TIME = "time"
    MEMORISED = "memorised"
    GROKKED = "grokked"


@dataclass(frozen=True, slots=True)
class Compared:
    """A run, or the runs of one setting, under a letter."""

    letter: str
    label: str
    runs: tuple[RunView, ...]

    @property
    def dates(self) -> Dates:
        """When they grokked."""
        return dates(self.runs)


def setting_of(run: RunView) -> frozenset[tuple[str, object]]:
    """Return what the seeds of one setting have in common."""
    return frozenset(
        (key, value)
        for key, value in flat(run).items()
        if not is_neutral(key) and key not in _OF_NO_RESULT
    )


def same_setting(run: RunView, runs: Sequence[RunView]) -> list[RunView]:
    """Return the runs that differ from one in their seed at most, that one among them."""
    wanted = setting_of(run)
    return [each for each in runs if each.config and setting_of(each) == wanted]


def one_by_one(runs: Sequence[RunView]) -> list[Compared]:
    """Return each run under its letter."""
    return [
        Compared(letter, run.shown_name, (run,))
        for letter, run in zip(LETTERS, runs[:MOST_DRAWN], strict=False)
    ]


def by_setting(runs: Sequence[RunView]) -> list[Compared]:
    """Return the runs of each setting under a letter, called by what they differ in."""
    groups: dict[frozenset[tuple[str, object]], list[RunView]] = {}
    for run in runs:
        groups.setdefault(setting_of(run), []).append(run)
    found = list(groups.values())[:MOST_DRAWN]
    firsts: list[Flat] = [
        {k: v for k, v in flat(group[0]).items() if not is_neutral(k)} for group in found
    ]
    keys = list(differing(firsts))
    names = short_names(keys)

    def label(group: Sequence[RunView], settings: Flat) -> str:
        parts = [f"{names[k]}={value_text(settings[k])}" for k in keys if k in settings]
        return " ".join(parts[:4]) or group[0].preset or group[0].name

    return [
        Compared(letter, label(group, settings), tuple(group))
        for letter, group, settings in zip(LETTERS, found, firsts, strict=False)
    ]


def dates(runs: Sequence[RunView]) -> Dates:
    """Return when runs grokked; what is not certain yet has not happened."""
    certain, censored, training, at_once = [], [], 0, 0
    for run in runs:
        grok = run.verdict.grok
        if grok is not None and not grok.is_provisional:
            certain.append(grok.step)
        else:
            censored.append(float(run.verdict.final_step or run.step or 0))
            is_over = run.verdict.outcome is Outcome.GENERALISED
            at_once += is_over
            training += run.status.is_live and not is_over
    return Dates(tuple(sorted(certain)), tuple(sorted(censored)), training, at_once)


def differences(compared: Sequence[Compared]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return for each setting that differs (key, [(value, letters)]), the most various first."""
    settings: list[Flat] = []
    letters: list[str] = []
    ours = {"name", *(["seed"] if any(len(each.runs) > 1 for each in compared) else [])}
    for each in compared:
        for run in each.runs:
            settings.append({key: v for key, v in flat(run).items() if key not in ours})
            letters.append(each.letter)
    found = []
    for key in differing(settings):
        values: dict[str, dict[str, None]] = {}
        for letter, each_settings in zip(letters, settings, strict=True):
            text = value_text(each_settings.get(key, MISSING)) or "not there"
            values.setdefault(text, {})[letter] = None
        found.append((key, [(text, " ".join(held)) for text, held in values.items()]))
    return found


# Curves

ACCURACY = "test accuracy"
_CURVES: dict[str, Callable[[RunView], Curve]] = {
    ACCURACY: lambda run: run.curve("test/accuracy"),
    "test loss": lambda run: run.curve("test/loss"),
    "gap": lambda run: difference(run.curve("test/loss"), run.curve("train/loss")),
    "train accuracy": lambda run: run.curve("train/accuracy"),
    "train loss": lambda run: run.curve("train/loss"),
}


def metrics(runs: Sequence[RunView]) -> list[str]:
    """Return what can be compared of some runs: scores, and the measures that one of them has."""
    names = {each.name: None for run in runs for each in measures_of(run.curves)}
    scores = [name for name, read in _CURVES.items() if any(len(read(run)) for run in runs)]
    return [*scores[:3], *list(names)[:1], *scores[3:], *list(names)[1:]]


def curve_of(run: RunView, metric: str) -> Curve:
    """Return one metric of a run, or an empty curve."""
    if metric in _CURVES:
        return _CURVES[metric](run)
    found = next((each for each in measures_of(run.curves) if each.name == metric), None)
    return found.curve(run.curves) if found else EMPTY


def aligned(run: RunView, curve: Curve, alignment: Alignment, *, log: bool) -> Curve:
    """Return a curve over what the x axis shows; an empty one where the run has no such thing.

    Args:
        run: the run that the curve belongs to.
        curve: one of its metrics.
        alignment: step; seconds since its first row; or steps seen from a date, as multiples of it
            on a logarithmic axis and as distance from it on a linear one.
        log: whether the axis is logarithmic.
    """
    if alignment is Alignment.STEP:
        return curve
    if alignment is Alignment.TIME:
        return _over_time(run.times, curve)
    date = _date(run, alignment)
    if date is None:
        return EMPTY
    steps = curve.steps / max(date, 1.0) if log else curve.steps - date
    return Curve(steps, curve.values)


def _over_time(times: Curve, curve: Curve) -> Curve:
    if not len(times):
        return EMPTY
    known = (curve.steps >= times.steps[0]) & (curve.steps <= times.steps[-1])
    seconds = np.interp(curve.steps[known], times.steps, times.values) - times.values[0]
    return Curve(np.maximum.accumulate(seconds), curve.values[known])  # clocks are set back


def _date(run: RunView, alignment: Alignment) -> float | None:
    if alignment is Alignment.MEMORISED:
        return run.verdict.memorised_step
    return run.verdict.grok.step if run.verdict.grok else None


def why_left_out(run: RunView, alignment: Alignment) -> str | None:
    """Return why a run cannot be drawn with this x axis, or nothing where it can."""
    if alignment is Alignment.TIME:
        return None if len(run.times) else "has no times"
    if alignment in (Alignment.MEMORISED, Alignment.GROKKED) and _date(run, alignment) is None:
        return f"has not {alignment}"
    return None


def band_of(compared: Compared, metric: str, alignment: Alignment, *, log: bool) -> Band:
    """Return the band of the runs under a letter, of those that can be drawn; one is a line."""
    curves = [aligned(run, curve_of(run, metric), alignment, log=log) for run in compared.runs]
    return band([curve for curve in curves if len(curve)])
