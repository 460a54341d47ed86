"""The phases of a run in a few cells, as they follow each other on a logarithmic step axis."""

from __future__ import annotations

import math

from grok_tui.analysis.phases import PhaseKind, phases
from grok_tui.analysis.verdict import Verdict

SIGNS: dict[PhaseKind, str] = {
    PhaseKind.FITTING: "·",
    PhaseKind.MEMORISED: "▂",
    PhaseKind.RISING: "▅",
    PhaseKind.GENERALISED: "█",
    PhaseKind.COLLAPSED: "x",
}
"""The higher, the better the test set is known."""
RANKS = {kind: number for number, kind in enumerate(SIGNS)}
KINDS = {sign: kind for kind, sign in SIGNS.items()}


def phase_cells(verdict: Verdict, planned: float | None, cells: int) -> str:
    """Return the phases of a run, and blanks for the steps that are to come.

    Args:
        verdict: what is said of the run.
        planned: the step that it is to reach, if that is known.
        cells: how many characters there are for all its steps.
    """
    last = verdict.final_step
    if last is None:
        return ""
    whole = math.log(max(last, planned or 0.0, math.e))
    found = phases(verdict)
    ends = [round(math.log(max(phase.end, 1.0)) / whole * cells) for phase in found]
    widths = [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
    for number, phase in enumerate(found):
        # What everybody waits for may be short, and so may be what it has come to.
        if phase.kind is PhaseKind.RISING or number == len(found) - 1:
            widths[number] = max(widths[number], 1)
    while sum(widths) > cells:
        widths[widths.index(max(widths))] -= 1
    return "".join(SIGNS[phase.kind] * width for phase, width in zip(found, widths, strict=True))


def phase_rank(verdict: Verdict) -> int | None:
    """Return a number by which runs are sorted: how far they have come, by their last phase."""
    found = phases(verdict)
    return RANKS[found[-1].kind] if found else None
