from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui.errors import UsageError
from grok_tui.launch.slots import change_numbers, core_count, fitting, gpu_count, slots


@pytest.fixture(autouse=True)
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")


def test_there_is_a_place_on_each_gpu_and_on_each_core(tmp_path: Path) -> None:
    devices = [slot.device for slot in slots(tmp_path)]
    assert devices == ["cuda:0", "cuda:1", *["cpu"] * core_count()]


def test_the_numbers_can_be_changed_one_by_one(tmp_path: Path) -> None:
    change_numbers(tmp_path, gpu=2, cpu=None)
    change_numbers(tmp_path, gpu=None, cpu=1)
    devices = [slot.device for slot in slots(tmp_path)]
    assert devices == ["cuda:0", "cuda:0", "cuda:1", "cuda:1", "cpu"]


@pytest.mark.parametrize("number", [0, -1, 10**6])
def test_a_number_that_makes_no_sense_is_refused(tmp_path: Path, number: int) -> None:
    with pytest.raises(UsageError, match="the number of places is 1 to 256"):
        change_numbers(tmp_path / "new", gpu=number, cpu=None)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("wanted", "devices"),
    [
        ("auto", ["cuda:0", "cuda:1"]),
        ("cuda", ["cuda:0", "cuda:1"]),
        ("cuda:1", ["cuda:1"]),
        ("cuda:7", ["cpu"]),  # the trainer says that there is no such device
        ("cpu", ["cpu"]),
    ],
)
def test_a_run_gets_the_device_that_it_asks_for(
    tmp_path: Path, wanted: str, devices: list[str]
) -> None:
    change_numbers(tmp_path, gpu=None, cpu=1)
    assert [slot.device for slot in fitting(slots(tmp_path), wanted)] == devices


def test_without_gpus_auto_means_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert gpu_count() == 0
        assert {slot.device for slot in fitting(slots(tmp_path), "auto")} == {"cpu"}


def test_a_place_is_taken_while_its_lock_is_held(tmp_path: Path) -> None:
    slot = slots(tmp_path)[0]
    assert slot.is_free
    with slot.take() as lock:
        assert lock is not None
        assert not slot.is_free
        with slot.take() as second:
            assert second is None
    assert slot.is_free


def test_each_gpu_trains_one_run_and_shows_it_alone(tmp_path: Path) -> None:
    first, second = fitting(slots(tmp_path), "auto")
    with first.take() as taken:
        assert taken is not None
        assert next(slot.device for slot in slots(tmp_path) if slot.is_free) == second.device
    assert first.is_free
