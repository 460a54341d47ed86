from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support import SAMPLES

from grok_tui.cli.program import cli
from grok_tui.errors import UsageError


def show(*arguments: str) -> Result:
    return CliRunner().invoke(
        cli, ["--runs", str(SAMPLES), "show", "paused-1", *arguments], standalone_mode=False
    )


def test_charts_and_numbers_are_saved() -> None:
    result = show("--svg", "a.svg", "--csv", "b.csv")
    assert result.output == "saved a.svg\nsaved b.csv\n"
    assert "</svg>" in Path("a.svg").read_text()
    assert Path("b.csv").read_text().startswith("step,complexity/activation_entropy,")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--svg", "a.png"), "--svg: the name should end with .svg"),
        (("--svg", "a.svg", "--csv", "no/b.csv"), "--csv: there is no folder no"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    result = show(*arguments)
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_without_unicode_charts_are_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "POSIX")
    text = show().output
    assert text.isascii()
    assert "*******" in text
    assert "^ grokked at step 529 (501-541)" in text
