"""A log that was judged before is not judged again until there is something new in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import rise

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.verdict import Outcome
from grok_tui.logs.formats import LogRef, format_of
from grok_tui.logs.interpret import Interpreted
from grok_tui.watch.discovery import need_places
from grok_tui.watch.rows import Rows
from grok_tui.watch.stored import stored

STEPS = np.arange(1.0, 30_001)
LINES = [
    f"{int(step)},{train:.6f},{test:.6f},0.001"
    for step, train, test in zip(STEPS, rise(STEPS, 300), rise(STEPS, 9000), strict=True)
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log that is long enough for the cache, and has only memorised."""
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["step,train_acc,val_acc,lr", *LINES[:7000], ""]))
    return path


def log_of(path: Path) -> LogRef:
    (place,) = need_places([path])
    assert place.log is not None
    return place.log


def rows(path: Path, *, chance: float | None = None) -> Rows:
    log = log_of(path)
    return Rows(
        lambda: Interpreted(lambda: format_of(log).open(log)),
        lambda: Judge(chance=chance),
        stored=stored(log.format, log.path),
    )


def read(rows: Rows) -> None:
    rows.read()
    while rows.is_loading:
        rows.read()


@pytest.fixture
def kept(path: Path) -> Path:
    """The same log after it was read, judged and closed once."""
    first = rows(path)
    read(first)
    assert first.verdict(is_over=True).outcome is Outcome.MEMORISED
    first.close()
    return path


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What any judge is shown from now on."""
    seen: list[str] = []
    feed = Judge.feed

    def watched(self: Judge, columns: object) -> None:
        seen.extend(columns)  # type: ignore[arg-type,call-overload]
        feed(self, columns)  # type: ignore[arg-type]

    monkeypatch.setattr(Judge, "feed", watched)
    return seen


def test_what_was_said_is_said_again_without_judging(kept: Path, fed: list[str]) -> None:
    again = rows(kept)
    read(again)
    assert fed == []
    for is_over in (False, True):
        said = again.verdict(is_over=is_over)
        assert said.outcome is Outcome.MEMORISED
        assert said.memorised_step == pytest.approx(479, abs=2), "0.98 is reached"
        assert said.final_step == 7000
    assert again.learnt()[0] == pytest.approx(391, abs=2)
    assert again.learnt()[1] is None


def test_what_is_new_is_judged_with_all_before_it(kept: Path, fed: list[str]) -> None:
    again = rows(kept)
    read(again)
    with kept.open("a") as file:
        file.write("\n".join(LINES[7000:]) + "\n")
    again.read()
    assert again.is_loading
    assert again.verdict(is_over=False).outcome is Outcome.MEMORISED, "until all was judged"
    read(again)
    whole = rows(kept.rename(kept.with_name("whole.csv")))  # the cache has nothing of that name
    read(whole)
    assert again.verdict(is_over=True).outcome is Outcome.GROKKED
    assert again.verdict(is_over=True) == whole.verdict(is_over=True)
    assert again.learnt() == whole.learnt()
    fed.clear()
    again.close()


def test_what_was_said_after_more_came_is_kept_too(kept: Path, fed: list[str]) -> None:
    again = rows(kept)
    read(again)
    with kept.open("a") as file:
        file.write("\n".join(LINES[7000:]) + "\n")
    read(again)
    again.close()
    fed.clear()
    third = rows(kept)
    read(third)
    assert fed == []
    assert third.verdict(is_over=False).outcome is Outcome.GROKKED


def test_a_row_that_says_nothing_of_the_verdict_changes_none(kept: Path, fed: list[str]) -> None:
    again = rows(kept)
    read(again)
    with kept.open("a") as file:
        file.write("7001,,,0.002\n")
    read(again)
    assert fed == []
    assert len(again.curves()["lr"]) == 7001


def test_a_judge_who_knows_something_else_judges_anew(kept: Path, fed: list[str]) -> None:
    read(rows(kept, chance=0.5))
    assert "train/accuracy" in fed


def test_a_log_that_begins_anew_forgets_what_was_said(kept: Path) -> None:
    again = rows(kept)
    read(again)
    kept.write_text("\n".join(["step,train_acc,val_acc,lr", *LINES[:100], ""]))
    read(again)
    assert again.verdict(is_over=True).outcome is Outcome.NOT_FITTED
    assert again.learnt() == (None, None)
