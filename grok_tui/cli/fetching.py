"""Fetches logs from another machine, and tells on a terminal how far that is."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from grok_tui.text import safe

if TYPE_CHECKING:
    from grok_tui.remote.mirror import Mirror, Synced

EVERY_S = 0.2
"""Between two changes of the line."""


def fetch(mirror: Mirror) -> Synced:
    """Bring a copy up to date; where nobody watches, without a word.

    Raises:
        UsageError: a package is missing, or there is no such kind of address.
        GrokTuiError: the other machine cannot be reached, or does not have it.
    """
    if not sys.stderr.isatty():
        return mirror.sync()
    line = _Line(mirror.address)
    try:
        return mirror.sync(line.tell)
    finally:
        line.clear()


class _Line:
    """One line on standard error, which is written anew."""

    def __init__(self, address: str) -> None:
        from grok_tui.remote.address import shown

        self._address = safe(shown(address), 60)
        self._next = 0.0
        self._say("connecting")

    def tell(self, here: int, total: int) -> None:
        """Show how many bytes of how many are here."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY_S
            self._say(f"{here / 1e6:.1f} of {total / 1e6:.1f} MB")

    def _say(self, text: str) -> None:
        click.echo(f"\r\x1b[K{self._address}: {text}", nl=False, err=True)

    def clear(self) -> None:
        """Leave nothing of it."""
        click.echo("\r\x1b[K", nl=False, err=True)
