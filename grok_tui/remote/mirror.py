"""A copy of a folder on another machine: what has grown is fetched from where the copy ends.

Everything that follows files follows the copy. It is bounded in size and can be made again.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.files import make_private
from grok_tui.locks import Lock
from grok_tui.remote.address import mirror_of, origin_file, shown
from grok_tui.remote.listing import Listing, RemoteFile, list_files
from grok_tui.text import safe

MOST_BYTES = 4 << 30
"""Of one copy; files beyond are left out."""
PIECE_BYTES = 1 << 22
OVERLAP_BYTES = 4096
"""How much of the end of the copy is fetched again, to tell a file that grew from another one."""
CONNECT_S = 15
"""How long a machine that does not answer is waited for."""
_GROWING = (".csv", ".tsv", ".jsonl", ".log", ".txt", ".out", ".wandb")
WAIT_S = 60.0
"""How long another monitor that changes the same copy is waited for."""
_EXTRAS = {"ssh": "remote", "sftp": "remote", "sshfs": "remote", "s3": "s3"}


Tell = Callable[[int, int], None]
"""Is told how many bytes are here, and of how many."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one look at the other machine gave."""

    files: int
    fetched_bytes: int
    left_out: int


class Mirror:
    """Keeps a copy of one address up to date, each time it is asked."""

    def __init__(self, address: str) -> None:
        """Prepare; nothing is asked of the other machine yet.

        Raises:
            UsageError: it is no address.
        """
        self.address = address
        self.folder = mirror_of(address)
        self._system: Any = None
        self._root = ""
        self._versions: dict[str, str] = {}

    def sync(self, tell: Tell = lambda _here, _total: None) -> Synced:
        """Fetch what is new, and tell how far that is.

        Raises:
            UsageError: a package is missing, or there is no such kind of address.
            GrokTuiError: the other machine cannot be reached, or does not have it.
        """
        try:
            if self._system is None:
                self._connect()
            return self._sync(tell)
        except GrokTuiError:
            raise
        except Exception as error:  # each library has errors of its own
            self._system = None  # the next one connects anew
            why = getattr(error, "strerror", None) or error
            text = safe(f"{type(error).__name__}: {why}" if str(why) else type(error).__name__)
            raise GrokTuiError(f"{shown(self.address)}: {shown(text)}") from None

    def _connect(self) -> None:
        kind = self.address.partition("://")[0].lower()
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise _missing(kind, "fsspec is missing") from None
        options: dict[str, Any] = {"skip_instance_cache": True}
        if _EXTRAS.get(kind) == "remote":
            # Without a word, sshfs trusts any host; () are those of ~/.ssh/known_hosts.
            options |= {"connect_timeout": CONNECT_S, "known_hosts": ()}
        try:
            self._system, self._root = url_to_fs(self.address, **options)
        except ImportError as error:
            raise _missing(kind, safe(error)) from None
        except ValueError as error:
            raise UsageError(f"{shown(self.address)}: {shown(safe(error))}") from None

    def _sync(self, tell: Tell) -> Synced:
        listing = list_files(self._system, self._root)
        make_private(self.folder)
        lock = self._lock()
        try:
            wanted = _bounded(listing)
            self._drop_others(wanted.keys())
            self._note_origin(listing)
            new = {n: f for n, f in wanted.items() if self._versions.get(n) != f.version}
            fetched, here, total = 0, 0, sum(file.size for file in new.values())
            for name, file in new.items():
                fetched += self._fetch(file, partial(_tell_sum, tell, here, total))
                self._versions[name] = file.version
                here += file.size
        finally:
            lock.release()
        left_out = listing.left_out + len(listing.files) - len(wanted)
        return Synced(len(wanted), fetched, left_out)

    def _note_origin(self, listing: Listing) -> None:
        """Write down what the copy is called where it comes from."""
        origin = shown(self.address).rstrip("/")
        is_one_file = [file.path for file in listing.files] == [self._root]
        origin = origin.removesuffix(listing.files[0].name) if is_one_file else f"{origin}/"
        origin_file(self.folder).write_text(origin, "utf-8", "surrogateescape")

    def _lock(self) -> Lock:
        """Return the right to change the copy, which several monitors may follow."""
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                return Lock(self.folder.parent / ".lock")
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _fetch(self, file: RemoteFile, at: Callable[[int], None]) -> int:
        """Bring the copy of one file up to date; return how many bytes were fetched."""
        copy = self.folder / file.name
        make_private(copy.parent)
        have = copy.stat().st_size if copy.is_file() else 0
        is_first = file.name not in self._versions
        may_have_grown = _only_grows(file.name) and 0 < have < file.size + is_first
        with self._system.open(file.path, "rb") as remote:
            fetched = _append(remote, file, copy, have, at) if may_have_grown else None
            if fetched is None:
                remote.seek(0)
                fetched = self._replace(remote, file, copy, at)
        if file.changed is not None:  # whether it is live is told by its age
            with contextlib.suppress(OSError, OverflowError):
                os.utime(copy, (file.changed, file.changed))
        return fetched

    def _replace(
        self, remote: BinaryIO, file: RemoteFile, copy: Path, at: Callable[[int], None]
    ) -> int:
        temporary = self.folder.parent / ".part"
        with temporary.open("wb") as stream:
            fetched = _copy(remote, stream, file.size, at)
        temporary.replace(copy)
        return fetched

    def _drop_others(self, kept: Collection[str]) -> None:
        """Remove copies of files that are gone."""
        for folder, _, names in os.walk(self.folder, topdown=False):
            for name in names:
                copy = Path(folder, name)
                if str(copy.relative_to(self.folder)) not in kept:
                    copy.unlink(missing_ok=True)
            if Path(folder) != self.folder:
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()  # if it is empty
        for name in self._versions.keys() - set(kept):
            del self._versions[name]


