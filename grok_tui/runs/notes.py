"""`notes.json`: what people say of a run. The only file of a run directory that a monitor writes,
beside commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from grok_tui.errors import UsageError
from grok_tui.files import write_atomic
from grok_tui.runs.decode import read_json
from grok_tui.runs.layout import RunPaths
from grok_tui.text import safe

MAX_BYTES = 1 << 16
MOST_TAGS = 32
TAG = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,31}"

Tag: TypeAlias = Annotated[str, Meta(pattern=f"^{TAG}$")]


class Notes(Struct, frozen=True, kw_only=True):
    """What people say of a run. Fields that a newer version added are ignored."""

    tags: Annotated[tuple[Tag, ...], Meta(max_length=MOST_TAGS)] = ()
    """Words to find it by, in alphabetical order."""
    note: Annotated[str, Meta(max_length=2000)] = ""
    star: bool = False
    name: Annotated[str, Meta(max_length=80)] = ""
    """What it is called in lists, in place of its id."""
    archived: bool = False
    """Whether lists leave it out."""


def read_notes(paths: RunPaths) -> Notes:
    """Return what is said of a run; nothing said where there is no such file.

    Raises:
        UnreadableError: the file is damaged.
    """
    try:
        paths.notes.lstat()
    except OSError:
        return Notes()
    return read_json(paths.notes, Notes, MAX_BYTES)


def change_notes(paths: RunPaths, change: Callable[[Notes], Notes]) -> Notes:
    """Change what is said of a run, and return what was said before.

    Raises:
        UnreadableError: the file is damaged; it is left as it is.
        UsageError: what is to be said is too long, or it cannot be written.
    """
    before = read_notes(paths)
    encoded = msgspec.json.encode(change(before))
    try:
        msgspec.json.decode(encoded, type=Notes)  # a struct is checked only when it is read
    except msgspec.ValidationError as error:
        raise UsageError(f"{paths.root.name}: {error}") from None
    try:
        write_atomic(paths.notes, encoded + b"\n")
    except OSError as error:
        raise UsageError(f"cannot write {paths.notes}: {error.strerror}") from None
    return before


def retagged(tags: Iterable[str], changes: Iterable[str]) -> tuple[str, ...]:
    """Return tags after changes such as `+paper` and `-old`; a bare word is added.

    Raises:
        UsageError: a word cannot be a tag, or there are too many.
    """
    found = set(tags)
    for change in changes:
        tag = change.removeprefix("-") if change.startswith("-") else change.removeprefix("+")
        try:
            msgspec.convert(tag, Tag)
        except msgspec.ValidationError:
            raise UsageError(
                f"{change!r} is no tag: up to 32 letters, digits, dots, slashes, dashes and _"
            ) from None
        (found.discard if change.startswith("-") else found.add)(tag)
    if len(found) > MOST_TAGS:
        raise UsageError(f"{len(found)} tags, and {MOST_TAGS} are the most")
    return tuple(sorted(found))


def shown(notes: Notes) -> Notes:
    """Return notes whose texts are safe to show: somebody else may have written them."""
    return msgspec.structs.replace(notes, note=safe(notes.note, 2000), name=safe(notes.name, 80))
