"""Holding, releasing and cancelling a run of Slurm by the keys of its screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from slurm_fakes import asked, write_fakes
from support import DATA, write_run
from tui_support import until, until_shown

from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record
from grok_tui.runs.slurm import SlurmJob, write_job
from grok_tui.tui.app import GrokTui


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return write_fakes(tmp_path / "fakes", monkeypatch, "4711_3|PENDING|Priority\n")


@pytest.fixture
def waiting(root: Path, slurm: Path) -> RunPaths:
    paths = write_run(root, [], name="waiting", state=State.QUEUED, data=DATA)
    write_job(paths, SlurmJob(job="4711_3"))
    return paths


async def test_p_holds_a_waiting_job_and_space_releases_it(
    waiting: RunPaths, root: Path, slurm: Path
) -> None:
    app = GrokTui(root, open_run=waiting.root)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "queued")
        await pilot.press("p")
        await until_shown(pilot, "parked")
        assert asked(slurm) == ["scontrol hold 4711_3"]
        await pilot.press("space")
        await until(
            pilot, lambda: read_record(waiting.record).state is State.QUEUED, "it waits again"
        )
        assert asked(slurm)[1] == "scontrol release 4711_3"


async def test_s_cancels_a_waiting_job(waiting: RunPaths, root: Path, slurm: Path) -> None:
    app = GrokTui(root, open_run=waiting.root)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "queued")
        await pilot.press("s")
        await until_shown(pilot, "stopped")
    assert asked(slurm) == ["scancel 4711_3"]


async def test_what_slurm_refuses_is_told_and_changes_nothing(
    waiting: RunPaths, root: Path, slurm: Path
) -> None:
    (slurm / "scontrol").write_text("#!/bin/sh\necho 'Access/permission denied' >&2; exit 1\n")
    app = GrokTui(root, open_run=waiting.root)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "queued")
        await pilot.press("p")
        await until_shown(pilot, "could not park")
    assert read_record(waiting.record).state is State.QUEUED


async def test_a_key_that_cannot_act_says_what_can(waiting: RunPaths, root: Path) -> None:
    app = GrokTui(root, open_run=waiting.root)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "queued")
        await pilot.press("c")
        await until_shown(pilot, "stopped or parked")
