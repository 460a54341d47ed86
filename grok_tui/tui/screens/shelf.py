"""What is done to the runs of a list: tags, notes, names, stars, the archive and the trash."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grok_tui.text import safe
from grok_tui.tui import filing
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.filing import Deed, Undo
from grok_tui.tui.questions import Question
from grok_tui.tui.screens.ask import LineScreen, YesScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.watch.filing import why_no_notes, why_no_trash
from grok_tui.watch.view import RunView

NAMED = 5
"""Runs that a question names."""
LONGEST_QUESTION = 700


class ShelfScreen(SnapshotScreen):
    """A screen that lists runs, and knows which of them are meant."""

    def __init__(self, bridge: Bridge) -> None:
        """Show what the bridge tells of."""
        super().__init__(bridge)
        self._done: list[tuple[Deed, list[Undo]]] = []

    @property
    def chosen_run(self) -> RunView | None:
        """The run under the cursor."""
        raise NotImplementedError

    @property
    def meant_runs(self) -> list[RunView]:
        """The runs that an action is for."""
        raise NotImplementedError

    @property
    def all_runs(self) -> Sequence[RunView]:
        """All runs that there are."""
        raise NotImplementedError

    def refuse(self, reason: str) -> None:
        """Say why nothing is done."""
        self.notify(safe(reason), severity="warning", markup=False)

    def action_star(self) -> None:
        """Give a star, or take it away."""
        runs = self._allowed(why_no_notes)
        if runs:
            self._do(filing.star(runs))

    def action_archive(self) -> None:
        """Leave runs out of the list, or bring them back."""
        runs = self._allowed(why_no_notes)
        if runs:
            deed = filing.archive(runs)
            self._do(deed, "u undoes it, A shows what is archived")

    def action_tag(self) -> None:
        """Ask for tags."""
        runs = self._allowed(why_no_notes)
        if runs:
            self._ask(filing.ask_tags(runs), lambda answer: filing.tag(runs, answer))

    def action_note(self) -> None:
        """Ask for a note."""
        run = self._one("a note is about one run")
        if run is not None:
            self._ask(filing.ask_note(run), lambda answer: filing.note(run, answer))

    def action_rename(self) -> None:
        """Ask for a name."""
        run = self._one("a name is for one run")
        if run is not None:
            question = filing.ask_name(run, self.all_runs)
            self._ask(question, lambda answer: filing.rename(run, _own(answer, run)))

    def action_trash(self) -> None:
        """Move runs to the trash, after a question."""
        runs = self._allowed(why_no_trash)
        if not runs:
            return
        names = ", ".join(run.shown_name for run in runs[:NAMED])
        more = f" and {len(runs) - NAMED} more" if len(runs) > NAMED else ""
        what = "it" if len(runs) == 1 else f"these {len(runs)} runs"
        question = (
            f"Move {what} to the trash: {names}{more}? "
            "Nothing is deleted: u brings back, as does `grok-tui restore`."
        )

        def answered(is_meant: bool | None) -> None:
            if is_meant:
                self._do(filing.throw_away(runs), "u brings back")

        self.app.push_screen(YesScreen(safe(question, LONGEST_QUESTION)), answered)

    def action_undo(self) -> None:
        """Undo what was done last."""
        if not self._done:
            self.refuse("there is nothing to undo: it undoes what was done since the app began")
            return
        deed, undos = self._done.pop()

        def job() -> None:
            while undos:
                undos.pop()()

        self._send(deed, f"undo: {deed.what}", job, f"undone: {deed.what}")

    def _do(self, deed: Deed, hint: str | None = None) -> None:
        undos: list[Undo] = []
        entry = (deed, undos)

        def job() -> None:
            self._done.append(entry)
            try:
                deed.do(undos)
            finally:
                if not undos:
                    self._done.remove(entry)

        self._send(deed, deed.what, job, f"{deed.what}: {hint}" if hint else None)

    def _send(
        self, deed: Deed, what: str, job: Callable[[], object], told: str | None = None
    ) -> None:
        """Have something done in the thread that keeps the order of the keys."""

        def failed(error: Exception) -> None:
            why = getattr(error, "strerror", None) or error
            self.notify(safe(f"could not {what}: {why}"), severity="error", markup=False)

        def done() -> None:
            if told is not None:
                self.notify(safe(told), markup=False)

        self._bridge.do(job, failed, done, paths=deed.paths)

    def _ask(self, question: Question, deed: Callable[[str], Deed]) -> None:
        def answered(answer: str | None) -> None:
            if answer is not None:
                self._do(deed(answer))

        self.app.push_screen(
            LineScreen(question.title, question.text, question.answer, question.check), answered
        )

    def _allowed(self, why_not: Callable[[RunView], str | None]) -> list[RunView]:
        """Return the runs that are meant; none, with the reason told, where one forbids it."""
        runs = self.meant_runs
        if not runs:
            self.refuse("no run is chosen, or the marked ones are not listed")
        for run in runs:
            reason = why_not(run)
            if reason is not None:
                self.refuse(reason if len(runs) == 1 else f"{run.shown_name}: {reason}")
                return []
        return runs

    def _one(self, why: str) -> RunView | None:
        runs = self._allowed(why_no_notes)
        if len(runs) > 1:
            self.refuse(f"{why}, and {len(runs)} are marked: esc takes the marks away")
            return None
        return runs[0] if runs else None


def _own(answer: str, run: RunView) -> str:
    """Return a name of its own; none where it is called by its id."""
    return "" if answer.strip() == run.id else answer
