"""What README tells people to type, as it is printed there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from support import SAMPLES, wait_until

from grok_tui.runs.record import State, read_record
from grok_tui.watch.judgement import read_run

README = Path(__file__).parent.parent / "README.md"


def test_a_task_of_ones_own(tmp_path: Path) -> None:
    section = README.read_text().partition("## Your own task")[2]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    command = re.search(r"```sh\ngrok-tui (.*?)\n```", section)
    assert code is not None
    assert command is not None
    assert code[1].count("\n") < 20
    (tmp_path / "mine.py").write_text(code[1])
    subprocess.run([sys.executable, "-m", "grok_tui", *command[1].split()], check=True)
    record = tmp_path / "runs" / "mine-1" / "run.json"
    wait_until(lambda: read_record(record).state is State.FINISHED, "it is trained", timeout_s=60)
    assert read_record(record).config["task"] == {"kind": "mine:square_sum", "modulus": 23}
    data = read_record(record).data
    assert data is not None
    assert (data.classes, data.train_size + data.test_size) == (23, 23 * 23)


def test_a_training_loop_of_ones_own(tmp_path: Path) -> None:
    section = README.read_text().partition("## Your own training loop")[2]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    subprocess.run([sys.executable, "-c", code[1]], check=True)
    view = read_run(tmp_path / "runs" / "mine-1")
    assert (view.status.state, view.step, view.config) == (State.FINISHED, 2000, {"lr": 0.01})
    assert view.curve("test/loss").values[-1] < 1 < view.curve("test/loss").values[0]


def test_detect_as_other_code_calls_it() -> None:
    section = README.read_text().partition("## The verdict")[2]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    said = subprocess.run(
        [sys.executable, "-c", code[1]],
        capture_output=True,
        text=True,
        check=True,
        cwd=SAMPLES.parent,
    )
    assert said.stdout.splitlines() == [
        "grokked 449 424.0 461.0",
        "{'step': 448, 'low': 400, 'high': 500, 'shape': 'sharp'}",
    ]
