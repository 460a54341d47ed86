"""What a run was asked to do, and what of it differs from its preset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.config import load_preset, parse_tree, to_tree
from grok_tui.errors import GrokTuiError
from grok_tui.text import safe
from grok_tui.watch.view import RunView

LONGEST_VALUE = 60
_ABSENT = "not set"


class SettingsScreen(ModalScreen[None]):
    """The settings of a run: first those that differ, then all."""

    BINDINGS = [
        Binding("escape,i,q,b,enter", "dismiss", "close"),
        Binding("j", "scroll(1)", "down", show=False),
        Binding("k", "scroll(-1)", "up", show=False),
    ]

    DEFAULT_CSS = """
    SettingsScreen {
        align: center middle;
        VerticalScroll {
            width: 90; max-width: 100%; height: auto; max-height: 100%;
            padding: 0 1; background: $panel; border: round $primary;
        }
        Static { height: auto; }
    }
    """

    def __init__(self, run: RunView) -> None:
        """Show the settings of a run."""
        super().__init__()
        self._run = run

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        with VerticalScroll() as frame:
            frame.border_title = Content(f"settings of {self._run.id}")
            frame.border_subtitle = "esc closes, ↑ ↓ scroll"
            yield Static(Content("\n".join(settings_lines(self._run))))

    def action_scroll(self, lines: int) -> None:
        """Move the text by some lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def settings_lines(run: RunView) -> list[str]:
    """Return the settings of a run in lines that are safe to show.

    `≠` marks what differs from the preset, `~` what was changed while the run trained.
    """
    own = _own(run)
    usual, problem = _preset(run)
    lines = [problem] if problem else []
    differing = [key for key in {**usual, **own} if usual and own.get(key) != usual.get(key)]
    differing = [key for key in differing if key != "name"]
    width = max((len(safe(key)) for key in {**own, **usual, **run.live}), default=0)
    if usual:
        lines.append(f"Differs from preset {run.preset}:" if differing else _as_preset(run))
        lines += [
            f"≠ {safe(key):<{width}}  {_said(own.get(key, _ABSENT))}"
            f"   (preset: {_said(usual.get(key, _ABSENT))})"
            for key in differing
        ]
    if run.live:
        lines += ["", "Changed while it trained:"]
        lines += [
            f"~ {safe(key):<{width}}  {_said(value)}   (before: {_said(own.get(key, _ABSENT))})"
            for key, value in run.live.items()
        ]
    if own:
        lines += ["", "All settings:"]
        lines += [f"  {safe(key):<{width}}  {_said(value)}" for key, value in own.items()]
    return lines or ["this log tells no settings"]


def _as_preset(run: RunView) -> str:
    return f"As in preset {run.preset}: nothing differs."


def _own(run: RunView) -> dict[str, Any]:
    """Return all settings that the run was started with, also those that it left as they were."""
    if not run.config:
        return {}
    try:
        return dict(_flat(to_tree(parse_tree(run.config))))
    except (GrokTuiError, ValueError):  # of another version, or of another program
        return dict(_flat(run.config))


def _preset(run: RunView) -> tuple[dict[str, Any], str | None]:
    """Return the settings of the run's preset, or why there are none to compare with."""
    if run.preset is None:
        return {}, ("It was not made from a preset." if run.config else None)
    try:
        return dict(_flat(to_tree(load_preset(run.preset).config))), None
    except GrokTuiError:
        return {}, f"Its preset {run.preset} does not come with this version: nothing to compare."


def _flat(tree: Mapping[str, Any], begin: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the settings of a tree by their dotted keys."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{begin}{key}.")
        else:
            yield f"{begin}{key}", value


def _said(value: Any) -> str:
    return safe(_ABSENT if value is None else value, LONGEST_VALUE)
