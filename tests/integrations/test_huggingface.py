"""A training with Hugging Face's Trainer, for real, without anything from their hub."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from steering_support import pause_resume_save_and_stop

needs_transformers = pytest.mark.skipif(
    not (find_spec("transformers") and find_spec("accelerate")), reason="needs transformers"
)
SCRIPT = """
import torch
from transformers import Trainer, TrainingArguments
from grok_tui.integrations.huggingface import GrokTuiCallback

torch.set_num_threads(1)
inputs = torch.randn(64, 4)
data = [{"x": x, "labels": x.sum(0, keepdim=True)} for x in inputs]

class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, x, labels):
        guess = self.layer(x)
        return {"loss": torch.nn.functional.mse_loss(guess, labels), "logits": guess}

arguments = TrainingArguments(
    "out", max_steps=10**7, logging_steps=1, eval_strategy="steps", eval_steps=5,
    save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True,
    per_device_train_batch_size=16, learning_rate=0.01,
)
Trainer(
    Model(), arguments, train_dataset=data, eval_dataset=data,
    callbacks=[GrokTuiCallback("runs", name="mine")],
).train()
"""


@pytest.mark.slow
@needs_transformers
def test_it_is_paused_goes_on_is_saved_and_stops(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    view = pause_resume_save_and_stop(tmp_path / "train.py")
    assert view.config["learning_rate"] == 0.01
    assert view.steps == 10**7
    assert {"train/loss", "test/loss", "learning_rate"} <= set(view.curves)
    saved = sorted(int(path.name.partition("-")[2]) for path in Path("out").glob("checkpoint-*"))
    assert len(saved) == 2  # on command, and at the end
    assert saved[-1] == view.step


def test_without_transformers_there_is_one_clear_line() -> None:
    code = (
        "import sys; sys.modules['transformers'] = None; import grok_tui.integrations.huggingface"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = said.stderr.splitlines()[-1]
    assert last.startswith("ImportError: grok_tui.integrations.huggingface needs transformers")
    assert last.endswith("pip install transformers")
