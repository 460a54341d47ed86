"""What the environment says of the terminal, before anything is asked of the terminal itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LOCALES = ("LC_ALL", "LC_CTYPE", "LANG")
"""Variables that say which characters a terminal shows, the first that is set counts."""
_SIXTEEN_COLOURS = re.compile(r"linux|ansi|vt\d+|dumb")


def locale_of(environment: Mapping[str, str]) -> str | None:
    """Return the locale for characters; nothing where none is set."""
    return next((environment[name] for name in _LOCALES if environment.get(name)), None)


def has_unicode(environment: Mapping[str, str]) -> bool:
    """Return whether a terminal can show more than ASCII.

    The console of Linux decodes UTF-8 but its font has no braille and few signs. Where no locale
    is set, as in many containers, the terminal is nonetheless one of today.
    """
    if _base(environment) in ("linux", "dumb"):
        return False
    locale = locale_of(environment)
    return locale is None or re.search("utf-?8", locale, re.IGNORECASE) is not None


def has_few_colours(environment: Mapping[str, str]) -> bool:
    """Return whether a terminal has no more than sixteen colours."""
    return _SIXTEEN_COLOURS.fullmatch(_base(environment)) is not None


def multiplexer(environment: Mapping[str, str]) -> str | None:
    """Return the program that stands between the app and the terminal, if one is known to."""
    if environment.get("TMUX"):
        return "tmux"
    return "screen" if environment.get("STY") else None


def _base(environment: Mapping[str, str]) -> str:
    return environment.get("TERM", "").partition("-")[0]
