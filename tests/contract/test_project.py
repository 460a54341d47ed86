"""The tree itself: what lies where, and what a wheel carries."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_strange_lies_at_the_top() -> None:
    agreed = {
        "pyproject.toml",
        "grok_tui",
        "tests",
        "sample_runs",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
    }
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    top = {name.split("/")[0] for name in tracked}
    assert {name for name in top if not name.startswith(".")} == agreed


def test_a_wheel_carries_presets_and_samples(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "grok_tui/presets/add-53-flash.toml" in names
    assert "grok_tui/sample_runs/add-53-flash-1/metrics-trainer-1.jsonl" in names
    assert not [name for name in names if name.startswith("tests")]


def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_the_readme_names_only_commands_that_exist() -> None:
    from grok_tui.cli.program import cli

    for block in re.findall(r"```(?:sh|console)?\n(.*?)```", readme(), re.DOTALL):
        for name in re.findall(r"^(?:\$ )?grok-tui ([a-z]+)", block, re.MULTILINE):
            assert name in cli.commands, name


def test_the_keys_in_the_readme_are_those_of_the_app() -> None:
    from grok_tui.tui import commands

    for command in (*commands.RUN, *commands.RUNS, *commands.APP):
        if command.in_footer:
            assert f"| `{command.shown}` | {command.help} |" in readme()
