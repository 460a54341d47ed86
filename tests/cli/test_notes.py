from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_support import assert_one_line, call_here
from click.testing import CliRunner, Result
from support import grokking_rows, write_run

from grok_tui.cli.program import cli
from grok_tui.config import AdamW, Config
from grok_tui.errors import UsageError
from grok_tui.runs.lock import RunLock
from grok_tui.runs.record import State

Call = Callable[..., str]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Call a command on the runs `one-1` and `two-1`; its problems are raised."""
    root = tmp_path / "runs"
    write_run(root, grokking_rows(), name="one", created=1e9)
    other = Config(name="two", optimizer=AdamW(weight_decay=2.0))
    write_run(root, [], name="two", created=2e9, config=other)

    def call(*arguments: str) -> str:
        result: Result = CliRunner().invoke(
            cli, [*arguments[:1], "--runs", str(root), *arguments[1:]]
        )
        if result.exception is not None:
            raise result.exception
        return result.output

    return call


def names(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines()[1:]]


def test_tags_are_given_taken_away_and_looked_for(call: Call) -> None:
    assert call("tag", "one-1", "+paper", "old") == "one-1 old paper\n"
    assert call("tag", "one-1", "-old") == "one-1 paper\n"
    assert call("tag", "one-1") == "one-1 paper\n"
    assert names(call("runs", "tag:paper")) == ["one-1"]
    assert json.loads(call("runs", "tag:paper", "--json"))["tags"] == ["paper"]


def test_a_note_is_written_read_and_taken_away(call: Call) -> None:
    assert call("note", "one-1") == "one-1: no note\n"
    assert call("note", "one-1", "the one in\x1b figure 2") == "one-1: the one in␛ figure 2\n"
    assert call("note", "one-1") == "one-1: the one in␛ figure 2\n"
    assert call("note", "one-1", "") == "one-1: no note\n"


def test_a_note_that_is_no_text_is_refused_in_a_line(call: Call, tmp_path: Path) -> None:
    runs = str(tmp_path / "runs")
    assert_one_line(
        call_here("note", "--runs", runs, "one-1", "\udcff"), 2, "expected text in UTF-8"
    )
    assert call("note", "one-1") == "one-1: no note\n"


def test_runs_are_listed_by_a_query(call: Call) -> None:
    assert names(call("runs")) == ["two-1", "one-1"]
    assert names(call("runs", "wd>1")) == ["two-1"]
    assert names(call("runs", "grokked", "wd<1")) == ["one-1"]
    assert names(call("runs", "--", "-grokked")) == ["two-1"]
    assert "none of 2 runs" in call("runs", "collapsed")
    with pytest.raises(UsageError, match="did you mean wd"):
        call("runs", "wdd>1")


def test_a_query_of_several_words_needs_no_quotes_of_its_own(call: Call) -> None:
    call("note", "one-1", "figure 2")
    assert names(call("runs", "note:figure 2")) == ["one-1"]


def test_runs_go_to_the_trash_and_come_back(call: Call) -> None:
    assert "one-1 is in the trash" in call("trash", "one-1")
    assert names(call("runs")) == ["two-1"]
    assert call("restore").startswith("one-1  ")
    assert "one-1 is back" in call("restore", "one-1")
    assert names(call("runs")) == ["two-1", "one-1"]
    assert "nothing is in the trash" in call("restore")


def test_if_one_run_lives_none_is_thrown_away(call: Call, tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", [], name="live", state=State.RUNNING)
    lock = RunLock(paths.lock)
    try:
        with pytest.raises(UsageError, match="live-1 is running: stop it first"):
            call("trash", "one-1", "live-1")
    finally:
        lock.release()
    assert "one-1" in names(call("runs"))


def test_what_is_no_tag_is_told_in_a_line(call: Call) -> None:
    with pytest.raises(UsageError, match="no tag"):
        call("tag", "one-1", "two words")
