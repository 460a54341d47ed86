"""Keeps one copy of what the settings of many runs have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

MOST_SECTIONS = 10_000
"""Different sections that are remembered; where there are more, hardly any are alike."""
_sections: dict[bytes, Any] = {}


def shared(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a config whose sections are the same objects in all runs in which they are equal.

    A run's settings are half of what a list of thousands has to hold, and few of them differ.
    Nobody changes them: views are immutable.
    """
    return {name: _shared(value) for name, value in config.items()}


def _shared(value: Any) -> Any:
    if not isinstance(value, dict | list):
        return value
    if len(_sections) >= MOST_SECTIONS:
        _sections.clear()
    return _sections.setdefault(msgspec.json.encode(value), value)
