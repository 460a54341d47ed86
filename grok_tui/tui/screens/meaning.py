"""Shows what the metrics of a log are taken for, and asks which of them is meant otherwise."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from grok_tui.logs.correction import (
    GUESSED,
    ROLES,
    SCALES,
    Correction,
    correction_of,
    folder_of,
    remember,
    roles_in,
)
from grok_tui.tui.screens.pick import PickScreen
from grok_tui.watch.view import RunView

SCALE = "scale of the accuracies"
BY_VALUES = "told by the values"


def ask_meaning(app: App[None], run: RunView, save: Callable[[Callable[[], None]], None]) -> None:
    """Ask for a metric and for what it is; `save` is given what remembers that.

    It holds for all logs in the run's folder.
    """
    said = correction_of(run.path)
    known = roles_in(run.log_names, run.meaning, said) if run.meaning else dict(said.roles)
    lines = {_line(name, known.get(name, "")): name for name in [*known, *run.log_names]}
    lines[_line(SCALE, said.scale or BY_VALUES)] = SCALE

    def picked_metric(picked: tuple[str, ...] | None) -> None:
        if picked:
            _ask_role(app, run, lines[picked[0]], known, save)

    app.push_screen(PickScreen("what is it?", list(lines), (), is_single=True), picked_metric)


def _ask_role(
    app: App[None],
    run: RunView,
    name: str,
    known: dict[str, str],
    save: Callable[[Callable[[], None]], None],
) -> None:
    folder, said = folder_of(run.path), correction_of(run.path)

    def picked_role(picked: tuple[str, ...] | None) -> None:
        if not picked:
            return
        if name == SCALE:
            scale = next((each for each in SCALES if each == picked[0]), None)
            corrected = Correction(said.roles, scale)
        else:
            corrected = said.with_roles({name: picked[0]})
        save(lambda: remember(folder, corrected))

    there = [*SCALES, BY_VALUES] if name == SCALE else [*ROLES, GUESSED]
    here = said.scale or BY_VALUES if name == SCALE else known.get(name, GUESSED)
    title = f"{name} is, in all logs of {folder.resolve().name or folder.resolve()}"
    app.push_screen(PickScreen(title, there, (here,), is_single=True), picked_role)


def _line(name: str, role: str) -> str:
    return f"{name}  =  {role}" if role else name
