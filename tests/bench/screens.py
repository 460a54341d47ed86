"""How quick the app is, in a terminal of 120x40 with 20 metrics, beside the goals: a table.

    python tests/bench/screens.py                      # all, some minutes
    python tests/bench/screens.py csv-10k own-1m       # these logs alone

The terminal is `pty_bench.py`, and the CSV files come from `gen_runs.py`: $GROK_TUI_TOOLS, else
../shared/tools, is where they lie. CPU seconds and bytes are comparable between machines that are
about as fast; times grow with what else is running, and `contention` says how much (1.0 is a quiet
machine).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import native_run

from grok_tui.chart.draw import draw
from grok_tui.chart.panels import run_axis, run_panels
from grok_tui.runs.lock import RunLock
from grok_tui.watch.judgement import read_run

ROOT = Path(__file__).parents[2]
TOOLS = Path(os.environ.get("GROK_TUI_TOOLS") or ROOT.parent / "shared" / "tools")
HERE = Path(__file__).parent
WHOLE = r"\A(?!.*reading…).*[⠁-⣿]{3}"
"""On the screen once all is read: a curve, and nothing that says otherwise."""
PROBES = 8


@dataclass(frozen=True)
class Case:
    """A log to open, and whether rows are added to it while it is watched."""

    kind: str
    steps: int
    is_live: bool = False


CASES = {
    "csv-10k": Case("csv", 10_000),
    "csv-100k": Case("csv", 100_000),
    "jsonl-10k": Case("jsonl", 10_000),
    "jsonl-100k": Case("jsonl", 100_000),
    "own-10k": Case("own", 10_000, is_live=True),
    "own-1m": Case("own", 1_000_000),
    "csv-1m": Case("csv", 1_000_000),
}
NAMES = {"csv": "CSV", "jsonl": "JSONL", "own": "run of its own"}


@dataclass(frozen=True)
class Log:
    """What is opened, and how rows are added to it."""

    opened: Path
    append: str
    """Command that appends at {rate} for a minute."""
    probe: str
    """Command that appends one row, the {i}-th."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], help="All by default.")
    parser.add_argument("--command", default=f"{sys.executable} -m grok_tui {{path}}")
    parser.add_argument("--keys", default="l,m", help="Keys that change the screen.")
    asked = parser.parse_args()
    if not (TOOLS / "pty_bench.py").is_file():
        sys.exit(f"there is no pty_bench.py in {TOOLS}: set GROK_TUI_TOOLS to its folder")
    print("| | measured | goal |\n|---|---|---|")
    print(f"| Python and its imports of Textual and numpy alone | {imports_s():.2f} CPU-s | – |")
    problems, contention = [], []
    for name in asked.cases or CASES:
        case = CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = measured(case, Path(folder), asked.command, asked.keys)
            except (subprocess.CalledProcessError, BenchError) as error:
                problems.append(f"{name}: {error}")
                continue
        contention.append(found["contention_before"])
        for what, value, goal in rows(case, found):
            print(f"| {what}, {case.steps:,} steps, {NAMES[case.kind]} | {value} | {goal} |")
        sys.stdout.flush()
    print(f"\ncontention {max(contention, default=0):.2f} at most")
    sys.exit("\n".join(problems) or None)


class BenchError(Exception):
    """The program showed nothing that can be measured."""


