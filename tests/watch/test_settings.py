from __future__ import annotations

from pathlib import Path

from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.watch.settings import (
    MISSING,
    FlatSettings,
    differing,
    flat,
    short_names,
    value_text,
)
from grok_tui.watch.view import RunView


def view(config: dict[str, object], live: dict[str, object] | None = None) -> RunView:
    status = Status(State.FINISHED)
    path = Path("/runs/a")
    return RunView(id="a", path=path, name="a", status=status, config=config, live=live or {})


def test_settings_are_flat_and_what_was_changed_while_it_ran_holds() -> None:
    run = view({"a": 1, "b": {"c": 2, "d": [1, 2]}}, live={"b.c": 3})
    assert flat(run) == {"a": 1, "b.c": 3, "b.d": (1, 2)}
    assert FlatSettings().of(run) == flat(run)


def test_a_config_is_flattened_again_only_when_it_changed() -> None:
    settings, run = FlatSettings(), view({"a": 1})
    assert settings.of(run) is settings.of(run)
    assert settings.of(view({"a": 2})) == {"a": 2}


def test_the_settings_with_the_most_values_come_first() -> None:
    runs = [{"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 1, "c": 1}, {"a": 3, "b": 2, "c": 1}]
    assert list(differing(runs)) == ["a", "b"]
    assert differing(runs)["b"] == {1, 2}


def test_what_only_some_have_differs() -> None:
    assert differing([{"a": (1, 2)}, {"a": (1, 2), "b": 0}]) == {"b": {MISSING, 0}}
    assert list(differing([{"a": (1, 2)}, {"a": (1, 3)}])) == ["a"]
    assert differing([{"a": 1}]) == differing([]) == {}


def test_names_are_as_short_as_they_can_be() -> None:
    keys = ["optimizer.weight_decay", "model.width", "task.kind", "model.init", "task.init"]
    assert short_names(keys) == {
        "optimizer.weight_decay": "wd",
        "model.width": "width",
        "task.kind": "task",
        "model.init": "model.init",
        "task.init": "task.init",
    }


def test_values_are_short_texts() -> None:
    values = [None, MISSING, True, 0.1, 1e-3, 1e-9, 7, [0.9, 0.98], "mlp", "\x1b[2J"]
    shown = ["–", "", "yes", "0.1", "0.001", "1e-09", "7", "0.9,0.98", "mlp", "␛[2J"]
    assert [value_text(value) for value in values] == shown
