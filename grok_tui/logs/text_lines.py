"""Lines that people print while they train: `step 2000: train loss 1.76, val loss 1.88`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grok_tui.logs.block import Block, block_of_rows
from grok_tui.logs.cells import MAX_NAME, text_number
from grok_tui.logs.line_patterns import LinePatterns
from grok_tui.logs.metric_words import metric_of
from grok_tui.logs.numbers import is_step
from grok_tui.logs.source import Mark

MAX_LINE = 4096
"""Bytes of a line that are looked at: a longer one is no line of metrics."""
MAX_WORDS = 3
"""Words of a name, as in `val top1 acc 0.5`."""
# Each word in a line that is followed by a step, and the column it becomes.
_STEP_WORDS = {
    **dict.fromkeys(("step", "steps", "global_step"), "step"),
    **dict.fromkeys(("iter", "iteration", "it", "update"), "iter"),
    **dict.fromkeys(("epoch", "ep"), "epoch"),
}
_MEASURES = frozenset({"lr", "ppl", "perplexity", "norm", "reward", "score", "f1", "auc", "mfu"})
"""Words that name a number even where neither `:` nor `=` stands between them."""
_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL"})
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|['\"]")
_TOKEN = re.compile(
    r"(?P<number>(?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?%?(?!\w|\.\d|:\d)"
    r"|\b(?i:nan|inf)\b)"
    r"|(?P<word>[A-Za-z_][\w./@]*)|(?P<link>[:=])|(?P<open>[\[(#])|(?P<over>/)|(?P<other>\S)"
)


class TextLines:
    """Rows of the numbers in lines of text; a line without a step belongs to the last one."""

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        """Look for pairs of a name and a number, or for the named groups of regular expressions.

        Args:
            patterns: regular expressions, of which the first that matches a line counts. A group
                is a metric, or the step if it is called `step`, `iter` or `epoch`.

        Raises:
            UsageError: one is none, names no group, or could take for ever.
        """
        self._patterns = LinePatterns(patterns)
        self._has_patterns = bool(patterns)
        self._steps: dict[str, float] = {}
        self._first_epoch: float | None = None

    def decode(self, lines: Sequence[bytes]) -> Block:
        """Return the rows in the lines that come next."""
        return block_of_rows(map(self._row, lines))

    def mark(self) -> Mark:
        """Return the step at which the next line stands."""
        return {"steps": self._steps, "first_epoch": self._first_epoch}

    def resume(self, mark: Mark) -> None:
        """Go on at a step.

        Raises:
            TypeError, ValueError: a mark of something else.
        """
        self._steps = {str(name): float(step) for name, step in dict(mark["steps"]).items()}
        first = mark["first_epoch"]
        self._first_epoch = None if first is None else float(first)

    def _row(self, line: bytes) -> dict[str, float]:
        """Return the numbers of a line and the steps it stands at; none if it has no metrics."""
        shown = line.rstrip(b"\r").rpartition(b"\r")[2]  # a progress bar is drawn over
        if len(shown) > MAX_LINE:
            return {}
        text = _ESCAPE.sub("", shown.decode("utf-8", "replace"))
        steps, metrics = self._by_patterns(text) if self._has_patterns else self._pairs(text)
        self._steps |= steps
        return {**self._steps, **metrics} if metrics and self._steps else {}

    def _by_patterns(self, text: str) -> tuple[dict[str, float], dict[str, float]]:
        groups = {n: text_number(c) for n, c in self._patterns.groups(text).items() if c}
        numbers = {name: value for name, value in groups.items() if value is not None}
        steps = {n: v for n, v in numbers.items() if n in _STEP_WORDS and is_step(v)}
        return steps, {n: v for n, v in numbers.items() if n not in _STEP_WORDS}

    def _pairs(self, text: str) -> tuple[dict[str, float], dict[str, float]]:
        """Return the steps and the metrics among the pairs of a name and a number in a line."""
        steps: dict[str, float] = {}
        totals: dict[str, float] = {}
        metrics: dict[str, float] = {}
        words: list[str] = []
        is_linked, stepped = False, ""
        for token in _TOKEN.finditer(text):
            kind, found = token.lastgroup, token.group()
            step = _STEP_WORDS.get(words[-1].lower(), "") if words else ""
            if kind == "number":
                value = text_number(found)
                if stepped.endswith("/"):
                    totals[stepped[:-1]] = value or 0.0
                elif step and value is not None and is_step(value):
                    steps.setdefault(step, value)
                elif words and value is not None and _names(words, is_linked):
                    metrics.setdefault(" ".join(words)[:MAX_NAME], value)
                stepped = step if not stepped else ""
                words, is_linked = [], False
            elif kind == "word":
                words = [*([] if is_linked else words), found.rstrip("./")][-MAX_WORDS:]
                words = [word for word in words if word not in _LEVELS]
                is_linked, stepped = False, ""
            elif kind == "link":
                is_linked, stepped = bool(words), ""
            elif kind == "over" and stepped:
                stepped += "/"
            elif not (kind == "open" and step):
                words, is_linked, stepped = [], False, ""
        return self._over_all(steps, totals), metrics

    def _over_all(self, steps: dict[str, float], totals: dict[str, float]) -> dict[str, float]:
        """Return steps counted over all epochs, in a line such as `Epoch [2/9], Step [5/600]`."""
        epoch, total = steps.get("epoch"), totals.get("step", totals.get("iter"))
        if epoch is None:
            return steps
        first = self._first_epoch = epoch if self._first_epoch is None else self._first_epoch
        if total is None:
            return steps
        return {n: v if n == "epoch" else (epoch - first) * total + v for n, v in steps.items()}


def _names(words: Sequence[str], is_linked: bool) -> bool:
    """Return whether words before a number are its name, and not a sentence."""
    return is_linked or metric_of(" ".join(words)) is not None or words[-1].lower() in _MEASURES
