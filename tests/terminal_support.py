"""A real terminal for tests: a pty with a screen that is kept by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from pathlib import Path

import pyte

# Sequences that pyte would print as text: private modes with a prefix, device strings.
_UNKNOWN = re.compile(
    rb"\x1b\[[<=>][0-9;:]*[A-Za-z]|\x1b\[\?[0-9;]*\$p|\x1b\[\?[0-9;]*u|\x1b\[[0-9;]*t"
    rb"|\x1b[P_^X][^\x1b]*\x1b\\|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
)
_UNFINISHED = re.compile(rb"\x1b(?:[P_^X\]][^\x07\x1b]*\x1b?|\[[<=>?]?[0-9;:]*\$?)?$")


class Terminal:
    """Runs a command on a pty and keeps its screen."""

    def __init__(self, command: list[str], folder: Path, columns: int = 80, rows: int = 24) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._lock = threading.Lock()
        self.written = b""
        """All that the command wrote."""
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
            os.chdir(folder)
            os.environ["TERM"] = "xterm-256color"
            os.execvp(command[0], command)
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, size)
        self._is_hung_up = threading.Event()
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        waiting = b""
        while not self._is_hung_up.is_set():
            if not select.select([self._descriptor], [], [], 0.05)[0]:
                continue
            try:
                data = waiting + os.read(self._descriptor, 65536)
            except OSError:
                return
            unfinished = _UNFINISHED.search(data)
            cut = unfinished.start() if unfinished else len(data)
            data, waiting = data[:cut], data[cut:]
            self.written += data
            with self._lock:
                self._stream.feed(_UNKNOWN.sub(b"", data))

    def text(self) -> str:
        """Return what is on the screen."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self.screen.display)

    def send(self, keys: str) -> None:
        """Press keys."""
        os.write(self._descriptor, keys.encode())

    def wait_for(self, pattern: str, timeout_s: float = 30.0) -> re.Match[str]:
        """Wait until the screen matches; fail the test when it does not in time."""
        deadline = time.monotonic() + timeout_s
        while not (match := re.search(pattern, self.text())):
            assert time.monotonic() < deadline, f"no {pattern!r} on the screen:\n{self.text()}"
            time.sleep(0.02)
        return match

    def hang_up(self) -> None:
        """Close the terminal, as a lost connection does: its processes get SIGHUP.

        Not while it is being read: it would stay open until there is something to read.
        """
        self._is_hung_up.set()
        self._reader.join()
        os.close(self._descriptor)

    def wait_for_end(self, timeout_s: float = 10.0) -> int:
        """Return the exit status of the command."""
        deadline = time.monotonic() + timeout_s
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError(f"still running:\n{self.text()}")
            time.sleep(0.02)
