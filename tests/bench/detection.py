"""How well the verdict finds and dates grokking: `python tests/bench/detection.py`.

Prints, for each family of labelled curves, how often the word is right beside a naive rule (train
accuracy has passed 0.99 before test accuracy passes 0.95, at half the step or earlier), and how
well dates are met; then the gates.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import blind, families
from bench.families import Case

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.transition import DELAYED
from grok_tui.analysis.verdict import ARRIVALS, DELAYED_ARRIVALS, Event, Outcome, Verdict
from grok_tui.config import load_preset, preset_names
from grok_tui.logs.source import Column
from grok_tui.runs.find import find_runs
from grok_tui.watch.judgement import read_run

DENSE = 30
"""Evaluations from which dates are scored."""


@dataclass(frozen=True)
class Judged:
    """A case, what was said of it, and what the naive rule would have said."""

    case: Case
    verdict: Verdict
    naive: bool

    @property
    def grok(self) -> Event | None:
        """The delayed rise that was claimed; a full one takes the place of a partial one."""
        rises = [event for event in self.verdict.events if event.kind in DELAYED_ARRIVALS]
        return rises[-1] if rises else None

    @property
    def is_right(self) -> bool:
        """Whether the word is the right one."""
        return self.verdict.outcome in self.case.truth.outcomes


def judge(case: Case) -> Judged:
    """Feed a case row by row."""
    judge_ = Judge(chance=case.chance, test_size=case.test_size)
    rows = zip(case.steps.tolist(), case.train.tolist(), case.test.tolist(), strict=True)
    for step, train, test in rows:
        judge_.observe(f"train/{case.basis}", step, train)
        judge_.observe(f"test/{case.basis}", step, test)
    return Judged(case, judge_.verdict(), naive_rule(case))


def naive_rule(case: Case) -> bool:
    """Return whether the first crossings of 0.99 and 0.95 would be called grokking."""
    if case.basis != "accuracy":
        return False
    train, test = (
        case.steps[np.flatnonzero(np.nan_to_num(values) >= level)[:1]]
        for values, level in ((case.train, 0.99), (case.test, 0.95))
    )
    return bool(train.size and test.size and test[0] >= DELAYED * max(train[0], 1))


def wilson(hits: int, count: int) -> str:
    """Return a share and its 95 % Wilson interval, in percent."""
    if not count:
        return "–"
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return f"{100 * share:.1f} ({100 * (middle - half):.1f}–{100 * (middle + half):.1f})"


def dates(judged: Iterable[Judged]) -> str:
    """Return median and 90th percentile of |ln(date / truth)|, coverage, width, and latency."""
    found = [(j.grok, j.case.truth) for j in judged if j.grok and j.case.truth.half]
    if not found:
        return "– | – | – | – | –"
    errors, covered, widths, latencies = [], 0, [], []
    for grok, truth in found:
        assert truth.half is not None
        assert truth.settled is not None
        assert grok.low is not None
        assert grok.high is not None
        errors.append(abs(math.log(max(grok.step, 1) / truth.half)))
        covered += grok.low <= truth.half <= grok.high
        widths.append(grok.high / max(grok.low, 1) - 1)
        latencies.append(grok.seen_at / truth.settled)
    return (
        f"{np.median(errors):.3f} | {np.quantile(errors, 0.9):.3f} | {wilson(covered, len(found))}"
        f" | {100 * np.median(widths):.0f} | {np.median(latencies):.2f}"
    )


def row(family: str, judged: Sequence[Judged]) -> str:
    """Return a family's line of the table."""
    right = sum(j.is_right for j in judged)
    claimed = sum(j.grok is not None for j in judged)
    naive = sum(j.naive for j in judged)
    return (
        f"| {family} | {len(judged)} | {wilson(right, len(judged))} |"
        f" {wilson(claimed, len(judged))} | {100 * naive / len(judged):.0f} | {dates(judged)} |"
    )


