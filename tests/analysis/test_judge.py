from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import grokking_rows, rise

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.thinning import Thinning
from grok_tui.analysis.verdict import Outcome
from grok_tui.logs.interpret import Interpreted
from grok_tui.logs.source import Column, ColumnBuilder
from grok_tui.logs.table import TableSource

ROWS = grokking_rows()


def feed(judge: Judge, start: int, end: int) -> None:
    builder = ColumnBuilder()
    for row in range(start, min(end, len(ROWS))):
        step, values = ROWS[row]
        builder.add(row, step, 0.0, values)
    judge.feed(builder.build())


def test_row_by_row_equals_all_at_once() -> None:
    whole, single = Judge(), Judge()
    feed(whole, 0, len(ROWS))
    for step, values in ROWS:
        for name, value in values.items():
            single.observe(name, step, value)
    assert whole.verdict() == single.verdict()
    assert whole.verdict().outcome is Outcome.GROKKED


@settings(max_examples=12)
@given(cuts=st.lists(st.integers(0, len(ROWS)), max_size=6))
def test_any_pieces_give_the_same_verdict(cuts: list[int]) -> None:
    whole, pieces = Judge(), Judge()
    feed(whole, 0, len(ROWS))
    edges = [0, *sorted(cuts), len(ROWS)]
    for start, end in itertools.pairwise(edges):
        feed(pieces, start, end)
    assert pieces.verdict() == whole.verdict()


def test_accuracy_decides_where_there_is_one() -> None:
    judge = Judge()
    feed(judge, 0, len(ROWS))
    assert judge.verdict().basis == "accuracy"


def test_the_complexity_peak_is_one_of_the_events_in_the_order_of_certainty() -> None:
    judge = Judge()
    feed(judge, 0, len(ROWS))
    events = judge.verdict().events
    assert {"memorised", "complexity_peak", "grokked"} == {event.kind for event in events}
    assert [e.seen_at for e in events] == sorted(e.seen_at for e in events)


def test_percent_and_fraction_give_the_same_verdict(tmp_path: Path) -> None:
    verdicts = []
    for name, factor in (("fraction.csv", 1.0), ("percent.csv", 100.0)):
        path = tmp_path / name
        lines = ["step,train_acc,test_acc"]
        lines += [
            f"{step},{v['train/accuracy'] * factor!r},{v['test/accuracy'] * factor!r}"
            for step, v in ROWS
        ]
        path.write_text("\n".join([*lines, ""]))
        judge = Judge()
        source = Interpreted(partial(TableSource, path, complete=True))
        judge.feed(source.read(10**6, 60).columns)
        verdicts.append(judge.verdict())
    assert verdicts[0] == verdicts[1]
    assert verdicts[0].outcome is Outcome.GROKKED


def test_an_empty_batch_changes_nothing() -> None:
    judge = Judge()
    judge.feed({})
    assert judge.verdict().basis is None


def test_accuracy_that_appears_late_takes_nothing_back() -> None:
    judge = Judge()
    for step, values in ROWS:
        judge.observe("train/loss", step, values["train/loss"])
        judge.observe("test/loss", step, values["test/loss"])
    before = judge.verdict()
    assert before.outcome is Outcome.GROKKED
    judge.observe("train/accuracy", 4000, 1.0)
    judge.observe("test/accuracy", 4000, 1.0)
    assert judge.verdict().events == before.events


def test_without_a_training_accuracy_its_loss_tells_whether_it_was_fitted() -> None:
    judge = Judge()
    for step in range(0, 2000, 10):
        judge.observe("train/loss", step, 4.0 if step < 50 else 0.01)
        judge.observe("test/accuracy", step, 0.02 if step < 900 else 0.99)
        judge.observe("test/loss", step, 5.0)
    verdict = judge.verdict()
    assert (verdict.outcome, verdict.basis) == (Outcome.GROKKED, "mixed")
    assert "test accuracy" not in str(verdict.to_json())
    assert verdict.grok is not None
    assert verdict.grok.step == pytest.approx(895, abs=10)


def test_a_dense_log_is_thinned_and_says_the_same() -> None:
    steps = np.arange(100_000.0)
    train, test = rise(steps, 300), rise(steps, 20_000, 0.05)
    noise = np.random.default_rng(0).normal(0, 0.01, len(steps))
    rows = np.arange(len(steps))
    whole, sparse = Judge(), Judge()
    for judge, every in ((whole, 1), (sparse, 97)):
        judge.feed(
            {
                name: Column(rows[::every], steps[::every], steps[::every], values[::every])
                for name, values in (("train/accuracy", train), ("test/accuracy", test + noise))
            }
        )
    assert whole.verdict().outcome is sparse.verdict().outcome is Outcome.GROKKED
    grok = whole.verdict().grok
    assert grok is not None
    assert grok.low <= 20_000 <= grok.high  # type: ignore[operator]
    assert grok.step == pytest.approx(20_000, rel=0.01)
    assert whole.verdict().final_step == 99_999
    kept = Thinning().pick(steps)
    assert len(kept) < len(steps) / 2
    pieces = Thinning()
    joined = [part + pieces.pick(steps[part : part + 7919]) for part in range(0, 100_000, 7919)]
    assert np.array_equal(np.concatenate(joined), kept), "chunks change nothing"


def test_a_log_that_begins_late_is_not_thinned_away() -> None:
    steps = 1e9 + np.arange(0.0, 500_000, 100)
    assert len(Thinning().pick(steps)) == len(steps)
    again = np.concatenate([np.arange(50_000.0), np.arange(50_000.0)])
    assert 50_000 in Thinning().pick(again), "a restart is seen"
