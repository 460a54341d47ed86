from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from torch import Tensor
from training_support import create, rows

from grok_tui.config import Config
from grok_tui.runs.record import State, read_record
from grok_tui.runs.recorder import Recorder
from grok_tui.training import ring as ring_module
from grok_tui.training.ring import CAPACITY, WAITS_S, Ring

ELSEWHERE = torch.device("meta")
"""Any device but the CPU: the ring only asks whether it is one; its tensors are the CPU's here."""


@dataclass
class Written:
    """What came out, and a clock that the test moves."""

    rows: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    now: float = 0.0

    def write(self, step: int, row: dict[str, float]) -> None:
        self.rows.append((step, row))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    made = Written()
    monkeypatch.setattr(ring_module.time, "monotonic", lambda: made.now)
    return made


def row(step: int) -> dict[str, Tensor | float]:
    return {"train/loss": torch.tensor(step + 0.5), "test/loss": torch.tensor(step + 0.25)}


def expected(step: int) -> tuple[int, dict[str, float]]:
    return step, {"train/loss": step + 0.5, "test/loss": step + 0.25}


def test_rows_of_a_cpu_are_written_at_once(written: Written) -> None:
    ring = Ring(written.write, torch.device("cpu"))
    ring.add(3, row(3))
    assert written.rows == [expected(3)]


def test_rows_wait_until_there_are_many(written: Written) -> None:
    ring = Ring(written.write, ELSEWHERE)
    for step in range(2 * CAPACITY + 3):
        assert len(written.rows) == step // CAPACITY * CAPACITY
        ring.add(step, row(step))
        ring.flush_if_old()
    ring.flush()
    assert written.rows == [expected(step) for step in range(2 * CAPACITY + 3)]
    ring.flush()
    assert len(written.rows) == 2 * CAPACITY + 3, "none is written twice"


def test_rows_wait_for_a_while_only(written: Written) -> None:
    ring = Ring(written.write, ELSEWHERE)
    ring.add(1, row(1))
    written.now = WAITS_S * 0.9
    ring.add(2, row(2))
    ring.flush_if_old()
    assert written.rows == []
    written.now = WAITS_S
    ring.flush_if_old()
    assert written.rows == [expected(1), expected(2)]


def test_a_waiting_row_does_not_change_with_the_tensor_that_it_came_from(written: Written) -> None:
    ring, value = Ring(written.write, ELSEWHERE), torch.tensor(1.0)
    ring.add(1, {"train/loss": value})
    value.fill_(2.0)
    ring.flush()
    assert written.rows == [(1, {"train/loss": 1.0})]


def test_plain_numbers_keep_their_place_among_the_rows(written: Written) -> None:
    ring = Ring(written.write, ELSEWHERE)
    ring.add(1, row(1))
    ring.add(2, {"complexity/mdl_bytes": 7.0})
    ring.add(3, {**row(3), "complexity/mdl_bytes": 8.0})
    ring.flush()
    step, last = expected(3)
    assert written.rows == [
        expected(1),
        (2, {"complexity/mdl_bytes": 7.0}),
        (step, {**last, "complexity/mdl_bytes": 8.0}),
    ]


def test_rows_of_a_device_that_has_failed_are_asked_for_once(written: Written) -> None:
    """The first failure is told; the run's last words must not meet it again."""
    ring = Ring(written.write, ELSEWHERE)
    ring.add(1, {"train/loss": torch.tensor(1.0)})

    class Failed:
        def __getitem__(self, _: object) -> Tensor:
            raise RuntimeError("CUDA error")

    ring._numbers_RK = Failed()  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match="CUDA error"):
        ring.flush()
    ring.flush()
    assert written.rows == []


def test_a_run_that_pauses_or_crashes_has_written_its_rows(tmp_path: Path) -> None:
    """And one whose device has failed says at least why it crashed."""
    for state in (State.PAUSED, State.CRASHED):
        (paths,) = create(tmp_path, Config(), (0,))
        recorder = Recorder(paths, read_record(paths.record))
        recorder.begin(-1)
        ring = Ring(recorder.measure, ELSEWHERE)
        recorder.fetch = ring.flush
        ring.add(1, {"train/loss": torch.tensor(1.5)})
        assert rows(paths) == []
        recorder.enter(state)
        assert [row["train/loss"] for row in rows(paths)] == [1.5]

    def fail() -> None:
        raise RuntimeError("CUDA error")

    recorder.fetch = fail
    recorder.enter(State.CRASHED, reason="out of memory")
    assert read_record(paths.record).reason == "out of memory"
    with pytest.raises(RuntimeError, match="CUDA error"):
        recorder.enter(State.PAUSED)
