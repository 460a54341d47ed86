"""The recorded runs, judged: what each is there to show, and the honesty of the dates."""

from __future__ import annotations

import json

import numpy as np
import pytest
from support import SAMPLES

from grok_tui.analysis.verdict import Outcome
from grok_tui.config.sweep import load_sweep
from grok_tui.watch.judgement import judge

EXPECTED = {
    "add-53-flash-1": Outcome.GROKKED,
    "no-weight-decay-1": Outcome.MEMORISED,
    "paused-1": Outcome.GROKKED,
    "together-1": Outcome.GENERALISED,
}


SWEEP = "fraction-by-decay"


def test_they_are_all_there_and_small() -> None:
    assert {path.name for path in SAMPLES.iterdir() if path.is_dir()} == {*EXPECTED, SWEEP}
    size = sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file())
    assert size < 3_000_000


@pytest.mark.parametrize(("name", "outcome"), EXPECTED.items())
def test_each_shows_what_it_is_there_for(name: str, outcome: Outcome) -> None:
    assert judge(SAMPLES / name).verdict.outcome is outcome


@pytest.mark.parametrize("name", ["add-53-flash-1", "paused-1"])
def test_the_interval_holds_the_step_at_which_test_accuracy_crosses_one_half(name: str) -> None:
    judged = judge(SAMPLES / name)
    test = judged.curves["test/accuracy"]
    above = int(np.argmax(test.values >= 0.5))
    before, after = test.steps[above - 1], test.steps[above]
    grok = judged.verdict.grok
    assert grok is not None
    assert grok.low is not None
    assert grok.high is not None
    assert grok.low <= before < after <= grok.high
    assert grok.high / grok.low < 1.25


def test_complexity_rose_and_fell_on_the_run_that_grokked() -> None:
    judged = judge(SAMPLES / "add-53-flash-1")
    size = judged.curves["complexity/mdl_bytes"].values
    assert judged.verdict.complexity_peak is not None
    assert size[0] < 100
    assert size[-1] < 0.6 * size.max()


def test_the_measures_of_today_are_in_them() -> None:
    names = judge(SAMPLES / "add-53-flash-1").curves.keys()
    assert {"complexity/effective_rank", "complexity/local_complexity"} <= names
    assert {"complexity/dead_units", "complexity/output_scale"} <= names


def test_the_summary_of_the_sweep_is_of_that_sweep() -> None:
    report = json.loads((SAMPLES / SWEEP / "report.json").read_text())
    sweep = load_sweep(SAMPLES / SWEEP / "sweep.toml")
    assert [axis["key"] for axis in report["axes"]] == [axis.key for axis in sweep.axes]
    assert [tuple(axis["values"]) for axis in report["axes"]] == [a.values for a in sweep.axes]
    cells = {tuple(cell["settings"].values()): cell for cell in report["cells"]}
    assert len(cells) == len(sweep) == 100
    assert sum(cell["runs"] for cell in cells.values()) == 300
    assert not any(cell["failed"] for cell in cells.values())
    # More data and more weight decay let more seeds arrive, and sooner.
    assert [cells[0.65, decay]["arrival_median"] for decay in (0.1262, 0.4481, 1.592)] == sorted(
        (cells[0.65, decay]["arrival_median"] for decay in (0.1262, 0.4481, 1.592)), reverse=True
    )
    assert cells[0.2, 0.01]["phases"] == {"memorization": 3}
    assert cells[0.5, 0.4481]["phases"] == {"grokking": 3}


def test_a_pause_left_its_trace_in_the_journal_and_none_in_the_curves() -> None:
    lines = (SAMPLES / "paused-1" / "events.jsonl").read_text().splitlines()
    events = {event["kind"]: event for event in map(json.loads, lines)}
    assert events["paused"]["step"] == events["resumed"]["step"]
    assert events["resumed"]["time"] - events["paused"]["time"] > 3
    steps = judge(SAMPLES / "paused-1").curves["train/loss"].steps
    assert np.diff(steps).max() <= 10


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_of_the_recording_machine_is_in_them(name: str) -> None:
    for path in (SAMPLES / name).rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert "/root" not in text
            assert "/home" not in text
