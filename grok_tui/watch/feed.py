"""The feed thread: finds runs, polls them, and publishes snapshots.

The poll always runs and is the only thing that reads. Hints from the operating system make it run
sooner; on a network file system there are none, and nothing is missed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from grok_tui.errors import GrokTuiError
from grok_tui.runs.find import find_runs
from grok_tui.runs.host import this_host
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.watch.follower import Follower
from grok_tui.watch.hints import Hints
from grok_tui.watch.view import Snapshot

EAGER_EVERY_S = 0.05
"""While somebody waits for an answer: a run that starts, or a command on its way."""
FOCUS_EVERY_S = 0.25
LIVE_EVERY_S = 1.0
SETTLED_EVERY_S = 10.0
FIND_EVERY_S = 2.0
WORK_S = 0.25
"""Seconds of reading in one go, so that the first runs show while others load."""


class Feed:
    """Follows all runs of a folder in a thread of its own."""

    def __init__(
        self,
        root: Path,
        *,
        samples: Path | None = None,
        on_change: Callable[[], None] = lambda: None,
        publish_hz: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Follow the runs in `root`.

        Args:
            root: folder of run directories; it may not exist yet.
            samples: folder of recorded runs that are shown while `root` has none.
            on_change: called from the feed thread after each new snapshot.
            publish_hz: snapshots a second at most, unless somebody asked for one.
            clock: returns the time in seconds since the epoch.
        """
        self._root = root
        self._samples = samples
        self._on_change = on_change
        self._publish_every_s = 1 / publish_hz
        self._clock = clock
        self._host = this_host()
        self._followers: dict[Path, Follower] = {}
        self._due: dict[Path, float] = {}
        self._focus: Path | None = None
        self._shows_samples = False
        self._problem: str | None = None
        self._is_urgent = False
        self._is_hinted = False
        self._is_stopping = False
        self._wake = threading.Event()
        self._hints = Hints(self._on_hint)
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.latest = Snapshot(root)
        """The newest snapshot; replaced as a whole, so that any thread may read it."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and the hints."""
        self._is_stopping = True
        self._wake.set()
        self._thread.join(timeout=2)

    def focus(self, path: Path | None) -> None:
        """Follow this run most closely."""
        self._focus = path
        self.refresh()

    def refresh(self) -> None:
        """Read the run in focus now, and publish at once."""
        self._is_urgent = True
        self._wake.set()

    def _on_hint(self) -> None:
        if not self._is_hinted:  # one is enough until the run in focus is read again
            self._is_hinted = True
            self._wake.set()

    def _run(self) -> None:
        self._hints.start()
        find_at = published_at = 0.0
        dirty = False
        while not self._is_stopping:
            now = time.monotonic()
            self._wake.clear()  # before the flags are read: one that is set after this wakes again
            urgent, self._is_urgent = self._is_urgent, False
            if now >= find_at or urgent:
                dirty = self._find() or dirty
                find_at = now + FIND_EVERY_S
            self._hints.watch(self._focus)
            if urgent and self._focus in self._due:
                self._due[self._focus] = 0.0
            changed, notable = self._poll(now)
            dirty = dirty or changed
            is_due = urgent or notable or now - published_at >= self._publish_every_s
            if dirty and is_due:
                self._publish()
                dirty, published_at = False, now
            publish_at = published_at + self._publish_every_s
            self._wait(min(find_at, publish_at) if dirty else find_at)
            self._heed_hint(publish_at)
        self._hints.stop()

    def _wait(self, moment: float) -> None:
        """Wait for the next thing that is due, or for somebody to wake this thread."""
        wait_s = min((moment, *self._due.values())) - time.monotonic()
        if wait_s > 0:
            self._wake.wait(wait_s)

    def _heed_hint(self, publish_at: float) -> None:
        """Read the run in focus soon after a hint, but not more often than it can be shown."""
        if self._is_hinted and self._focus in self._due:
            self._due[self._focus] = min(self._due[self._focus], publish_at)

    def _find(self) -> bool:
        """Take new runs in and drop those that are gone; return whether there was any."""
        before, self._problem = self._problem, None
        try:
            found = find_runs(self._root)
        except GrokTuiError as error:
            found, self._problem = [], safe(error)
        shows_samples = not found and not self._problem and self._samples is not None
        if shows_samples and self._samples is not None:
            found = find_runs(self._samples)
        gone = self._followers.keys() - set(found)
        fresh = [path for path in found if path not in self._followers]
        for path in gone:
            del self._followers[path], self._due[path]
        for path in fresh:
            self._followers[path] = Follower(path, self._host, self._clock, is_sample=shows_samples)
            self._due[path] = 0.0
        first = not self.latest.is_complete
        self._shows_samples = shows_samples
        return bool(gone or fresh or first or self._problem != before)

    def _poll(self, now: float) -> tuple[bool, bool]:
        """Poll the runs that are due, for a bounded time.

        Returns:
            Whether one of them changed, and whether the one in focus did so in a way that somebody
            waits for: another state, or its first data.
        """
        due = sorted((moment, path) for path, moment in self._due.items() if moment <= now)
        due.sort(key=lambda entry: entry[1] != self._focus)
        changed = notable = False
        for _, path in due:
            follower = self._followers[path]
            before = follower.view
            if path == self._focus:
                self._is_hinted = False
            changed = follower.poll() or changed
            if path == self._focus:
                notable = before.status != follower.view.status or not before.curves
            self._due[path] = now + self._interval(path, follower)
            if time.monotonic() - now > WORK_S:
                break
        return changed, notable and changed

    def _interval(self, path: Path, follower: Follower) -> float:
        view = follower.view
        if view.is_loading:
            return 0.0
        if path == self._focus:
            is_starting = view.status.state is State.STARTING
            is_awaited = view.status.is_live and (bool(view.pending) or is_starting)
            return EAGER_EVERY_S if is_awaited else FOCUS_EVERY_S
        return SETTLED_EVERY_S if follower.is_settled else LIVE_EVERY_S

    def _publish(self) -> None:
        runs = [follower.view for follower in self._followers.values()]
        runs.sort(key=lambda run: (-(run.created or 0.0), run.id))
        self.latest = Snapshot(
            root=self._root,
            runs=tuple(runs),
            is_complete=True,
            shows_samples=self._shows_samples,
            problem=self._problem,
            is_polling_only=self._hints.problem is not None,
        )
        self._on_change()
