"""The series store beside numpy on whole arrays: `python -m pytest tests/bench/test_store.py`.

Processes of their own, so that memory and a cold start are theirs; CPU seconds unless it says else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_BEGIN = """
import json, sys, time
from pathlib import Path
import numpy as np
from grok_tui.chart.axis import Axis
from grok_tui.chart.geometry import decimate
from grok_tui.logs.source import Column
from grok_tui.store.log import LogKey, StoredLog

root, key = Path(sys.argv[1]), LogKey("bench", "/log", 1, 1, None, "")
metrics, rows = int(sys.argv[2]), int(sys.argv[3])

def memory():
    lines = dict(l.split(":", 1) for l in Path("/proc/self/status").read_text().splitlines())
    return {n: int(lines[n].split()[0]) // 1024 for n in ("VmRSS", "RssAnon", "VmHWM")}

def columns(start, end, values):
    at = np.arange(start, end)
    steps, times = at.astype(float), 1.7e9 + at
    return {f"m{i}": Column(at, steps, times, values[i]) for i in range(metrics)}
"""
_BUILD = """
log, rng, cpu = StoredLog(key, root=root), np.random.default_rng(0), 0.0
before = memory()
for start in range(0, rows, 5000):
    values = rng.normal(size=(metrics, 5000)).astype("f4").astype(float)
    given = columns(start, start + 5000, values)
    began = time.process_time()
    log.take(given)
    cpu += time.process_time() - began
built = memory()
began = time.process_time()
log.commit({"row": rows})
cpu += time.process_time() - began
times = []
for row in range(rows, rows + 2000):
    given = columns(row, row + 1, np.ones((metrics, 1)))
    began = time.perf_counter()
    log.take(given)
    times.append(time.perf_counter() - began)
assert log.note is None
print(json.dumps({"cpu": cpu, "row_us": 1e6 * sorted(times)[1000], "before": before, **built}))
"""
_OPEN = """
began, cpu = time.perf_counter(), time.process_time()
log = StoredLog(key, root=root)
assert log.mark == {"row": rows}
curves = [series.curve() for series in log.series.values()]
def draw(x):
    for curve in curves:
        decimate(curve, x, Axis("linear", -9.0, 9.0), 228)
draw(Axis("linear", 0.0, float(rows)))
opened = time.perf_counter() - began, time.process_time() - cpu
zooms, rng = [], np.random.default_rng(1)
for share in np.geomspace(1, 1e-4, 61):
    start = rng.random() * (1 - share) * rows
    began = time.perf_counter()
    draw(Axis("linear", start, start + share * rows))
    zooms.append(time.perf_counter() - began)
began = time.perf_counter()
draw(Axis("log", 1.0, float(rows)))
log_x = time.perf_counter() - began
end = memory()
edges = np.linspace(0, rows, 229).astype(int)[:-1]
values = curves[0].values
brute = []
for _ in range(3):
    began = time.perf_counter()
    np.fmin.reduceat(values, edges), np.fmax.reduceat(values, edges)
    brute.append(time.perf_counter() - began)
zooms.sort()
print(json.dumps({
    "opened": opened, "p50": zooms[30], "p95": zooms[57], "max": zooms[-1], "log_x": log_x,
    "brute": len(curves) * min(brute), **end,
}))
"""


def measured(script: str, root: Path, metrics: int, rows: int) -> dict[str, float]:
    result = subprocess.run(
        [sys.executable, "-c", _BEGIN + script, str(root), str(metrics), str(rows)],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, float] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize(("metrics", "rows"), [(12, 1_000_000), (20, 1_000_000), (20, 10_000_000)])
def test_store(report: list[str], tmp_path: Path, metrics: int, rows: int) -> None:
    built = measured(_BUILD, tmp_path, metrics, rows)
    opened = measured(_OPEN, tmp_path, metrics, rows)
    disk = sum(f.stat().st_blocks * 512 for f in tmp_path.rglob("*") if f.is_file())
    wall, cpu = opened["opened"]  # type: ignore[misc]
    report += [
        f"{metrics} metrics × {rows:,} rows",
        f"  build: {built['cpu']:.2f} s ({1e9 * built['cpu'] / metrics / rows:.0f} ns a value),"
        f" peak {built['VmHWM']} MiB, {built['RssAnon']} MiB of it its own memory;"
        f" {disk / metrics / rows:.1f} bytes a value on the disk",
        f"  a row of all metrics: {built['row_us']:.0f} µs",
        f"  open and draw all: {1e3 * wall:.0f} ms ({1e3 * cpu:.0f} ms CPU)",
        f"  61 zooms of all: median {1e3 * opened['p50']:.1f} ms,"
        f" 95 % {1e3 * opened['p95']:.1f} ms, longest {1e3 * opened['max']:.1f} ms;"
        f" log x {1e3 * opened['log_x']:.1f} ms",
        f"  numpy's extremes of whole arrays in memory: {1e3 * opened['brute']:.0f} ms,"
        f" {opened['brute'] / opened['p50']:.0f} times as long",
        f"  memory with all drawn: {opened['VmRSS']} MiB, {opened['RssAnon']} MiB of it its own",
    ]
