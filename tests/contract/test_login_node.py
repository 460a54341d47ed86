"""A login node, where torch cannot be imported, can do everything but train."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from slurm_fakes import asked, write_fakes
from support import wait_until
from tui_support import FakeTrainer

from grok_tui.runs.record import State

ROOT = Path(__file__).parents[2]
SWEEP = """\
name = "grid"
preset = "add-53-flash"
[axes]
"optimizer.weight_decay" = [0.1, 1.0]
"task.train_fraction" = [0.4, 0.5]
"""
APP = """
import asyncio
from pathlib import Path
from grok_tui.tui.app import GrokTui
async def main():
    async with GrokTui(Path("runs")).run_test() as pilot:
        await pilot.pause(1)
        await pilot.press("n")
        await pilot.pause(1)
asyncio.run(main())
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Slurm that takes jobs, on a machine whose torch is broken."""
    broken = tmp_path / "site" / "torch"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no torch on this machine')\n")
    monkeypatch.setenv("PYTHONPATH", f"{broken.parent}:{ROOT}")
    return write_fakes(tmp_path / "fakes", monkeypatch)


def said(*command: str, status: int = 0) -> str:
    done = subprocess.run([sys.executable, "-P", *command], capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert "no torch" not in done.stderr
    return done.stdout + done.stderr


def grok_tui(*command: str, status: int = 0) -> str:
    return said("-m", "grok_tui", "--runs", "runs", *command, status=status)


def test_torch_cannot_be_had(slurm: Path) -> None:
    broken = subprocess.run([sys.executable, "-c", "import torch"], capture_output=True, text=True)
    assert "no torch on this machine" in broken.stderr


@pytest.mark.slow
def test_a_sweep_is_submitted_followed_and_reported(slurm: Path) -> None:
    Path("grid.toml").write_text(SWEEP)
    assert "4 runs: 4 new" in grok_tui("sweep", "grid.toml", "--launcher", "slurm")
    assert [line.split()[0] for line in asked(slurm)] == ["sbatch"]
    runs = [path.parent for path in sorted(Path("runs/grid").glob("*/run.json"))]
    listed = said("-m", "grok_tui", "--runs", "runs/grid", "runs")
    assert all(run.name in listed for run in runs)
    assert "queued" in grok_tui("show", str(runs[0]))
    assert "queue" in grok_tui("pause", str(runs[0]), status=1)
    assert "grid" in grok_tui("report", "grid")
    said("-c", APP)


def test_a_run_of_a_node_is_paused(slurm: Path) -> None:
    trainer = FakeTrainer(Path("runs").absolute())
    command = [sys.executable, "-P", "-m", "grok_tui", "--runs", "runs", "pause", "live-1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pausing:
        wait_until(lambda: trainer.pending() == ["pause"], "it asks")
        trainer.answer(State.PAUSED)
        assert pausing.wait(timeout=60) == 0
    trainer.lock.release()


def test_readme_installs_everything_but_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    readme = (ROOT / "README.md").read_text()
    for wanted in project["dependencies"]:
        assert wanted.startswith("torch") or f"'{wanted}'" in readme
