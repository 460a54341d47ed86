"""A plain loop in a process of its own, paused from another one."""

from __future__ import annotations

from pathlib import Path

from steering_support import RUN, pause_resume_save_and_stop

SCRIPT = """
import time
from grok_tui import Run
with Run("runs", name="mine") as run:
    run.on_checkpoint(lambda path, step: path.write_text(str(step)))
    for step in run.steps(10**9):
        run.log(step, {"train/loss": 1 / (step + 1)})
        time.sleep(0.001)
print("after")
"""


def test_a_plain_loop_is_paused_from_another_process_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    view = pause_resume_save_and_stop(tmp_path / "train.py")
    assert view.saved_step == view.step
    assert len(list((RUN / "checkpoints").iterdir())) == 2  # on command, and at the end
