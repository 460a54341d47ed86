"""Presets: configs that ship with the program, or lie in a TOML file of the user's own."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grok_tui import paths
from grok_tui.config.document import read_toml
from grok_tui.config.settings import Expected, Preset, Source
from grok_tui.config.tree import Tree, parse_tree, to_tree
from grok_tui.errors import UsageError, unknown

NEUTRAL = ("name", "seed", "device", "log", "checkpoint", "complexity")
"""Settings and sections that a preset's bands hold for whatever they are."""


def is_neutral(key: str) -> bool:
    """Return whether a change of this dotted key leaves what a preset is expected to show."""
    return key.partition(".")[0] in NEUTRAL


def preset_names() -> list[str]:
    """Return the names of the presets that ship with the program."""
    return sorted(path.stem for path in paths.presets().glob("*.toml"))


def load_preset(name: str) -> Preset:
    """Load a preset by its name, or any TOML file by its path.

    Raises:
        UsageError: there is no such preset or file, or it is not valid.
    """
    path = Path(name) if name.endswith(".toml") else paths.presets() / f"{name}.toml"
    if not name.endswith(".toml") and name not in preset_names():
        raise unknown("preset", name, preset_names())
    tree = read_toml(path)
    if "axes" in tree:
        raise UsageError(f"{path} is a sweep: grok-tui sweep {path}")
    try:
        source = msgspec.convert(tree.pop("source", None), Source | None)
        expected = msgspec.convert(tree.pop("expected", None), Expected | None)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {error}") from None
    config = parse_tree({"name": path.stem, **tree}, str(path))
    return Preset(name=path.stem, config=config, source=source, expected=expected)


def to_toml(preset: Preset) -> str:
    """Return a preset with every default written out, as TOML that `load_preset` reads."""
    import tomli_w  # only `grok-tui presets NAME` writes TOML

    tree = to_tree(preset.config)
    for section, value in (("source", preset.source), ("expected", preset.expected)):
        if value is not None:
            tree[section] = msgspec.to_builtins(value)
    return tomli_w.dumps(_given(tree))


def _given(tree: Tree) -> Tree:
    """Return a tree without what is not given: TOML has no word for it."""
    return {
        key: _given(value) if isinstance(value, dict) else value
        for key, value in tree.items()
        if value is not None
    }
