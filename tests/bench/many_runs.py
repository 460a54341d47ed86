"""How the list of very many runs answers, while they are read for the first time and later.

    python tests/bench/many_runs.py             # 10 000 runs, with a new cache
    python tests/bench/many_runs.py --runs 3000

The terminal is `pty_bench.py` of 120x40: $GROK_TUI_TOOLS, else ../shared/tools, is where it lies.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import DATA, grokking_rows, write_run

ROOT = Path(__file__).parents[2]
TOOLS = Path(os.environ.get("GROK_TUI_TOOLS") or ROOT.parent / "shared" / "tools")
GROKS_AT = (400.0, 800.0, 1200.0, 1e6)
"""When the runs grok, in turn; the last only memorises."""
_LIST = """
import sys, time
from pathlib import Path
from grok_tui.watch.roster import Roster
began = time.process_time()
roster, pages = Roster([Path(sys.argv[1])], None, time.time), []
for _ in roster.known():
    pages.append(time.process_time() - began)
began = time.process_time()
roster.find()
for path in roster.followers:
    roster.to_poll(path, is_wanted=False).poll()
print(pages[0], time.process_time() - began)
"""
"""What the app does of a list that it knows, without the screen."""
READ_PER_S = 50
"""Runs that a slow machine reads in a second: the first start lasts until all are."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000)
    count = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "runs", Path(folder) / "cache"
        make(root, count)
        reading = opened(root, cache, idle_s=0.1)
        first = opened(root, cache, idle_s=count / READ_PER_S)
        later = opened(root, cache, idle_s=10)
        page_s, reconciled_s = listed(root, cache)
    print(f"| {count:,} runs | measured | goal |\n|---|---|---|")
    for what, value, goal in (
        ("first rows on the screen, cold", f"{reading['first_chart_s']:.2f} s", "–"),
        ("key to screen p50 / p95, while runs are read", keys_of(reading), "– / 100 ms"),
        ("key to screen p50 / p95, when all are known", keys_of(later), "– / 100 ms"),
        ("first rows on the screen, later", f"{later['first_chart_s']:.2f} s", "–"),
        ("first page from the index, after the imports", f"{page_s:.2f} CPU-s", "0.1 CPU-s"),
        ("all looked at again, in the background", f"{reconciled_s:.2f} CPU-s", "2 CPU-s"),
        ("idle", f"{later['idle']['cpu_pct']} %, {later['idle']['bytes_per_s']} B/s", "–"),
        ("resident memory at most, first and later start", memory(first, later), "250 MB"),
    ):
        print(f"| {what} | {value} | {goal} |")
    print(f"\ncontention {max(each['contention_before'] for each in (reading, first, later))}")


def make(root: Path, count: int) -> None:
    """Make short finished runs, of four kinds."""
    kinds = [
        write_run(root, grokking_rows(at)[::16], name=f"kind{number}", data=DATA).root
        for number, at in enumerate(GROKS_AT)
    ]
    for number in range(count - len(kinds)):
        shutil.copytree(kinds[number % len(kinds)], root / f"run-{number + 1}")


def opened(root: Path, cache: Path, *, idle_s: float) -> dict[str, Any]:
    """Open the list, let it be for a while, and press keys."""
    out = root.parent / "out.json"
    command = [sys.executable, str(TOOLS / "pty_bench.py"), "--ready", r"run-\d+ ", "--out"]
    command += [str(out), "--keys", "j,j,G,k,g", "--idle", str(idle_s)]
    command += ["--", sys.executable, "-m", "grok_tui", "--runs", str(root)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment(cache))
    found: dict[str, Any] = json.loads(out.read_text())
    if "error" in found:
        sys.exit("\n".join([found["error"], *found.get("screen", [])]))
    return found


def listed(root: Path, cache: Path) -> tuple[float, float]:
    """Return the CPU seconds until the first page of a known list, and to look at all again."""
    out = subprocess.run(
        [sys.executable, "-c", _LIST, str(root)],
        check=True,
        stdout=subprocess.PIPE,
        env=environment(cache),
    ).stdout
    page_s, reconciled_s = map(float, out.split())
    return page_s, reconciled_s


def environment(cache: Path) -> dict[str, str]:
    """Return the environment of our processes."""
    there = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)}
    there.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled already
    return there


def keys_of(found: dict[str, Any]) -> str:
    """Return how soon keys changed the screen."""
    keys = found["keys"]
    return f"{keys['change_ms_p50']:.0f} / {keys['change_ms_p95']:.0f} ms"


def memory(*found: dict[str, Any]) -> str:
    """Return how much memory the app had at most."""
    return ", ".join(f"{each['peak_rss_mb']:.0f} MB" for each in found)


if __name__ == "__main__":
    main()
