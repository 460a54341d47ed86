"""Sweeps: a preset, fixed changes of it, axes along which it varies, and seeds."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grok_tui.config.document import read_toml
from grok_tui.config.presets import load_preset
from grok_tui.config.seeds import parse_seeds
from grok_tui.config.settings import Config, Preset
from grok_tui.config.tree import Tree, assign, value_of
from grok_tui.errors import UsageError, unknown

MOST_RUNS = 10_000
_KEYS = ("name", "preset", "seeds", "set", "axes")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_RANGE = re.compile(r"(\S+?)\.\.(\S+)\s+(log|linear)\s+(\d{1,6})")
_ONE_VALUE = ("[", "{", '"', "'")
_SIGNIFICANT = 4
"""Digits that values of a range are rounded to: they stand in tables and in run.json."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One setting that varies."""

    key: str
    """Dotted key of the config."""
    values: tuple[Any, ...]
    is_log: bool = False
    """Whether the values are spaced by factors."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of values."""

    number: int
    place: tuple[int, ...]
    """Which value of each axis."""
    config: Config
    """With the first seed."""
    changes: Tree
    """What differs from the preset, by dotted key."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Everything that a sweep file asks for, checked."""

    name: str
    preset: Preset
    seeds: tuple[int, ...]
    fixed: Tree
    """Changes of the preset that all cells share, by dotted key."""
    axes: tuple[Axis, ...]

    def cells(self) -> Iterator[Cell]:
        """Yield all combinations, the last axis varying fastest.

        Raises:
            UsageError: the settings of one do not fit together.
        """
        ranges = [range(len(axis.values)) for axis in self.axes]
        for number, place in enumerate(itertools.product(*ranges)):
            chosen = {a.key: a.values[i] for a, i in zip(self.axes, place, strict=True)}
            config, changes = assign(
                self.preset.config, {**self.fixed, **chosen, "seed": self.seeds[0]}
            )
            yield Cell(number, place, config, changes)

    def __len__(self) -> int:
        """Return the number of cells."""
        return math.prod(len(axis.values) for axis in self.axes)


def load_sweep(path: Path) -> Sweep:
    """Read a sweep file.

    Raises:
        UsageError: it cannot be read, or something in it is wrong; all of its settings are checked.
    """
    tree = read_toml(path)
    try:
        return parse_sweep({"name": path.stem, **tree})
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def parse_sweep(tree: Mapping[str, Any], most_checked: int | None = None) -> Sweep:
    """Check the content of a sweep file.

    Args:
        tree: what stands in it.
        most_checked: so many cells are checked, for a look in passing; all if not given.

    Raises:
        UsageError: something in it is wrong.
    """
    for key in tree:
        if key not in _KEYS:
            raise unknown("part of a sweep", key, _KEYS)
    name, preset = tree.get("name"), tree.get("preset")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError("name: expected letters, digits, dots, dashes and _, 64 at most")
    if not isinstance(preset, str):
        raise UsageError("preset: expected the name of a preset, or the path of a TOML file")
    fixed, axes = tree.get("set", {}), tree.get("axes", {})
    if not isinstance(fixed, Mapping) or not isinstance(axes, Mapping):
        raise UsageError("set and axes: expected sections")
    sweep = Sweep(
        name=name,
        preset=load_preset(preset),
        seeds=_seeds(tree.get("seeds", 1)),
        fixed=dict(_leaves(fixed)),
        axes=tuple(_axis(key, value) for key, value in _leaves(axes, is_axis=_is_range)),
    )
    if not sweep.axes:
        raise UsageError('axes: none given; as in "optimizer.weight_decay" = [0.1, 1.0]')
    for key in ("seed", "name"):
        if key in sweep.fixed or any(axis.key == key for axis in sweep.axes):
            raise UsageError(f"{key}: is not set in a sweep; it has seeds and a name of its own")
    if twice := [axis.key for axis in sweep.axes if axis.key in sweep.fixed]:
        raise UsageError(f"{twice[0]}: stands in set and in axes")
    if len(sweep) * len(sweep.seeds) > MOST_RUNS:
        raise UsageError(f"{len(sweep)} cells by {len(sweep.seeds)} seeds: {MOST_RUNS} is the most")
    for _ in itertools.islice(sweep.cells(), most_checked):  # before anything is made
        pass
    return sweep


def several_of(text: str) -> Any:
    """Return what a sweep file has for several values that were typed; nothing for a single one.

    Several are a list as in `0.1, 0.3, 1`, or a range as in `0.1..10 log 5` or `1..5 linear 3`.

    Raises:
        UsageError: the ends of a range are no numbers.
    """
    text = text.strip()
    if found := _RANGE.fullmatch(text):
        first, last, kind, count = found.groups()
        try:
            return {kind: [float(first), float(last)], "n": int(count)}
        except ValueError:
            raise UsageError(f"{first}..{last}: expected numbers, as in 0.1..10 log 5") from None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 2 or not all(parts) or text.startswith(_ONE_VALUE):
        return None
    return [value_of(part) for part in parts]


def _seeds(value: Any) -> tuple[int, ...]:
    if isinstance(value, str):
        return tuple(parse_seeds(value))
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return tuple(parse_seeds(f"0..{value - 1}"))
    raise UsageError('seeds: expected how many, or the first and the last one as in "0..31"')


def _leaves(tree: Mapping[str, Any], is_axis: Any = None, prefix: str = "") -> Iterator[Any]:
    """Yield (dotted key, value); sections may be written as tables or as dotted keys."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and not (is_axis is not None and is_axis(value)):
            yield from _leaves(value, is_axis, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _is_range(value: Mapping[str, Any]) -> bool:
    return "log" in value or "linear" in value


def _axis(key: str, value: Any) -> Axis:
    if isinstance(value, list):
        if not value:
            raise UsageError(f"{key}: an axis needs values")
        if len({repr(each) for each in value}) < len(value):
            raise UsageError(f"{key}: a value stands there twice")
        return Axis(key, tuple(value))
    if not isinstance(value, Mapping):
        raise UsageError(f"{key}: expected a list, or a range as in {{ log = [0.01, 3.0], n = 6 }}")
    kind = "log" if "log" in value else "linear"
    ends, count = value[kind], value.get("n")
    numbers = [end for end in ends if type(end) in (int, float)] if type(ends) is list else []
    if set(value) != {kind, "n"} or numbers != ends or len(numbers) != 2:
        raise UsageError(f"{key}: expected {{ {kind} = [first, last], n = 6 }}")
    first, last = map(float, numbers)
    if not (isinstance(count, int) and 2 <= count <= MOST_RUNS):
        raise UsageError(f"{key}: n: expected a whole number of at least 2")
    if not first < last or not math.isfinite(last - first) or (kind == "log" and first <= 0):
        above = ", both above 0" if kind == "log" else ""
        raise UsageError(f"{key}: expected a first value below the last one{above}")
    shares = [index / (count - 1) for index in range(count)]
    if kind == "log":
        values = [first * (last / first) ** share for share in shares]
    else:
        values = [first + (last - first) * share for share in shares]
    return Axis(key, tuple(_rounded(each) for each in values), is_log=kind == "log")


def _rounded(value: float) -> float:
    return float(f"{value:.{_SIGNIFICANT}g}")
