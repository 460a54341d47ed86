"""Circuit formation and clean-up, where restricted and excluded loss were measured.

The phases are Nanda et al.'s (arXiv 2301.05217), who drew their borders by eye; the numbers here
are this program's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Verdict
from grok_tui.arrays import FloatArray

EXCLUDED = "complexity/excluded_loss"
RELIES = 2.0
"""The network relies on its frequencies when leaving them out costs so many times what it cost at
least since memorisation: the checkpoints in between scatter by less."""
CLEANS = 0.9
"""Clean-up has begun when the test loss is below this share of its plateau."""


@dataclass(frozen=True, slots=True)
class Circuits:
    """First checkpoints or evaluations of the two phases; nothing where one was not seen."""

    formation: float | None
    cleanup: float | None


def circuits(curves: Mapping[str, Curve], verdict: Verdict) -> Circuits | None:
    """Return when the circuit formed and when the rest was cleaned up.

    Formation: excluded loss exceeds twice its lowest value since memorisation while the weight
    norm falls. Clean-up: the test loss has left its plateau, downwards. Nothing for a run that has
    not memorised, or whose excluded loss was not measured.
    """
    memorised, excluded = verdict.memorised_step, curves.get(EXCLUDED, EMPTY)
    if memorised is None or not len(excluded):
        return None
    formation = _formation(excluded, curves.get("complexity/weight_norm", EMPTY), memorised)
    if formation is None:
        return Circuits(None, None)
    return Circuits(formation, _cleanup(curves.get("test/loss", EMPTY), memorised, formation))


def _formation(excluded: Curve, norm: Curve, memorised: float) -> float | None:
    steps, values = _since(excluded, memorised)
    if not len(steps):
        return None
    relies = values > RELIES * np.minimum.accumulate(values)
    if len(norm):
        sizes = np.interp(steps, norm.steps, norm.values)
        relies &= sizes < np.interp(0.9 * steps, norm.steps, norm.values)
    return _first(steps, relies)


def _cleanup(loss: Curve, memorised: float, formation: float) -> float | None:
    steps, values = _since(loss, memorised)
    plateau = values[steps <= max(formation, memorised)]
    if not len(plateau):
        return None
    return _first(steps, (values < CLEANS * float(np.median(plateau))) & (steps >= formation))


def _since(curve: Curve, start: float) -> tuple[FloatArray, FloatArray]:
    inside = (curve.steps >= start) & np.isfinite(curve.values)
    return curve.steps[inside], curve.values[inside]


def _first(steps: FloatArray, holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float | None:
    """Return the step from which a condition holds for two in a row, or for the last one."""
    pairs = np.flatnonzero(holds & np.append(holds[1:], True))
    return float(steps[pairs[0]]) if pairs.size else None
