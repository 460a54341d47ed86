"""Regular expressions for lines of text, as people write them: one that is slow stops nothing.

Python's `re` tries all ways to match and cannot be interrupted. So what takes exponential time is
refused, lines are short, and an expression that was slow on one line is not tried on another.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from functools import lru_cache

from grok_tui import paths
from grok_tui.errors import UsageError
from grok_tui.settings import read_settings
from grok_tui.text import safe

MAX_PATTERN = 1000
"""Characters of a regular expression."""
MAX_LINE = 500
"""Characters of a line that is searched: three `.*` in a row try some 20 million places in it."""
MAX_SECONDS = 0.1
"""Processor time after which an expression is given up; a usual one takes microseconds a line."""
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\}")
_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]|(?:[*+]|\{\d*,\})\+?", re.DOTALL)


class LinePatterns:
    """Searches lines for the named groups of the first expression that matches."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Take regular expressions.

        Raises:
            UsageError: one is none, names no group, or could take for ever.
        """
        self._patterns = [compiled(pattern) for pattern in patterns]

    def __bool__(self) -> bool:
        """Return whether any were given."""
        return bool(self._patterns)

    def groups(self, line: str) -> dict[str, str | None]:
        """Return the text of each group; none where nothing matches."""
        if len(line) > MAX_LINE:
            return {}
        for pattern in tuple(self._patterns):
            began = time.thread_time()
            found = pattern.search(line)
            if time.thread_time() - began > MAX_SECONDS:
                self._patterns.remove(pattern)
            if found:
                return found.groupdict()
        return {}


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a regular expression for lines.

    Raises:
        UsageError: it is none, names no group, or could take for ever.
    """
    if len(pattern) > MAX_PATTERN:
        raise UsageError(f"a regular expression has {len(pattern)} characters, not {MAX_PATTERN}")
    try:
        found = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"{pattern!r} is no regular expression: {error}") from None
    if not found.groupindex:
        raise UsageError(f"{pattern!r} names no group, such as (?P<loss>[0-9.]+)")
    if _may_take_for_ever(pattern):
        raise UsageError(
            f"{pattern!r} repeats a group that repeats something or has alternatives: on some"
            " lines that takes for ever"
        )
    return found


def _may_take_for_ever(pattern: str) -> bool:
    """Return whether a group is repeated without bound that can match one text in many ways."""
    groups = [False]
    for part in _PARTS.finditer(pattern):
        token = part.group()
        if token == "(":
            groups.append(False)
        elif token == ")" and len(groups) > 1:
            inner = groups.pop()
            groups[-1] |= inner
            repeat = _UNBOUNDED.match(pattern, part.end())
            if inner and repeat and not pattern.startswith("+", repeat.end()):  # possessive
                return True
        elif token == "|" or _UNBOUNDED.match(token):
            groups[-1] = True
    return False


def configured() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the expressions of the user's settings, and what is wrong with others, a line each."""
    file = paths.config_file()
    try:
        status = file.stat()
    except OSError:
        return (), ()
    return _configured(status.st_mtime_ns, status.st_size, str(file))


@lru_cache(maxsize=1)
def _configured(
    _changed_ns: int, _size: int, _file: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    settings, _ = read_settings(paths.config_file())
    good, problems = [], []
    for pattern in settings.text_patterns:
        try:
            compiled(pattern)
        except UsageError as error:
            problems.append(safe(f"{paths.config_file().name}: text_patterns: {error}"))
        else:
            good.append(pattern)
    return tuple(good), tuple(problems)
