"""A loop of somebody's own, in this process and, where it is steered, in one of its own."""

from __future__ import annotations

import errno
import json
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import grokking_rows, wait_until

from grok_tui import Run
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.record import State, read_record
from grok_tui.runs.spool import Acknowledgement, Verb
from grok_tui.watch.judgement import judge, read_run


def kinds(path: Path) -> list[str]:
    lines = (path / "events.jsonl").read_text().splitlines()
    return [json.loads(line)["kind"] for line in lines]


def path_of(run: Run) -> Path:
    assert run.path is not None
    return run.path


def test_three_lines_make_a_run_with_curves_and_a_verdict(tmp_path: Path) -> None:
    rows = dict(grokking_rows())
    with Run(tmp_path, name="mine", config={"lr": 0.1}) as run:
        for step in run.steps(4001):
            if step in rows:
                run.log(step, rows[step])
        path = path_of(run)
    view = read_run(path)
    assert (view.id, view.status.state, view.step, view.steps) == (
        "mine-1",
        State.FINISHED,
        4001,
        4001,
    )
    assert view.config == {"lr": 0.1}
    assert view.verdict.outcome == "grokked"
    assert len(view.curve("test/accuracy")) == len(rows)
    assert [kind for kind in kinds(path) if kind in ("memorised", "grokked")] == [
        "memorised",
        "grokked",
    ]
    assert not is_held(path / "run.lock")
    assert judge(path).verdict.grok == view.verdict.grok


def test_nothing_is_left_out_nan_is_kept_and_what_is_none_is_skipped(tmp_path: Path) -> None:
    with Run(tmp_path) as run:
        run.log(3, {"train/loss": math.nan, "test/loss": None, "lr": 1})
    curves = read_run(tmp_path / next(tmp_path.iterdir()).name).curves
    assert set(curves) == {"train/loss", "lr"}
    assert math.isnan(curves["train/loss"].values[0])


def test_an_exception_is_a_crash_and_is_raised_on(tmp_path: Path) -> None:
    def train() -> None:
        with Run(tmp_path, name="mine") as run:
            for step in run.steps(10):
                run.log(step, {"train/loss": 1 / (3 - step)})

    with pytest.raises(ZeroDivisionError):
        train()
    view = read_run(tmp_path / "mine-1")
    assert view.status.state is State.CRASHED
    assert view.status.reason == "ZeroDivisionError: division by zero"
    assert not is_held(tmp_path / "mine-1" / "run.lock")


