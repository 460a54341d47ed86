"""Turns what a training loop has at hand into plain numbers and settings."""

from __future__ import annotations

import dataclasses
import operator
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import msgspec

from grok_tui.errors import UsageError
from grok_tui.runs.origin import without_secrets
from grok_tui.runs.reader import MAX_NAME

MAX_CONFIG_BYTES = 1 << 19
"""Of a config; `run.json` has to hold it with all else."""
RESERVED = ("step", "time")
"""Names of a row that are no metrics."""


def check_name(name: object) -> None:
    """Refuse what no metric can be called.

    Raises:
        UsageError: it is no text, or one that is too long or has another meaning in a row.
    """
    if not isinstance(name, str):
        raise UsageError(f"a metric's name is text, not {type(name).__name__}")
    if not name or len(name) > MAX_NAME:
        raise UsageError(f"a metric's name has 1 to {MAX_NAME} characters, not {len(name)}")
    if name in RESERVED or name.startswith("_"):
        raise UsageError(f"no metric can be called {name!r}: step, time and _… are taken")
    if not _is_unicode(name):
        raise UsageError(f"a metric's name is text in UTF-8, not {name!r}")


def number(name: str, value: Any) -> float:
    """Return a number, or what a NumPy or torch array of one element holds.

    Raises:
        UsageError: it is something else.
    """
    if not isinstance(value, int | float) and hasattr(value, "item"):
        try:
            value = value.item()
        except (TypeError, ValueError, RuntimeError):
            shape = tuple(getattr(value, "shape", ()))
            raise UsageError(f"{name}: expected one number, not an array of {shape}") from None
    try:
        if isinstance(value, int | float):
            return float(value)
    except OverflowError:
        raise UsageError(f"{name}: the number is too large") from None
    raise UsageError(f"{name}: expected a number, not {type(value).__name__}")


def whole(name: str, value: Any) -> int:
    """Return a whole number from 0 on, such as a step.

    Raises:
        UsageError: it is something else.
    """
    try:
        found = operator.index(value)
    except TypeError:
        raise UsageError(f"{name}: expected a whole number, not {value!r}") from None
    if not 0 <= found <= 10**15:
        raise UsageError(f"{name}: expected a whole number from 0 on, not {found}")
    return found


def settings(config: Any) -> dict[str, Any]:
    """Return a config as it can be written down; values that JSON lacks become their text.

    Args:
        config: a mapping, a dataclass or what argparse returns; nothing for an empty one.

    Raises:
        UsageError: it is something else, or too large.
    """
    if config is None:
        return {}
    if isinstance(config, Namespace):
        config = vars(config)
    is_dataclass = dataclasses.is_dataclass(config) and not isinstance(config, type)
    if not (isinstance(config, Mapping) or is_dataclass):
        raise UsageError(f"config: expected a mapping, not {type(config).__name__}")
    try:
        given = dict(config) if isinstance(config, Mapping) else config
        tree = without_secrets(msgspec.to_builtins(given, str_keys=True, enc_hook=_plain))
        size = len(msgspec.json.encode(tree))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"config: cannot be written down: {error}") from None
    if size > MAX_CONFIG_BYTES:
        raise UsageError(f"config: it has {size} bytes; leave tables and arrays out")
    return dict(tree)


def _plain(value: Any) -> Any:
    """Return a number for a scalar of NumPy or torch, a mapping for one, and else the text."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    return str(value)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
