"""What it costs to read a log: code that reads one, run in a process of its own and measured.

Each piece of code finds the log in `path`, and says how many numbers it read in `points`; `began`
is the CPU time from which on it counts, 0 with the imports.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

READ = """
from pathlib import Path
from grok_tui.logs.formats import format_of
from grok_tui.watch.discovery import need_places
(place,) = need_places([Path(path)])
source, points, more = format_of(place.log).open(place.log, complete=True), 0, True
while more:
    batch = source.read(100_000, 60)
    points += sum(len(column.values) for column in batch.columns.values())
    more = batch.more
"""
"""As the peers read it: every number once."""
OPEN = """
from pathlib import Path
from grok_tui.logs.formats import formats
from grok_tui.watch.discovery import need_places
from grok_tui.watch.log_follower import LogFollower
formats()
began = time.process_time()
(place,) = need_places([Path(path)])
follower = LogFollower(place.log, place.name, time.time)
follower.poll()
while follower.view.is_loading:
    follower.poll()
points = sum(len(curve) for curve in follower.view.curves.values())
follower.close()
"""
"""As the app opens it: read, judged, and kept for the next time."""
POLARS = "import polars\ntable = polars.{}(path)\npoints = table.height * (table.width - 1)"
EVENT_ACCUMULATOR = """
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
log = EventAccumulator(path, {"scalars": 0})
log.Reload()
points = sum(len(log.Scalars(tag)) for tag in log.Tags()["scalars"])
"""
PROTOBUF = "from bench.protobuf_reader import count_values\npoints = count_values(path)"
_BEGIN = "import time\npath, began = {path!r}, 0.0\n"
_END = """
cpu_s = time.process_time() - began
lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(points, cpu_s, 1024 * int(lines["VmHWM"].split()[0]))
"""


class Cost(NamedTuple):
    """What a process needed; the cheaper of two is the smaller."""

    cpu_s: float
    memory: float
    """Bytes that were resident at most, those of mapped files among them."""
    points: float


def cost_of(code: str, path: Path, cache: Path | None = None) -> Cost:
    """Return what some code costs that reads a log.

    Args:
        code: what to run.
        path: the log.
        cache: where our cache lies; that of the user if not given.
    """
    tests = str(Path(__file__).parents[1])
    # What is installed was compiled before: with this the source would be compiled each time.
    there = {key: v for key, v in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    there["PYTHONPATH"] = os.pathsep.join(filter(None, (there.get("PYTHONPATH"), tests)))
    if cache is not None:
        there["XDG_CACHE_HOME"] = str(cache)
    script = _BEGIN.format(path=str(path)) + code + _END
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=1200,
        env=there,
    ).stdout
    points, cpu_s, memory = map(float, out.split())
    return Cost(cpu_s, memory, points)