def test_control_c_is_no_crash(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Run(tmp_path, name="mine"):
        raise KeyboardInterrupt
    status = read_run(tmp_path / "mine-1").status
    assert (status.state, status.reason) == (State.STOPPED, "on Ctrl-C")


def test_a_wrong_value_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    run = Run(tmp_path, name="mine")
    with pytest.raises(UsageError, match="test/loss: expected a number, not str"):
        run.log(0, {"train/loss": 1.0, "test/loss": "high"})
    run.finish()
    run.finish()
    assert read_run(tmp_path / "mine-1").curves == {}


def test_a_disk_that_is_full_costs_rows_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Run(tmp_path, name="mine") as run:
        with monkeypatch.context() as patched:
            patched.setattr("grok_tui.runs.writer.os.open", full)
            run.log(0, {"train/loss": 1.0})
        run.log(1, {"train/loss": 2.0})
        with monkeypatch.context() as patched:
            patched.setattr("grok_tui.runs.writer.os.write", full)
            run.log(2, {"train/loss": 3.0})
    view = read_run(tmp_path / "mine-1")
    assert view.status.state is State.FINISHED
    assert view.curve("train/loss").values.tolist() == [2.0]
    assert view.lost_rows == 1


def test_other_ranks_do_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    with Run(tmp_path / "runs") as run:
        assert list(run.steps(3)) == [0, 1, 2]
        run.log(0, {"train/loss": 1.0})
        assert (run.path, run.should_stop) == (None, False)
    assert not (tmp_path / "runs").exists()


class Loop:
    """A loop in a thread: what this process would do while another one steers it."""

    def __init__(self, run: Run, save: Callable[[Path, int], object] | None = None) -> None:
        self.run, self.path, self.step = run, path_of(run), -1
        if save:
            run.on_checkpoint(save)
        self.thread = threading.Thread(target=self._train)
        self.thread.start()

    def _train(self) -> None:
        with self.run as run:
            for self.step in run.steps(10**9):
                run.log(self.step, {"train/loss": 1.0})

    def ask(self, verb: Verb) -> Acknowledgement:
        paths = RunPaths(self.path)
        sent = spool.send(paths, verb)
        answer = wait_until(lambda: spool.acknowledgement(paths, sent.id), f"{verb} is answered")
        assert isinstance(answer, Acknowledgement)
        return answer


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    def save(path: Path, step: int) -> None:
        path.write_text(str(step))

    loop = Loop(Run(tmp_path, name="mine"), save)
    yield loop
    spool.send(RunPaths(loop.path), "stop")
    loop.thread.join(timeout=30)


def test_pause_holds_the_loop_between_two_steps_until_resume(loop: Loop) -> None:
    paused = loop.ask("pause")
    assert read_record(loop.path / "run.json").state is State.PAUSED
    before = loop.step
    assert before == paused.step - 1
    rows = (loop.path / "metrics-trainer-1.jsonl").read_bytes()
    assert json.loads(rows.splitlines()[-1])["step"] == before
    assert loop.ask("resume").refused is None
    wait_until(lambda: loop.step > before + 5, "it goes on")


def test_stop_saves_and_ends_the_loop_cleanly(loop: Loop) -> None:
    assert loop.ask("stop").refused is None
    loop.thread.join(timeout=30)
    view = read_run(loop.path)
    assert (view.status.state, view.status.reason) == (State.STOPPED, "on command")
    assert view.step == loop.step + 1 == view.saved_step
    saved = loop.path / "checkpoints" / f"step-{view.saved_step}"
    assert saved.read_text() == str(view.saved_step)


def test_a_checkpoint_is_saved_when_asked_for(loop: Loop) -> None:
    answer = loop.ask("checkpoint")
    assert answer.refused is None
    assert (loop.path / "checkpoints" / f"step-{answer.step}").read_text() == str(answer.step)


@pytest.mark.parametrize("verb", ["set", "extend", "park"])
def test_what_it_cannot_do_is_refused_with_a_reason(loop: Loop, verb: Verb) -> None:
    assert "its program" in (loop.ask(verb).refused or "")


def test_a_save_that_fails_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    def save(path: Path, step: int) -> None:
        path.write_text("half")
        raise RuntimeError("no room")

    loop = Loop(Run(tmp_path, name="mine"), save)
    assert loop.ask("checkpoint").refused == "RuntimeError: no room"
    loop.ask("stop")
    loop.thread.join(timeout=30)
    assert read_run(loop.path).saved_step is None
    assert "checkpoint_failed" in kinds(loop.path)


def test_a_loop_that_never_asks_cannot_be_stopped_and_says_so(tmp_path: Path) -> None:
    with Run(tmp_path, name="mine") as run:
        paths = RunPaths(path_of(run))

        def stop() -> str | None:
            sent = spool.send(paths, "stop")

            def answer() -> Acknowledgement | None:
                run.log(run.step, {"train/loss": 1.0})
                return spool.acknowledgement(paths, sent.id)

            found = wait_until(answer, "it is answered")
            assert isinstance(found, Acknowledgement)
            return found.refused

        assert "run.should_stop" in (stop() or "")
        assert not run.should_stop
        assert stop() is None
        assert run.should_stop


def test_a_resumed_run_goes_on_after_its_checkpoint_and_supersedes(tmp_path: Path) -> None:
    with Run(tmp_path, name="mine") as run:
        run.on_checkpoint(lambda path, step: path.mkdir())
        spool.send(RunPaths(path_of(run)), "checkpoint")
        for step in run.steps(10**9):
            run.log(step, {"train/loss": 1.0})
            saved = list(path_of(run).glob("checkpoints/step-*"))
            if saved and step > int(saved[0].name.removeprefix("step-")) + 9:
                break
    made = int(saved[0].name.removeprefix("step-"))
    with Run.resume(tmp_path / "mine-1") as again:
        assert (again.step, again.checkpoint) == (made, saved[0])
        for step in again.steps(made + 5):
            if step == made + 4:
                again.log(step, {"train/loss": 2.0})
    view = read_run(tmp_path / "mine-1")
    curve = view.curve("train/loss")
    assert curve.steps.tolist() == [*range(made), made + 4]
    assert curve.values.tolist() == [1.0] * made + [2.0]
    assert (view.session, view.status.state) == (2, State.FINISHED)


def test_only_runs_of_this_kind_are_resumed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no run directory"):
        Run.resume(tmp_path)
    run = Run(tmp_path, name="mine")
    with pytest.raises(GrokTuiError, match="is being trained by another process"):
        Run.resume(path_of(run))
    run.finish()


def test_grok_tui_says_how_to_start_it_again(tmp_path: Path) -> None:
    Run(tmp_path, name="mine").finish()
    with pytest.raises(SystemExit), Run(tmp_path, name="mine"):
        raise SystemExit(3)
    said = subprocess.run(
        [sys.executable, "-m", "grok_tui", "resume", str(tmp_path / "mine-2")],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 1
    assert "start it again in " in said.stderr
    assert str(tmp_path) in said.stderr


def test_without_with_an_error_that_ends_the_program_is_a_crash() -> None:
    code = "from grok_tui import Run; run = Run('runs', name='mine'); 1 / 0"
    subprocess.run([sys.executable, "-c", code], capture_output=True)
    status = read_run(Path("runs/mine-1")).status
    assert (status.state, status.reason) == (
        State.CRASHED,
        "ZeroDivisionError: division by zero",
    )


def test_a_program_that_forgets_to_finish_says_so() -> None:
    code = "from grok_tui import Run; run = Run('runs', name='mine')"
    subprocess.run([sys.executable, "-c", code], check=True)
    status = read_run(Path("runs/mine-1")).status
    assert (status.state, status.reason) == (
        State.STOPPED,
        "its program ended without run.finish()",
    )


def test_a_forked_worker_is_not_the_run() -> None:
    code = """
import os, sys
from grok_tui import Run
with Run("runs", name="mine") as run:
    run.log(0, {"train/loss": 1.0})
    if os.fork() == 0:
        run.log(1, {"train/loss": 2.0})
        sys.exit(3)
    os.wait()
    run.log(2, {"train/loss": 3.0})
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    view = read_run(Path("runs/mine-1"))
    assert view.status.state is State.FINISHED
    assert view.curve("train/loss").steps.tolist() == [0, 2]


def test_the_class_loads_no_torch() -> None:
    code = (
        "from grok_tui import Run; Run('r').finish(); import sys; sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
