"""The process that Slurm starts: trains the runs of one task, and queues the job again.

When Slurm takes the machine away, by preemption or at the time limit, it sends SIGUSR1 here. The
trainer saves and ends; then the job is put back into the queue, and goes on from there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import msgspec

from grok_tui.errors import GrokTuiError
from grok_tui.files import open_output, read_regular
from grok_tui.runs.layout import RUN_ID, RunPaths
from grok_tui.runs.record import ENDED, State, read_record, write_record

PARKED = 75
"""Exit status of a trainer that saved and ended because somebody asked it to."""
_MAX_BYTES = 1 << 26
_REQUEUE_WAIT_S = 60.0
"""A job that is queued again is killed by Slurm within this time."""


class Batch:
    """One task: its runs, one process after the other."""

    def __init__(self, runs: list[RunPaths]) -> None:
        """Train these runs."""
        self._runs = runs
        self._child: subprocess.Popen[bytes] | None = None
        self._is_interrupted = False

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Let the trainer save and end."""
        self._is_interrupted = True
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGUSR1)

    def train(self) -> int:
        """Train what is left to do; return the exit status of the job."""
        worst = 0
        for runs in self._processes():
            with open_output(runs[0].stdout) as output:
                self._child = subprocess.Popen(
                    self._command(runs),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            if self._is_interrupted:  # between the test before and the start
                self._child.send_signal(signal.SIGUSR1)
            status = self._child.wait()
            if self._is_interrupted:
                break
            worst = max(worst, status if status not in (0, PARKED, 76) else 0)
        if self._is_interrupted and (left := self._left()):
            for run in left:
                _set_state(run, State.QUEUED, "Slurm took the machine; queued again")
            return _again("requeue")
        if any(read_record(run.record).state is State.PARKED for run in self._runs):
            return _again("requeuehold")
        return worst

    def _left(self) -> list[RunPaths]:
        done = (State.FINISHED, State.STOPPED, State.CRASHED)
        return [run for run in self._runs if read_record(run.record).state not in done]

    def _processes(self) -> list[list[RunPaths]]:
        """Return the runs that share a process: those that are fresh; begun ones are alone."""
        left = self._left()
        fresh = [run for run in left if not run.metrics_files()]
        begun = [[run] for run in left if run.metrics_files()]
        return ([fresh] if fresh else []) + begun

    def _command(self, runs: list[RunPaths]) -> list[str]:
        options = []
        for run in runs:
            if run.metrics_files():
                options = ["--resume"]
            elif read_record(run.record).state in ENDED | {State.QUEUED}:
                _set_state(run, State.STARTING, None)
        folders = [str(run.root) for run in runs]
        return [sys.executable, "-P", "-m", "grok_tui.training", *folders, *options]


def _set_state(run: RunPaths, state: State, reason: str | None) -> None:
    fields = {"state": state, "state_time": time.time(), "pid": None, "reason": reason}
    write_record(run.record, msgspec.structs.replace(read_record(run.record), **fields))


def _again(how: str) -> int:
    """Put this job back into the queue; ending by itself would be its end."""
    array, task = (os.environ.get(f"SLURM_ARRAY_{part}") for part in ("JOB_ID", "TASK_ID"))
    job = f"{array}_{task}" if array else os.environ["SLURM_JOB_ID"]
    status = subprocess.run(["scontrol", how, job], stdin=subprocess.DEVNULL, check=False)
    if status.returncode == 0:
        time.sleep(_REQUEUE_WAIT_S)
    return status.returncode


def main(folder: Path, listed: Path) -> int:
    """Train the runs of this task of the list."""
    try:
        tasks = msgspec.json.decode(read_regular(listed, _MAX_BYTES), type=list[list[str]])
        names = tasks[int(os.environ.get("SLURM_ARRAY_TASK_ID", "0"))]
    except (OSError, msgspec.MsgspecError, IndexError, ValueError) as error:
        sys.stderr.write(f"grok-tui: {listed}: {error}\n")
        return 2
    batch = Batch([RunPaths(folder / name) for name in names if RUN_ID.fullmatch(name)])
    for number in (signal.SIGUSR1, signal.SIGTERM):
        signal.signal(number, batch.on_signal)
    try:
        return batch.train()
    except (GrokTuiError, OSError) as error:
        sys.stderr.write(f"grok-tui: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
