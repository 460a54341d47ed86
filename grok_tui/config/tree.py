"""The config as a tree of plain values: the same in TOML, in run.json and as `key=value`.

The tree is validated in one place, before anything is created, so that a typo costs one line and
not a run.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, get_args

import msgspec
from msgspec import Struct

from grok_tui.config.fit import why_unfit
from grok_tui.config.models import CustomModel, Model
from grok_tui.config.optimizers import Filter, Optimizer
from grok_tui.config.settings import Config
from grok_tui.config.tasks import CustomTask, Task
from grok_tui.errors import UsageError, unknown

Tree: TypeAlias = dict[str, Any]


def _by_kind(union: Any) -> dict[str, type[Struct]]:
    variants = get_args(union)
    return {str(msgspec.inspect.type_info(variant).tag): variant for variant in variants}  # type: ignore[attr-defined]


VARIANTS: dict[str, dict[str, type[Struct]]] = {
    "task": _by_kind(Task),
    "model": _by_kind(Model),
    "optimizer": _by_kind(Optimizer),
    "filter": _by_kind(Filter),
}
"""The sections whose settings depend on their kind, with the structs of all kinds."""
CUSTOM = {"task": CustomTask, "model": CustomModel}
"""The sections whose kind may be a function of the user's own."""
_CUSTOM_KIND = "custom"
_DEVICES = ("auto", "cpu", "cuda", "cuda:N", "mps")


def parse_tree(tree: Mapping[str, Any], where: str = "") -> Config:
    """Validate a plain tree of values.

    Raises:
        UsageError: a key is unknown, a value has the wrong type or range, or parts do not fit
            together; `where` names the file that it came from.
    """
    tree = {**_default_kinds(), **tree}
    for section in VARIANTS:
        tree[section] = _with_kind(section, tree[section])
    known = keys(tree)
    for key in _leaves(tree):
        if key not in known and not _is_option(tree, key):
            raise unknown(f"setting in {where}" if where else "setting", key, known)
    try:
        config = msgspec.convert({key: _folded(key, value) for key, value in tree.items()}, Config)
    except msgspec.ValidationError as error:
        problem = _plain(error, tree)
    else:
        problem = why_unfit(config) or ""
        if not problem:
            return config
    raise UsageError(f"{where}: {problem}" if where else problem)


def to_tree(config: Config) -> Tree:
    """Return the config as plain values, for JSON and TOML."""
    tree: Tree = msgspec.to_builtins(config)
    return {key: _unfolded(value) for key, value in tree.items()}


def change(config: Config, assignments: Sequence[str]) -> tuple[Config, Tree]:
    """Apply `key=value` assignments.

    Another kind of task, model, optimiser or filter comes with the settings of its own, and keeps
    those that both kinds can have.

    Returns:
        The new config, and the changes as {dotted key: value}.

    Raises:
        UsageError: an assignment has no `=`, an unknown key, or a value that does not fit.
    """
    return _apply(config, [_split(assignment) for assignment in assignments], value_of)


def assign(config: Config, values: Mapping[str, Any]) -> tuple[Config, Tree]:
    """Set settings by dotted key to values as TOML has them; else like `change`."""
    return _apply(config, list(values.items()), lambda value, _like: value)


def _apply(
    config: Config, pairs: list[tuple[str, Any]], read: Callable[[Any, Any], Any]
) -> tuple[Config, Tree]:
    tree, changes = to_tree(config), Tree()
    pairs.sort(key=lambda pair: not _is_kind(pair[0]))  # which keys there are depends on the kinds
    for key, raw in pairs:
        *sections, leaf = key.split(".")
        if _is_kind(key):
            changes[key] = raw = _of_a_package(sections[0], raw)
            tree[sections[0]] = _other_kind(tree[sections[0]], sections[0], raw)
            continue
        if key not in keys(tree) and not _is_option(tree, key):
            raise unknown("setting", key, keys(tree))
        node = tree
        for section in sections:
            node = node[section]
        node[leaf] = changes[key] = read(raw, node.get(leaf))
    return parse_tree(tree), changes


def keys(tree: Mapping[str, Any]) -> set[str]:
    """Return every dotted key that a tree with these kinds may have."""
    found = set[str]()
    for section in _names(Config):
        struct = _struct(section, tree.get(section))
        if struct is None:
            found.add(section)
            continue
        if section in VARIANTS:
            found.add(f"{section}.kind")
        if struct not in CUSTOM.values():
            found |= {f"{section}.{name}" for name in _names(struct)}
    return found


@cache  # msgspec evaluates annotations anew at each call, and a sweep has thousands
def _names(struct: type[Struct]) -> tuple[str, ...]:
    """Return the names of the settings of a section."""
    return tuple(field.name for field in msgspec.structs.fields(struct))


def _default_kinds() -> Tree:
    tree = msgspec.to_builtins(Config())
    return {section: {"kind": tree[section]["kind"]} for section in VARIANTS}


def _with_kind(section: str, value: Any) -> Any:
    """Return a section with its kind, which may be left out; a wrong kind is an error."""
    if not isinstance(value, Mapping):
        return value
    value = {"kind": _default_kinds()[section]["kind"], **value}
    value["kind"] = _of_a_package(section, value["kind"])
    _variant(section, value["kind"])
    return value


