"""Programs that know nothing of grok-tui, or use `Run`, launched as runs."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from support import wait_until

from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.launch import program
from grok_tui.launch.command import create
from grok_tui.launch.group import send
from grok_tui.launch.local import restart, start_program
from grok_tui.launch.process import freeze, kill
from grok_tui.paths import config_file
from grok_tui.runs import spool
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.process import children, is_stopped
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.runs.spool import Acknowledgement, Verb
from grok_tui.watch.control import why_not
from grok_tui.watch.follower import Follower
from grok_tui.watch.judgement import read_run

COUNT = """
import time
from pathlib import Path
for i in range(100000):
    Path("count").write_text(str(i))
    time.sleep(0.01)
"""
Launch = Callable[..., RunPaths]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Launch some code in a folder of its own; nothing of it is left behind."""
    runs: list[RunPaths] = []

    def launch(code: str, *arguments: str) -> RunPaths:
        Path("work.py").write_text(textwrap.dedent(code))
        command = [sys.executable, "work.py", *arguments]
        paths = create(tmp_path / "runs", command, name=None, logs=["logs"])
        start_program(paths, command)
        runs.append(paths)
        return paths

    yield launch
    for paths in runs:
        for each in children(read_record(paths.record).pid or 0):
            send(each, signal.SIGKILL)


def wait_for(paths: RunPaths, state: State) -> None:
    wait_until(lambda: read_record(paths.record).state is state, f"it is {state}")


def pid_of(paths: RunPaths) -> int:
    keeper = read_record(paths.record).pid
    assert keeper is not None
    found = wait_until(lambda: children(keeper), "it has a process")
    return int(found[0])


def ask(paths: RunPaths, verb: Verb, **arguments: int) -> Acknowledgement:
    sent = spool.send(paths, verb, **arguments)
    answer = wait_until(lambda: spool.acknowledgement(paths, sent.id), f"{verb} is answered")
    assert isinstance(answer, Acknowledgement)
    return answer


def test_a_program_runs_to_its_end_with_its_output_captured(launch: Launch, tmp_path: Path) -> None:
    paths = launch("import sys; print('said', *sys.argv[1:]); print('too', file=sys.stderr)", "-x")
    wait_for(paths, State.FINISHED)
    assert paths.root.name == "work-1"
    assert {"said -x", "too"} <= set(paths.stdout.read_text().splitlines())
    record = read_record(paths.record)
    assert record.logs == [str(tmp_path / "logs")]
    assert record.command[1:] == ["work.py", "-x"]


@pytest.mark.parametrize(
    "say",
    [
        "print(json.dumps({'epoch': i, 'train_acc': i / 8, 'val_acc': 0.5}))",
        "print('' if i else 'epoch,train_acc,val_acc\\n', i, ',', i / 8, ',0.5', sep='')",
        "print('loading' if not i else '', f'epoch {i}: train acc {i / 8} val acc 0.5')",
        "print(f'<{i}> {i / 8} 0.5')",
    ],
)
def test_what_a_program_prints_gives_its_curves(launch: Launch, say: str) -> None:
    if "<" in say:
        file = config_file()
        file.parent.mkdir(parents=True)
        groups = r"<(?P<epoch>\d+)> (?P<train_acc>\S+) (?P<val_acc>\S+)"
        file.write_text(f"text_patterns = ['{groups}']")
    body = f"    {say}\n    if i == 4: time.sleep(100)"
    paths = launch(f"import json, time\nfor i in range(9):\n{body}")
    wait_for(paths, State.RUNNING)
    follower = Follower(paths.root, this_host(), time.time)

    def points() -> list[tuple[float, float]]:
        follower.poll()
        curve = follower.view.curve("train/accuracy")
        return list(zip(curve.steps.tolist(), curve.values.tolist(), strict=True))

    wait_until(lambda: points() == [(i, i / 8) for i in range(5)], "its curves while it runs")
    assert follower.view.status.is_live
    ask(paths, "stop")
    wait_for(paths, State.STOPPED)
    view = read_run(paths.root)
    assert (view.log, len(view.curve("test/accuracy"))) == (paths.stdout, 5)


def test_a_program_that_fails_has_crashed_with_its_last_line(launch: Launch) -> None:
    paths = launch("print('begun'); raise ValueError('no such file')")
    wait_for(paths, State.CRASHED)
    assert read_record(paths.record).reason == (
        "its program ended with exit status 1: ValueError: no such file"
    )


def test_a_signal_is_named(launch: Launch) -> None:
    paths = launch("import os; os.kill(os.getpid(), 9)")
    wait_for(paths, State.CRASHED)
    assert read_record(paths.record).reason == "its program was ended by SIGKILL"


def test_pause_freezes_it_with_all_that_it_started(launch: Launch) -> None:
    starts = "import subprocess, sys; subprocess.run([sys.executable, '-c', {}], {})"
    inner = starts.format(repr(COUNT), "start_new_session=True")
    paths = launch(starts.format(repr(inner), "start_new_session=True"))
    wait_until(Path("count").exists, "it counts")
    assert ask(paths, "pause").refused is None
    leader = pid_of(paths)
    (between,) = children(leader)
    (worker,) = children(between)
    wait_until(lambda: is_stopped(leader) and is_stopped(worker), "both stand still")
    assert read_run(paths.root).status.state is State.PAUSED
    before = Path("count").read_text()
    time.sleep(0.1)
    assert Path("count").read_text() == before
    assert "counts its steps" in (ask(paths, "resume", steps=3).refused or "")
    assert ask(paths, "resume").refused is None
    wait_until(lambda: Path("count").read_text() != before, "it counts again")
    assert ask(paths, "stop").refused is None
    wait_for(paths, State.STOPPED)
    wait_until(lambda: not is_alive(leader) and not is_alive(worker), "both are gone")


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_paused_program_is_stopped(launch: Launch) -> None:
    paths = launch(COUNT)
    wait_until(Path("count").exists, "it counts")
    ask(paths, "pause")
    ask(paths, "stop")
    wait_for(paths, State.STOPPED)
    assert read_record(paths.record).reason == "on command"


