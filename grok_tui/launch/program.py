"""The process beside a launched program: hears its commands, and writes down how it ended.

It leads a session of its own, holds the run's lock, and waits. A program that uses `Run` takes
rows, heartbeat and commands over while it has the run's second lock; all the rest stays here.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from grok_tui import paths as places
from grok_tui.errors import GrokTuiError
from grok_tui.files import open_regular
from grok_tui.launch.group import send
from grok_tui.launch.tracing import Tracing
from grok_tui.runs.control import POLL_S, catch_signals
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.origin import environment
from grok_tui.runs.program import NO_CHECKPOINT, ProgramControl
from grok_tui.runs.pulse import Pulse
from grok_tui.runs.record import ENDED, State, read_record
from grok_tui.runs.recorder import Recorder, say
from grok_tui.runs.session import Session
from grok_tui.runs.spool import Command

STOP_WITHIN_S = 30.0
"""How long a program may take to save itself after SIGTERM, before it is killed."""
_LAST_BYTES = 4096
"""Of the output, in which the last line is looked for."""


class ProcessControl(ProgramControl):
    """What others want of a program that knows nothing of grok-tui."""

    program = 0
    """The number of its process, once it has one."""

    def _stand_still(self, reason: str | None = None) -> None:
        send(self.program, signal.SIGSTOP)
        super()._stand_still(reason)

    def _resume(self, command: Command) -> str | None:
        if command.arguments:
            return "nobody counts its steps: pause it yourself"
        send(self.program, signal.SIGCONT)
        return super()._resume(command)


def main(arguments: list[str]) -> int:
    """Run a program as the run in a directory; return 0 if it finished."""
    parser = argparse.ArgumentParser(prog="python -m grok_tui.launch.program", description=__doc__)
    parser.add_argument("run", type=Path, help="the run directory")
    parser.add_argument("--resume", action="store_true", help="start it once more")
    parser.add_argument("command", nargs="+", help="the program with its arguments")
    asked = parser.parse_args(arguments)
    paths = RunPaths(asked.run.absolute())
    try:
        session = Session(paths, resume=asked.resume, control=ProcessControl)
    except (GrokTuiError, OSError) as error:
        say(f"grok-tui: {error}")
        return 1
    catch_signals([session.control])
    try:
        return _run(session, asked.command)
    finally:
        session.release()


def _run(session: Session, command: list[str]) -> int:
    recorder, paths = session.recorder, session.recorder.paths
    recorder.describe(environment=environment())
    recorder.enter(State.RUNNING)
    try:
        program = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            cwd=recorder.record.folder,
            env={"PYTHONUNBUFFERED": "1", **os.environ, places.RUN_VARIABLE: str(paths.root)},
            process_group=0,
        )
    except OSError as error:
        session.crash(GrokTuiError(f"cannot start {command[0]}: {error.strerror or error}"))
        return 1
    _follow(session, program)
    return _end(session, program.returncode)


def _follow(session: Session, program: subprocess.Popen[bytes]) -> None:
    """Carry out what is asked until the program has ended."""
    control, paths = session.control, session.recorder.paths
    assert isinstance(control, ProcessControl)
    control.program = program.pid
    tracing = Tracing(paths, session.recorder.record)
    with Pulse(session.recorder, control):
        control.begin({**control.refusals(), "checkpoint": lambda _: NO_CHECKPOINT})
        while program.poll() is None and not control.stop_reason:
            time.sleep(POLL_S)
            # Asked just before each look: what comes after it is for the program itself to hear.
            if not control.is_paused and is_held(paths.program_lock):
                break
            control.look()
            tracing.look(program.pid)
    while program.poll() is None and not control.stop_reason:
        time.sleep(POLL_S)
    if program.poll() is None:
        _terminate(program)


def _terminate(program: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, and kill it with all that it has started when its time is over."""
    send(program.pid, signal.SIGTERM)
    send(program.pid, signal.SIGCONT)  # one that was paused hears it then
    try:
        program.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        send(program.pid, signal.SIGKILL)
        program.wait()


def _end(session: Session, status: int) -> int:
    """Write down how a program ended, unless it did so itself."""
    paths = session.recorder.paths
    record = read_record(paths.record)  # it may have written there
    has_told = record.state in ENDED and (status == 0 or record.state is not State.FINISHED)
    if not has_told:
        session.recorder.close()
        session.recorder = Recorder(paths, record)
        session.recorder.step = record.state_step
        if session.control.stop_reason:
            session.end(State.STOPPED)
        elif status == 0:
            session.end(State.FINISHED)
        else:
            session.crash(GrokTuiError(f"{_ended_by(status)}{_last_words(paths)}"))
    return 0 if status == 0 else 1


def _ended_by(status: int) -> str:
    if status >= 0:
        return f"its program ended with exit status {status}"
    return f"its program was ended by {signal.Signals(-status).name}"


def _last_words(paths: RunPaths) -> str:
    """Return the last line that was printed, in words, or nothing."""
    try:
        descriptor = open_regular(paths.stdout)
        try:
            size = os.fstat(descriptor).st_size
            output = os.pread(descriptor, _LAST_BYTES, max(size - _LAST_BYTES, 0))
        finally:
            os.close(descriptor)
    except OSError:
        return ""
    lines = output.decode("utf-8", "replace").split("\n")
    printed = [line for line in lines if line.strip()]
    return f": {printed[-1].strip()}" if printed else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
