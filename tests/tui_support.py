"""Drives the app without a terminal."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from support import DATA, grokking_rows, wait_until, write_run
from textual.app import App
from textual.pilot import Pilot

from grok_tui.runs import spool
from grok_tui.runs.heartbeat import Heartbeat, write_heartbeat
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock, is_held
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.runs.spool import Acknowledgement


def screen_text(app: App[None]) -> str:
    """Return what is on the screen."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str) -> None:
    """Let the app work until something is so."""
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, f"{what}; the screen:\n{screen_text(pilot.app)}"
        await pilot.pause()
        await asyncio.sleep(0.02)


async def until_shown(pilot: Pilot[None], *texts: str) -> None:
    """Let the app work until all of these texts are on the screen."""
    await until(
        pilot,
        lambda: all(text in screen_text(pilot.app) for text in texts),
        f"{texts} should be shown",
    )


class FakeTrainer:
    """Holds a run's lock and answers commands when it is told to."""

    def __init__(self, root: Path, rows: int = 100) -> None:
        self.paths: RunPaths = write_run(
            root, grokking_rows()[:rows], name="live", state=State.RUNNING, data=DATA, device="cpu"
        )
        self.lock = RunLock(self.paths.lock)
        self.beat(trained_s=1.0)

    def beat(self, trained_s: float) -> None:
        beat = Heartbeat(time=time.time(), step=99, steps_per_s=50.0, trained_s=trained_s)
        write_heartbeat(self.paths.heartbeat, beat)

    def pending(self) -> list[str]:
        return [command.verb for command in spool.pending(self.paths)]

    def answer(self, state: State, refused: str | None = None) -> None:
        record = read_record(self.paths.record)
        write_record(self.paths.record, msgspec.structs.replace(record, state=state))
        for command in spool.pending(self.paths):
            answer = Acknowledgement(
                id=command.id, verb=command.verb, step=99, time=time.time(), refused=refused
            )
            spool.acknowledge(self.paths, answer)


class Holder:
    """A process that holds a run's lock and does nothing else."""

    def __init__(self, root: Path) -> None:
        self.paths = write_run(
            root, grokking_rows()[:64], name="held", state=State.RUNNING, data=DATA, device="cpu"
        )
        lock = f"RunLock(Path({str(self.paths.lock)!r}))"
        code = "import time; from pathlib import Path; from grok_tui.runs.lock import RunLock; "
        self.process = subprocess.Popen([sys.executable, "-c", f"{code}l = {lock}; time.sleep(99)"])
        wait_until(lambda: is_held(self.paths.lock), "the lock is held")
        record = read_record(self.paths.record)
        write_record(self.paths.record, msgspec.structs.replace(record, pid=self.process.pid))

    def __enter__(self) -> Holder:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
