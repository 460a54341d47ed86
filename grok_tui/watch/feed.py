"""The feed thread: finds runs, polls them, and publishes snapshots.

The poll always runs and is the only thing that reads. Hints from the operating system make it run
sooner; on a network file system there are none, and nothing is missed.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path

from grok_tui.logs.formats import formats
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.watch.hints import Hints
from grok_tui.watch.mounts import network_kind
from grok_tui.watch.roster import Following, Roster
from grok_tui.watch.search_times import SearchTimes
from grok_tui.watch.view import Snapshot

EAGER_EVERY_S = 0.05
"""While somebody waits for an answer: a run that starts, or a command on its way."""
FOCUS_EVERY_S = 0.25
LIVE_EVERY_S = 1.0
SETTLED_EVERY_S = 10.0
HINTS_AFTER_S = 2.0
"""Silence of the run in focus from which on the system is asked for hints of it: one that grows all
the time is polled anyway, and each of its writes would cost more than to read it."""
SETTLED_PER_S = 50
"""Of many runs that nothing is expected of so many are looked at a second."""
LISTED_PER_S = 5_000
"""Of so many runs a snapshot is published each second, of more less often: to list them all takes
the time in which keys are answered."""
INDEXED_EVERY_S = 0.25
"""Between two looks at what another process has read."""
WORK_S = 0.25
"""Seconds of reading in one go, so that the first runs show while others load."""


class Feed:
    """Follows all runs of some folders, and files, in a thread of its own."""

    def __init__(
        self,
        roots: Sequence[Path],
        *,
        samples: Path | None = None,
        on_change: Callable[[], None] = lambda: None,
        publish_hz: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Follow the runs and logs in `roots`.

        Args:
            roots: folders and files; they may not exist yet. New runs belong into the first one.
            samples: folder of recorded runs that are shown while `roots` have none.
            on_change: called from the feed thread after each new snapshot.
            publish_hz: snapshots a second at most, unless somebody asked for one.
            clock: returns the time in seconds since the epoch.
        """
        self._roots = tuple(roots)
        self._samples = samples
        self._on_change = on_change
        self._least_interval_s = 1 / publish_hz
        self._clock = clock
        self._due: dict[Path, float] = {}
        self._focus: Path | None = None
        self._focus_folder: Path | None = None
        self._remote_kind = network_kind(self._roots[0])
        self._kept: frozenset[Path] = frozenset()
        self._times = SearchTimes(self._roots)
        self._awaited: deque[Path] = deque()
        self._is_urgent = False
        self._is_hinted = False
        self._grown_at = -math.inf
        """When the run in focus had news last."""
        self._is_stopping = False
        self._wake = threading.Event()
        self._hints = Hints(self._on_hint)
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.latest = Snapshot(self._roots[0])
        """The newest snapshot; replaced as a whole, so that any thread may read it."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and the hints."""
        self._is_stopping = True
        self._wake.set()
        self._thread.join(timeout=2)

    def keep(self, paths: Collection[Path]) -> None:
        """Have the whole curves of these runs too, and not their last points only."""
        self._kept = frozenset(paths)
        self.refresh()

    def focus(self, path: Path | None) -> None:
        """Follow this run most closely."""
        folder = _folder_of(path)
        self._focus = path
        self._remote_kind = network_kind(folder or self._roots[0])
        self._focus_folder = None if self._remote_kind else folder  # no events come from there
        self._grown_at = -math.inf
        self.refresh()

    def refresh(self, paths: Iterable[Path] = ()) -> None:
        """Read the run in focus, and these, now, and publish at once."""
        self._awaited.extend(paths)
        self._is_urgent = True
        self._wake.set()

    def _wanted(self) -> frozenset[Path]:
        """Return the runs that somebody looks at."""
        return self._kept if self._focus is None else self._kept | {self._focus}

    @property
    def _publish_every_s(self) -> float:
        """Seconds between two snapshots, unless somebody asks for one."""
        return max(self._least_interval_s, len(self._due) / LISTED_PER_S)

    def _on_hint(self) -> None:
        if not self._is_hinted:  # one is enough until the run in focus is read again
            self._is_hinted = True
            self._wake.set()

    def _run(self) -> None:
        try:
            self._follow_all()
        except Exception as error:  # what was shown last would look like news for ever
            why = f"{type(error).__name__}: {error}"
            problem = f"nothing is read any more, start the app again: {safe(why)}"
            self.latest = replace(self.latest, is_complete=True, problem=problem)
            self._on_change()
            raise

    def _follow_all(self) -> None:
        self._hints.start()
        roster = Roster(self._roots, self._samples, self._clock)
        for is_all in roster.known():
            self._publish(roster, is_complete=is_all)
        formats()  # loaded here, their readers do not make the first look seem a costly one
        published_at = 0.0
        dirty = False
        while not self._is_stopping:
            now = time.monotonic()
            self._wake.clear()  # before the flags are read: one that is set after this wakes again
            urgent, self._is_urgent = self._is_urgent, False
            if self._times.is_due(now, urgent=urgent):
                dirty = self._times.search(lambda: self._find(roster)) or dirty
            dirty = self._take_in(roster) or dirty
            dirty = self._heed_indexer(roster, now) or dirty
            is_silent = now - self._grown_at >= HINTS_AFTER_S
            self._hints.watch(self._focus_folder if is_silent else None)
            if urgent:
                self._read_awaited_now()
            changed, notable = self._poll(roster, now)
            dirty = dirty or changed
            is_due = urgent or notable or now - published_at >= self._publish_every_s
            if dirty and is_due:
                self._publish(roster, is_complete=roster.is_complete)
                dirty, published_at = False, now
            publish_at = published_at + self._publish_every_s
            if roster.is_complete:
                look_at = self._times.wait_until(now)
                if roster.is_indexing:
                    look_at = min(look_at, now + INDEXED_EVERY_S)
                self._wait(min(look_at, publish_at) if dirty else look_at)
            self._heed_hint(publish_at)
        self._hints.stop()
        roster.close()

    def _find(self, roster: Roster) -> bool:
        """Look for runs that are new or gone; return whether there is anything to show of it."""
        has_news = roster.find()
        self._due = {path: self._due.get(path, 0.0) for path in roster.followers}
        return has_news or not self.latest.is_complete

    def _take_in(self, roster: Roster) -> bool:
        """Look at runs that were found, for a bounded time; return whether there were any."""
        taken = roster.take_in(WORK_S)
        self._due.update(dict.fromkeys(taken, 0.0))
        self._leave_to_indexer(roster, taken)
        return bool(taken)

    def _heed_indexer(self, roster: Roster, now: float) -> bool:
        """Leave much reading to another process; return whether there is anything to show of it."""
        was_indexing = roster.is_indexing
        known = roster.take_over()
        for path in known:
            self._due[path] = self._next_look(path, roster.followers[path], now)
        if roster.start_indexing():
            self._leave_to_indexer(roster, self._due)
        elif was_indexing and not roster.is_indexing:  # what it could not read is read here
            left = [path for path, moment in self._due.items() if moment == math.inf]
            self._due.update(dict.fromkeys(left, 0.0))
        return bool(known)

    def _leave_to_indexer(self, roster: Roster, paths: Iterable[Path]) -> None:
        left = [path for path in paths if roster.is_left_to_the_indexer(path)]
        self._due.update(dict.fromkeys(left, math.inf))

    def _read_awaited_now(self) -> None:
        asked = (self._awaited.popleft() for _ in range(len(self._awaited)))
        awaited = self._wanted() | set(asked)
        for path in awaited:
            if path in self._due:
                self._due[path] = 0.0

    def _wait(self, moment: float) -> None:
        """Wait for the next thing that is due, or for somebody to wake this thread."""
        wait_s = min((moment, *self._due.values())) - time.monotonic()
        if wait_s > 0:
            self._wake.wait(wait_s)

    def _heed_hint(self, publish_at: float) -> None:
        """Read the run in focus soon after a hint, but not more often than it can be shown."""
        if self._is_hinted and self._focus in self._due:
            self._due[self._focus] = min(self._due[self._focus], publish_at)

    def _poll(self, roster: Roster, now: float) -> tuple[bool, bool]:
        """Poll the runs that are due, for a bounded time.

        Returns:
            Whether one of them changed, and whether the one in focus did so in a way that somebody
            waits for: another state, or its first data.
        """
        changed = notable = False
        for path in self._in_turn(now):
            is_wanted = path in self._wanted()
            follower = roster.to_poll(path, is_wanted=is_wanted)
            before, was_settled = follower.view, follower.is_settled
            if path == self._focus:
                self._is_hinted = False
            has_news = follower.poll()
            changed = changed or has_news
            if path == self._focus:
                self._grown_at = now if has_news else self._grown_at
                notable = before.status != follower.view.status or not before.curves
            self._due[path] = self._next_look(path, follower, now)
            if follower.is_settled and not was_settled and not is_wanted:
                roster.shelve(path)
            if time.monotonic() - now > WORK_S:
                break
        return changed, notable and changed

    def _in_turn(self, now: float) -> Iterator[Path]:
        """Yield the runs that are due, the one in focus first, then those that wait for longest."""
        due = [(moment, path) for path, moment in self._due.items() if moment <= now]
        # Never by the paths themselves: to compare those of thousands takes longer than to read.
        due.sort(key=itemgetter(0))
        focus = self._focus
        if focus is not None and self._due.get(focus, math.inf) <= now:
            yield focus
        yield from (path for _, path in due if path != focus)

    def _next_look(self, path: Path, follower: Following, now: float) -> float:
        """Return when to look again; what is being read comes first, so that few are at a time."""
        view = follower.view
        if view.is_loading:
            return 0.0
        if path == self._focus:
            is_starting = view.status.state is State.STARTING
            is_awaited = view.status.is_live and (bool(view.pending) or is_starting)
            return now + (EAGER_EVERY_S if is_awaited else FOCUS_EVERY_S)
        if follower.is_settled:
            return now + max(SETTLED_EVERY_S, len(self._due) / SETTLED_PER_S)
        return now + LIVE_EVERY_S

    def _publish(self, roster: Roster, *, is_complete: bool) -> None:
        runs = [follower.view for follower in roster.followers.values()]
        runs.sort(key=lambda run: (-(run.created or 0.0), run.id))
        self.latest = Snapshot(
            root=self._roots[0],
            runs=tuple(runs),
            is_complete=is_complete,
            shows_samples=roster.shows_samples,
            problem=roster.problem,
            polled=self._remote_kind or self._hints.problem,
        )
        self._on_change()


def _folder_of(path: Path | None) -> Path | None:
    """Return the folder in which the changes of a run or a log show, if there is one."""
    candidates = () if path is None else (path, *path.parents[:2])
    return next((each for each in candidates if each.is_dir()), None)
