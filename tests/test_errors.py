from __future__ import annotations

from grok_tui.errors import LISTED, unknown


def test_names_the_nearest_and_lists_what_exists() -> None:
    assert str(unknown("preset", "add-53-flsh", ["mul-59", "add-53-flash"])) == (
        "no preset named 'add-53-flsh'; did you mean add-53-flash? there are: add-53-flash, mul-59"
    )


def test_without_a_near_name_none_is_suggested() -> None:
    assert str(unknown("run", "zzz", ["abc"])) == "no run named 'zzz'; there are: abc"


def test_says_so_when_nothing_exists() -> None:
    assert str(unknown("run", "x", [])).endswith("there are: none yet")


def test_long_lists_are_cut() -> None:
    message = str(unknown("run", "zzz", [f"run-{n:03}" for n in range(200)]))
    assert message.count("run-") == LISTED
    assert message.endswith("…")
