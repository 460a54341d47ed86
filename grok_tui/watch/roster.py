"""All runs of some folders, each with who follows it: in full, or as the index knows it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from grok_tui.runs.host import this_host
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.watch.discovery import Place, discover
from grok_tui.watch.follower import Follower
from grok_tui.watch.index import Index, summarised
from grok_tui.watch.indexer import Indexer
from grok_tui.watch.log_follower import LogFollower
from grok_tui.watch.shelf import Shelved, Unread, signature_of
from grok_tui.watch.slurm_states import SlurmStates
from grok_tui.watch.view import RunView

FULL_RUNS = 64
"""Runs whose whole curves are kept; of more, those are that somebody looks at or that go on."""
INDEXED_FROM = 300
"""So many runs that are not known yet are read by another process; fewer take but a moment."""
FIRST_PAGE = 100
"""The newest runs of a long list are shown before the others are known: more fit no screen."""


class Following(Protocol):
    """Reads what is new in one run each time it is asked."""

    @property
    def view(self) -> RunView:
        """The run as it was read last."""
        ...

    @property
    def is_settled(self) -> bool:
        """Whether nothing is expected to change soon."""
        ...

    def poll(self) -> bool:
        """Read what is new; return whether the view changed."""
        ...

    def close(self) -> None:
        """Let go of what was read, and keep it for the next time."""
        ...


class Roster:
    """Finds runs, and keeps the curves of few of them; used by one thread, which makes it."""

    def __init__(
        self, roots: Sequence[Path], samples: Path | None, clock: Callable[[], float]
    ) -> None:
        """List nothing yet.

        Args:
            roots: folders and files; they may not exist yet.
            samples: folder of recorded runs that are listed while `roots` have none.
            clock: returns the time in seconds since the epoch.
        """
        self._roots = roots
        self._samples = samples
        self._clock = clock
        self._host = this_host()
        self._jobs = SlurmStates()
        self._index = Index()
        self._indexer = Indexer(roots)
        self._places: dict[Path, Place] = {}
        self._fresh: deque[Place] = deque()
        """Runs that were found and not looked at yet."""
        self.followers: dict[Path, Following] = {}
        self.shows_samples = False
        self.problem: str | None = None
        """Why a folder cannot be read."""

    @property
    def is_complete(self) -> bool:
        """Whether all runs that were found are listed."""
        return not self._fresh

    def close(self) -> None:
        """Keep what was read for the next time."""
        self._indexer.stop()
        self._index.close()
        for follower in self.followers.values():
            follower.close()

    def known(self) -> Iterator[bool]:
        """List what the index has, if there is much of it, true or not; the newest runs first.

        Yields whether it is all of it, each time there is something to show.
        """
        for newest in (FIRST_PAGE, -1):
            for root in self._roots:
                for path, (seen, view) in self._index.under(root, newest).items():
                    self.followers[path] = Shelved(view, seen)
            if len(self.followers) <= FULL_RUNS:
                self.followers.clear()
                return
            yield newest < 0

    def find(self) -> bool:
        """Look for new runs and drop those that are gone; return whether there was any.

        A log of which more lines tell another format is a new one.
        """
        before, known = self.problem, self._places
        found = discover(self._roots)
        self.problem = safe(found.problem) if found.problem else None
        self.shows_samples = not found.places and not self.problem and self._samples is not None
        if self.shows_samples and self._samples is not None:
            found = discover([self._samples])
        self._places = {place.path: place for place in found.places}
        others = {path for path, one in self._places.items() if known.get(path, one).log != one.log}
        gone = self.followers.keys() - (self._places.keys() - others)
        for path in gone:
            self.followers.pop(path).close()
        self._fresh = deque(
            place for path, place in self._places.items() if path not in self.followers
        )
        return bool(gone or self._fresh or self.problem != before)

    def take_in(self, seconds: float) -> list[Path]:
        """Look at runs that were found, for a bounded time; return which."""
        taken, begun = list[Path](), time.monotonic()
        while self._fresh and time.monotonic() - begun < seconds:
            place = self._fresh.popleft()
            self.followers[place.path] = self._follow(place)
            taken.append(place.path)
        return taken

    def take_over(self) -> list[Path]:
        """Take over what another process has read; return which runs are known now."""
        known = []
        for path in self._indexer.finished():
            place = self._places.get(path)
            is_unread = isinstance(self.followers.get(path), Unread)
            if place is not None and is_unread and (shelved := self._shelved(place)):
                self.followers[path] = shelved
                known.append(path)
        return known

    def start_indexing(self) -> bool:
        """Have another process read what is not known, if it is much; return whether it begins."""
        if self._indexer.was_started or not self._index.is_usable:
            return False
        unread = sum(isinstance(each, Unread) for each in self.followers.values())
        if unread < INDEXED_FROM:
            return False
        self._indexer.start()
        return self._indexer.is_running

    @property
    def is_indexing(self) -> bool:
        """Whether another process reads what is not known."""
        return self._indexer.is_running

    def is_left_to_the_indexer(self, path: Path) -> bool:
        """Return whether another process is going to read a run."""
        follower = self.followers[path]
        is_over = isinstance(follower, Unread) and not follower.view.is_growing
        return is_over and self.is_indexing

    def _follow(self, place: Place) -> Following:
        if len(self.followers) < FULL_RUNS:
            return self._follow_in_full(place)
        if shelved := self._shelved(place):
            return shelved
        follower = self._follow_in_full(place)
        follower.close()
        return Unread(follower.view)

    def _follow_in_full(self, place: Place) -> Following:
        if place.log is not None:
            return LogFollower(place.log, place.name, self._clock)
        return Follower(
            place.path,
            self._host,
            self._clock,
            is_sample=self.shows_samples,
            is_stored=True,
            jobs=self._jobs,
        )

    def _shelved(self, place: Place) -> Shelved | None:
        """Return a run as the index knows it, if nothing has changed since."""
        seen = signature_of(place)
        view = self._index.get(place.path, seen) if seen else None
        return Shelved(view, seen) if view is not None and seen else None

    def to_poll(self, path: Path, *, is_wanted: bool) -> Following:
        """Return who follows a run; in full, if it is wanted, unread, or has changed."""
        follower = self.followers[path]
        if isinstance(follower, Unread) or (
            isinstance(follower, Shelved)
            and (is_wanted or signature_of(self._places[path]) != follower.signature)
        ):
            follower = self.followers[path] = self._follow_in_full(self._places[path])
        return follower

    def shelve(self, path: Path) -> None:
        """Keep the last points only of a run that was read and of which no more is expected."""
        view, seen = self.followers[path].view, signature_of(self._places[path])
        if view.status.state is State.UNREADABLE or seen is None:
            return
        self._index.put(path, seen, view)
        if len(self.followers) > FULL_RUNS:
            self.followers[path].close()
            self.followers[path] = Shelved(summarised(view), seen)
