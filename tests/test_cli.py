from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from support import SAMPLES, grokking_rows, wait_until, write_run

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock
from grok_tui.runs.reader import RunSource
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.runs.spool import Acknowledgement

COMMAND = [sys.executable, "-m", "grok_tui"]
COMMANDS = ["demo", "train", "presets", "runs", "show", "wait", "detect"]
COMMANDS += ["pause", "resume", "stop", "park", "checkpoint", "extend", "set", "kill", "fork"]
COMMANDS += ["freeze", "queue", "measure"]


def call(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        **options,  # type: ignore[call-overload]
    )


def assert_one_line(result: subprocess.CompletedProcess[str], status: int, *texts: str) -> None:
    assert result.returncode == status, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("grok-tui: ")
    for text in texts:
        assert text in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = call(command, "--help")
    assert result.returncode == 0
    assert "Example" in result.stdout
    assert f"  grok-tui {command}" in result.stdout


def test_the_help_lists_the_commands() -> None:
    listed = call("--help").stdout
    assert all(f"  {command} " in listed for command in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (["demoo"], ["did you mean demo?"]),
        (["trian", "x"], ["did you mean train?"]),
        (["train", "add-53-flsh"], ["did you mean add-53-flash?"]),
        (["train", "add-53-flash", "steps=0"], ["steps: expected a whole number >= 1"]),
        (["train", "add-53-flash", "optimizer.ls=1"], ["did you mean optimizer.lr?"]),
        (["train", "add-53-flash", "--device", "gpu"], ["expected one of auto, cpu"]),
        (["train", "add-53-flash", "--device", "cuda:99"], ["device cuda:99 is not there"]),
        (["train", "add-53-flash", "task.train_fraction=0"], ["task.train_fraction: expected"]),
        (["train", "add-53-flash", "task.train_fraction=1"], ["task.train_fraction: expected"]),
        (
            ["train", "add-53-flash", "task.operation=divide", "task.modulus=54"],
            ["task: to divide, the modulus must be prime, and 54 is not"],
        ),
        (["train", "add-53-flash", "model.width=0"], ["model.width: expected a whole number"]),
        (
            ["train", "add-53-flash", "optimizer.kind=lion"],
            ["optimizer.kind: expected one of adamw, adam, sgd, muon, got 'lion'"],
        ),
        (
            ["train", "add-53-flash", "task.kind=no_such_module:task"],
            ["task.kind: there is no module no_such_module"],
        ),
        (["train", "add-53-flash", "task.kind=mine:"], ["task.kind: expected module:function"]),
        (["train", "parity-40-3", "task.modulus=5"], ["no setting named 'task.modulus'"]),
        (
            ["train", "add53-transformer", "model.heads=3"],
            ["model: width 128 is not divisible by 3 heads"],
        ),
        (["train", "add-53-flash", "--seed", "x"], ["'x' is not a valid integer"]),
        (["train"], ["Missing argument 'PRESET'"]),
        (["show", "nothing"], ["no run in runs named 'nothing'"]),
        (["pause", "nothing"], ["no run in"]),
        (["wait", "nothing"], ["no run in"]),
        (["wait", "nothing", "--timeout", "nan"], ["nan is no number of seconds"]),
        (["wait", "x", "--until", "tomorrow"], ["'tomorrow' is not one of"]),
        (["detect", "missing.csv"], ["missing.csv does not exist"]),
        (["detect"], ["Missing argument"]),
        (["presets", "nothing"], ["no preset named 'nothing'"]),
        (["--frobnicate"], ["No such option"]),
        (["show"], ["Missing argument 'RUN'"]),
        (["--fps", "nan"], ["nan is no number of repaints"]),
        (["train", "add-53-flash", "--name", "\udcff"], ["name: expected text in UTF-8"]),
        (["train", "mnist-omnigrok"], ["mnist.npz: No such file", "expected digits, an .npz file"]),
        (["train", "mnist-omnigrok", "task.data=\udcff"], ["task.data: expected a path in UTF-8"]),
        (
            ["train", "digits-omnigrok", "task.train_size=1797"],
            ["task.train_size: 1797 is too many; there are 1797 different examples"],
        ),
        (["train", "text-tweets", "task.data=x.csv"], ["x.csv: No such file", ".jsonl file"]),
        (["train", "add-53-flash", "task.kind=mine:x", "task.a.b=1"], ["no setting named"]),
    ],
)
def test_wrong_usage_is_one_line_with_status_2_and_changes_nothing(
    arguments: list[str], texts: list[str], tmp_path: Path
) -> None:
    assert_one_line(call(*arguments), 2, *texts)
    assert list(tmp_path.iterdir()) == []


