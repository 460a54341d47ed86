"""Errors that a user can act on: one line that says what is wrong and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LISTED = 30
"""Names that one message lists at most."""


class GrokTuiError(Exception):
    """A problem told to the user as one line; the program ends with `exit_status`."""

    exit_status = 1


class UsageError(GrokTuiError):
    """What was asked for does not exist or is not valid."""

    exit_status = 2


class TimedOutError(GrokTuiError):
    """What was waited for did not happen in time."""

    exit_status = 3


class CannotHappenError(GrokTuiError):
    """What was waited for can no longer happen."""

    exit_status = 4


def no_text(error: UnicodeEncodeError) -> UsageError:
    """Make the error for a name or an argument in bytes that no file of ours can keep."""
    return UsageError(f"expected text in UTF-8, got {error.object}")


def unknown(kind: str, given: str, known: Iterable[str]) -> UsageError:
    """Make the error for a name that does not exist, with the nearest one and all that do."""
    names = sorted(known)
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    listed = ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")
    return UsageError(f"no {kind} named {given!r}; {hint}there are: {listed or 'none yet'}")
