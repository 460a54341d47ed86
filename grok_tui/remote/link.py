"""The thread that keeps the copy of a remote folder up to date while the app is open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from grok_tui.errors import GrokTuiError
from grok_tui.remote.mirror import Mirror

EVERY_S = 2.0
LONGEST_S = 60.0
"""Between two tries to connect, which grow further apart."""
SHARE = 4
"""Looking at a large or a far folder takes long: it is done so many times more seldom."""


class Link:
    """Looks at the other machine again and again; after an error, more seldom."""

    def __init__(self, mirror: Mirror, clock: Callable[[], float] = time.time) -> None:
        """Prepare to follow an address.

        Args:
            mirror: its copy.
            clock: returns the time in seconds since the epoch.
        """
        self._mirror = mirror
        self.folder = mirror.folder
        """The copy."""
        self._clock = clock
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="remote", daemon=True)
        self.synced: float | None = None
        """When all was up to date last, in seconds since the epoch."""
        self.problem: str | None = None
        """Why it is not now, in one line without secrets."""

    @property
    def said(self) -> str:
        """How the link stands, to be shown."""
        if self.problem is not None:
            return f"offline, trying again: {self.problem}"
        if self.synced is None:
            return "connecting"
        return "remote, synced " + time.strftime("%H:%M", time.localtime(self.synced))

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop soon; what is being fetched may go on for a moment."""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    def _run(self) -> None:
        wait_s = 0.0
        while not self._ends.wait(wait_s):
            began = time.monotonic()
            try:
                self._mirror.sync()
            except GrokTuiError as error:
                self.problem = str(error)
                wait_s = min(2 * max(wait_s, EVERY_S), LONGEST_S)
            else:
                self.synced, self.problem = self._clock(), None
                wait_s = max(EVERY_S, SHARE * (time.monotonic() - began))
