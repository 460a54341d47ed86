"""Whether a run shows what its preset is expected to show."""

from __future__ import annotations

from collections.abc import Mapping

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Verdict
from grok_tui.analysis.wording import steps
from grok_tui.config import Expected


def deviations(
    expected: Expected, verdict: Verdict, curves: Mapping[str, Curve], *, is_finished: bool
) -> list[str]:
    """Return in which respects a run lies outside of its bands, each as a short phrase.

    What may still come in a run that goes on is no deviation.
    """
    found = []
    dates = (
        ("memorised step", verdict.memorised_step, expected.memorised_step),
        ("grok step", verdict.arrival.step if verdict.arrival else None, expected.grok_step),
    )
    for name, value, band in dates:
        if band is None or (value is None and not is_finished):
            continue
        if value is None or not band[0] <= value <= band[1]:
            said = "none" if value is None else steps(value)
            found.append(f"{name} {said}, expected {steps(band[0])}–{steps(band[1])}")
    if not is_finished:
        return found
    wanted = expected.verdict if isinstance(expected.verdict, tuple) else (expected.verdict,)
    if verdict.outcome not in wanted:
        found.append(f"{verdict.outcome}, expected {' or '.join(wanted)}")
    last, band = curves.get("test/accuracy", EMPTY).last, expected.test_accuracy
    if band is not None and (last is None or not band[0] <= last <= band[1]):
        said = "none" if last is None else f"{last:.3f}"
        found.append(f"test accuracy {said}, expected {band[0]:g}–{band[1]:g}")
    return found


def agreement(
    expected: Expected | None,
    verdict: Verdict,
    curves: Mapping[str, Curve],
    *,
    is_finished: bool,
) -> str | None:
    """Return `in band` or `outside: …`; nothing where that is open or nothing is expected."""
    if expected is None:
        return None
    found = deviations(expected, verdict, curves, is_finished=is_finished)
    if found:
        return f"outside: {'; '.join(found)}"
    return "in band" if is_finished else None
