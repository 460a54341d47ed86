"""A real tmux for tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support import wait_until


class Tmux:
    """A tmux server of its own, which takes over every title and clipboard that it is sent."""

    def __init__(self, folder: Path, columns: int = 120, rows: int = 40) -> None:
        self.socket = str(folder / "tmux.socket")
        size = ["-x", str(columns), "-y", str(rows)]
        self.call("-f", "/dev/null", "new-session", "-d", *size, "sh")
        self.call("set", "-s", "set-clipboard", "on")
        self.call("set", "-g", "allow-passthrough", "on")
        self.call("select-pane", "-T", "mine")

    def call(self, *arguments: str) -> str:
        # pytest loads readline, which sets COLUMNS and LINES behind the back of `os.environ`.
        result = subprocess.run(
            ["tmux", "-S", self.socket, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ),
        )
        return result.stdout

    def type(self, line: str) -> None:
        self.call("send-keys", "-l", line)
        self.call("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        self.call("send-keys", *keys)

    def resize(self, columns: int, rows: int) -> None:
        self.call("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, *options: str) -> str:
        return self.call("capture-pane", "-p", *options)

    def wait_for(self, text: str) -> None:
        try:
            wait_until(lambda: text in self.screen(), f"{text!r} on the screen", timeout_s=30)
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.screen()}") from None

    def title(self) -> str:
        return self.call("display-message", "-p", "#{pane_title}").strip()

    def clipboard(self) -> str:
        return self.call("list-buffers")
