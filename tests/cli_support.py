"""Calling the program as a shell does, or without a process of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from grok_tui.cli import console
from grok_tui.cli.program import cli
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record

COMMAND = [sys.executable, "-m", "grok_tui"]


def call_here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the program in this process, which costs no start of Python."""
    said, complained = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["grok-tui", *arguments]),
        redirect_stdout(said),
        redirect_stderr(complained),
    ):
        status = console.run(cli)
    return subprocess.CompletedProcess(arguments, status, said.getvalue(), complained.getvalue())


def call(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        **options,  # type: ignore[call-overload]
    )


def assert_one_line(result: subprocess.CompletedProcess[str], status: int, *texts: str) -> None:
    assert result.returncode == status, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("grok-tui: ")
    for text in texts:
        assert text in result.stderr


def state_of(run: Path) -> State:
    return read_record(RunPaths(run).record).state