def test_one_that_does_not_heed_sigterm_is_killed(
    launch: Launch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(program, "STOP_WITHIN_S", 0.2)
    Path("work.py").write_text(
        f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{COUNT}"
    )
    paths = create(tmp_path, [sys.executable, "work.py"], name="stubborn", logs=[])
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os._exit(program.main([str(paths.root), "--", sys.executable, "work.py"]))
    wait_until(Path("count").exists, "it counts")
    ask(paths, "stop")
    os.waitpid(pid, 0)
    assert read_record(paths.record).state is State.STOPPED


def test_what_it_cannot_do_is_refused_with_a_reason(launch: Launch) -> None:
    paths = launch(COUNT)
    wait_until(Path("count").exists, "it counts")
    view = read_run(paths.root)
    for verb in ("set", "extend", "park"):
        assert "its program" in (why_not(verb, view) or "")
        assert "its program" in (ask(paths, verb).refused or "")
    assert "no function that saves it" in (ask(paths, "checkpoint").refused or "")
    with pytest.raises(GrokTuiError, match="pause freezes it"):
        freeze(paths)


def test_kill_ends_the_program_too(launch: Launch) -> None:
    paths = launch(COUNT)
    wait_until(Path("count").exists, "it counts")
    leader = pid_of(paths)
    kill(paths)
    wait_until(lambda: not is_alive(leader), "it is gone")
    wait_until(lambda: read_run(paths.root).status.state is State.CRASHED, "it shows")


USES_RUN = """
import sys
from grok_tui import Run
with Run("elsewhere", name="mine", config={"lr": 1}) as run:
    run.on_checkpoint(lambda path, step: path.write_text(str(step)))
    for step in run.steps(int(sys.argv[1])):
        run.log(step, {"train/loss": 1.0})
with Run("elsewhere", name="second"):
    pass
"""


def test_a_program_that_uses_run_writes_into_the_same_directory(launch: Launch) -> None:
    paths = launch(USES_RUN, "50")
    wait_for(paths, State.FINISHED)
    wait_until(lambda: not is_held(paths.lock), "the program has ended, too")
    view = read_run(paths.root)
    assert (view.name, view.step, view.steps, view.config) == ("mine", 50, 50, {"lr": 1})
    assert len(view.curve("train/loss")) == 50
    # The second run of the program has a folder of its own, made after the first has finished.
    wait_until(Path("elsewhere").is_dir, "the second run is there")
    assert [path.name for path in Path("elsewhere").iterdir()] == ["second-1"]


def test_a_program_that_uses_run_is_paused_between_two_steps(launch: Launch) -> None:
    paths = launch(USES_RUN, "1000000000")
    wait_until(lambda: read_run(paths.root).curves, "it has rows")
    paused = ask(paths, "pause")
    assert paused.step > 0
    assert not is_stopped(pid_of(paths))
    assert ask(paths, "resume").refused is None
    saved = ask(paths, "checkpoint")
    assert (paths.checkpoints / f"step-{saved.step}").read_text() == str(saved.step)
    assert ask(paths, "stop").refused is None
    wait_for(paths, State.STOPPED)
    wait_until(lambda: not is_held(paths.lock), "it ends")
    assert read_record(paths.record).reason == "on command"


def test_a_failure_after_the_run_is_a_crash(launch: Launch) -> None:
    paths = launch("from grok_tui import Run\nRun().finish()\nraise OSError('cannot save')")
    wait_for(paths, State.CRASHED)
    assert "OSError: cannot save" in (read_record(paths.record).reason or "")


def test_it_is_started_again_with_the_same_command(launch: Launch) -> None:
    paths = launch("import sys; sys.exit(3)")
    wait_for(paths, State.CRASHED)
    Path("work.py").write_text("print('better')")
    assert why_not("resume", read_run(paths.root)) is None
    restart(paths)
    wait_for(paths, State.FINISHED)
    assert read_record(paths.record).session == 2
    assert "better" in paths.stdout.read_text()


def test_a_command_that_this_user_did_not_launch_is_not_started(launch: Launch) -> None:
    """An archive of somebody's runs belongs to whoever unpacked it."""
    paths = launch("import sys; sys.exit(3)")
    wait_for(paths, State.CRASHED)
    record = read_record(paths.record)
    assert record.program is not None
    evil = msgspec.structs.replace(record.program, arguments=["touch", "evil"])
    write_record(paths.record, msgspec.structs.replace(record, program=evil))
    with pytest.raises(UsageError, match="was not launched by you here"):
        restart(paths)
    time.sleep(0.1)
    assert not Path("evil").exists()


def test_a_secret_is_not_written_down_and_so_not_started_again(launch: Launch) -> None:
    paths = launch("import sys; sys.exit(sys.argv[2] != 'hush')", "--api-key", "hush")
    wait_for(paths, State.FINISHED)  # the program itself was given it
    for file in paths.root.rglob("*"):
        assert file.is_dir() or b"hush" not in file.read_bytes()
    record = msgspec.structs.replace(read_record(paths.record), state=State.STOPPED)
    write_record(paths.record, record)
    reason = why_not("resume", read_run(paths.root)) or ""
    assert "a secret stood in its command line" in reason
    assert "--api-key '***'" in reason


def test_a_program_that_is_not_there_makes_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no program named 'nosuch'"):
        create(tmp_path / "runs", ["nosuch"], name=None, logs=[])
    assert not (tmp_path / "runs").exists()
