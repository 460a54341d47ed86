"""What every command does alike."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_what_an_encoding_does_not_have_is_printed_in_ascii(encoding: str) -> None:
    """As over SSH from a machine whose locale is an old one."""
    program = "import sys; from grok_tui.cli.console import print_all_characters, complain\n"
    program += "print_all_characters(); print('⚑ grokked ┅'); sys.exit(complain('⚑ no', 2))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=False,
    )
    assert done.stdout.decode(encoding) == "^ grokked .\n"
    assert done.returncode == 2, done.stderr
    assert done.stderr.decode(encoding) == "grok-tui: ^ no\n"
