from __future__ import annotations

from pathlib import Path

import pytest
from cli_support import assert_one_line, call, state_of
from support import wait_until

from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record

ENDLESS = ("train", "add-53-flash", "steps=1000000", "device=cpu", "--name", "a")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--seeds", "5..2"], "--seeds: 5..2 has no seed in it; 2..5 has"),
        (["--seeds", "0..1024"], "--seeds: 0..1024 are 1025, and 1024 is the most"),
        (["--seeds", "0..2", "--seed", "1"], "--seed and --seeds: give one of them"),
        (["--seeds", "0..2", "seed=1"], "seed= and --seeds: give one of them"),
        (["--seeds", "0..2", "--foreground"], "it shows one run, and --seeds makes several"),
        (["--seeds", "4294967295..4294967296"], "seed: expected a whole number <= 4294967295"),
        (["--seeds", "0..2", "model.width=0"], "model.width: expected a whole number >= 1"),
    ],
)
def test_seeds_that_make_no_sense_are_one_line_and_make_no_run(
    arguments: list[str], text: str, tmp_path: Path
) -> None:
    assert_one_line(call("train", "add-53-flash", *arguments), 2, text)
    assert list(tmp_path.iterdir()) == []


def test_seeds_are_trained_together_and_steered_one_by_one(tmp_path: Path) -> None:
    started = call(*ENDLESS, "checkpoint.every=20", "--seeds", "4..6")
    assert started.returncode == 0, started.stderr
    runs = [RunPaths(tmp_path / "runs" / f"a-{number}") for number in (1, 2, 3)]
    assert started.stdout == "".join(
        f"{run.root.name} is running on cpu: {run.root}\n" for run in runs
    )
    records = [read_record(run.record) for run in runs]
    assert [record.config["seed"] for record in records] == [4, 5, 6]
    assert len({record.pid for record in records}) == 1, "one process trains all"
    assert call("pause", "a-1").stdout.startswith("a-1 paused at step ")
    wait_until(lambda: state_of(runs[0].root) is State.PARKED, "it has left the others")
    assert call("resume", "a-1").stdout.startswith("a-1 is running again on cpu")
    alone, *others = [read_record(run.record) for run in runs]
    assert alone.pid != others[0].pid == others[1].pid
    wait_until(lambda: list(runs[1].checkpoints.glob("*.json")), "the others are saved")
    killed = call("kill", "a-3", "--yes").stdout
    assert "is killed, with another run of the same process; resume goes on from" in killed
    assert_one_line(call("pause", "a-2"), 1, "a-2: this run has ended (crashed)")
    assert call("resume", "a-2").stdout.startswith("a-2 is running again on cpu")
    for name in ("a-1", "a-2"):
        assert call("stop", name).returncode == 0


def test_seeds_that_cannot_share_a_process_wait_in_the_queue(tmp_path: Path) -> None:
    queued = call("train", "add-53-flash", "regularization.weight_noise=0.1", "--seeds", "0..1")
    assert queued.returncode == 0, queued.stderr
    assert queued.stderr == (
        "each has a process of its own: "
        "noise on the weights is drawn from the one generator of a process\n"
    )
    lines = queued.stdout.splitlines()
    assert [line.partition(";")[0] for line in lines] == [
        "add-53-flash-1 is queued",
        "add-53-flash-2 is queued",
    ]
    for name in ("add-53-flash-1", "add-53-flash-2"):
        call("stop", name)


def test_without_a_compiler_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    refused = call("train", "add-53-flash", "compile=true")
    assert_one_line(refused, 2, "compile: torch needs the compiler no-such-compiler")
    assert list(tmp_path.iterdir()) == []
