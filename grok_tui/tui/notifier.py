"""Tells of news outside of the app: by the bell, on the desktop, and through a program."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence

from grok_tui.terminal import multiplexer
from grok_tui.text import safe

LONGEST = 300
"""Characters of a sentence that leave the app."""
HOOK_WITHIN_S = 30.0
"""After this time a program that was told of news is ended."""
_MOST_HOOKS = 4
"""Programs that run at once; while so many hang, news go to the others only."""
_BELL = "\a"
_END = "\x1b\\"
_OSC_777 = ("rxvt", "foot")
"""How the names of terminals begin that know OSC 777 and not OSC 9."""


class Notifier:
    """Passes news on as the settings say; nothing of it waits or fails."""

    def __init__(
        self,
        write: Callable[[str], object],
        environment: Mapping[str, str],
        *,
        bell: bool = False,
        desktop: bool = False,
        hook: Sequence[str] = (),
    ) -> None:
        """Prepare.

        Args:
            write: sends escape sequences to the terminal.
            environment: says what stands between the app and the terminal.
            bell: whether to ring.
            desktop: whether to ask the terminal for a message on the desktop.
            hook: a program with its arguments, run without a shell; the text is the last one.
        """
        self._write, self._environment = write, environment
        self._bell, self._desktop, self._hook = bell, desktop, tuple(hook)
        self._places = threading.BoundedSemaphore(_MOST_HOOKS)

    def tell(self, text: str) -> None:
        """Tell of something; the text may come from anybody."""
        clean = safe(text, LONGEST)
        if self._bell:
            self._write(_BELL)
        if self._desktop:
            self._write(desktop_sequence(clean, self._environment))
        if self._hook and self._places.acquire(blocking=False):
            threading.Thread(target=self._run_hook, args=(clean,), name="hook", daemon=True).start()

    def _run_hook(self, text: str) -> None:
        try:
            subprocess.run(
                [*self._hook, text],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=HOOK_WITHIN_S,
                check=False,
                start_new_session=True,
            )
        except (OSError, subprocess.TimeoutExpired, ValueError):
            pass  # `grok-tui doctor` says whether the program exists
        finally:
            self._places.release()


def desktop_sequence(text: str, environment: Mapping[str, str]) -> str:
    """Return what asks a terminal for a message on the desktop.

    OSC 777 for the terminals that know only that one (rxvt, foot and those that are built on VTE),
    OSC 9 for all others: one that knows both would show both.
    """
    plain = text.replace(";", ",")  # it separates the parts of both
    if environment.get("VTE_VERSION") or environment.get("TERM", "").startswith(_OSC_777):
        sequence = f"\x1b]777;notify;grok-tui;{plain}\x1b\\"
    else:
        sequence = f"\x1b]9;{plain}\x1b\\"
    return _wrapped(sequence, multiplexer(environment))


def _wrapped(sequence: str, through: str | None) -> str:
    """Return a sequence that a multiplexer hands on to the terminal."""
    if through == "tmux":  # where it says `set -g allow-passthrough on`
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    if through == "screen":  # which ends at the first ESC \, so that the sequence ends with BEL
        return f"\x1bP{sequence.removesuffix(_END)}\a\x1b\\"
    return sequence
