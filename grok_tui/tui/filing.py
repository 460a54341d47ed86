"""What is done to runs as things on a shelf: tags, notes, names, the archive and the trash.

Each deed can be undone. What it writes is `notes.json`; the trash moves directories.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from grok_tui.errors import GrokTuiError
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.notes import Notes, change_notes, retagged
from grok_tui.runs.trash import put_back, trash
from grok_tui.text import safe
from grok_tui.tui.questions import Question, words
from grok_tui.watch.view import RunView

Undo: TypeAlias = Callable[[], object]
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do to some runs."""

    what: str
    """What is done, as `tag 3 runs`."""
    runs: tuple[RunView, ...]
    act: Callable[[RunPaths], Undo]
    """Does it to one of them and returns what undoes that; it may take its time, and fail."""

    @property
    def paths(self) -> list[Path]:
        """The directories of the runs."""
        return [run.path for run in self.runs]

    def do(self, undos: list[Undo]) -> None:
        """Do it to one run after the other, and note how to undo what was done."""
        for run in self.runs:
            undos.append(self.act(RunPaths(run.path)))


def named(runs: Sequence[RunView]) -> str:
    """Return what some runs are called in a message."""
    return runs[0].shown_name if len(runs) == 1 else f"{len(runs)} runs"


def tag(runs: Sequence[RunView], answer: str) -> Deed:
    """Give tags, and take some away."""
    changes = words(answer)
    return _noted(
        f"tag {named(runs)}",
        runs,
        lambda notes: msgspec.structs.replace(notes, tags=retagged(notes.tags, changes)),
    )


def note(run: RunView, text: str) -> Deed:
    """Write a note, over the one that is there."""
    return _noted(
        f"note {named([run])}",
        [run],
        lambda notes: msgspec.structs.replace(notes, note=text.strip()),
    )


def rename(run: RunView, name: str) -> Deed:
    """Give a run another name in lists; an empty one gives its id back."""
    return _noted(
        f"rename {named([run])}",
        [run],
        lambda notes: msgspec.structs.replace(notes, name=name.strip()),
    )


def star(runs: Sequence[RunView]) -> Deed:
    """Give a star to all of them, or take it from all that have one."""
    has = not all(run.notes.star for run in runs)
    what = f"{'star' if has else 'unstar'} {named(runs)}"
    return _noted(what, runs, lambda notes: msgspec.structs.replace(notes, star=has))


def archive(runs: Sequence[RunView]) -> Deed:
    """Archive all of them, or bring them back where all are archived."""
    is_away = not all(run.notes.archived for run in runs)
    what = f"{'archive' if is_away else 'bring back'} {named(runs)}"
    return _noted(what, runs, lambda notes: msgspec.structs.replace(notes, archived=is_away))


def throw_away(runs: Sequence[RunView]) -> Deed:
    """Move runs to the trash."""

    def act(paths: RunPaths) -> Undo:
        entry = trash(paths)
        return lambda: put_back(entry)

    return Deed(f"trash {named(runs)}", tuple(runs), act)


def _noted(what: str, runs: Sequence[RunView], change: Callable[[Notes], Notes]) -> Deed:
    def act(paths: RunPaths) -> Undo:
        before = change_notes(paths, change)
        return lambda: change_notes(paths, lambda _: before)

    return Deed(what, tuple(runs), act)


def ask_tags(runs: Sequence[RunView]) -> Question:
    """Ask for tags."""

    def check(answer: str) -> str | None:
        try:
            for run in runs:
                retagged(run.notes.tags, words(answer))
        except (GrokTuiError, ValueError) as error:
            return str(error)
        return None if answer.strip() else "nothing would change"

    tags = sorted({tag for run in runs for tag in run.notes.tags})
    now = f"Tags now: {' '.join(tags)}." if tags else "It has no tags yet."
    return Question(f"tag {named(runs)}", f"{now}\nWhich tags? As in: paper -old", "", check)


def ask_note(run: RunView) -> Question:
    """Ask for a note."""

    def check(answer: str) -> str | None:
        return None if len(answer) <= 2000 else "2000 characters at most, please"

    return Question(
        f"note {named([run])}", "What should be remembered of it?", run.notes.note, check
    )


def ask_name(run: RunView, others: Sequence[RunView]) -> Question:
    """Ask for a name."""
    taken = {other.shown_name for other in others if other.path != run.path}

    def check(answer: str) -> str | None:
        name = answer.strip()
        if len(name) > LONGEST_NAME:
            return f"{LONGEST_NAME} characters at most, please"
        if name != safe(name):
            return "there are characters in it that nobody can see"
        return f"another run is called {name} already" if name in taken else None

    text = f"What should lists call it? Nothing gives {run.id} back; commands know it by that."
    return Question(f"rename {named([run])}", text, run.notes.name or run.id, check)
