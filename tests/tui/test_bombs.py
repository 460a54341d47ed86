"""Files that would hang or slow a careless reader: each is a row that says what was skipped."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

import pytest
from support import grokking_rows, write_run
from tui_support import screen_text, until_shown

from grok_tui.runs.layout import RunPaths
from grok_tui.tui.app import GrokTui
from grok_tui.tui.widgets.run_table import RunTable

LONG_LINE = 64 << 20
ANSWER_WITHIN_S = 0.1
"""What a person takes for at once."""


def run(root: Path, name: str) -> RunPaths:
    return write_run(root, grokking_rows()[:5], name=name)


def fifo(root: Path) -> str:
    os.mkfifo(run(root, "fifo").metrics("other", 1))
    return "metrics-other-1.jsonl is not a regular file"


def fifo_as_record(root: Path) -> str:
    paths = run(root, "fifo-record")
    paths.record.unlink()
    os.mkfifo(paths.record)
    return "run.json is not a regular file"


def link(root: Path) -> str:
    run(root, "link").metrics("other", 1).symlink_to("/dev/zero")
    return "metrics-other-1.jsonl is a link"


def link_as_record(root: Path) -> str:
    paths = run(root, "link-record")
    paths.record.rename(paths.root / "elsewhere.json")
    paths.record.symlink_to(paths.root / "elsewhere.json")
    return "run.json is a link"


def holes(root: Path) -> str:
    os.truncate(run(root, "holes").metrics("trainer", 1), 4 << 40)
    return "metrics-trainer-1.jsonl is mostly holes (4194304 MiB)"


def holes_in_the_record(root: Path) -> str:
    os.truncate(run(root, "holes-record").record, 4 << 40)
    return "run.json is longer than 1048576 bytes"


def long_line(root: Path) -> str:
    with run(root, "long-line").metrics("trainer", 1).open("ab") as file:
        for _ in range(LONG_LINE >> 20):
            file.write(b"[" * (1 << 20))
        file.write(b"\n")
    return "1 bad line"


def nested(root: Path) -> str:
    with run(root, "nested").metrics("trainer", 1).open("ab") as file:
        file.write(b'{"step": 9, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n")
    return "1 bad line"


def nested_record(root: Path) -> str:
    paths = run(root, "nested-record")
    record = json.loads(paths.record.read_text())
    record["config"]["x"] = "HERE"
    text = json.dumps(record).replace('"HERE"', "[" * 100_000 + "]" * 100_000)
    paths.record.write_text(text)
    return "run.json is damaged"


def tags(root: Path) -> str:
    with run(root, "tags").metrics("trainer", 1).open("ab") as file:
        for start in range(0, 1_000_000, 20_000):
            names = {f"tag-{number}": 1.0 for number in range(start, start + 20_000)}
            file.write(json.dumps({"step": start, **names}).encode() + b"\n")
    return "metrics beyond the first 10000"


def commands(root: Path) -> str:
    paths = run(root, "commands")
    for number in range(20_000):
        (paths.new_commands / f"{number}.json").touch()
    return "commands-1"


BOMBS = (
    fifo,
    fifo_as_record,
    link,
    link_as_record,
    holes,
    holes_in_the_record,
    long_line,
    nested,
    nested_record,
    tags,
    commands,
)


async def test_bombs_are_rows_that_say_why_and_keys_are_answered_at_once(root: Path) -> None:
    reasons = [bomb(root) for bomb in BOMBS]
    app, late = GrokTui(root, fps=10), list[float]()
    async with app.run_test(notifications=True, size=(170, 30)) as pilot:
        await until_shown(pilot, "fifo-1", "tags-1")
        table = app.screen.query_one(RunTable)
        while not all(reason in screen_text(app) for reason in reasons) or len(late) < 100:
            before, start = table.chosen, time.monotonic()
            app.simulate_key("down" if (len(late) // 8) % 2 == 0 else "up")
            while table.chosen == before:
                await asyncio.sleep(0.001)
            late.append(time.monotonic() - start)
            await asyncio.sleep(0.05)
            assert len(late) < 1000, f"{reasons} should be shown:\n{screen_text(app)}"
    late.sort()
    # One in four may be late: the machine that this runs on has other things to do.
    assert late[len(late) * 3 // 4] < ANSWER_WITHIN_S, f"seconds: {late}"


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_can_be_opened_and_left(root: Path, bomb) -> None:  # type: ignore[no-untyped-def]
    reason = bomb(root)
    async with GrokTui(root, fps=30).run_test(notifications=True, size=(140, 30)) as pilot:
        await until_shown(pilot, reason)
        await pilot.press("enter")
        await until_shown(pilot, "space pause/resume")
        await pilot.press("b")
        await until_shown(pilot, reason)
