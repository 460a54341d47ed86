"""What a launched program is seen to write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support import write_run

from grok_tui.launch.tracing import Tracing
from grok_tui.runs.record import read_record
from grok_tui.runs.traces import Traces, read_traces

INNER = """
import sys, time
log, data, own = open("logs/a.csv", "w"), open("logs/data.bin"), open(sys.argv[1], "a")
other = open("elsewhere.txt", "w")
print("ready", flush=True)
time.sleep(60)
"""


def test_files_that_it_or_its_children_write_in_the_places_of_its_logs(tmp_path: Path) -> None:
    Path("logs").mkdir()
    Path("logs/data.bin").touch()
    paths = write_run(tmp_path / "logs/runs", [], logs=[str(Path("logs").absolute())])
    inner = f"[sys.executable, '-c', {INNER!r}, sys.argv[1]]"
    starts = f"import subprocess, sys; subprocess.run({inner})"
    command = [sys.executable, "-c", starts, str(paths.root / "stdout.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        tracing = Tracing(paths, read_record(paths.record))
        tracing.look(program.pid)
        seen = read_traces(paths.traces)
        os.killpg(program.pid, 9)
    assert seen.files == [os.path.realpath("logs/a.csv")]
    assert seen.processes[0] == program.pid
    assert len(seen.processes) == 2
    again = Tracing(paths, read_record(paths.record))
    again.look(os.getpid())
    assert set(seen.processes) < set(read_traces(paths.traces).processes)
    assert read_traces(paths.traces).files == seen.files


def test_a_file_whose_name_is_no_utf_8_is_not_noted(tmp_path: Path) -> None:
    """The process beside the program ended of it, and the run was called crashed."""
    Path("logs").mkdir()
    paths = write_run(tmp_path / "logs/runs", [], logs=[str(Path("logs").absolute())])
    with Path("logs/a.csv").open("w"), Path("logs/b\udcff.csv").open("w"):
        Tracing(paths, read_record(paths.record)).look(os.getpid())
    assert read_traces(paths.traces).files == [os.path.realpath("logs/a.csv")]


def test_nonsense_is_nothing_seen(tmp_path: Path) -> None:
    path = tmp_path / "traces.json"
    assert read_traces(path) == Traces()
    for text in ("", "[]", '{"files": 1}', "[" * 100_000):
        path.write_text(text)
        assert read_traces(path) == Traces()
