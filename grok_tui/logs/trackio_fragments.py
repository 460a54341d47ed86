"""One writer's files in Trackio's inbox: each appears whole, has a few rows, and a number.

On a network file system, or in a copy that is on its way, a later one may be seen first.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

from grok_tui.files import first_names
from grok_tui.logs.growing import GrowingFile, read_start
from grok_tui.logs.json_lines import decode_object
from grok_tui.logs.numbers import is_count
from grok_tui.logs.source import Mark

READ_BYTES = 1 << 20
MAX_FRAGMENTS = 500_000
"""Files of one run that are looked for: it makes one in half a second."""
_FRAGMENT = re.compile(r"(\d{8,12})\.jsonl")


class Fragments:
    """The files of one folder, as far as they were read."""

    def __init__(self, folder: Path, number: int, begun: str) -> None:
        """Begin with the file of a number.

        Args:
            folder: the writer's folder.
            number: its first file; those before it were imported, or come late.
            begun: the time of the first row of the run there.
        """
        self.begun = begun
        self.has_rows = False
        """Whether rows of the run were read."""
        self.is_late = False
        """Whether a file has appeared that was passed over."""
        self._folder = folder
        self._passed: list[range] = []
        self._listed_at = 0
        self.number = -1
        self._go_to(number)

    def _go_to(self, number: int) -> None:
        if number > self.number + 1:
            self._passed.append(range(self.number + 1, number))
        self.number = number
        self.file = GrowingFile(_path(self._folder, number))

    def go_on(self) -> bool:
        """Go to the next file, if there is one; return whether there is more to read at all."""
        number = self._next()
        if number is not None:
            self._go_to(number)
        return number is not None or self.is_late

    def _next(self) -> int | None:
        if _path(self._folder, self.number + 1).exists():
            return self.number + 1
        try:  # one may be missing: it could not be written, was imported, or comes late
            changed = self._folder.stat().st_mtime_ns
        except OSError:
            return None
        if changed == self._listed_at:
            return None
        self._listed_at = changed
        numbers = numbers_in(self._folder)
        self.is_late = any(map(self._was_passed, numbers))
        return min((each for each in numbers if each > self.number), default=None)

    def _was_passed(self, number: int) -> bool:
        place = bisect(self._passed, number, key=attrgetter("start")) - 1
        return place >= 0 and number in self._passed[place]

    def mark(self) -> Mark:
        """Return how far the files were read."""
        return {
            "number": self.number,
            "file": self.file.mark(),
            "begun": self.begun,
            "has_rows": self.has_rows,
            "passed": [[each.start, each.stop] for each in self._passed],
        }

    @classmethod
    def resumed(cls, folder: Path, mark: object) -> Fragments | None:
        """Return the files as far as a mark says; nothing if it does not fit them."""
        if not isinstance(mark, dict) or not is_count(number := mark.get("number")):
            return None
        begun, has_rows = mark.get("begun"), mark.get("has_rows")
        passed = _ranges(mark.get("passed"))
        if not isinstance(begun, str) or not isinstance(has_rows, bool) or passed is None:
            return None
        found = cls(folder, number, begun)
        found.has_rows, found._passed = has_rows, passed
        # What was imported meanwhile is gone, and was read before.
        is_same = not found.file.path.exists() or found.file.resume(mark.get("file"))
        return found if is_same else None


def _ranges(pairs: object) -> list[range] | None:
    if not isinstance(pairs, list):
        return None
    if not all(
        isinstance(each, list) and len(each) == 2 and all(map(is_count, each)) for each in pairs
    ):
        return None
    return sorted((range(*each) for each in pairs), key=attrgetter("start"))


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers of a writer's files."""
    try:
        names = first_names(folder, MAX_FRAGMENTS)
    except OSError:
        return []
    return [int(match[1]) for name in names if (match := _FRAGMENT.fullmatch(name))]


def first_records(folder: Path) -> Iterator[dict[str, object]]:
    """Yield the objects in a writer's first file."""
    numbers = numbers_in(folder)
    try:
        start = read_start(_path(folder, min(numbers)), READ_BYTES) if numbers else b""
    except OSError:
        return
    yield from records_in(start)


def records_in(data: bytes) -> Iterator[dict[str, object]]:
    """Yield the objects in lines."""
    for line in data.split(b"\n"):
        if line and (record := decode_object(line)) is not None:
            yield record


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}.jsonl"
