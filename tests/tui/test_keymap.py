from __future__ import annotations

from pathlib import Path

import pytest
from support import SAMPLES
from tui_support import until, until_shown

from grok_tui.settings import Settings
from grok_tui.tui.app import SCREENS, GrokTui
from grok_tui.tui.keymap import checked

SAMPLE = SAMPLES / "add-53-flash-1"


@pytest.mark.parametrize("commands", SCREENS)
def test_every_action_of_a_screen_has_an_id_and_keys_of_its_own(commands: tuple) -> None:
    ids = [command.id for command in commands]
    assert len(set(ids)) == len(ids)
    assert all(name.replace("_", "").isalnum() for name in ids)
    keys = [key for command in commands for key in command.keys.split(",")]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("keys", "given", "said"),
    [
        ({"log_x": "B"}, {"log_x": "B"}, None),
        ({"log_x": "ctrl+l, f5"}, {"log_x": "ctrl+l,f5"}, None),
        ({"quit": "?", "show_keys": "B"}, {"quit": "question_mark", "show_keys": "B"}, None),
        ({"smooth": "u", "branches": "a"}, {"smooth": "u", "branches": "a"}, None),
        ({"log_x": "s"}, {}, "keys: log_x: s belongs to stop_run already"),
        ({"logx": "L"}, {}, "no action named 'logx'; did you mean log_x?"),
        ({"log_x": "ctlr+l"}, {}, "there is no key 'ctlr+l'"),
        ({"log_x": "banana"}, {}, "there is no key 'banana'"),
        ({"log_x": " "}, {}, "there is no key ''"),
    ],
)
def test_keys_are_checked_before_they_are_used(
    keys: dict[str, str], given: dict[str, str], said: str | None
) -> None:
    found, problems = checked(keys, SCREENS)
    assert found == given
    assert len(problems) == (said is not None)
    assert said is None or said in problems[0]


async def test_a_key_is_remapped_in_action_footer_and_help() -> None:
    app = GrokTui(
        SAMPLES, open_run=SAMPLE, settings=Settings(keys={"log_x": "B", "leave": "ctrl+b"})
    )
    async with app.run_test(size=(160, 45)) as pilot:
        await until_shown(pilot, "grokked at")
        await pilot.press("x")
        assert app.screen._choices.log_x  # type: ignore[attr-defined]
        await pilot.press("B")
        assert not app.screen._choices.log_x  # type: ignore[attr-defined]
        await pilot.press("question_mark")
        await until_shown(pilot, "Switch the x axis", "^b")


async def test_wrong_settings_are_told_and_nothing_breaks(tmp_path: Path) -> None:
    settings = Settings(theme="drak", keys={"logx": "L"})
    app = GrokTui(SAMPLES, settings=settings, problems=["config.toml: a line"])
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await until(pilot, lambda: len(app._notifications) == 3, "three lines are told")
        told = " ".join(each.message for each in app._notifications)
        assert "did you mean dark?" in told
        assert "did you mean log_x?" in told
        assert app.theme == "dark"
        await until_shown(pilot, "add-53-flash-1")
