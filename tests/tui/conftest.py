"""A folder of runs, and a run that looks alive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tui_support import FakeTrainer


@pytest.fixture
def trainer(tmp_path: Path) -> Iterator[FakeTrainer]:
    trainer = FakeTrainer(tmp_path / "runs")
    yield trainer
    trainer.lock.release()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "runs"
