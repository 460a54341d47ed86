"""Trains a tiny network with transformers' Trainer: `python record_trainer.py FOLDER`.

Two evaluation sets, a checkpoint at every fifth step, and the state saved at the end. Prints the
history that the Trainer itself has then, as JSON.
"""

from __future__ import annotations

import json
import sys

import torch
from torch import nn
from transformers import Trainer, TrainingArguments


class Net(nn.Module):
    """Two numbers in, two classes out."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return loss and logits, as the Trainer expects them."""
        logits = self.layer(x)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


class Parity(torch.utils.data.Dataset):
    """Whether a number is odd."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"x": torch.tensor([index / 32, 1.0]), "labels": torch.tensor(index % 2)}


def main(folder: str) -> None:
    """Train, save and print."""
    trainer = Trainer(
        Net(),
        TrainingArguments(
            folder,
            max_steps=10,
            eval_strategy="steps",
            eval_steps=5,
            logging_steps=2,
            save_steps=5,
            save_total_limit=2,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
            log_level="error",
        ),
        train_dataset=Parity(32),
        eval_dataset={"val": Parity(8), "test": Parity(16)},
        compute_metrics=lambda p: {
            "accuracy": float((p.predictions.argmax(-1) == p.label_ids).mean())
        },
    )
    trainer.train()
    trainer.save_state()
    print(json.dumps(trainer.state.log_history))


main(sys.argv[1])