def _of_a_package(section: str, kind: Any) -> Any:
    """Return the function `module:function` that an installed package registered as a kind.

    Its entry point is in the group `grok_tui.tasks` or `grok_tui.models`. What is no such kind is
    returned as it is.
    """
    if section not in CUSTOM or not isinstance(kind, str) or kind in VARIANTS[section]:
        return kind
    from importlib.metadata import entry_points  # takes as long as all of config

    found = [point.value for point in entry_points(group=f"grok_tui.{section}s", name=kind)]
    return found[0] if found else kind


def _variant(section: str, kind: Any) -> type[Struct]:
    """Return the struct of a kind; raises UsageError where there is none."""
    if section in CUSTOM and isinstance(kind, str) and ":" in kind:
        return CUSTOM[section]
    found = VARIANTS[section].get(kind) if isinstance(kind, str) else None
    if found is None or kind == _CUSTOM_KIND:
        names = [name for name in VARIANTS[section] if name != _CUSTOM_KIND]
        own = " or module:function" if section in CUSTOM else ""
        raise UsageError(f"{section}.kind: expected one of {', '.join(names)}{own}, got {kind!r}")
    return found


def _struct(name: str, value: Any) -> type[Struct] | None:
    """Return the struct of a section, or nothing for a setting that is none."""
    if name in VARIANTS:
        kind = value.get("kind") if isinstance(value, Mapping) else None
        return _variant(name, kind or _default_kinds()[name]["kind"])
    return _sections().get(name)


@cache
def _sections() -> dict[str, type[Struct]]:
    """Return the structs of all sections; to look into them takes milliseconds."""
    fields = msgspec.inspect.type_info(Config).fields  # type: ignore[attr-defined]
    types = {field.name: field.type for field in fields}
    return {
        name: inner.cls
        for name, inner in types.items()
        if isinstance(inner, msgspec.inspect.StructType)
    }


def _is_kind(key: str) -> bool:
    section, _, leaf = key.partition(".")
    return leaf == "kind" and section in VARIANTS


def _is_option(tree: Mapping[str, Any], key: str) -> bool:
    """Return whether a key is an option of a function of the user's own."""
    section, dot, option = key.partition(".")
    value = tree.get(section)
    if "." in option:
        return False
    is_own = section in CUSTOM and isinstance(value, Mapping) and ":" in str(value.get("kind"))
    return bool(dot) and is_own


def _other_kind(old: Mapping[str, Any], section: str, kind: str) -> Tree:
    struct = _variant(section, kind)
    kept = [
        name for name in _names(struct) if name in old and _takes(struct, kind, name, old[name])
    ]
    return {"kind": kind, **{name: old[name] for name in kept}}


def _takes(struct: type[Struct], kind: str, name: str, value: Any) -> bool:
    """Return whether a kind can have a value that another one had."""
    try:
        msgspec.convert({"kind": kind, name: value}, struct)
    except msgspec.ValidationError:
        return False
    return True


def _folded(section: str, value: Any) -> Any:
    """Return a section of the user's own as its struct has it: a function, and its options."""
    if not (section in CUSTOM and isinstance(value, Mapping) and ":" in str(value.get("kind"))):
        return value
    options = {key: item for key, item in value.items() if key != "kind"}
    return {"kind": _CUSTOM_KIND, "function": value["kind"], "options": options}


def _unfolded(value: Any) -> Any:
    if isinstance(value, Mapping) and value.get("kind") == _CUSTOM_KIND:
        return {"kind": value["function"], **value["options"]}
    return value


def _split(assignment: str) -> tuple[str, str]:
    key, equals, raw = assignment.partition("=")
    if not equals:
        raise UsageError(f"expected key=value, got {assignment!r}, as in optimizer.lr=0.001")
    return key, raw


def value_of(raw: str, like: Any = None) -> Any:
    """Read a value as TOML would; what is no TOML value, or replaces text, is plain text.

    A whole number may be written as 1e5.
    """
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except (ValueError, RecursionError):  # no TOML, or more than anybody means
        return raw
    if type(like) is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return raw if isinstance(like, str) and not isinstance(value, str) else value


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key


_WORDS = {
    "`float`": "a number",
    "`int`": "a whole number",
    "`str`": "text",
    "`array`": "a list",
    "`object`": "a section",
    "`bool`": "true or false",
}


def _plain(error: msgspec.ValidationError, tree: Mapping[str, Any]) -> str:
    """Turn msgspec's `Expected … - at `$.a.b`` into `a.b: expected …`, in a user's words."""
    what, _, where = str(error).partition(" - at `$.")
    key = where.rstrip("`").partition("[")[0]
    choices = _choices(key, tree)
    what = f"expected one of {', '.join(choices)}" if choices else what[:1].lower() + what[1:]
    for theirs, ours in _WORDS.items():
        what = what.replace(theirs, ours)
    return f"{key}: {what}" if key else what


def _choices(key: str, tree: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that a setting is one of; none where it is no such setting."""
    if key == "device":
        return _DEVICES
    section, dot, leaf = key.partition(".")
    struct = _struct(section, tree.get(section)) if dot else Config
    if struct is None:
        return ()
    for field in msgspec.inspect.type_info(struct).fields:  # type: ignore[attr-defined]
        kind = field.type.item_type if hasattr(field.type, "item_type") else field.type
        if field.name == (leaf or section) and isinstance(kind, msgspec.inspect.LiteralType):
            return tuple(map(str, kind.values))
    return ()
