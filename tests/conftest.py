"""Keeps the developer's own machine out of the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_FOREIGN = ("GROK_TUI_RUNS", "NO_COLOR", "SSH_CONNECTION", "COLUMNS", "LINES")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start each test in an empty folder, without settings from outside."""
    for name in [*_FOREIGN, *(name for name in os.environ if name.startswith("TEXTUAL"))]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