def gates(judged: Sequence[Judged]) -> list[str]:
    """Return a line for each promise: what was measured, and whether it holds."""
    truly = [j for j in judged if set(j.case.truth.outcomes) & set(ARRIVALS[:2])]
    claimed = [j for j in judged if j.grok]
    negative = [j for j in judged if j.case.truth.half is None]
    shown = [j for j in truly if Outcome.GENERALISED not in j.case.truth.outcomes]
    full = [j for j in shown if _evaluations_after(j.case) >= 8]
    # A dozen evaluations tell a date no better than by the gap between two of them.
    dated = [j for j in claimed if j.case.truth.half and len(j.case.steps) >= DENSE]
    errors = [abs(math.log(max(j.grok.step, 1) / j.case.truth.half)) for j in dated]  # type: ignore
    covered = sum(j.grok.low <= j.case.truth.half <= j.grok.high for j in dated)  # type: ignore
    false = sum(j.grok is not None for j in negative)
    values = (
        ("precision", 1 - false / len(claimed), ">=", 0.97),
        ("recall, eight evaluations after half", _share(j.grok for j in full), ">=", 0.95),
        ("false alarms in 100 negatives", 100 * false / len(negative), "<=", 1.0),
        ("90th percentile of |ln(date / truth)|", float(np.quantile(errors, 0.9)), "<=", 0.1),
        ("coverage, at least", covered / len(dated), ">=", 0.9),
        ("coverage, at most: wider than needed", covered / len(dated), "<=", 0.99),
    )
    return [
        f"{'holds' if (value >= limit if sign == '>=' else value <= limit) else 'FAILS'}:"
        f" {name} {value:.3f} {sign} {limit}"
        for name, value, sign, limit in values
    ]


def _share(holds: Iterable[object]) -> float:
    values = [bool(one) for one in holds]
    return sum(values) / len(values)


def _evaluations_after(case: Case) -> int:
    assert case.truth.half is not None
    return int(np.count_nonzero((case.steps > case.truth.half) & np.isfinite(case.test)))


def main() -> None:
    """Judge all cases and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="cases of each family")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="folders of our own runs")
    asked = parser.parse_args()
    for title, make in (("tuned on", families.cases), ("blind", blind.cases)):
        print(f"\n{title}:\n")
        print_table(make(asked.count, asked.seed))
    for folder in asked.runs:
        print(f"\nruns in {folder.name}:\n")
        print_runs(folder)
    print(f"\na million rows of four columns: {million_rows():.1f} s")


def print_table(cases: Sequence[Case]) -> None:
    """Judge cases, and print a line for each family and for each gate."""
    start = time.perf_counter()
    judged = [judge(case) for case in cases]
    seconds, rows = time.perf_counter() - start, sum(len(case.steps) for case in cases)
    print(
        "| family | cases | right word, % | called grokking, % | naive, % | median error"
        " | 90 % | interval holds, % | width, % | seen after arrival, × |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for family in dict.fromkeys(j.case.family for j in judged):
        print(row(family, [j for j in judged if j.case.family == family]))
    print("\n".join(["", *gates(judged), f"{1e6 * seconds / rows:.1f} µs a row, {rows} rows"]))


def print_runs(folder: Path) -> None:
    """Print how many runs of each preset are called what the preset expects."""
    words: dict[str, list[bool]] = {}
    for path in find_runs(folder):
        run = read_run(path)
        expected = load_preset(run.preset).expected if run.preset in preset_names() else None
        if expected is not None:
            verdict = expected.verdict
            wanted = verdict if isinstance(verdict, tuple) else (verdict,)
            words.setdefault(str(run.preset), []).append(str(run.verdict.outcome) in wanted)
    for preset, right in sorted(words.items()):
        print(f"{preset}: {sum(right)} of {len(right)}")
    total = [one for right in words.values() for one in right]
    print(f"all: {sum(total)} of {len(total)}")


def million_rows() -> float:
    """Return seconds that a log with an evaluation a step takes."""
    steps = np.arange(1e6)
    fitted, arrived = (families.sigmoid(steps, middle, 0.05) for middle in (300, 200_000))
    values = {
        "train/accuracy": fitted,
        "test/accuracy": arrived,
        "train/loss": 4 * (1 - fitted) + 1e-3,
        "test/loss": 4 * (1 - arrived) + 1e-2,
    }
    rows = np.arange(len(steps))
    columns = {name: Column(rows, steps, steps, curve) for name, curve in values.items()}
    start = time.perf_counter()
    Judge().feed(columns)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
