"""What people said that the metrics of a folder's logs mean, where their names were misread.

It is kept in a file of the user's own and not beside the logs: those are other people's, are often
shared or read-only, and are never written to.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from grok_tui import paths
from grok_tui.errors import GrokTuiError, UsageError, unknown
from grok_tui.files import make_private, open_regular, write_atomic
from grok_tui.locks import Lock
from grok_tui.logs.columns import METRICS, Meaning

STEP, EPOCH, NOTHING, GUESSED = "step", "epoch", "nothing", "guess"
ROLES = (*METRICS, STEP, EPOCH, NOTHING)
"""What a metric can be said to be."""
Scale = Literal["percent", "fraction"]
SCALES: tuple[Scale, ...] = ("percent", "fraction")
MAX_BYTES = 1 << 22
_WAIT_S = 2.0
"""How long another process that writes the file is waited for; it takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What is known better than the names say."""

    roles: Mapping[str, str] = field(default_factory=dict)
    """The log's own name of a metric → one of `ROLES`."""
    scale: Scale | None = None
    """The scale of the accuracies; without one, the values tell."""

    def __bool__(self) -> bool:
        """Return whether there is anything in it."""
        return bool(self.roles or self.scale)

    @property
    def key(self) -> str:
        """A text that differs between corrections; empty without one."""
        return repr((sorted(self.roles.items()), self.scale)) if self else ""

    def step(self) -> str | None:
        """Return the metric that is said to be the step."""
        return next((name for name, role in self.roles.items() if role == STEP), None)

    def names(self) -> dict[str, str]:
        """Return the name that each metric is given; an empty one where it is not to be guessed."""
        return {n: "" if r in (NOTHING, STEP) else r for n, r in self.roles.items()}

    def with_roles(self, roles: Mapping[str, str]) -> Correction:
        """Return it with more said; `guess` takes back what was said of a metric.

        What only one metric can be is taken from the one that was said to be that before.

        Raises:
            UsageError: there is no such role, or two metrics are said to be the same.
        """
        for role in roles.values():
            if role not in (*ROLES, GUESSED):
                raise unknown("meaning", role, (*ROLES, GUESSED))
        taken = [role for role in roles.values() if role not in (NOTHING, GUESSED)]
        for role in taken:
            if taken.count(role) > 1:
                raise UsageError(f"two metrics cannot both be {role}: give it to one of them")
        kept = {n: r for n, r in self.roles.items() if n not in roles and r not in taken}
        return Correction(kept | {n: r for n, r in roles.items() if r != GUESSED}, self.scale)


NONE = Correction()
_Folders = dict[str, Correction]
_read: tuple[object, _Folders] = (None, {})
"""The file as it was read last, with what it is known by; replaced as a whole."""


def folder_of(log: Path) -> Path:
    """Return the folder whose logs are corrected together with one of them."""
    return next((path for path in (log, *log.parents) if path.is_dir()), log.parent)


def correction_of(log: Path) -> Correction:
    """Return what was said of a log: by its folder, or by the nearest folder above it."""
    folders = _folders()
    if not folders:
        return NONE
    real = Path(os.path.realpath(log))
    return next((folders[key] for p in (real, *real.parents) if (key := str(p)) in folders), NONE)


def roles_in(names: Sequence[str], meaning: Meaning, correction: Correction) -> dict[str, str]:
    """Return what the metrics of a log are taken for, by their own names, guessed or said."""
    roles = {name: role for role, name in meaning.metrics.items()}
    if meaning.step is not None:
        roles[meaning.step] = STEP
    return roles | {name: role for name, role in correction.roles.items() if name in names}


def remember(folder: Path, correction: Correction) -> None:
    """Remember what the metrics of a folder's logs mean; nothing without anything said.

    Raises:
        GrokTuiError: the file cannot be written.
    """
    file = paths.state_file("meanings.json")
    try:
        make_private(file.parent)
        lock = _lock(file.with_suffix(".lock"))
        try:
            folders = dict(_folders())
            folders.pop(os.path.realpath(folder), None)
            if correction:
                folders[os.path.realpath(folder)] = correction
            write_atomic(file, msgspec.json.format(msgspec.json.encode(folders)))
        finally:
            lock.release()
    except OSError as error:
        raise GrokTuiError(f"cannot write {file}: {error.strerror or error}") from None


def _lock(file: Path) -> Lock:
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            return Lock(file)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _folders() -> _Folders:
    """Return all corrections; none where the file is missing or is not as we write it."""
    global _read
    file = paths.state_file("meanings.json")
    try:
        status = file.stat()
    except OSError:
        return {}
    known = (file, status.st_mtime_ns, status.st_size, status.st_ino)
    if _read[0] != known:
        try:
            with os.fdopen(open_regular(file, follow=True), "rb") as stream:
                found = msgspec.json.decode(stream.read(MAX_BYTES), type=_Folders)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            found = {}
        _read = (known, found)
    return _read[1]