def imports_s() -> float:
    """Return the CPU seconds that the libraries take, the least that any such app takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(5):
        code = "import textual.app, textual.widgets, numpy"
        subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 5


def measured(case: Case, folder: Path, command: str, keys: str) -> dict[str, Any]:
    """Make a log, open it, and return what the terminal measured."""
    log, lock = make(case, folder)
    words = command.format(path=log.opened).split()
    found = measure(words, log, keys, case.is_live, folder / "out.json")
    if lock is not None:
        if case.is_live:
            found["four_charts_ms"] = charts_ms(log.opened)
        lock.release()
    return found


def make(case: Case, folder: Path) -> tuple[Log, RunLock | None]:
    """Make a log, and hold the lock of a run of our own: it is live while somebody does."""
    if case.kind == "own":
        paths = native_run.make(folder / "runs", case.steps)
        file = native_run.metrics_file(paths)
        append = f"{sys.executable} {HERE / 'native_run.py'} append {file} {{rate}} 60"
        native_run.probes(paths, folder / "probes", PROBES)
        return Log(paths.root, append, f"cat {folder}/probes/{{i}} >> {file}"), RunLock(paths.lock)
    generate = [sys.executable, str(TOOLS / "gen_runs.py"), "csv", str(folder), str(case.steps)]
    subprocess.run(generate, check=True, stdout=subprocess.DEVNULL)
    table = folder / "metrics.csv"
    if case.kind == "csv":
        return _of_yesterday(table), None
    lines = folder / "metrics.jsonl"
    with table.open(newline="") as file, lines.open("w") as output:
        for row in csv.DictReader(file):
            numbers = {name: float(text) for name, text in row.items() if text}
            output.write(json.dumps(numbers) + "\n")
    table.unlink()
    return _of_yesterday(lines), None


def _of_yesterday(file: Path) -> Log:
    """Return a log that nobody writes to: while its age is told in seconds, that changes."""
    os.utime(file, (time.time() - 86_400,) * 2)
    return Log(file, "", "")


def measure(command: list[str], log: Log, keys: str, is_live: bool, out: Path) -> dict[str, Any]:
    """Return what the terminal measured."""
    options = ["--ready", WHOLE, "--keys", keys, "--idle", "10"]
    options += ["--resize", "80x24", "--out", str(out)]
    if is_live:
        options += ["--probe", log.probe, "--probes", str(PROBES), "--writer", log.append]
        options += ["--live", "10", "--mask", "ZZZZ"]
    tool = [sys.executable, str(TOOLS / "pty_bench.py"), *options, "--", *command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled already
    result = subprocess.run(tool, capture_output=True, text=True, env=environment)
    if not out.is_file():
        raise BenchError(f"pty_bench.py failed: {result.stderr.strip()[-2000:]}")
    found: dict[str, Any] = json.loads(out.read_text())
    if "error" in found:
        raise BenchError("\n".join([found["error"], *found.get("screen", [])]))
    return found


def charts_ms(run: Path) -> float:
    """Return the CPU milliseconds that four charts take, from curves to cells."""
    view = read_run(run)
    spent = []
    for _ in range(9):
        begin = time.process_time()
        axis = run_axis(view.curves, log=True, planned=view.steps)
        for panel in run_panels(view.curves, view.verdict, axis):
            draw(panel.spec, 59, 16)
        spent.append(1000 * (time.process_time() - begin))
    return statistics.median(spent)


def rows(case: Case, found: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what was measured beside its goal."""
    idle, keys = found["idle"], found["keys"]
    first = {10_000: "1.0 CPU-s", 100_000: "2.0 CPU-s"}.get(case.steps, "–")
    yield "whole log on the screen", f"{found['cpu_to_chart_s']:.2f} CPU-s", first
    yield "idle", f"{idle['cpu_pct']} %, {idle['bytes_per_s']:.0f} B/s", "0.5 %, 0 B/s"
    times = f"{keys['change_ms_p50']:.0f} / {keys['change_ms_p95']:.0f} ms"
    yield "key to screen p50 / p95", times, "20 / 50 ms"
    if "probe" in found:
        yield "append to screen p95", f"{found['probe']['lag_ms_p95'] / 1000:.2f} s", "0.6 s"
    for rate, live in found.get("live", {}).items():
        value = f"{live['cpu_pct']} %, {live['bytes_per_s'] / 1000:.1f} kB/s"
        yield f"live at {rate} rows/s", value, "8 %, 5 kB/s"
    if "four_charts_ms" in found:
        yield "four charts drawn anew", f"{found['four_charts_ms']:.0f} CPU-ms", "40 CPU-ms"
    goal = "150 MB" if case.steps >= 1_000_000 else "–"
    yield "resident memory at most", f"{found['peak_rss_mb']:.0f} MB", goal


if __name__ == "__main__":
    main()
