"""A training with Lightning, for real; importing it takes seconds, so that happens once."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from steering_support import RUN, pause_resume_save_and_stop

needs_lightning = pytest.mark.skipif(not find_spec("lightning"), reason="needs lightning")
SCRIPT = """
import torch
from lightning.pytorch import LightningModule, Trainer
from torch.utils.data import DataLoader, TensorDataset
from grok_tui.integrations.lightning import GrokTuiCallback

torch.set_num_threads(1)
inputs = torch.randn(64, 4)
data = DataLoader(TensorDataset(inputs, inputs.sum(1, keepdim=True)), batch_size=16)

class Model(LightningModule):
    def __init__(self, lr=0.01):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, batch, _):
        loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1]))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.hparams.lr)

trainer = Trainer(
    max_steps=STEPS, callbacks=[GrokTuiCallback("runs", name="mine")], log_every_n_steps=1,
    accelerator="cpu", enable_progress_bar=False, enable_model_summary=False,
    enable_checkpointing=False, logger=False,
)
trainer.fit(Model(), data, data)
"""


@pytest.mark.slow
@needs_lightning
def test_it_is_paused_goes_on_is_saved_and_stops(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT.replace("STEPS", "10**7"))
    view = pause_resume_save_and_stop(tmp_path / "train.py")
    assert view.config["lr"] == 0.01
    assert view.steps == 10**7
    assert view.saved_step == view.step
    assert {"train/loss", "test/loss"} <= set(view.curves)
    assert view.curve("train/loss").steps[:4].tolist() == [0, 1, 2, 3]
    import torch

    saved = torch.load(RUN / "checkpoints" / f"step-{view.saved_step}", weights_only=True)
    assert saved["global_step"] == view.saved_step


def test_without_lightning_there_is_one_clear_line() -> None:
    code = "import sys; sys.modules['lightning'] = None; import grok_tui.integrations.lightning"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = said.stderr.splitlines()[-1]
    assert last.startswith("ImportError: grok_tui.integrations.lightning needs Lightning")
    assert last.endswith("pip install lightning")
