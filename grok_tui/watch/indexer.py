"""Has many runs read by another process: in this one, keys would wait while they are read."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

STOP_S = 2.0
"""How long the other process may take to end; it has nothing to lose."""
_CHUNK = 1 << 16


class Indexer:
    """The other process; it is started once at most."""

    def __init__(self, roots: Sequence[Path]) -> None:
        """Prepare to have the runs in some folders read."""
        self._roots = roots
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self.was_started = False

    @property
    def is_running(self) -> bool:
        """Whether more may be read."""
        return self._process is not None

    def start(self) -> None:
        """Start it; what cannot be started reads nothing."""
        self.was_started = True
        # -P: a module in the present folder must not be imported in place of ours.
        command = [sys.executable, "-P", "-m", "grok_tui.watch.indexing"]
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                [*command, *map(str, self._roots)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert self._process.stdout is not None
            os.set_blocking(self._process.stdout.fileno(), False)

    def finished(self) -> list[Path]:
        """Return the runs that the index knows since this was asked last."""
        if self._process is None:
            return []
        assert self._process.stdout is not None
        data = self._rest
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._process.stdout.fileno(), _CHUNK):
                data += chunk
            self.stop()  # it closed its end: it is done, or it is gone
        *names, self._rest = data.split(b"\0")
        return [Path(os.fsdecode(name)) for name in names]

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        assert process.stdout is not None
        process.stdout.close()
