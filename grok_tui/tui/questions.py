"""What is asked before a run is steered, and what makes an answer wrong."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui.analysis.wording import steps as spaced
from grok_tui.config import LIVE_KEYS, change, parse_tree
from grok_tui.errors import GrokTuiError
from grok_tui.watch.view import RunView

if TYPE_CHECKING:
    from grok_tui.report.saving import View


@dataclass(frozen=True, slots=True)
class Question:
    """One line that a person is asked for."""

    title: str
    text: str
    answer: str
    """What stands there at first."""
    check: Callable[[str], str | None]
    """Returns what is wrong with an answer, or nothing."""


def last_step(run: RunView) -> Question:
    """Ask until which step a run is to train; twice as long as now is offered."""
    now = run.steps or 0

    def check(answer: str) -> str | None:
        if not _is_count(answer) or int(answer) <= now:
            return f"a whole number above {now}, please: it trains until step {now} already"
        return None

    title = f"extend {run.id}"
    return Question(title, "Train until which step?", str(2 * now), check)


def more_steps(run: RunView) -> Question:
    """Ask how many steps a run is to make before it pauses."""

    def check(answer: str) -> str | None:
        return None if _is_count(answer) else "a whole number above 0, please"

    title = f"run n steps, then pause {run.id}"
    return Question(title, "How many more steps?", "100", check)


def live_settings(run: RunView) -> Question:
    """Ask for new values of the settings that may change while a run trains."""

    def check(answer: str) -> str | None:
        try:
            _, changed = change(parse_tree(run.config), words(answer))
        except (GrokTuiError, ValueError) as error:
            return str(error)
        fixed = changed.keys() - set(LIVE_KEYS)
        if fixed:
            return f"{min(fixed)} cannot change while it trains: only {' and '.join(LIVE_KEYS)} can"
        return None if changed else "nothing would change"

    now = " ".join(f"{key}={run.setting(key)}" for key in LIVE_KEYS)
    return Question(f"change {run.id}", "Which values from the next step on?", now, check)


def fork(run: RunView) -> Question:
    """Ask what is to differ in a fork."""

    def check(answer: str) -> str | None:
        try:
            _, assignments = fork_answer(answer)
            change(parse_tree(run.config), assignments)
        except (GrokTuiError, ValueError) as error:
            return str(error)
        return None

    text = (
        f"The newest checkpoint is of step {spaced(run.saved_step)}; at=STEP takes another.\n"
        "Which settings differ? As in: optimizer.weight_decay=1 steps=20000 name=patient"
    )
    return Question(f"fork {run.id}", text, "", check)


def where_to_save(view: View) -> Question:
    """Ask for the file that a view is saved in; its ending says as what."""
    from grok_tui.report.saving import problem

    def check(answer: str) -> str | None:
        return problem(view, file_in(answer))

    text = (
        "In which new file? Its ending says what it becomes:\n"
        ".svg .png  the charts    .csv  the numbers    .md .html  a report"
    )
    return Question(f"save {view.name}", text, f"{view.name}.svg", check)


def file_in(answer: str) -> Path:
    """Return the path that an answer means."""
    return Path(answer.strip()).expanduser()


def fork_answer(answer: str) -> tuple[int | None, list[str]]:
    """Return the step of the checkpoint, if one was named, and the changed settings.

    Raises:
        ValueError: it cannot be understood.
    """
    at, assignments = None, []
    for word in words(answer):
        key, _, value = word.partition("=")
        if key != "at":
            assignments.append(word)
        elif value.isascii() and value.isdigit():
            at = int(value)
        else:
            raise ValueError("at: expected the step of a checkpoint, as in at=1000")
    return at, assignments


def words(answer: str) -> list[str]:
    """Return the words of a line; quotes keep spaces. Raises ValueError for an open quote."""
    return shlex.split(answer)


def _is_count(answer: str) -> bool:
    text = answer.strip()
    return text.isascii() and text.isdigit() and int(text[:15]) > 0 and len(text) <= 13
