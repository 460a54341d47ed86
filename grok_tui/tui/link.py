"""The line to the terminal: what is sent is counted, and a line that stalls holds nobody up.

Textual hands at most thirty pieces to its writing thread and then waits, keys and all. Here the
pieces wait in memory; what is painted meanwhile is dropped, and painted anew once the line is free.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from grok_tui.tui.messages import LineFreed
from grok_tui.tui.painted import Painted

MOST_WAITING = 1 << 18
"""Bytes that wait at most: some screenfuls of the largest terminal."""
BEHIND = 1 << 13
"""From so many waiting bytes on, new data wait too: a tty takes in about half of it at once."""
_TERMINAL = 2
"""The descriptor that Textual paints on: that of standard error."""
_LAST_WORDS_S = 1.0
"""How long the end of the app waits for a line that stalls."""


class Budget:
    """Says how long to wait before more is sent, so that a rate holds on average."""

    def __init__(
        self, bytes_per_s: float | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start without debt; without a rate there never is any."""
        self._rate = bytes_per_s
        self._clock = clock
        self._debt = 0.0
        self._at = clock()

    def spend(self, count: int) -> None:
        """Count bytes that were sent, whether they were allowed or not."""
        self._debt = self.wait_s() * (self._rate or 0.0) + count
        self._at = self._clock()

    def wait_s(self) -> float:
        """Return the seconds until all that was sent is paid for."""
        if self._rate is None:
            return 0.0
        return max(self._debt / self._rate - (self._clock() - self._at), 0.0)


class Outlet:
    """A file that is written to without waiting; a thread passes it on to a descriptor."""

    def __init__(self, descriptor: int, freed: Callable[[], None] = lambda: None) -> None:
        """Write to a descriptor; `freed` is called when all is sent after something was refused."""
        self._descriptor = descriptor
        self._freed = freed
        self._waiting = bytearray()
        self._has_refused = False
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="line", daemon=True).start()

    @property
    def waiting(self) -> int:
        """Bytes that were not taken by the terminal yet."""
        return len(self._waiting)

    def refuse(self) -> bool:
        """Return whether too much waits already; who is refused is told when all was sent."""
        with self._changed:
            if len(self._waiting) > MOST_WAITING:
                self._has_refused = True
            return self._has_refused

    def write(self, text: str) -> int:
        """Take a text to be sent."""
        with self._changed:
            self._waiting += text.encode("utf-8", "replace")
            self._changed.notify_all()
        return len(text)

    def flush(self) -> None:
        """Do nothing: all is sent as soon as it can be."""

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def drain(self, timeout_s: float) -> None:
        """Wait until all is sent, but not for long."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, timeout_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                piece = bytes(self._waiting[:4096])
            try:
                count = os.write(self._descriptor, piece)
            except BlockingIOError:
                time.sleep(0.01)  # somebody else made the terminal non-blocking
                continue
            except OSError:
                count = len(piece)  # the terminal is gone; Textual hears of it by its input
            self._sent(count)

    def _sent(self, count: int) -> None:
        with self._changed:
            del self._waiting[:count]
            was_refused = self._has_refused and not self._waiting
            if not self._waiting:
                self._has_refused = False
                self._changed.notify_all()
        if was_refused:
            self._freed()


class LineDriver(LinuxDriver):
    """Textual's driver, with a line that is counted and never waits."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        """Prepare to write to the terminal of an app."""
        super().__init__(app, **options)

        def freed() -> None:
            app.post_message(LineFreed())

        self.outlet = Outlet(_TERMINAL, freed)
        self._file = self.outlet  # type: ignore[assignment]
        self.budget = Budget(None)
        self.painted = Painted()
        self._is_leaving = False

    def start_application_mode(self) -> None:
        """Take the terminal over, at first or after the app was suspended."""
        self._is_leaving = False
        self.painted.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Give the terminal back; what restores it is never dropped."""
        self._is_leaving = True
        super().stop_application_mode()

    def write(self, data: str) -> None:
        """Send data, or drop it where too much waits: the screen is painted anew later."""
        if self._is_leaving or not self.outlet.refuse():
            self.budget.spend(len(data.encode("utf-8", "replace")))
            super().write(data)
        else:
            self.painted.forget()

    def close(self) -> None:
        """Leave the terminal as it was, if it listens."""
        super().close()
        self.outlet.drain(_LAST_WORDS_S)

    @property
    def wait_s(self) -> float:
        """Seconds that new data should wait before they are painted."""
        return 0.1 if self.outlet.waiting > BEHIND else self.budget.wait_s()
