"""How fast other people's logs are read, beside the readers that people know: a table.

    python tests/bench/logs.py                       # 12 million numbers, a quarter of an hour
    python tests/bench/logs.py --points 1e6 csv jsonl

Each format holds the same run of 20 metrics, made by `gen_runs.py`: $GROK_TUI_TOOLS, else
../shared/tools, is where it lies. All is CPU seconds, the best of some turns. `read` is every
number once, as the peers do it, a new process with its imports; `first open` is what the app does,
which judges the run too and keeps its columns, and `again` the next time, both without the imports.
The memory is the most that was resident, pages of mapped files included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.log_costs import (
    EVENT_ACCUMULATOR,
    OPEN,
    POLARS,
    PROTOBUF,
    READ,
    Cost,
    cost_of,
)
from logs_support import history, wandb_file

TOOLS = Path(os.environ.get("GROK_TUI_TOOLS") or Path(__file__).parents[3] / "shared" / "tools")
METRICS = 20
PART = 1_000_000
"""Numbers of which a slow peer reads so many only; what all would take is reckoned from that."""
GOAL_POINTS = 12_000_000
"""What the goals are for; of fewer numbers, in proportion."""
GOAL_AGAIN_S = 0.3
GOAL_MEMORY_MB = 250


@dataclass(frozen=True)
class Case:
    """A format, and who else reads it."""

    title: str
    goal_s: float
    peer: str
    code: str
    is_slow: bool = False
    """Whether the peer is given a part only."""


CASES = {
    "csv": Case("CSV", 2, "polars", POLARS.format("read_csv")),
    "jsonl": Case("JSONL", 4, "polars", POLARS.format("read_ndjson")),
    "tb": Case("TensorBoard", 15, "EventAccumulator", EVENT_ACCUMULATOR, is_slow=True),
    "wandb": Case(".wandb", 30, "W&B's protobuf and json", PROTOBUF, is_slow=True),
}
HEAD = (
    "| format | numbers | read | first open | again | goals: read, again | peer |"
    " memory: read, first open, again (goal {} MB) |\n|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("formats", nargs="*", choices=[[], *CASES], help="All by default.")
    parser.add_argument("--points", type=float, default=GOAL_POINTS, help="Numbers in each log.")
    parser.add_argument("--turns", type=int, default=3, help="The cheapest of so many counts.")
    asked = parser.parse_args()
    if not (TOOLS / "gen_runs.py").is_file():
        sys.exit(f"there is no gen_runs.py in {TOOLS}: set GROK_TUI_TOOLS to its folder")
    print(HEAD.format(GOAL_MEMORY_MB))
    for kind in asked.formats or CASES:
        with tempfile.TemporaryDirectory() as folder:
            print(line(kind, Path(folder), int(asked.points), asked.turns), flush=True)


def line(kind: str, folder: Path, points: int, turns: int) -> str:
    """Return the line of one format."""
    case, steps = CASES[kind], points // METRICS
    log = write(kind, folder / "all", steps)
    read = min(checked(READ, log, steps) for _ in range(turns))
    first, again = opened(folder, log, steps, turns)
    theirs, numbers = peer(case, kind, folder, log, steps, turns)
    goal_s = case.goal_s * points / GOAL_POINTS
    memory = ", ".join(f"{cost.memory / 1e6:.0f}" for cost in (read, first, again))
    cells = (
        case.title,
        f"{points / 1e6:g} M",
        f"{read.cpu_s:.2f}",
        f"{first.cpu_s:.2f}",
        f"{again.cpu_s:.2f}",
        f"{goal_s:.3g}, {GOAL_AGAIN_S}",
        f"{case.peer} {theirs:.2f}{numbers}",
        memory,
    )
    return f"| {' | '.join(cells)} |"


def opened(folder: Path, log: Path, steps: int, turns: int) -> tuple[Cost, Cost]:
    """Return what the app needs to open a log for the first time, and for the second."""
    costs = []
    for turn in range(turns):
        cache = folder / f"cache-{turn}"
        costs.append([checked(OPEN, log, steps, cache) for _ in range(2)])
    first, again = zip(*costs, strict=True)
    return min(first), min(again)


def peer(
    case: Case, kind: str, folder: Path, log: Path, steps: int, turns: int
) -> tuple[float, str]:
    """Return the CPU seconds of the peer, and what they are reckoned from where it was a part."""
    part = min(steps, PART // METRICS) if case.is_slow else steps
    log = log if part == steps else write(kind, folder / "part", part)
    theirs = min(checked(case.code, log, part) for _ in range(turns))
    numbers = "" if part == steps else f" (reckoned from {part * METRICS / 1e6:g} M)"
    return theirs.cpu_s * steps / part, numbers


def checked(code: str, log: Path, steps: int, cache: Path | None = None) -> Cost:
    """Return what some code costs; it must have read every number."""
    cost = cost_of(code, log, cache)
    # The column of epochs is a number too for those who do not know better.
    assert steps * METRICS <= cost.points <= steps * (METRICS + 1), cost
    return cost


def write(kind: str, folder: Path, steps: int) -> Path:
    """Write the run in a format, and return where it lies."""
    if kind in ("csv", "tb"):
        command = [sys.executable, str(TOOLS / "gen_runs.py"), kind, str(folder), str(steps)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return folder / "metrics.csv" if kind == "csv" else folder
    folder.mkdir()
    path = folder / ("metrics.jsonl" if kind == "jsonl" else "run-synthetic.wandb")
    if kind == "jsonl":
        with path.open("w") as file:
            rows = ({"step": step, **dict(row)} for step, row in rows_of(steps))
            file.writelines(json.dumps(row) + "\n" for row in rows)
        return path
    texts = ((step, [(name, repr(value)) for name, value in row]) for step, row in rows_of(steps))
    # A summary follows each row.
    records = [history(step, row, record) for step, row in texts for record in (2, 3)]
    path.write_bytes(wandb_file(records))
    return path


def rows_of(steps: int) -> Iterator[tuple[int, list[tuple[str, float]]]]:
    """Yield the run's rows as pairs of name and value."""
    sys.path.insert(0, str(TOOLS))
    import gen_runs

    for step, row in enumerate(gen_runs.values(steps)):
        yield step, list(zip(gen_runs.TAGS, row.tolist(), strict=True))


if __name__ == "__main__":
    main()
