"""What a run is asked to do: one typed tree, read from TOML, from run.json and from `key=value`.

The tree is validated in one place, before anything is created, so that a typo costs one line and
not a run.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from grok_tui import paths
from grok_tui.errors import UsageError, unknown

# The upper bounds are there to refuse infinity.
Positive: TypeAlias = Annotated[float, Meta(gt=0, le=1e12)]
NotNegative: TypeAlias = Annotated[float, Meta(ge=0, le=1e12)]
Share: TypeAlias = Annotated[float, Meta(gt=0, lt=1)]
Count: TypeAlias = Annotated[int, Meta(ge=1)]
LastStep: TypeAlias = Annotated[int, Meta(ge=1, le=10**12)]
Band: TypeAlias = tuple[float, float]
Tree: TypeAlias = dict[str, Any]


class ModularTask(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="modular"
):
    """Arithmetic on all ordered pairs of residues: `a operation b (mod modulus)`."""

    operation: Literal["add", "subtract", "multiply"] = "add"
    """What is done to the two numbers."""
    modulus: Annotated[int, Meta(ge=2, le=2000)] = 53
    """How many numbers there are; the table has modulus² entries."""
    train_fraction: Share = 0.5
    """Share of all pairs that is trained on; the rest is the test set.

    A pair and its mirror image are different entries here: they may straddle the split.
    """


class MLP(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="mlp"
):
    """Multilayer perceptron on one-hot operands, without biases."""

    activation: Literal["quadratic", "relu"] = "quadratic"
    """Non-linearity after each hidden layer; `quadratic` is x²."""
    width: Annotated[int, Meta(ge=1, le=16_384)] = 128
    """Units of each hidden layer."""
    depth: Annotated[int, Meta(ge=1, le=64)] = 1
    """Number of hidden layers."""


class AdamW(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="adamw"
):
    """Adam with decoupled weight decay."""

    lr: Positive = 1e-2
    """Learning rate after the warm-up."""
    weight_decay: NotNegative = 0.3
    """Decoupled decay: each step shrinks the weights by lr · weight_decay."""
    betas: tuple[Annotated[float, Meta(ge=0, lt=1)], Annotated[float, Meta(ge=0, lt=1)]] = (
        0.9,
        0.98,
    )
    """Decay rates of the two moment estimates."""
    warmup: Annotated[int, Meta(ge=0)] = 10
    """Steps over which the learning rate rises linearly from 0."""


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the network is evaluated: dense at first, then log-spaced with a bounded gap."""

    dense_until: Annotated[int, Meta(ge=0)] = 64
    """Every step up to this one is evaluated."""
    growth: Annotated[float, Meta(ge=1, le=1000)] = 1.02
    """After that, each evaluation is this many times later than the one before it."""
    max_gap: Count = 10
    """Steps between two evaluations at most, so that no transition falls between them."""


class Complexity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which complexity measures are taken during training, and what they may cost."""

    measures: tuple[Literal["weight_norm", "mdl"], ...] = ("weight_norm", "mdl")
    """Names of measures."""
    per_decade: Annotated[int, Meta(ge=1, le=1000)] = 12
    """Measurements in each tenfold of steps, evenly spaced on a log scale."""
    time_share: Share = 0.05
    """Share of the run's whole time that measuring may take; beyond it points are skipped."""


class Checkpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the whole state is saved, so that a run can go on after its process is gone."""

    every: Count = 500
    """Steps between two checkpoints; one is also taken when the run ends."""
    keep: Annotated[int, Meta(ge=1, le=1000)] = 3
    """The newest ones that are kept."""
    keep_every: Annotated[int, Meta(ge=0)] = 0
    """Those of steps that are multiples of it are kept for good; 0 keeps none of them."""
    pause_on_full_disk: bool = False
    """Whether a run pauses when the disk is full, in place of going on without being recorded."""


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a preset's setting comes from."""

    title: str
    """The experiment in one line."""
    follows: str
    """What it follows: a paper, or a measurement of this project."""
    arxiv: str | None = None
    """arXiv identifier of the paper, where there is one."""
    differs: str | None = None
    """What differs from the source."""


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a correct run of a preset shows, as bands over seeds."""

    verdict: str
    """The verdict in the words that `grok-tui detect` uses."""
    memorised_step: Band | None = None
    """First and last step at which seeds were seen to have fitted the training set."""
    grok_step: Band | None = None
    """First and last step that the verdict gave as the grok step."""
    test_accuracy: Band | None = None
    """Test accuracy at the end."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a run is asked to do."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] = "run"
    """What the run is called in lists."""
    steps: LastStep = 4000
    """Optimiser steps until the run is finished."""
    seed: Annotated[int, Meta(ge=0, le=2**53)] = 0
    """Seed of the split, of the initial weights and of everything else that is random."""
    device: Annotated[str, Meta(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    """Where to compute: auto, cpu, cuda:N or mps. `auto` takes a CUDA GPU where there is one."""
    task: ModularTask = msgspec.field(default_factory=ModularTask)
    model: MLP = msgspec.field(default_factory=MLP)
    optimizer: AdamW = msgspec.field(default_factory=AdamW)
    log: Log = msgspec.field(default_factory=Log)
    complexity: Complexity = msgspec.field(default_factory=Complexity)
    checkpoint: Checkpoint = msgspec.field(default_factory=Checkpoint)


class Preset(Struct, frozen=True, kw_only=True):
    """A config under a name, with its source and what it should show."""

    name: str
    config: Config
    source: Source | None = None
    expected: Expected | None = None


def parse_tree(tree: Mapping[str, Any], where: str = "") -> Config:
    """Validate a plain tree of values.

    Raises:
        UsageError: a key is unknown or a value has the wrong type or range; `where` names the
            file that it came from.
    """
    for key in _leaves(tree):
        if key not in KEYS:
            raise unknown(f"setting in {where}" if where else "setting", key, KEYS)
    try:
        return msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {_plain(error)}" if where else _plain(error)) from None


def to_tree(config: Config) -> Tree:
    """Return the config as plain values, for JSON and TOML."""
    tree: Tree = msgspec.to_builtins(config)
    return tree


def change(config: Config, assignments: Sequence[str]) -> tuple[Config, Tree]:
    """Apply `key=value` assignments.

    Returns:
        The new config, and the changes as {dotted key: value}.

    Raises:
        UsageError: an assignment has no `=`, an unknown key, or a value that does not fit.
    """
    tree, changes = to_tree(config), Tree()
    for assignment in assignments:
        key, equals, raw = assignment.partition("=")
        if not equals:
            raise UsageError(f"expected key=value, got {assignment!r}, as in optimizer.lr=0.001")
        if key not in KEYS:
            raise unknown("setting", key, KEYS)
        *sections, leaf = key.split(".")
        node = tree
        for section in sections:
            node = node[section]
        node[leaf] = changes[key] = _value(raw, like=node[leaf])
    return parse_tree(tree), changes


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
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    try:
        source = msgspec.convert(tree.pop("source", None), Source | None)
        expected = msgspec.convert(tree.pop("expected", None), Expected | None)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {_plain(error)}") from None
    config = parse_tree({"name": path.stem, **tree}, str(path))
    return Preset(name=path.stem, config=config, source=source, expected=expected)


def to_toml(preset: Preset) -> str:
    """Return a preset with every default written out, as TOML that `load_preset` reads."""
    import tomli_w  # only `grok-tui presets NAME` writes TOML

    tree = to_tree(preset.config)
    for section, value in (("source", preset.source), ("expected", preset.expected)):
        if value is not None:
            plain = msgspec.to_builtins(value)
            tree[section] = {key: entry for key, entry in plain.items() if entry is not None}
    return tomli_w.dumps(tree)


def _value(raw: str, like: Any) -> Any:
    """Read a value as TOML would; what is no TOML value, or replaces text, is plain text."""
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return raw
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
    "`bool`": "true or false",
}


def _plain(error: msgspec.ValidationError) -> str:
    """Turn msgspec's `Expected … - at `$.a.b`` into `a.b: expected …`, in a user's words."""
    what, _, where = str(error).partition(" - at `$.")
    key = where.rstrip("`").partition("[")[0]
    choices = CHOICES.get(key)
    what = f"expected one of {', '.join(choices)}" if choices else what[:1].lower() + what[1:]
    for theirs, ours in _WORDS.items():
        what = what.replace(theirs, ours)
    return f"{key}: {what}" if key else what


def _choices(struct: type[Struct], prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every key whose values are a closed set of words, with the words."""
    for field in msgspec.inspect.type_info(struct).fields:  # type: ignore[attr-defined]
        kind = field.type.item_type if hasattr(field.type, "item_type") else field.type
        if isinstance(kind, msgspec.inspect.StructType):
            yield from _choices(kind.cls, f"{prefix}{field.name}.")
            yield f"{prefix}{field.name}.kind", (str(kind.tag),)
        elif isinstance(kind, msgspec.inspect.LiteralType):
            yield prefix + field.name, tuple(map(str, kind.values))


CHOICES: dict[str, tuple[str, ...]] = {
    **dict(_choices(Config)),
    "device": ("auto", "cpu", "cuda", "cuda:N", "mps"),
}
"""The keys that take one of a few words, with the words."""

LIVE_KEYS = ("optimizer.lr", "optimizer.weight_decay")
"""Settings that each step looks up anew, so that they can be changed between two."""

KEYS = tuple(_leaves(to_tree(Config())))
"""Every dotted key that a config has."""
