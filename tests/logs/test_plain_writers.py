"""Tables and printed lines, followed while a program writes them and after it was killed."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from logs_support import kill, points, running

from grok_tui.logs.formats import LogRef, format_of
from grok_tui.logs.source import Batch, join

TABLE = """
import csv, sys, time
with open(sys.argv[1], "w", newline="") as file:
    writer = csv.writer(file, delimiter="," if sys.argv[1].endswith("csv") else "\\t")
    writer.writerow(["step", "loss"])
    for step in range(10**6):
        writer.writerow([step, step / 3])
        file.flush()
        time.sleep(0.001)
"""
LINES = """
import json, sys, time
with open(sys.argv[1], "w") as file:
    for step in range(10**6):
        print(json.dumps({"step": step, "loss": step / 3}), file=file, flush=True)
        time.sleep(0.001)
"""
PRINTED = """
import sys, time
with open(sys.argv[1], "w") as file:
    for step in range(10**6):
        print(f"step {step}: loss {step / 3!r}", file=file, flush=True)
        time.sleep(0.001)
"""
Points = list[tuple[float, float]]


def of_table(text: str) -> Points:
    delimiter = "\t" if "\t" in text else ","
    rows = list(csv.DictReader(text.splitlines(), delimiter=delimiter))
    return [(float(row["step"]), float(row["loss"])) for row in rows]


def of_lines(text: str) -> Points:
    return [(row["step"], row["loss"]) for row in map(json.loads, text.splitlines())]


def of_printed(text: str) -> Points:
    found = re.findall(r"^step (\d+): loss (\S+)$", text, re.MULTILINE)
    return [(float(step), float(loss)) for step, loss in found]


@pytest.mark.parametrize(
    ("name", "format_", "program", "wanted"),
    [
        ("log.csv", "table", TABLE, of_table),
        ("log.tsv", "table", TABLE, of_table),
        ("log.jsonl", "table", LINES, of_lines),
        ("log.txt", "text", PRINTED, of_printed),
    ],
)
def test_a_log_is_followed_while_it_is_written_and_after_its_writers_death(
    name: str, format_: str, program: str, wanted: Callable[[str], Points], tmp_path: Path
) -> None:
    path = tmp_path / name
    log = LogRef(path, format_)
    with running(program, path) as writer:
        while not (path.exists() and path.stat().st_size > 200):
            assert writer.poll() is None
            time.sleep(0.01)
        source, batches = format_of(log).open(log), list[Batch]()
        while len(batches) < 8:  # each has rows that the one before had not
            batch = source.read(10**6, 60)
            assert not batches or not batch.rewound
            if batch.columns:
                batches.append(batch)
            time.sleep(0.01)
        assert writer.poll() is None
        kill(writer)
    batches.append(source.read(10**6, 60))
    whole, _, _ = path.read_text().rpartition("\n")
    followed = points(Batch(join(batches)), "loss")
    assert followed == wanted(whole)
    complete = join([format_of(log).open(log, complete=True).read(10**6, 60)])
    assert points(Batch(complete), "loss")[: len(followed)] == followed
