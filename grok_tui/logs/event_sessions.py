"""Which values of a run count, where training went back to an earlier step and wrote them again.

Within a session of one writer all values count, in the order in which they stand. A newer file
takes back, tag by tag, what older ones have from its lowest step on; this is the rule of
TensorBoard's own fast loader. A session that begins with `SessionLog.START` takes back all tags
from its step on, as with `purge_step`.
"""

from __future__ import annotations

import math
from bisect import insort
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Session:
    """What one writer wrote into one file, from one `SessionLog.START` to the next."""

    file: str
    number: int
    """Counted from 0 in each file."""
    purge: float = math.inf
    """Values of earlier sessions from this step on are void."""
    lows: dict[str, float] = field(default_factory=dict)
    """The lowest step of each tag in this session."""
    highs: dict[str, float] = field(default_factory=dict)
    """The highest step of each tag that was given out."""

    @property
    def place(self) -> tuple[str, int]:
        """Where the session stands among others."""
        return self.file, self.number


class Sessions:
    """The sessions of a run, in the order of their files' names."""

    def __init__(self) -> None:
        self.all: list[Session] = []
        self._by_place: dict[tuple[str, int], Session] = {}
        self.has_given_void = False
        """Whether values were given out that a later session took back."""

    def get(self, file: str, number: int) -> Session:
        """Return a session, new or known."""
        known = self._by_place.get((file, number))
        if known is None:
            known = self._by_place[file, number] = Session(file, number)
            insort(self.all, known, key=lambda each: each.place)
        return known

    def purge(self, session: Session, step: float) -> None:
        """Take back what earlier sessions have from a step on."""
        session.purge = step
        if any(high >= step for each in self._before(session) for high in each.highs.values()):
            self.has_given_void = True

    def learn(self, session: Session, name: str, low: float) -> float:
        """Take a tag's new steps into account; return the step from which on they are void.

        Args:
            session: where they stand.
            name: the tag.
            low: the lowest of them.
        """
        if low < session.lows.get(name, math.inf):
            session.lows[name] = low
            if any(
                each.highs.get(name, -math.inf) >= low
                for each in self._before(session)
                if each.file != session.file
            ):
                self.has_given_void = True
        return min((_cut(later, session, name) for later in self._after(session)), default=math.inf)

    def give(self, session: Session, name: str, high: float) -> None:
        """Remember up to which step values of a tag were given out."""
        session.highs[name] = max(session.highs.get(name, -math.inf), high)

    def give_again(self) -> None:
        """Begin to give all values anew, with what is known of all sessions."""
        self.has_given_void = False
        for session in self.all:
            session.highs.clear()

    def _before(self, session: Session) -> list[Session]:
        return self.all[: self.all.index(session)]

    def _after(self, session: Session) -> list[Session]:
        return self.all[self.all.index(session) + 1 :]


def _cut(later: Session, session: Session, name: str) -> float:
    if later.file == session.file:
        return later.purge
    return min(later.purge, later.lows.get(name, math.inf))
