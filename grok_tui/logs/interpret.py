"""From a log's own names to what they mean: train and test, accuracy and loss, shares of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import cast

import numpy as np

from grok_tui.logs.columns import METRICS, PERCENT_ABOVE, Columns, Meaning
from grok_tui.logs.correction import Correction
from grok_tui.logs.metric_words import is_error_rate
from grok_tui.logs.numbers import LARGEST_STEP, whole_number
from grok_tui.logs.source import Batch, Column, Mark, ResumableSource, Source
from grok_tui.text import safe

MAX_RESTARTS = 10
"""So often a log is read again because a later row told what its columns mean."""
MOST_SHOWN = 2000
"""Names of metrics that are offered to whoever corrects their meaning."""


class Interpreted:
    """A source whose metrics have the four canonical names where they mean them.

    A percent scale shows late in a log that starts near zero, and so does a test column where the
    test set is seldom evaluated: then the log is opened anew.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        overrides: Mapping[str, str] | None = None,
        *,
        correction: Correction | None = None,
    ) -> None:
        """Read what `open_source` opens.

        Args:
            open_source: opens the log at its start; called again when it has to be read anew.
            overrides: the log's own name → canonical name, or nothing for none of them; wins over
                what is guessed.
            correction: what a person said of it; wins over all that is guessed, too.
        """
        correction = correction or Correction()
        self._open_source = open_source
        self._overrides = {**correction.names(), **(overrides or {})}
        self._step, self._scale = correction.step(), correction.scale
        self._source = open_source()
        self._has_given = False
        self._is_at_end = False
        self._forget()

    def _forget(self) -> None:
        """Know nothing of the names: it is another log now."""
        self._columns = Columns()
        self._names: dict[str, None] = {}
        self._meaning = Meaning()
        self._canonical: dict[str, str] = {}
        self._percent = self._scale == "percent"
        self._restarts = 0

    @property
    def names(self) -> list[str]:
        """The log's own names of all metrics so far, in the order of their first appearance."""
        return list(self._names)

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The first of these names, safe to show."""
        return tuple(safe(name) for name in islice(self._names, MOST_SHOWN))

    @property
    def meaning(self) -> Meaning:
        """What the metrics so far mean."""
        step = self._step if self._step in self._names else None
        step = step or getattr(self._source, "step_name", None)
        return replace(self._meaning, step=step, time=None)

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return what is new.

        Raises:
            OSError: the log cannot be read now.
        """
        rewound = False
        while True:
            batch = self._source.read(max_rows, max_seconds)
            if batch.rewound:
                rewound, self._has_given = True, False
                if self._is_at_end:  # it may have been replaced; else it only found its step
                    self._forget()
                self._is_at_end = False
            if self._learn(batch.columns):
                break
            self._source = self._open_source()
            rewound, self._has_given, self._is_at_end = True, False, False
        self._is_at_end = not batch.more
        self._has_given = self._has_given or bool(batch.columns)
        columns = self._interpreted(self._at_steps(batch.columns))
        return replace(batch, columns=columns, rewound=rewound)

    def _at_steps(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the rows at the steps that a column says, if a person said that it is the step."""
        if self._step is None or self._step not in self._names:
            return columns
        given = columns.get(self._step)
        if given is None:
            return {}
        good = np.abs(given.values) <= LARGEST_STEP  # false for not-a-number
        rows, steps = given.rows[good], given.values[good]
        moved = {}
        for name, column in columns.items():
            places = np.searchsorted(rows, column.rows)
            has_step = places < len(rows)
            has_step[has_step] = rows[places[has_step]] == column.rows[has_step]
            if name != self._step and has_step.any():
                moved[name] = Column(
                    column.rows[has_step],
                    steps[places[has_step]],
                    column.times[has_step],
                    column.values[has_step],
                )
        return moved

    def _learn(self, columns: Mapping[str, Column]) -> bool:
        """Take new values into account; return false when older ones were given in another way."""
        known = dict(self._canonical)
        fresh = [name for name in columns if name not in self._names]
        if fresh and self._restarts < MAX_RESTARTS:
            self._understand(fresh)
        before = self._percent
        self._percent = (
            before
            if self._scale
            else before
            or any(
                bool((column.values > PERCENT_ABOVE).any())
                for name, column in columns.items()
                if _is_accuracy(self._canonical.get(name))
            )
        )
        changed = {
            n for n in self._names if n not in fresh and known.get(n) != self._canonical.get(n)
        }
        if not self._has_given or (not changed and self._percent == before):
            return True
        self._restarts += 1
        return False

    def _understand(self, fresh: Iterable[str]) -> None:
        self._names.update(dict.fromkeys(fresh))
        # By what they are said to be, some help to guess others: `train_acc` has its test set now.
        self._columns.add(filter(None, (self._overrides.get(name, name) for name in fresh)))
        meaning = self._columns.meaning()
        given = {n: self._overrides[n] for n in self._names if self._overrides.get(n)}
        metrics = {c: n for c, n in meaning.metrics.items() if c not in given.values()}
        metrics |= {canonical: name for name, canonical in given.items()}
        self._meaning = replace(meaning, metrics=metrics)
        if given:
            self._meaning = replace(self._meaning, rivals=())
        self._canonical = {name: canonical for canonical, name in metrics.items()}
        for name in self._names:  # one that is called as another one is now, or is not to be
            is_other = name in metrics or (name in METRICS and name in self._overrides)
            if is_other and name not in self._canonical:
                self._canonical[name] = f"{name} (in the log)"

    def _interpreted(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        interpreted: dict[str, Column] = {}
        for name, column in columns.items():
            canonical = self._canonical.get(name, name)
            if _is_accuracy(self._canonical.get(name)):
                shares = column.values / 100 if self._percent else column.values
                column = replace(column, values=1 - shares if is_error_rate(name) else shares)
            interpreted[canonical] = column
        return interpreted

    @property
    def _said(self) -> Mark:
        return {**self._overrides, "": [self._step, self._scale]}

    def mark(self) -> Mark:
        """Return where this stands; one that cannot be resumed if the source has none."""
        mark = getattr(self._source, "mark", None)
        if mark is None:
            return {}
        return {
            "source": mark(),
            "names": list(self._names),
            "overrides": self._said,
            "percent": self._percent,
            "restarts": self._restarts,
        }

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another log now."""
        if not hasattr(self._source, "resume") or mark.get("overrides") != self._said:
            return False
        try:
            names = [name for name in mark["names"] if isinstance(name, str)]
            percent, restarts = bool(mark["percent"]), whole_number(mark["restarts"])
            resumed = cast(ResumableSource, self._source).resume(mark["source"])
        except (KeyError, TypeError, ValueError):  # no mark of ours
            return False
        if resumed:
            self._understand(names)
            self._percent, self._restarts = percent, restarts
            self._has_given = self._is_at_end = True
        return resumed


def _is_accuracy(canonical: str | None) -> bool:
    return canonical is not None and canonical.endswith("/accuracy")