def test_the_app_needs_a_terminal() -> None:
    write_run(Path("other"), [], name="a")
    for arguments in ([], ["demo"], ["other"], ["other/a-1"], ["--runs", "other", "a-1"]):
        assert_one_line(call(*arguments), 2, "the app needs a terminal")
    assert not Path("runs").exists(), "no run was started for nobody to see"


def test_presets_are_listed_and_printed() -> None:
    assert "add-53-flash" in call("presets").stdout
    printed = call("presets", "add-53-flash").stdout
    Path("mine.toml").write_text(printed.replace("steps = 4000", "steps = 3"))
    started = call("train", "mine.toml", "--foreground")
    assert started.returncode == 0
    assert "step 3: finished" in started.stdout
    assert json.loads(call("presets", "add-53-flash", "--json").stdout)["config"]["steps"] == 4000
    listed = [json.loads(line) for line in call("presets", "--json").stdout.splitlines()]
    assert listed[0]["config"]["task"]["modulus"] == 53


def test_runs_are_listed_for_people_and_for_programs() -> None:
    lines = call("--runs", str(SAMPLES), "runs").stdout.splitlines()
    assert lines[0].split() == ["run", "state", "step", "train", "test", "verdict", "grok", "at"]
    assert any("add-53-flash-1" in line and "grokked" in line for line in lines)
    objects = [
        json.loads(line)
        for line in call("runs", "--runs", str(SAMPLES), "--json").stdout.splitlines()
    ]
    assert {o["id"]: o["verdict"] for o in objects} == {
        "add-53-flash-1": "grokked",
        "no-weight-decay-1": "memorised",
        "paused-1": "grokked",
        "together-1": "generalised",
    }


def test_the_folder_of_runs_comes_from_option_variable_or_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "no runs in runs; start one with" in call("runs").stderr
    monkeypatch.setenv("GROK_TUI_RUNS", str(SAMPLES))
    assert "paused-1" in call("runs").stdout
    assert "no runs in elsewhere" in call("runs", "--runs", "elsewhere").stderr


def test_show_draws_for_a_pipe_without_colours() -> None:
    result = call("show", str(SAMPLES / "add-53-flash-1"))
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    for text in ("accuracy", "loss", "gap", "complexity", "⚑ grokked at step 449", "┊", "⠤"):
        assert text in result.stdout


def test_show_gives_everything_as_json() -> None:
    shown = json.loads(call("show", str(SAMPLES / "add-53-flash-1"), "--json").stdout)
    assert shown["verdict"] == "grokked"
    assert shown["config"]["optimizer"]["weight_decay"] == 0.3
    assert shown["milestones"]["test 0.99"] == 961


def test_detect_gives_the_contracts_json_for_each_sample() -> None:
    result = call("detect", str(SAMPLES), "--json")
    assert result.returncode == 0
    verdicts = {Path(o["path"]).name: o for o in map(json.loads, result.stdout.splitlines())}
    grok = verdicts["add-53-flash-1"]
    assert grok["grok"] == {"step": 449, "low": 424, "high": 461, "shape": "sharp"}
    assert grok["memorised_step"] == 49
    assert grok["delay_ratio"] == 9.2
    assert grok["basis"] == "accuracy"
    assert grok["final_step"] == 4000
    assert [event["kind"] for event in grok["events"]] == [
        "memorised",
        "complexity_peak",
        "grokked",
    ]
    assert grok["complexity_peak"] == {"step": 46, "low": 32, "high": 68}
    assert grok["peak_and_grok"] == "before"
    assert 0.5 < grok["complexity_fall"] < 0.6
    assert verdicts["no-weight-decay-1"]["complexity_peak"] is None
    assert verdicts["no-weight-decay-1"]["complexity_fall"] is None
    assert verdicts["no-weight-decay-1"]["grok"] is None
    assert verdicts["together-1"]["verdict"] == "generalised"


