"""Whatever text stands in files, no command prints anything that a terminal obeys."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hostile import ANY_TEXT, EVIL, hostile_run, live_run, obeyed, table
from hypothesis import HealthCheck, given, settings

from grok_tui.cli import console
from grok_tui.cli.program import cli


class Runner(CliRunner):
    """Calls the program as `main` does, errors included."""

    def call(self, *arguments: str) -> str:
        with self.isolation() as (out, err, _), pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["grok-tui", *arguments])
            console.run(cli)
            return out.getvalue().decode() + err.getvalue().decode()


def lines_of(text: str, log: Path, root: Path) -> Iterator[tuple[str, ...]]:
    """Yield command lines that print what stands in files, or repeat what was typed."""
    # What the system hands over is bytes: those that are no UTF-8 arrive as lone surrogates.
    word = os.fsdecode(text.encode("utf-8", "surrogatepass")).replace("\0", "")[:100_000]
    # "/" would have all of this machine read; `Path.exists` refuses names that are too long.
    word = "x" if not word or os.path.exists(word) else word  # noqa: PTH110
    runs = ("--runs", str(root))
    for command in ("runs", "queue"):
        yield (command, *runs)
    yield ("runs", *runs, "--json")
    for run in ("evil-1", "run-1", word):
        yield ("show", *runs, run)
    yield ("show", *runs, "evil-1", "--json")
    for command in ("wait", "pause", "stop", "freeze", "kill"):
        yield (command, *runs, "evil-1")
    for command in ("set", "fork"):
        yield (command, *runs, "evil-1", word)
    yield ("extend", *runs, "evil-1", "--steps", word)
    for command in ("presets", "train", "detect"):
        yield (command, word)
    yield ("train", "add-53-flash", word)
    yield ("detect", str(log), str(root))
    yield ("detect", str(log), "--json")
    yield (word,)


def check_every_command(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "runs"
        hostile_run(root, text)
        live_run(root, text)
        for line in lines_of(text, table(Path(folder), text), root):
            shown = Runner().call(*line)
            assert not obeyed(shown), (line, shown[:200])
            assert "Traceback" not in shown, line


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_evil_text_is_printed_and_not_obeyed(text: str) -> None:
    check_every_command(text)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_TEXT)
def test_any_text_is_printed_and_not_obeyed(text: str) -> None:
    check_every_command(text)


@pytest.mark.slow
@settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_TEXT)
def test_any_text_is_printed_and_not_obeyed_at_length(text: str) -> None:
    check_every_command(text)
