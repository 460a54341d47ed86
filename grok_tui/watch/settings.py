"""Settings of many runs by dotted key: which there are, and in which the runs differ."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grok_tui.text import safe
from grok_tui.watch.view import RunView

SHORT = {"optimizer.weight_decay": "wd", "optimizer.lr": "lr"}
"""What everybody calls them."""
LONGEST_VALUE = 40
MISSING = ()
"""The value of a setting that a run does not have."""

Flat = Mapping[str, Hashable]


def flat(run: RunView) -> dict[str, Hashable]:
    """Return the settings that hold now, by dotted key; lists become tuples."""
    found: dict[str, Hashable] = {}
    _collect(run.config, "", found)
    _collect(run.live, "", found)
    return found


def _collect(tree: Mapping[str, Any], prefix: str, found: dict[str, Hashable]) -> None:
    for key, value in tree.items():
        if isinstance(value, dict):  # of Mapping a check takes longer than all the rest
            _collect(value, f"{prefix}{key}.", found)
        else:
            found[prefix + key] = _hashable(value) if isinstance(value, list) else value


def _hashable(value: Any) -> Hashable:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return repr(value) if isinstance(value, dict) else value


class FlatSettings:
    """The flat settings of runs; each config is flattened once, as there may be thousands."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[object, object, Flat]] = {}

    def of(self, run: RunView) -> Flat:
        """Return the settings of a run by dotted key."""
        config, live, found = self._known.get(run.path, (None, None, {}))
        if config is not run.config or live is not run.live:
            found = flat(run)
            self._known[run.path] = (run.config, run.live, found)
        return found


def differing(settings: Sequence[Flat]) -> dict[str, set[Hashable]]:
    """Return the keys in which some settings differ with their values, the most various first.

    What only some of them have, such as the width of a kind of model, counts as differing: its
    value is `MISSING` for the others.
    """
    keys = set[str]().union(*settings)
    values = {key: {each.get(key, MISSING) for each in settings} for key in keys}
    varying = sorted(
        (key for key, found in values.items() if len(found) > 1),
        key=lambda key: (-len(values[key]), key),
    )
    return {key: values[key] for key in varying}


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """Return the shortest name of each key that tells it from the others."""
    return {key: _short_name(key, keys) for key in keys}


def _short_name(key: str, keys: Iterable[str]) -> str:
    section, _, leaf = key.rpartition(".")
    if key in SHORT:
        return SHORT[key]
    if leaf == "kind":
        return safe(section, LONGEST_VALUE)
    is_alone = sum(other.rpartition(".")[2] == leaf for other in keys) <= 1
    return safe(leaf if is_alone else key, LONGEST_VALUE)


def value_text(value: Any) -> str:
    """Return a setting's value as a short text that is safe to show; a dash for nothing."""
    if value is None:
        return "–"
    if value == MISSING:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return safe(",".join(map(value_text, value)), LONGEST_VALUE)
    return safe(value, LONGEST_VALUE)