def test_detect_judges_what_it_can_and_tells_of_the_rest() -> None:
    Path("bad.csv").write_text("a,b\n1,2\n")
    result = call("detect", str(SAMPLES / "paused-1"), "bad.csv", "--json")
    assert_one_line(result, 2, "bad.csv needs a train and a test column")
    assert json.loads(result.stdout)["verdict"] == "grokked"


def test_detect_names_the_columns_that_it_judged() -> None:
    rows = [f"{s},{v['train/accuracy']},{v['test/accuracy']}" for s, v in grokking_rows()]
    Path("keras.csv").write_text("\n".join(["epoch,accuracy,val_accuracy", *rows[:99], *rows]))
    said = call("detect", "keras.csv").stdout
    assert said.startswith(
        "keras.csv (accuracy and val_accuracy by epoch, 99 superseded rows left out): ⚑ grokked"
    )
    shown = json.loads(call("detect", "keras.csv", "--json").stdout)
    assert shown["columns"] == {"step": "epoch", "train": "accuracy", "test": "val_accuracy"}


def test_detect_says_it_in_a_sentence() -> None:
    assert (
        "did not generalise in 4 000 steps"
        in call("detect", str(SAMPLES / "no-weight-decay-1")).stdout
    )


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    script = f"{' '.join(COMMAND)} detect {'$0 ' * 200} | head -1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(
        ["bash", "-c", script, str(SAMPLES / "paused-1")], capture_output=True, text=True
    )
    assert "paused-1" in result.stdout
    assert result.stderr == ""
    assert result.returncode == 0


@pytest.mark.parametrize(("until", "status"), [("grokked", 4), ("memorised", 0), ("finished", 0)])
def test_wait_ends_at_once_for_a_run_that_ended(until: str, status: int) -> None:
    result = call("wait", str(SAMPLES / "no-weight-decay-1"), "--until", until)
    assert result.returncode == status
    if status:
        assert_one_line(result, 4, "has not grokked: it is finished")


def test_wait_gives_up_in_time(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:70], state=State.RUNNING)
    lock = RunLock(paths.lock)
    result = call("wait", "run-1", "--until", "grokked", "--timeout", "0.5")
    assert_one_line(result, 3, "time is over after 0.5 s; it is running")
    lock.release()


@pytest.mark.parametrize("verb", ["pause", "resume", "stop"])
def test_a_run_that_ended_cannot_be_steered(verb: str, tmp_path: Path) -> None:
    write_run(tmp_path / "runs", grokking_rows())
    assert_one_line(call(verb, "run-1"), 1, f"has ended (finished): there is nothing to {verb}")


def test_a_command_that_is_refused_or_comes_too_late_is_told(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:70], state=State.RUNNING)
    lock = RunLock(paths.lock)
    for refusal, status, text in (
        ("it is busy", 1, "run-1 refused: it is busy"),
        (None, 4, "run-1 is finished: it never heard pause"),
    ):
        sender = subprocess.Popen([*COMMAND, "pause", "run-1"], stderr=subprocess.PIPE, text=True)
        command = wait_until(lambda: spool.pending(paths), "the command is sent")[0]
        if refusal:
            answer = Acknowledgement(
                id=command.id, verb="pause", step=9, time=time.time(), refused=refusal
            )
            spool.acknowledge(paths, answer)
        else:
            record = read_record(paths.record)
            write_record(paths.record, msgspec.structs.replace(record, state=State.FINISHED))
        _, said = sender.communicate(timeout=30)
        assert (sender.returncode, said) == (status, f"grok-tui: {text}\n")
    lock.release()


