from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from grok_tui.runs.layout import RunPaths
from grok_tui.runs.writer import LineWriter, MetricsWriter


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_first_line_is_a_header_and_then_one_row_a_step(tmp_path: Path) -> None:
    writer = MetricsWriter(RunPaths(tmp_path), session=2, resume_step=800)
    writer.write(801, {"train/loss": 0.5})
    writer.close()
    header, row = lines(tmp_path / "metrics-trainer-2.jsonl")
    assert (header["_"], header["session"], header["resume_step"]) == ("open", 2, 800)
    assert (row["step"], row["train/loss"]) == (801, 0.5)
    assert isinstance(row["time"], float)


def test_what_json_cannot_hold_is_null_and_spelled_out(tmp_path: Path) -> None:
    writer = MetricsWriter(RunPaths(tmp_path))
    writer.write(1, {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1.0})
    writer.close()
    row = lines(tmp_path / "metrics-trainer-1.jsonl")[1]
    assert (row["a"], row["b"], row["c"], row["d"]) == (None, None, None, 1.0)
    assert row["_nf"] == {"a": "NaN", "b": "Infinity", "c": "-Infinity"}


def test_a_torn_last_line_does_not_swallow_the_next_row(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"kind":"started"}\n{"kind":"cra')
    writer = LineWriter(path)
    writer.write({"kind": "resumed"})
    writer.close()
    assert path.read_bytes().splitlines()[-1] == b'{"kind":"resumed"}'


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from grok_tui.runs.writer import LineWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = LineWriter(Path(sys.argv[1]))
row = {"text": "x" * 80}
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
written = [writer.write(row) for _ in range(20)]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
writer.write({"text": "after"})
print(sum(written), writer.lost)
writer.close()
"""


def test_a_full_disk_loses_whole_rows_and_counts_them(tmp_path: Path) -> None:
    """A file size limit makes the kernel write short, as a full disk does."""
    path = tmp_path / "rows.jsonl"
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True
    )
    written, lost = map(int, result.stdout.split())
    assert written + lost == 20
    assert lost > 0
    rows = lines(path)  # every line is whole: no stump was left behind
    assert len(rows) == written + 1
    assert rows[-1] == {"text": "after"}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic links"):
        LineWriter(tmp_path / "events.jsonl")
