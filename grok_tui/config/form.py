"""The settings of a config as the lines of a form: what each is, may be, and is for."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from grok_tui.config.settings import Config
from grok_tui.config.tree import VARIANTS, to_tree

_DEVICES = ("auto", "cpu", "cuda", "mps")
_CUSTOM = "custom"
_ENDLESS = 1e6
"""Bounds from here on are there to refuse what nobody means."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    key: str
    """Its dotted key."""
    value: Any
    expects: str
    """What it may be, in a few words."""
    choices: tuple[str, ...]
    """All that it may be, where that can be listed."""
    about: str
    """What it is for."""


def fields_of(config: Config) -> list[Field]:
    """Return all settings that a config of these kinds has, in the order of its types."""
    tree = to_tree(config)
    found: list[Field] = []
    for field in msgspec.inspect.type_info(Config).fields:  # type: ignore[attr-defined]
        value = getattr(config, field.name)
        if not isinstance(value, Struct):
            found.append(_field(field, field.name, value, _abouts(Config)))
            continue
        found += _section(field.name, value, tree[field.name])
    return found


def _section(name: str, section: Struct, tree: dict[str, Any]) -> Iterator[Field]:
    if name in VARIANTS:
        kinds = tuple(kind for kind in VARIANTS[name] if kind != _CUSTOM)
        about = inspect.getdoc(type(section)) or ""
        expects = f"one of {len(kinds)} kinds"
        yield Field(f"{name}.kind", tree["kind"], expects, kinds, _flowing(about))
    if tree.get("kind") and ":" in str(tree["kind"]):
        for option, value in tree.items():
            if option != "kind":
                yield Field(f"{name}.{option}", value, "an option of your own", (), "")
        return
    abouts = _abouts(type(section))
    for field in msgspec.inspect.type_info(type(section)).fields:  # type: ignore[attr-defined]
        yield _field(field, f"{name}.{field.name}", getattr(section, field.name), abouts)


def _field(field: Any, key: str, value: Any, abouts: dict[str, str]) -> Field:
    about = abouts.get(field.name, "")
    if key == "device":
        return Field(key, value, " | ".join(_DEVICES), _DEVICES, about)
    return Field(key, value, _words(field.type), _choices(field.type), about)


def _choices(kind: Any) -> tuple[str, ...]:
    if isinstance(kind, msgspec.inspect.LiteralType):
        return tuple(map(str, kind.values))
    return ("false", "true") if isinstance(kind, msgspec.inspect.BoolType) else ()


def _words(kind: Any) -> str:
    """Return what a type takes, in a user's words."""
    types: Any = msgspec.inspect
    if isinstance(kind, types.LiteralType):
        return " | ".join(map(str, kind.values))
    if isinstance(kind, types.UnionType):
        return " or ".join(_words(each) for each in kind.types)
    if isinstance(kind, types.IntType):
        return f"whole number{_bounds(kind)}"
    if isinstance(kind, types.FloatType):
        return f"number{_bounds(kind)}"
    names: dict[Any, str] = {
        types.BoolType: "yes or no",
        types.StrType: "text",
        types.NoneType: "nothing",
        types.TupleType: "list",
        types.VarTupleType: "list",
    }
    return names.get(type(kind), "value")


def _bounds(kind: Any) -> str:
    signs = (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤"))
    parts = []
    for name, sign in signs:
        bound = getattr(kind, name)
        if bound is not None and abs(bound) < _ENDLESS:
            parts.append(f"{sign} {bound:g}")
    return f" {', '.join(parts)}" if parts else ""


@cache
def _abouts(struct: type[Struct]) -> dict[str, str]:
    """Return what the source says below each field of a struct and of those it inherits from."""
    found: dict[str, str] = {}
    for base in reversed(struct.__mro__):
        if base is Struct or not issubclass(base, Struct):
            continue
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        except (OSError, TypeError, SyntaxError):  # the source need not be there
            continue
        assert isinstance(body, ast.ClassDef)
        for field, text in zip(body.body, body.body[1:], strict=False):
            is_field = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            if is_field and is_text:
                found[field.target.id] = _flowing(str(text.value.value))  # type: ignore[attr-defined]
    return found


def _flowing(text: str) -> str:
    return " ".join(text.split())
