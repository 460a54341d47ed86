"""Hears commands and signals, and carries them out between two steps."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

from grok_tui.runs import journal, spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State
from grok_tui.runs.recorder import Recorder
from grok_tui.runs.spool import Acknowledgement, Command

Action = Callable[[Command], str | None]
"""Carries a command out, and returns why not."""

REPLAYED = ("set", "extend")
"""Commands that change the training itself."""
OF_THE_MOMENT = ("pause", "resume", "stop", "park")
"""Commands that mean the process that lives when they are sent, and none after it."""
POLL_S = 0.05
"""Between two looks into the spool: a look costs 80 µs, and a person does not notice 50 ms."""


class Control:
    """What others want of the trainer."""

    def __init__(self, paths: RunPaths, recorder: Recorder) -> None:
        """Hear the commands in a run directory."""
        self._paths = paths
        self._recorder = recorder
        self._next_look = 0.0
        self._is_paused = False
        self._pause_at: int | None = None
        self._pauses_when_full = False
        self._lost = 0
        self._stop_asked: str | None = None
        self.ending = State.STOPPED
        """What the run is when it has stopped."""
        self._actions: dict[str, Action] = {
            "pause": self._pause,
            "resume": self._resume,
            "stop": self._stop,
            "park": self._park,
        }
        self._replay: deque[Command] = deque()
        self._steps: dict[str, int] = {}
        self._answers: dict[str, Acknowledgement] = {}
        self._put_aside: set[str] = set()

    def ask_to_stop(self, reason: str, *, ending: State = State.STOPPED) -> None:
        """Let the run end after its present step; the first one who asks says how."""
        if self._stop_asked is None:
            self._stop_asked, self.ending = reason, ending

    def begin(self, actions: Mapping[str, Action], *, pauses_when_full: bool = False) -> None:
        """Hear more commands from now on, and take up the journal of older sessions.

        A full disk pauses the run if that is wanted.

        A command that was noted is never carried out a second time; but those that change the
        training are replayed at their steps where it goes on from an earlier one.
        """
        self._actions |= actions
        self._pauses_when_full = pauses_when_full
        for entry in journal.commands(self._paths):
            self._steps[entry.id] = entry.step
            command = Command(
                id=entry.id, verb=entry.verb, time=0.0, host="", pid=0, arguments=entry.arguments
            )
            if entry.verb in ("pause", "resume"):
                self._pause_at = _pause_step(entry.step, entry.arguments)
            if entry.verb == "extend":  # holds for the whole run, from the beginning
                self._act(command)
            elif entry.verb in REPLAYED and entry.step >= self._recorder.step:
                self._replay.append(command)
        if self._pause_at is not None and self._pause_at <= self._recorder.step:
            self._pause_at = None  # that pause was made, and the run was resumed after it
        self._replay_due()
        self.look()

    @property
    def next_step(self) -> int | None:
        """The step after which something is planned: a pause, or a command of an older session."""
        planned = [] if self._pause_at is None else [self._pause_at]
        if self._replay:
            planned.append(self._steps[self._replay[0].id])
        return min(planned, default=None)

    def _replay_due(self) -> None:
        while self._replay and self._steps[self._replay[0].id] <= max(self._recorder.step, 0):
            self._act(self._replay.popleft())

    def should_stop(self) -> bool:
        """Carry out what was asked since the last step; while paused, wait here."""
        self._replay_due()
        self._pause_as_planned()
        self._pause_when_full()
        is_waited_for = self._is_paused or self._stop_asked
        if time.monotonic() < self._next_look and not is_waited_for:
            return False
        self.look()
        while self._is_paused and not self._stop_asked:
            time.sleep(POLL_S)
            self.look()
        return self._stop_asked is not None

    def _pause_as_planned(self) -> None:
        if self._pause_at is not None and self._recorder.step >= self._pause_at:
            is_now = self._recorder.step == self._pause_at
            self._pause_at = None
            if is_now:  # an older session may have gone beyond it
                self._stand_still()

    def _pause_when_full(self) -> None:
        lost = self._recorder.lost_rows + self._recorder.lost_saves
        if lost > self._lost and self._pauses_when_full:
            self._stand_still("something could not be written: is the disk full?")
        self._lost = lost

    @property
    def is_paused(self) -> bool:
        """Whether the trainer waits for `resume`."""
        return self._is_paused

    @property
    def stop_reason(self) -> str | None:
        """What made the run stop: a command, a signal, or the end of its directory."""
        return self._stop_asked

    def refuse_rest(self, reason: str) -> None:
        """Answer the commands that come too late, so that nobody waits for them."""
        for command in spool.take(self._paths)[0]:
            self._answer(command, refused=reason)

    def look(self) -> None:
        """Carry out what waits in the spool."""
        self._next_look = time.monotonic() + POLL_S
        commands, put_aside = spool.take(self._paths)
        for line in put_aside:
            if line not in self._put_aside:  # one that cannot be removed is met at every look
                self._put_aside.add(line)
                self._recorder.note("refused", {"reason": line})
        for command in commands:
            if not (self._replay and command.verb in REPLAYED):  # these wait until that is over
                self._obey(command)
        if self._recorder.is_deleted:
            self._lose_directory()

    def _lose_directory(self) -> None:
        self._stop_asked = "its directory was deleted"

    def _obey(self, command: Command) -> None:
        """Note the command, carry it out, answer: in this order none is lost or doubled."""
        if command.id in self._answers or command.id in self._steps:
            self._answer(command)
            return
        detail = {"id": command.id, "verb": command.verb, "arguments": command.arguments}
        is_noted = self._recorder.note("command", detail, sync=True)
        if not is_noted and command.verb in REPLAYED:
            self._answer(command, refused="it could not be noted: is the disk full?")
        else:
            refused = self._act(command)
            if refused:
                self._recorder.note("refused", {"id": command.id, "reason": refused})
            self._answer(command, refused=refused)

    def _act(self, command: Command) -> str | None:
        """Carry a command out; return why it is refused."""
        is_old = command.session is not None and command.session < self._recorder.record.session
        if is_old and command.verb in OF_THE_MOMENT:
            return "it was meant for a process that is gone"
        action = self._actions.get(command.verb)
        if action is None:
            return f"unknown command {command.verb!r}"
        try:
            return action(command)
        except Exception as error:  # it is in the journal: a crash would come back at each resume
            return f"{type(error).__name__}: {error}"

    def _answer(self, command: Command, refused: str | None = None) -> None:
        """Write what became of a command; on a full disk it stays, and is answered again later."""
        answer = self._answers.setdefault(
            command.id,
            Acknowledgement(
                id=command.id,
                verb=command.verb,
                step=self._steps.get(command.id, max(self._recorder.step, 0)),
                time=time.time(),
                refused=refused,
            ),
        )
        with contextlib.suppress(OSError):
            spool.acknowledge(self._paths, answer)

    def _pause(self, _command: Command) -> str | None:
        self._pause_at = None
        self._stand_still()
        return None

    def _stand_still(self, reason: str | None = None) -> None:
        if not self._is_paused:
            self._is_paused = True
            self._recorder.enter(State.PAUSED, reason)

    def _resume(self, command: Command) -> str | None:
        self._pause_at = _pause_step(max(self._recorder.step, 0), command.arguments)
        if command.arguments and self._pause_at is None:
            return "steps: expected a whole number above 0"
        if self._is_paused:
            self._is_paused = False
            self._recorder.enter(State.RUNNING)
        return None

    def _stop(self, _command: Command) -> str | None:
        self._stop_asked, self.ending = "on command", State.STOPPED
        return None

    def _park(self, _command: Command) -> str | None:
        self._stop_asked, self.ending = "on command", State.PARKED
        return None


class SharingControl(Control):
    """What others want of a run that shares its process: it cannot stand still alone.

    To pause it is to park it: it is saved and leaves the others, and goes on in a process of its
    own when it is resumed.
    """

    def _stand_still(self, reason: str | None = None) -> None:
        reason = reason or "paused; those that it shared a process with go on"
        self.ask_to_stop(reason, ending=State.PARKED)


def catch_signals(controls: Sequence[Control]) -> None:
    """Let SIGTERM and SIGINT stop the runs of this process at the next boundary, a second at once.

    SIGUSR1 parks them: so Slurm tells that it takes the machine away. The end of the terminal
    (SIGHUP) means nothing to a run.
    """
    has_had_signal = False

    def on_signal(number: int, _frame: FrameType | None) -> None:
        nonlocal has_had_signal
        if has_had_signal:
            os._exit(128 + number)
        has_had_signal = True
        for control in controls:
            control.ask_to_stop(f"on {signal.Signals(number).name}")

    def on_notice(_number: int, _frame: FrameType | None) -> None:
        for control in controls:
            control.ask_to_stop("the machine is taken away", ending=State.PARKED)

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, on_notice)
    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)


def _pause_step(step: int, arguments: Mapping[str, Any]) -> int | None:
    """Return the step after which a run that was resumed at `step` is to pause, if at any."""
    steps = arguments.get("steps")
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        return None
    return step + steps
