"""Keys that a person has given to actions, checked before they are used."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from grok_tui.errors import unknown
from grok_tui.text import safe
from grok_tui.tui.commands import Command

_MODIFIERS = ("ctrl", "shift", "alt", "super", "meta", "hyper")
_NAMES = frozenset(key.value for key in Keys if not key.value.startswith("<")) | frozenset(
    KEY_NAME_REPLACEMENTS.values()
)


def checked(
    wanted: Mapping[str, str], screens: Sequence[Sequence[Command]]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the keys that can be given to actions, and why others cannot, one line each.

    Args:
        wanted: keys as Textual names them, separated by commas, by the id of an action.
        screens: the actions of each screen. A key must not call two actions of one screen; what
            would make it do so is left at its usual key.
    """
    ids = {command.id for commands in screens for command in commands}
    given: dict[str, str] = {}
    problems = []
    for name, keys in wanted.items():
        normal = [_normal(key.strip()) for key in keys.split(",")] if keys.strip() else []
        wrong = next((key for key in normal if not _exists(key)), None)
        if name not in ids:
            problems.append(f"keys: {safe(unknown('action', name, ids))}")
        elif wrong is not None or not normal:
            example = 'as in "L", "f5" or "ctrl+l"'
            problems.append(f"keys: {name}: there is no key {safe(wrong or '')!r}; {example}")
        else:
            given[name] = ",".join(normal)
    return _without_clashes(given, screens, problems)


def _without_clashes(
    given: dict[str, str], screens: Sequence[Sequence[Command]], problems: list[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Leave out what would take a key that another action of the same screen has."""
    while (clash := _clash(given, screens)) is not None:
        key, name, other = clash
        problems.append(f"keys: {name}: {key} belongs to {other} already, so it keeps its own")
        del given[name]
    return given, tuple(problems)


def _clash(
    given: Mapping[str, str], screens: Sequence[Sequence[Command]]
) -> tuple[str, str, str] | None:
    """Return a key with the remapped action that may not have it, and the one that has it."""
    for commands in screens:
        owners: dict[str, str] = {}
        for command in sorted(commands, key=lambda command: command.id in given):
            for key in given.get(command.id, command.keys).split(","):
                owner = owners.setdefault(_normal(key), command.id)
                if owner != command.id and command.id in given:
                    return key, command.id, owner
    return None


def _normal(key: str) -> str:
    """Return a key as Textual calls it: `?` is question_mark."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _exists(key: str) -> bool:
    *modifiers, last = key.split("+")
    if any(modifier not in _MODIFIERS for modifier in modifiers):
        return False
    if last in _NAMES or (len(last) == 1 and last.isalnum()):
        return True
    try:
        return unicodedata.lookup(last.replace("_", " ")).isascii()  # question_mark, and no banana
    except KeyError:
        return False