def _append(
    remote: BinaryIO, file: RemoteFile, copy: Path, have: int, at: Callable[[int], None]
) -> int | None:
    """Fetch what follows the copy; nothing where the copy is of another file."""
    overlap = min(have, OVERLAP_BYTES)
    with copy.open("r+b") as stream:
        if remote.read(overlap) != stream.read(overlap):
            return None
        remote.seek(have - overlap)
        stream.seek(have - overlap)
        if remote.read(overlap) != stream.read(overlap):
            return None
        return overlap + _copy(remote, stream, file.size - have, at)


def _tell_sum(tell: Tell, before: int, total: int, at: int) -> None:
    tell(before + at, total)


def _copy(remote: BinaryIO, stream: BinaryIO, count: int, at: Callable[[int], None]) -> int:
    """Copy bytes from where both stand; fewer where the file was cut since it was listed.

    `at` is told after each piece how long the copy is.
    """
    copied = 0
    while copied < count and (data := remote.read(min(PIECE_BYTES, count - copied))):
        stream.write(data)
        copied += len(data)
        at(stream.tell())
    return copied


def _bounded(listing: Listing) -> dict[str, RemoteFile]:
    """Return the files to copy, by name.

    Of a file and a folder of one name, as object stores allow, it is the file.
    """
    wanted: dict[str, RemoteFile] = {}
    total = 0
    for file in sorted(listing.files, key=lambda each: each.name):
        is_in_the_way = any(str(above) in wanted for above in Path(file.name).parents)
        if total + file.size <= MOST_BYTES and not is_in_the_way:
            wanted.setdefault(file.name, file)
            total += file.size
    return wanted


def _only_grows(name: str) -> bool:
    """Return whether programs add to files of such a name, and change nothing within."""
    last = name.rpartition("/")[2]
    return "." not in last or "tfevents" in last or last.lower().endswith(_GROWING)


def _missing(kind: str, why: str) -> UsageError:
    extra = _EXTRAS.get(kind)
    if extra is None:
        return UsageError(f"{kind}:// cannot be read here: {why}")
    return UsageError(f"{kind}:// needs more packages: pip install 'grok-tui[{extra}]'")
