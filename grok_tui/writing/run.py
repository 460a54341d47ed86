"""`Run`: what a training loop of somebody's own calls to be watched and steered."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from grok_tui import paths
from grok_tui.writing.loop import Loop, LoopControl
from grok_tui.writing.open import open_again, open_new
from grok_tui.writing.saves import Save
from grok_tui.writing.values import settings, whole


class Run:
    """A run of your own training loop, watched and steered by grok-tui.

        with Run("runs", config={"lr": 1e-3}) as run:
            for step in run.steps(1000):
                ...
                run.log(step, {"train/loss": loss, "test/accuracy": accuracy})

    `grok-tui pause` lets `run.steps` wait, and `grok-tui stop` ends the loop, between two steps; a
    loop without `run.steps` waits in `run.log`, and asks `run.should_stop`. An exception that
    leaves the `with` is recorded as a crash, and raised on. Neither signals nor a full disk are
    this class's business: the first stay as they are, the second costs rows, which are counted.

    Where several processes train together, the one with `RANK=0` or without `RANK` writes; in the
    others a `Run` does nothing. They wait at their next collective call while the first is paused.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        *,
        name: str | None = None,
        config: Any = None,
    ) -> None:
        """Begin a run, in a new folder.

        A program that `grok-tui launch` started writes into the folder that it was given there.

        Args:
            root: the folder of all runs; `$GROK_TUI_RUNS` or `./runs` if it is not given.
            name: what the run is called; like the program if it is not given.
            config: settings to show: a mapping, a dataclass, or what argparse returns.

        Raises:
            UsageError: the folder cannot be written, or the config cannot be written down.
        """
        given = settings(config)
        root = paths.runs_root(None if root is None else Path(root))
        self._hold(Loop(open_new(root, name, given, LoopControl)) if _writes() else None)

    @classmethod
    def resume(cls, path: str | os.PathLike[str]) -> Run:
        """Go on with a run that was begun before, in its folder.

        Loading the training is up to the caller: `run.checkpoint` says from where. Rows that were
        logged from there on are superseded.

        Args:
            path: the folder of the run.

        Raises:
            UsageError: it is no run of this kind.
            GrokTuiError: another process writes it.
        """
        run = cls.__new__(cls)
        run._hold(Loop(open_again(Path(path), LoopControl)) if _writes() else None)
        return run

    def _hold(self, loop: Loop | None) -> None:
        self._loop = loop
        self._path = loop.path if loop else None
        if loop is not None:
            atexit.register(self._forgotten)
            os.register_at_fork(after_in_child=self._leave)  # a data worker is not the run

    @property
    def is_over(self) -> bool:
        """Whether the run has ended, or this process never wrote it."""
        return self._loop is None

    @property
    def path(self) -> Path | None:
        """The run directory; nothing in a process that does not write."""
        return self._path

    @property
    def step(self) -> int:
        """The number of steps made: 0 for a new run, that of its checkpoint for a resumed one."""
        return self._loop.step if self._loop else 0

    @property
    def checkpoint(self) -> Path | None:
        """What `on_checkpoint` saved last, of `step` steps, if anything."""
        return self._loop.checkpoint if self._loop else None

    @property
    def should_stop(self) -> bool:
        """Whether somebody wants the run to end; for loops that do not go through `steps`."""
        return self._loop.should_stop() if self._loop else False

    def steps(self, count: int, start: int | None = None) -> Iterator[int]:
        """Go through the steps of the training, as `range(start, count)` does.

        Args:
            count: the number of steps in all.
            start: the first one; `self.step` if it is not given, so that a resumed run goes on.

        Raises:
            UsageError: a number is none.
        """
        count = whole("count", count)
        first = self.step if start is None else whole("start", start)
        if self._loop is None:
            return iter(range(first, count))
        return self._loop.steps(first, count)

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Write what was measured after a step; this takes some ten microseconds.

        Args:
            step: the step, counted as in `steps`.
            values: numbers, or arrays of one number, by name: `train/loss`, `train/accuracy`,
                `test/loss` and `test/accuracy` (0…1) are judged, all are kept. `None` is left out.

        Raises:
            UsageError: a value is no number, or a name none.
        """
        if self._loop is not None:
            self._loop.log(step, values)

    def made(self, count: int) -> bool:
        """Stand between two steps, for a framework's callback; `steps` does so by itself.

        Args:
            count: the number of steps made.

        Returns:
            Whether the training is to end.

        Raises:
            UsageError: it is no number.
        """
        return self._loop.made(whole("count", count)) if self._loop else False

    def plan(self, count: int) -> None:
        """Tell how many steps will be made; `steps` does so by itself."""
        if self._loop is not None:
            self._loop.plan(whole("count", count))

    def on_checkpoint(self, save: Save | None) -> None:
        """Let `grok-tui checkpoint` and `grok-tui stop` save the training.

        Args:
            save: is called between two steps with a path, to write a file or a folder to, and with
                the number of steps made. One that saves elsewhere returns that place.
        """
        if self._loop is not None:
            self._loop.saves.hook = save

    def finish(self) -> None:
        """End the run; safe to call twice."""
        self._let_go(lambda loop: loop.end())

    def crash(self, error: BaseException) -> None:
        """End the run with an error."""
        self._let_go(lambda loop: loop.crash(error))

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.crash(error)

    def _let_go(self, end: Any) -> None:
        loop, self._loop = self._loop, None
        if loop is not None:
            atexit.unregister(self._forgotten)
            end(loop)

    def _leave(self) -> None:
        self._loop = None

    def _forgotten(self) -> None:
        """End a run that is still open when its program ends, by whatever ended that."""
        error = getattr(sys, "last_value", None)
        reason = "its program ended without run.finish()"
        self._let_go(lambda loop: loop.crash(error) if error else loop.end(reason))


def _writes() -> bool:
    """Return whether this process is the first of those that train together."""
    with contextlib.suppress(ValueError):
        return int(os.environ.get("RANK", "0")) == 0
    return True
