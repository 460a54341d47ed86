"""The formats of logs that can be read: how each is recognised, and who reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol

from grok_tui.logs.source import Source

READERS = (
    "tensorboard",
    "trainer_state",
    "wandb",
    "mlflow",
    "trackio",
    "dvclive",
    "parquet",
    "table",
    "text_log",
)
"""Modules of this package with a `FORMAT`, in the order in which they look at a folder: a format
that is told by the names of its files comes before one that takes any table."""


@dataclass(frozen=True, slots=True)
class LogRef:
    """One run's log: a file, a folder of files, or one of several runs in these."""

    path: Path
    format: str
    run: str | None = None
    """Which of the runs in `path`, where there are several."""
    title: str | None = field(default=None, compare=False)
    """What the program that wrote it calls the run, where that is told."""

    @property
    def place(self) -> Path:
        """What names it: its path, with the run as one more part where there are several."""
        return self.path if self.run is None else self.path / self.run.replace("/", "_")


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in a folder, by name; links are among the files only if they lead to one."""

    path: Path
    files: frozenset[str]
    folders: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What one format finds in a folder."""

    logs: tuple[LogRef, ...] = ()
    files: frozenset[str] = frozenset()
    """Names that belong to these logs: formats that come later leave them alone."""
    folders: frozenset[str] = frozenset()
    """Names of folders that belong to these logs: nobody looks into them."""


class Format(Protocol):
    """How logs of one kind are recognised and read."""

    @property
    def name(self) -> str:
        """One word, as in `tensorboard`."""
        ...

    @property
    def title(self) -> str:
        """What its users call it."""
        ...

    def find(self, folder: Folder) -> Found:
        """Return the logs that lie in a folder itself, told by names as far as that goes.

        Raises:
            OSError: a file that has to be looked into cannot be read.
        """
        ...

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the logs in a file that a user named; none if it is of another format.

        Raises:
            OSError: the file cannot be read.
        """
        ...

    def open(self, log: LogRef, *, complete: bool = False) -> Source:
        """Return the reader of a log; `complete` says that nobody writes to it any more."""
        ...


@cache
def formats() -> tuple[Format, ...]:
    """Return all formats, in the order in which they look at a folder."""
    return tuple(import_module(f"grok_tui.logs.{reader}").FORMAT for reader in READERS)


def format_of(log: LogRef) -> Format:
    """Return the format of a log."""
    return next(each for each in formats() if each.name == log.format)
