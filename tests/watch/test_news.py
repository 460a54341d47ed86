from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from support import SAMPLES

from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Verdict
from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.watch.judgement import read_run
from grok_tui.watch.news import Kind, Newsroom
from grok_tui.watch.view import RunView, Snapshot

GROKKED = read_run(SAMPLES / "add-53-flash-1")
BEFORE = replace(GROKKED, verdict=Verdict(), curves={}, status=Status(State.RUNNING))


def kinds(room: Newsroom, *runs: RunView, samples: bool = False) -> list[Kind]:
    snapshot = Snapshot(Path(), runs, is_complete=True, shows_samples=samples)
    return [news.kind for news in room.read(snapshot)]


def test_what_had_happened_before_is_no_news() -> None:
    room = Newsroom()
    assert kinds(room, GROKKED) == []
    assert kinds(room, replace(GROKKED, step=4001)) == []


def test_each_event_is_told_once() -> None:
    room = Newsroom()
    assert kinds(room, BEFORE) == []
    (grokked,) = room.read(Snapshot(Path(), (replace(BEFORE, verdict=GROKKED.verdict),)))
    assert grokked.kind is Kind.GROKKED
    assert grokked.text.startswith("add-53-flash-1: ⚑ grokked at step 449")
    assert kinds(room, GROKKED) == [Kind.FINISHED]
    assert kinds(room, replace(GROKKED, pending=("x",))) == []
    again = replace(GROKKED, session=2, status=Status(State.RUNNING))
    assert kinds(room, again) == [], "it groks once, however often it is resumed"
    crashed = replace(again, status=Status(State.CRASHED, "out of memory"))
    assert kinds(room, crashed) == [Kind.CRASHED]


def test_what_a_new_run_did_before_it_was_read_is_news() -> None:
    room = Newsroom(clock=lambda: 100.0)
    assert kinds(room, replace(GROKKED, created=99.0, path=Path("old"))) == []
    assert kinds(room, replace(GROKKED, created=101.0, is_loading=True)) == []
    assert kinds(room, replace(GROKKED, created=101.0)) == [Kind.GROKKED, Kind.FINISHED]


def test_infinities_and_lost_rows_are_told() -> None:
    room = Newsroom()
    kinds(room, BEFORE)
    bad = {"train/loss": Curve(np.array([1.0, 2.0]), np.array([1.0, np.nan]))}
    assert kinds(room, replace(BEFORE, curves=bad)) == [Kind.DIVERGED]
    assert kinds(room, replace(BEFORE, curves=bad, lost_rows=3)) == [Kind.DISK_FULL]
    assert kinds(room, replace(BEFORE, curves=bad, lost_rows=4)) == []


def test_samples_are_never_news() -> None:
    room = Newsroom(clock=lambda: 0.0)
    assert kinds(room, GROKKED, samples=True) == []
