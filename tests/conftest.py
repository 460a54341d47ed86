"""Keeps the developer's own machine out of the tests."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from grok_tui.errors import GrokTuiError
from grok_tui.runs.lock import is_held
from grok_tui.runs.record import read_record

_FOREIGN = (
    "GROK_TUI_RUNS",
    "GROK_TUI_RUN",
    "RANK",
    "NO_COLOR",
    "SSH_CONNECTION",
    "COLUMNS",
    "LINES",
)


# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("grok-tui", deadline=None)
hypothesis.settings.load_profile("grok-tui")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the benchmarks out unless they are asked for: they are no tests."""
    is_asked = any("bench" in argument for argument in config.invocation_params.args)
    return True if collection_path.name == "bench" and not is_asked else None


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Start each test in an empty folder, without settings from outside; leave no run behind."""
    for name in [*_FOREIGN, *(name for name in os.environ if name.startswith("TEXTUAL"))]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    yield
    for lock in tmp_path.rglob("run.lock"):
        _end_trainer(lock)


def _end_trainer(lock: Path) -> None:
    with contextlib.suppress(GrokTuiError, OSError):
        pid = read_record(lock.with_name("run.json")).pid
        if is_held(lock) and pid not in (None, os.getpid()):
            os.kill(pid, signal.SIGKILL)
