"""How far a long piece of work is, on standard error: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich import progress as bars


class Progress(Protocol):
    """Shows how far it is."""

    def advance(self, line: str, parts: int = 1) -> None:
        """Show that one part more is done, or that several are."""
        ...

    def leave_out(self, line: str, parts: int = 1) -> None:
        """Show the same of what could not be done, in a line that stays."""
        ...


@contextmanager
def progress(count: int) -> Iterator[Progress]:
    """Show how many of so many parts are done."""
    if not sys.stderr.isatty():
        yield _Lines(count)
        return
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.BarColumn(bar_width=20),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
        bars.TextColumn("{task.description}", markup=False),
    )
    with bars.Progress(*columns, console=Console(stderr=True)) as shown:
        yield _Bar(shown, shown.add_task("", total=count))


class _Lines:
    def __init__(self, count: int) -> None:
        self._count, self._number = count, 0

    def advance(self, line: str, parts: int = 1) -> None:
        self._number += parts
        print(f"{self._number}/{self._count} {line}", file=sys.stderr, flush=True)

    leave_out = advance


class _Bar:
    def __init__(self, shown: bars.Progress, task: bars.TaskID) -> None:
        self._shown, self._task = shown, task

    def advance(self, line: str, parts: int = 1) -> None:
        self._shown.update(self._task, advance=parts, description=line)

    def leave_out(self, line: str, parts: int = 1) -> None:
        self._shown.console.print(line, markup=False, highlight=False)
        self.advance("", parts)
