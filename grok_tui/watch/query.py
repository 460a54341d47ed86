"""The small language in which runs are looked for: `grokked wd>0.5 task:add -tag:old`.

All terms must hold. A term is a word (a verdict, a state, a flag, or part of a name), `key:text`,
or `key=value` with `=`, `!=`, `<`, `<=`, `>` or `>=`; a dash before it turns it round.
"""

from __future__ import annotations

import operator
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from grok_tui.analysis.verdict import Outcome
from grok_tui.errors import UsageError, unknown
from grok_tui.runs.record import State
from grok_tui.watch.settings import SHORT
from grok_tui.watch.view import RunView

Test: TypeAlias = Callable[[RunView], bool]

ALIASES = {short: key for key, short in SHORT.items()}

NUMBERS: dict[str, Callable[[RunView], float | None]] = {
    "step": lambda run: run.step,
    "train": lambda run: run.curve("train/accuracy").last,
    "test": lambda run: run.curve("test/accuracy").last,
    "train_loss": lambda run: run.curve("train/loss").last,
    "test_loss": lambda run: run.curve("test/loss").last,
    "memorised": lambda run: run.verdict.memorised_step,
    "grok": lambda run: run.verdict.grok.step if run.verdict.grok else None,
    "delay": lambda run: run.verdict.delay_ratio,
}
"""What is measured of a run, by the word for it."""

TEXTS: dict[str, Callable[[RunView], tuple[str, ...]]] = {
    "name": lambda run: (run.id, run.name, run.notes.name),
    "note": lambda run: (run.notes.note,),
    "state": lambda run: (str(run.status.state),),
    "verdict": lambda run: (str(run.verdict.outcome),),
    "preset": lambda run: (run.preset or "",),
    "host": lambda run: (run.host or "",),
    "device": lambda run: (run.device or "",),
    "parent": lambda run: (run.parent or "",),
}
"""What `key:text` looks into, beside tags and the settings."""

FLAGS: dict[str, Test] = {
    "live": lambda run: run.is_growing,
    "starred": lambda run: run.notes.star,
    "archived": lambda run: run.notes.archived,
    "tagged": lambda run: bool(run.notes.tags),
    "forked": lambda run: run.parent is not None,
    "sample": lambda run: run.is_sample,
}
"""Words that are true or not."""

OUTCOMES = {**{str(each): each for each in Outcome}, "partly": Outcome.PARTIALLY_GROKKED}
STATES = {str(each): each for each in State}
WORDS = (*OUTCOMES, *STATES, *FLAGS)

_COMPARISON = re.compile(r"([^<>=!:]+)(<=|>=|!=|=|<|>)(.*)", re.DOTALL)
_CONTAINS = re.compile(r"([A-Za-z_.]+):(.*)", re.DOTALL)
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([kKMG]?)", re.ASCII)
_UNITS = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Query:
    """What runs must be like."""

    tests: tuple[Test, ...] = ()
    words: tuple[str, ...] = ()
    """Words that are looked for in names, since they mean nothing else."""
    asks_archived: bool = False
    """Whether runs that were archived are asked for, which lists leave out otherwise."""

    def matches(self, run: RunView) -> bool:
        """Return whether a run is like that."""
        return all(test(run) for test in self.tests)


def parse(text: str, settings: Collection[str]) -> Query:
    """Read a query.

    Args:
        text: what somebody typed; an empty one matches all runs.
        settings: the dotted keys that runs have.

    Raises:
        UsageError: it makes no sense; the message says why.
    """
    try:
        terms = shlex.split(text)
    except ValueError:
        raise UsageError('a quote is not closed, as in name:"two words"') from None
    tests, words = [], []
    for term in terms:
        is_not, bare = (True, term[1:]) if term.startswith("-") else (False, term)
        if not bare:
            raise UsageError("a dash turns the term behind it round, as in -collapsed")
        test = _test(bare, settings)
        if test is None:
            words.append(bare)
            test = _is_named(bare)
        tests.append(_inverted(test) if is_not else test)
    asks_archived = any("archived" in term for term in terms)
    return Query(tuple(tests), tuple(words), asks_archived)


