from __future__ import annotations

from pathlib import Path

from grok_tui.config import load_preset, to_tree
from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.tui.screens.settings import settings_lines
from grok_tui.watch.view import RunView


def run(**fields: object) -> RunView:
    status = Status(State.RUNNING, None)
    return RunView(id="r", path=Path("r"), name="r", status=status, **fields)  # type: ignore[arg-type]


def test_what_differs_comes_first_with_both_values() -> None:
    tree = to_tree(load_preset("add-53-flash").config)
    tree["optimizer"]["weight_decay"] = 7.0
    lines = settings_lines(run(preset="add-53-flash", config=tree, live={"optimizer.lr": 0.5}))
    usual = load_preset("add-53-flash").config.optimizer
    assert lines[0] == "Differs from preset add-53-flash:"
    assert lines[1].split() == [
        *("≠", "optimizer.weight_decay", "7.0"),
        *("(preset:", f"{usual.weight_decay})"),
    ]
    assert any(line.split()[:3] == ["~", "optimizer.lr", "0.5"] for line in lines)
    assert sum(line.startswith("≠") for line in lines) == 1


def test_a_run_as_its_preset_says_so() -> None:
    tree = to_tree(load_preset("add-53-flash").config)
    lines = settings_lines(run(preset="add-53-flash", config={**tree, "name": "another"}))
    assert lines[0] == "As in preset add-53-flash: nothing differs."


def test_what_a_run_left_as_it_was_is_no_difference() -> None:
    """A run of an older version does not know the settings that came later."""
    tree = to_tree(load_preset("add-53-flash").config)
    del tree["optimizer"]["eps"], tree["cuda_graph"]
    tree["optimizer"]["betas"] = list(tree["optimizer"]["betas"])
    lines = settings_lines(run(preset="add-53-flash", config=tree))
    assert lines[0] == "As in preset add-53-flash: nothing differs."


def test_without_a_preset_there_is_nothing_to_compare() -> None:
    assert settings_lines(run(config={"no such": {"b": "x\x1b"}})) == [
        "It was not made from a preset.",
        "",
        "All settings:",
        "  no such.b  x␛",
    ]
    assert settings_lines(run(preset="gone", config={"a": 1}))[0].startswith("Its preset gone")
    assert settings_lines(run()) == ["this log tells no settings"]
