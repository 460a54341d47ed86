"""What somebody is about to start: a preset, what is changed of it, seeds and launcher.

It is one run, several that differ in their seeds, or a sweep as soon as a setting has several
values.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import Any

from grok_tui.analysis.wording import steps
from grok_tui.config import (
    Config,
    Preset,
    Sweep,
    change,
    load_preset,
    parse_seeds,
    parse_sweep,
    several_of,
)
from grok_tui.config.form import Field, fields_of
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.launch.request import Request, request
from grok_tui.tui.wording import duration

SEEDS, LAUNCHER = "seeds", "launcher"
NOW, QUEUE, SLURM = "now", "queue", "slurm"
LAUNCHERS = (NOW, QUEUE, SLURM)
SWEEP_FILE = "sweep.toml"
CHECKED_AT_ONCE = 20
"""Cells that are checked while somebody types; all of them are before anything is made."""
_KIND = ".kind"


@dataclass(slots=True)
class Draft:
    """What is to be started; every change is checked before it is taken."""

    preset: Preset
    changes: dict[str, str] = field(default_factory=dict)
    """What differs from the preset: the text of each value by its dotted key."""
    seeds: str = ""
    """A range of seeds, or nothing for the one of the config."""
    launcher: str = NOW
    axes: dict[str, str] = field(default_factory=dict)
    """Settings with several values, as they were typed: then it is a sweep."""

    @classmethod
    def of(cls, preset: str) -> Draft:
        """Return a draft of a preset as it is; raises UsageError."""
        return cls(load_preset(preset))

    @property
    def config(self) -> Config:
        """What would be trained."""
        return change(self.preset.config, self.assignments)[0]

    @property
    def assignments(self) -> list[str]:
        """The changes as the command line has them."""
        return [f"{key}={value}" for key, value in self.changes.items()]

    def fields(self) -> list[Field]:
        """Return the lines of the form."""
        seeds = Field(
            SEEDS, self.seeds, "FIRST..LAST", (), "A run for each of these seeds, as in 0..7."
        )
        about = (
            "Start now, wait until a place on this machine is free (see `grok-tui queue`), or let"
            " Slurm train."
        )
        launcher = Field(LAUNCHER, self.launcher, " | ".join(LAUNCHERS), LAUNCHERS, about)
        settings = [
            replace(each, value=self.axes.get(each.key, each.value))
            for each in fields_of(self.config)
        ]
        return [seeds, launcher, *settings]

    def is_changed(self, key: str) -> bool:
        """Return whether a line differs from what it is at first."""
        return (
            key in self.changes
            or key in self.axes
            or bool((key == SEEDS and self.seeds) or (key == LAUNCHER and self.launcher != NOW))
        )

    def problem_with(self, key: str, text: str) -> str | None:
        """Return what would be wrong with a value, as the command line says it."""
        try:
            self.changed(key, text)
        except GrokTuiError as error:
            return str(error)
        return None

    def changed(self, key: str, text: str) -> Draft:
        """Return the draft with another value.

        Raises:
            UsageError: the value is wrong, or does not fit the others.
        """
        text = text.strip()
        if key == LAUNCHER:
            if text not in LAUNCHERS:
                raise UsageError(f"launcher: expected one of {', '.join(LAUNCHERS)}, got {text!r}")
            return self._with(launcher=text)
        if key == SEEDS:
            if text:
                parse_seeds(text)
            changes = {k: v for k, v in self.changes.items() if k != "seed" or not text}
            return self._with(changes=changes, seeds=text)
        axes = {k: v for k, v in self.axes.items() if k != key}
        if several_of(text) is not None:
            changes = {k: v for k, v in self.changes.items() if k != key}
            return self._with(changes=changes, axes={**axes, key: text})
        changes = dict(self.changes)
        if key.endswith(_KIND):  # another kind has settings of its own
            section = key.removesuffix(_KIND)
            changes = {k: v for k, v in changes.items() if not k.startswith(f"{section}.")}
        changes[key] = text
        _, found = change(self.preset.config, [f"{k}={v}" for k, v in changes.items()])
        if found[key] == _at_first(self.preset, key):
            del changes[key]
        seeds = "" if key == "seed" else self.seeds
        return self._with(changes=changes, seeds=seeds, axes=axes)

    def _with(self, **parts: Any) -> Draft:
        """Return the draft with other parts; raises UsageError if they are no sweep together."""
        draft = replace(self, **parts)
        if draft.axes:
            draft.sweep(CHECKED_AT_ONCE)
        elif draft.launcher == SLURM and draft.seeds:
            raise UsageError("launcher: Slurm trains several seeds as a sweep; or take queue")
        return draft

    def reset(self, key: str) -> Draft:
        """Return the draft with a line as it is at first.

        Raises:
            UsageError: other changes do not fit that.
        """
        if key in (SEEDS, LAUNCHER):
            return self.changed(key, "" if key == SEEDS else NOW)
        if key in self.axes:
            return self._with(axes={k: v for k, v in self.axes.items() if k != key})
        section = f"{key.removesuffix(_KIND)}." if key.endswith(_KIND) else None
        changes = {
            k: v
            for k, v in self.changes.items()
            if k != key and not (section and k.startswith(section))
        }
        change(self.preset.config, [f"{k}={v}" for k, v in changes.items()])
        return self._with(changes=changes)

    def requests(self) -> list[Request]:
        """Return what is to be made; raises UsageError where this machine lacks what it needs."""
        seeds = parse_seeds(self.seeds) if self.seeds else [None]
        changes, is_here = tuple(self.assignments), self.launcher != SLURM
        return [request(self.preset.name, changes, is_here=is_here, seed=seed) for seed in seeds]

    def sweep(self, most_checked: int | None = None) -> Sweep:
        """Return the sweep that several values of settings make.

        Args:
            most_checked: so many of its cells are checked; all if not given.

        Raises:
            UsageError: they do not fit together.
        """
        return parse_sweep(self.sweep_tree(), most_checked)

    def sweep_tree(self) -> dict[str, Any]:
        """Return what stands in the file of this sweep."""
        _, fixed = change(self.preset.config, self.assignments)
        name = fixed.pop("name", f"{self.preset.name}-sweep")
        seeds = {"seeds": self.seeds} if self.seeds else {}
        axes = {key: several_of(text) for key, text in self.axes.items()}
        settings = {"set": fixed} if fixed else {}
        return {"name": name, "preset": self.preset.name, **seeds, **settings, "axes": axes}

    @property
    def size(self) -> tuple[int, int]:
        """The number of cells, one where it is no sweep, and that of seeds."""
        seeds = len(parse_seeds(self.seeds)) if self.seeds else 1
        return len(self.sweep(0)) if self.axes else 1, seeds

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        if not self.axes:
            return "new run"
        cells, seeds = self.size
        return f"new sweep of {_counted(cells, 'cell')} × {_counted(seeds, 'seed')}"

    @property
    def command(self) -> str:
        """The command line that does the same; of a sweep, once its file is written."""
        if self.axes:
            slurm = " --launcher slurm" if self.launcher == SLURM else ""
            return f"grok-tui sweep {self.sweep_tree()['name']}/{SWEEP_FILE}{slurm}"
        words = ["grok-tui", "train", self.preset.name, *map(shlex.quote, self.assignments)]
        words += ["--seeds", self.seeds] if self.seeds else []
        words += ["--queue"] if self.launcher == QUEUE else []
        words += ["--launcher", "slurm"] if self.launcher == SLURM else []
        return " ".join(words)

    def outlook(self) -> str:
        """Return what is expected of it and what it costs, in a few sentences."""
        return " ".join(part for part in (_expected(self), _cost(self)) if part)


def _at_first(preset: Preset, key: str) -> object:
    return next((each.value for each in fields_of(preset.config) if each.key == key), None)


def _expected(draft: Draft) -> str:
    expected = draft.preset.expected
    if expected is None:
        return "Nothing is known of what it will show."
    verdicts = expected.verdict if isinstance(expected.verdict, tuple) else (expected.verdict,)
    parts = [" or ".join(verdict.replace("_", " ") for verdict in verdicts)]
    for band, words in (
        (expected.memorised_step, "memorises by step"),
        (expected.grok_step, "arrives at step"),
    ):
        if band is not None:
            parts.append(f"{words} {steps(band[0])}–{steps(band[1])}")
    if expected.test_accuracy is not None:
        low, high = expected.test_accuracy
        parts.append(f"test accuracy {low:g}–{high:g}")
    whose = " (of the unchanged preset)" if draft.changes or draft.axes else ""
    return f"Expected{whose}: {', '.join(parts)}."


def _cost(draft: Draft) -> str:
    seconds = draft.preset.expected.cpu_seconds if draft.preset.expected else None
    if seconds is None:
        return ""
    cells, seeds = draft.size
    share = draft.config.steps / draft.preset.config.steps
    each = f" for each of {cells * seeds} runs" if cells * seeds > 1 else ""
    cost = duration(seconds * share)
    return f"Cost: about {cost} on one CPU core{each}, if it goes on as here."


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def text_of(value: object) -> str:
    """Return a value as it is typed: what `key=value` takes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        parts = (f'"{each}"' if isinstance(each, str) else text_of(each) for each in value)
        return f"[{', '.join(parts)}]"
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return "" if value is None else str(value)