def _inverted(test: Test) -> Test:
    return lambda run: not test(run)


def _test(term: str, settings: Collection[str]) -> Test | None:
    """Return what a term asks; nothing for a word without a meaning of its own."""
    if match := _CONTAINS.fullmatch(term):
        return _contains(match[1], match[2], settings)
    if match := _COMPARISON.fullmatch(term):
        return _compares(match[1], match[2], match[3], settings)
    if term in FLAGS:
        return FLAGS[term]
    if term in OUTCOMES:
        outcome = OUTCOMES[term]
        return lambda run: run.verdict.outcome is outcome
    if term in STATES:
        state = STATES[term]
        return lambda run: run.status.state is state
    if any(sign in term for sign in "<>=!"):
        raise UsageError(f"{term!r}: expected a word before the sign, as in wd>0.5")
    return None


def _is_named(word: str) -> Test:
    wanted = word.lower()

    def test(run: RunView) -> bool:
        notes = run.notes
        names = (run.id, notes.name, run.preset or "", *notes.tags)
        return any(wanted in name.lower() for name in names)

    return test


def _contains(key: str, text: str, settings: Collection[str]) -> Test:
    wanted = text.lower()
    if not wanted:
        raise UsageError(f"{key}: expected a text behind the colon, as in {key}:add")
    if key == "tag":
        return lambda run: any(tag.lower() == wanted for tag in run.notes.tags)
    if key in TEXTS:
        read = TEXTS[key]
        return lambda run: any(wanted in found.lower() for found in read(run))
    if any(each.startswith(f"{key}.") for each in settings):
        return lambda run: any(wanted in str(v).lower() for v in _values(run.config.get(key)))
    known = (*TEXTS, "tag", *{each.partition(".")[0] for each in settings if "." in each})
    if _settings_named(key, settings):
        name = _the_setting(key, settings)
        return lambda run: wanted in str(run.setting(name)).lower()
    raise unknown("text to look into", key, known)


def _values(section: Any) -> Iterable[Any]:
    """Return the texts of a section; its numbers are asked for by their own names."""
    values = section.values() if isinstance(section, Mapping) else ()
    return (value for value in values if isinstance(value, str))


def _compares(key: str, sign: str, text: str, settings: Collection[str]) -> Test:
    if key in NUMBERS:
        return _number_test(key, NUMBERS[key], sign, text)
    if key in TEXTS:
        return _text_test(key, TEXTS[key], sign, text)
    name = _the_setting(key, settings)
    match = _NUMBER.fullmatch(text)
    if match or sign not in ("=", "!="):
        return _number_test(key, lambda run: _as_number(run.setting(name)), sign, text)
    return _text_test(key, lambda run: (_as_text(run.setting(name)),), sign, text)


def _number_test(key: str, read: Callable[[RunView], float | None], sign: str, text: str) -> Test:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise UsageError(f"{key}{sign}: expected a number, got {text!r}, as in {key}{sign}0.5")
    wanted, compare = float(match[1]) * _UNITS[match[2]], _OPERATORS[sign]

    def test(run: RunView) -> bool:
        value = read(run)
        return value is not None and compare(value, wanted)

    return test


def _text_test(key: str, read: Callable[[RunView], tuple[str, ...]], sign: str, text: str) -> Test:
    if sign not in ("=", "!="):
        raise UsageError(f"{key} is a text: it can be = or != {text!r}")
    wanted = text.lower()
    return lambda run: any(found.lower() == wanted for found in read(run)) is (sign == "=")


def _as_number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str("" if value is None else value)


def _settings_named(key: str, settings: Collection[str]) -> list[str]:
    key = ALIASES.get(key, key)
    if key in settings:
        return [key]
    return sorted(each for each in settings if each.rpartition(".")[2] == key)


def _the_setting(key: str, settings: Collection[str]) -> str:
    """Return the setting that a key means, by its whole name, its last part, or a short one."""
    found = _settings_named(key, settings)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{key} means {', '.join(found)}: give one of them")
    leaves = {each.rpartition(".")[2] for each in settings}
    raise unknown("setting or measure", key, {*ALIASES, *NUMBERS, *TEXTS, *leaves})
