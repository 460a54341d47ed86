from __future__ import annotations

import pytest
from cli_support import call_here

from grok_tui.cli.program import cli

COMMANDS = [name for name, command in cli.commands.items() if not command.hidden]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = call_here(command, "--help")
    assert result.returncode == 0
    assert "Example" in result.stdout
    assert f"  grok-tui {command}" in result.stdout


def test_the_help_lists_the_commands_with_whole_sentences() -> None:
    result = call_here("--help")
    listed = result.stdout.partition("Start runs:")[2].partition("Examples:")[0]
    assert all(f"\n  {command} " in listed for command in COMMANDS)
    assert "..." not in listed
    assert max(map(len, listed.splitlines())) < 80