def test_a_run_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:70])
    paths.record.write_text("{")
    assert_one_line(call("show", "run-1"), 1, "run-1: run.json is damaged")
    assert_one_line(call("show", "run-1", "--json"), 1, "run-1: run.json is damaged")


def unprivileged() -> list[str]:
    """Return what to put before a command so that permissions count also for root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may read everything, and setpriv is not there to give that up")
    lost = "-dac_override,-dac_read_search"
    return ["setpriv", f"--inh-caps={lost}", f"--bounding-set={lost}"]


def test_a_run_that_must_not_be_read_hides_no_other(tmp_path: Path) -> None:
    write_run(tmp_path / "runs", grokking_rows(), name="mine")
    theirs = write_run(tmp_path / "runs", grokking_rows(), name="theirs").root
    theirs.chmod(0)
    try:
        listed = subprocess.run([*unprivileged(), *COMMAND, "runs"], capture_output=True, text=True)
        judged = subprocess.run(
            [*unprivileged(), *COMMAND, "detect", "runs"], capture_output=True, text=True
        )
    finally:
        theirs.chmod(0o700)
    assert listed.returncode == 0, listed.stderr
    assert "finished" in next(line for line in listed.stdout.splitlines() if "mine-1" in line)
    assert "unreadable" in next(line for line in listed.stdout.splitlines() if "theirs-1" in line)
    assert_one_line(judged, 2, "theirs-1: cannot read run.json: Permission denied")
    assert "mine-1: ⚑ grokked" in judged.stdout


def test_a_folder_that_is_none_or_must_not_be_read_is_not_called_empty(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "closed").mkdir(mode=0)
    for name, why in (("file", "Not a directory"), ("closed", "Permission denied")):
        command = [*unprivileged(), *COMMAND, "runs", "--runs", name]
        result = subprocess.run(command, capture_output=True, text=True)
        assert_one_line(result, 2, f"cannot read {name}: {why}")


def test_what_is_not_finite_is_null_in_json(tmp_path: Path) -> None:
    write_run(tmp_path / "runs", [(0, {"train/accuracy": math.nan, "test/accuracy": 0.5})])
    shown = json.loads(call("runs", "--json").stdout, parse_constant=pytest.fail)
    assert (shown["train_accuracy"], shown["test_accuracy"]) == (None, 0.5)


def test_foreign_text_is_printed_safely(tmp_path: Path) -> None:
    evil = "\x1b]2;owned\x07\x9b31m"
    write_run(tmp_path / "runs", grokking_rows(), state=State.CRASHED, reason=evil, device=evil)
    for arguments in (["runs"], ["show", "run-1"], ["detect", "runs"], ["runs", "--json"]):
        printed = call(*arguments)
        assert printed.returncode == 0
        assert not {"\x1b", "\x07", "\x9b"} & set(printed.stdout)
    assert_one_line(call("show", evil), 2)


def test_a_file_of_ones_own_is_found_from_any_folder(tmp_path: Path) -> None:
    """By the trainer, by a resume and by a fork, however its path was typed."""
    pixels = np.random.default_rng(0).integers(0, 256, (30, 4, 4), dtype=np.uint8)
    np.savez(tmp_path / "mine.npz", x=pixels, y=pixels[:, 0, 0] % 3)
    (tmp_path / "elsewhere").mkdir()
    runs = ("--runs", str(tmp_path / "runs"))
    small = ("task.data=mine.npz", "task.train_size=9", "steps=5", "--foreground", "--name", "a")
    started = call(*runs, "train", "mnist-omnigrok", *small)
    assert started.returncode == 0, started.stderr
    assert read_record(RunPaths(tmp_path / "runs/a-1").record).config["task"]["data"] == str(
        tmp_path / "mine.npz"
    )
    for command in (["extend", "a-1", "--steps", "9"], ["fork", "a-1", "--at", "5", "steps=9"]):
        done = call(*runs, *command, cwd=tmp_path / "elsewhere")
        assert done.returncode == 0, done.stderr
    for run in ("a-1", "a-fork-1"):
        call(*runs, "wait", run)
        assert state_of(tmp_path / "runs" / run) is State.FINISHED


def state_of(run: Path) -> State:
    return read_record(RunPaths(run).record).state


def test_a_run_from_start_to_end_without_a_screen() -> None:
    """train, pause, resume, wait and stop, as a script would do it."""
    started = call("train", "add-53-flash", "steps=100000", "--name", "mine", "--seed", "2")
    assert started.returncode == 0, started.stderr
    assert started.stdout.startswith("mine-1 is running on ")
    assert call("resume", "mine").stdout == "mine-1 is running already\n"
    assert call("pause", "mine").stdout.startswith("mine-1 paused at step ")
    assert call("pause", "mine").stdout == "mine-1 is paused already\n"
    paused = json.loads(call("runs", "--json").stdout)
    time.sleep(1)
    still = json.loads(call("runs", "--json").stdout)
    assert (paused["state"], paused["step"]) == (still["state"], still["step"])
    assert paused["state"] == "paused"
    assert call("resume", "mine-1").stdout.startswith("mine-1 resumed at step ")
    waited = call("wait", "mine-1", "--until", "grokked", "--timeout", "60")
    assert waited.returncode == 0, waited.stderr
    assert "⚑ grokked at step" in waited.stdout
    for verb, state in (("stop", "stopped"), ("park", "parked")):
        assert call(verb, "mine-1").returncode == 0
        assert_one_line(call("wait", "mine-1", "--timeout", "30"), 4, f"it is {state}")
        before = json.loads(call("runs", "--json").stdout)["step"]
        resumed = call("resume", "mine-1")
        assert resumed.stdout.startswith("mine-1 is running again on "), resumed.stderr
        assert json.loads(call("runs", "--json").stdout)["step"] >= before
    assert call("checkpoint", "mine-1").stdout.startswith("mine-1 is saved at step ")
    assert_one_line(call("kill", "mine-1"), 2, "without a terminal, add --yes")
    assert "is killed; resume goes on from step " in call("kill", "mine-1", "--yes").stdout
    assert_one_line(call("kill", "mine-1", "--yes"), 1, "mine-1: it has no process: it is crashed")
    assert_one_line(call("wait", "mine-1", "--timeout", "30"), 4, "it is crashed")
    assert call("resume", "mine-1").returncode == 0


def test_a_finished_run_is_trained_further(tmp_path: Path) -> None:
    assert call("train", "add-53-flash", "steps=60", "--foreground").returncode == 0
    assert_one_line(call("extend", "add", "--steps", "60"), 2, "trains until step 60 already")
    extended = call("extend", "add", "--steps", "120")
    assert extended.returncode == 0, extended.stderr
    assert extended.stdout.endswith("add-53-flash-1 trains until step 120\n")
    assert call("wait", "add", "--timeout", "30").returncode == 0
    shown = json.loads(call("show", "add", "--json").stdout)
    assert (shown["step"], shown["config"]["steps"], shown["final_step"]) == (120, 120, 120)
    metrics = Path("runs/add-53-flash-1/metrics-trainer-2.jsonl")
    rows = [json.loads(line) for line in metrics.read_text().splitlines()]
    assert rows[0]["resume_step"] == 60
    assert rows[1]["step"] > 60


def test_a_fork_goes_on_from_its_parents_checkpoint(tmp_path: Path) -> None:
    settings = ("steps=120", "checkpoint.every=50", "name=mother")
    assert call("train", "add-53-flash", *settings, "--foreground").returncode == 0
    forked = call("fork", "mother", "--at", "50", "optimizer.weight_decay=2", "name=child")
    assert forked.returncode == 0, forked.stderr
    assert forked.stdout.startswith("child-1 is ")
    assert forked.stdout.endswith(", forked from mother-1 at 50\n")
    assert call("wait", "child", "--timeout", "30").returncode == 0
    assert read_record(Path("runs/child-1/run.json")).config["optimizer"]["weight_decay"] == 2
    curves = {}
    for run in ("mother-1", "child-1"):
        columns = RunSource(RunPaths(Path("runs", run))).read(10**6, 60).columns
        loss = columns["complexity/weight_norm"]
        curves[run] = dict(zip(loss.steps.tolist(), loss.values.tolist(), strict=True))
    mother, child = curves.values()
    assert mother.keys() == child.keys()
    assert {s for s in mother if mother[s] != child[s]} == {s for s in mother if s > 50}
    assert all(child[s] < mother[s] for s in mother if s > 50), "the new decay is in force at once"
    assert_one_line(call("fork", "mother", "--at", "51"), 2, "there are: 120, 100, 50")


def test_a_live_run_is_extended_where_it_is(tmp_path: Path) -> None:
    assert call("train", "add-53-flash", "steps=100000").returncode == 0
    extended = call("extend", "add", "--steps", "200000")
    assert extended.stdout == "add-53-flash-1 trains until step 200000\n", extended.stderr
    assert json.loads(call("runs", "--json").stdout)["steps"] == 200_000
    assert not Path("runs/add-53-flash-1/metrics-trainer-2.jsonl").exists()


def test_settings_of_a_live_run_are_changed(tmp_path: Path) -> None:
    assert call("train", "add-53-flash", "steps=100000").returncode == 0
    changed = call("set", "add", "optimizer.lr=0.001", "optimizer.weight_decay=1")
    assert changed.stdout.startswith(
        "add-53-flash-1 has optimizer.lr=0.001 optimizer.weight_decay=1"
    )
    record = read_record(Path("runs/add-53-flash-1/run.json"))
    assert record.live == {"optimizer.lr": 0.001, "optimizer.weight_decay": 1.0}
    for change, why in (
        ("seed=1", "refused: seed cannot be changed any more: only optimizer.lr and"),
        ("optimizer.lr=-1", "refused: optimizer.lr: expected"),
        ("nonsense", "refused: expected key=value"),
    ):
        assert_one_line(call("set", "add", change), 1, why)
    assert read_record(Path("runs/add-53-flash-1/run.json")).live == record.live


def test_a_run_that_cannot_be_resumed_is_one_line(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:70], state=State.STOPPED)
    lock = RunLock(paths.lock)
    assert_one_line(call("resume", "run-1"), 1, "run-1 could not be resumed; its output: ")
    assert "is being trained by another process" in paths.stdout.read_text()
    lock.release()


def test_a_run_makes_so_many_steps_and_is_frozen_and_goes_on(tmp_path: Path) -> None:
    started = call("train", "add-53-flash", "steps=1000000", "--name", "live")
    assert started.returncode == 0, started.stderr
    paths = RunPaths(tmp_path / "runs" / "live-1")
    said = call("resume", "live-1", "--for", "5").stdout
    assert re.fullmatch(r"live-1 goes on, and pauses at step (\d+)\n", said)
    wait_until(lambda: read_record(paths.record).state is State.PAUSED, "it pauses")
    assert str(read_record(paths.record).state_step) in said
    assert "is frozen; resume lets it go on" in call("freeze", "live-1").stdout
    assert_one_line(call("freeze", "live-1"), 1, "it is frozen already")
    assert_one_line(call("checkpoint", "live-1"), 1, "the run is frozen: resume it first")
    assert call("resume", "live-1").stdout == "live-1 is not frozen any more\n"
    assert "paused" in call("runs").stdout, "as it was before"
    call("freeze", "live-1")
    assert "live-1 stops at step" in call("stop", "live-1").stdout
    assert_one_line(call("resume", "live-1", "--for", "0"), 2, "0 is not in the range")


def test_runs_wait_for_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert (
        call("queue", "--cpu-slots", "1").stdout == "cpu      0 of 1 places taken\nno run waits\n"
    )
    queued = call("train", "add-53-flash", "steps=1000000", "device=cpu", "--queue", "--name", "a")
    assert queued.stdout.startswith("a-1 is queued; 1 waiting: ")
    first = RunPaths(tmp_path / "runs" / "a-1")
    wait_until(lambda: read_record(first.record).state is State.RUNNING, "it has its turn")
    for name in ("b", "c"):
        call("train", "add-53-flash", "steps=3", "device=cpu", "--queue", "--name", name)
    assert "queued" in call("runs").stdout
    shown = json.loads(call("queue", "--json").stdout)
    assert shown == {"devices": {"cpu": {"slots": 1, "busy": 1}}, "waiting": ["b-1", "c-1"]}
    assert call("stop", "b-1").stdout == "b-1 is stopped before its turn\n"
    assert_one_line(call("pause", "c-1"), 1, "the run waits in the queue: it can only be stopped")
    call("park", "a-1")
    third = RunPaths(tmp_path / "runs" / "c-1")
    wait_until(lambda: read_record(third.record).state is State.FINISHED, "its turn has come")
    assert call("resume", "a-1", "--queue").stdout == "a-1 is queued; 1 waiting\n"
    wait_until(lambda: read_record(first.record).state is State.RUNNING, "it goes on")
    assert_one_line(call("resume", "a-1", "--queue"), 1, "only a run without a process waits")
    call("stop", "a-1")
    assert_one_line(call("queue", "--cpu-slots", "0"), 2, "the number of places is 1 to 256")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_foreground_stops_the_run(number: int) -> None:
    process = subprocess.Popen(
        [*COMMAND, "train", "add-53-flash", "steps=10000000", "--foreground"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    paths = RunPaths(Path("runs/add-53-flash-1"))
    wait_until(
        lambda: paths.record.exists() and read_record(paths.record).state is State.RUNNING,
        "the run trains",
    )
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "it is stopped" in errors
    assert read_record(paths.record).state is State.STOPPED


def test_forecasts_say_what_is_missing_and_are_scored(tmp_path: Path) -> None:
    write_run(tmp_path / "runs", grokking_rows()[:90], name="young")
    said = call("forecasts", "young")
    assert said.returncode == 0
    assert said.stdout.startswith(
        "young-1: no forecast: 8 more finished runs of this family needed that grokked; memorised "
    )
    shown = json.loads(call("forecasts", "young", "--json").stdout)
    assert shown["forecast"] is None
    assert shown["reason"].startswith("8 more finished runs")
    assert call("forecasts").stderr == "no live runs; name one that has ended, or use --score\n"
    assert call("forecasts", "--score").stdout.startswith("no forecast can be scored yet; 0 of ")
    assert_one_line(call("forecasts", "nobody"), 2, "no run in ")


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (["--measure", "mld"], ["did you mean mdl?"]),
        (["--every", "0"], ["--every"]),
        ([], ["run-1 has no checkpoints to measure", "checkpoint.keep_every=N"]),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    tmp_path: Path, options: list[str], texts: list[str]
) -> None:
    write_run(tmp_path, grokking_rows())
    result = call("measure", "run-1", "--runs", str(tmp_path), *options)
    assert_one_line(result, 2, *texts)


def test_measured_values_are_in_the_run_directory_and_the_chart(tmp_path: Path) -> None:
    changes = ["steps=20", "task.modulus=11", "model.width=16", "checkpoint.every=10"]
    call("train", "add-53-flash", *changes, "--foreground", "--runs", str(tmp_path))
    arguments = ["measure", "add-53-flash-1", "--runs", str(tmp_path)]
    result = call(*arguments, "--measure", "robustness,alpha")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "add-53-flash-1: 2 checkpoints, robustness; 2 of 2 values are new\n"
    assert "alpha is left out: no matrix has 50 eigenvalues\n" in result.stderr
    assert "×robust 0." in call("show", "add-53-flash-1", "--runs", str(tmp_path)).stdout
