from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui import paths


def test_the_option_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.runs_root() == Path("runs")
    monkeypatch.setenv("GROK_TUI_RUNS", "/elsewhere")
    assert paths.runs_root() == Path("/elsewhere")
    assert paths.runs_root("given") == Path("given")


def test_presets_and_samples_are_there() -> None:
    assert (paths.presets() / "add-53-flash.toml").is_file()
    assert (paths.sample_runs() / "add-53-flash-1" / "run.json").is_file()
