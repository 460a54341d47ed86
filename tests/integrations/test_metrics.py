from __future__ import annotations

import pytest

from grok_tui.integrations.metrics import Names
from grok_tui.logs.columns import canonical


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("loss", "train/loss"),
        ("train_loss", "train/loss"),
        ("val_loss", "test/loss"),
        ("eval_accuracy", "test/accuracy"),
        ("val/acc", "test/accuracy"),
        ("learning_rate", None),
        ("grad_norm", None),
        ("train_loss_std", None),
        ("eval_aux_loss", None),
    ],
)
def test_what_a_name_means(name: str, meant: str | None) -> None:
    assert canonical(name) == meant


def test_the_first_name_for_a_thing_has_it_and_keeps_it() -> None:
    names = Names()
    assert names.row({"train_loss_step": 1.0}) == {"train/loss": 1.0}
    assert names.row({"train_loss_epoch": 2.0, "train_loss_step": 3.0}) == {
        "train_loss_epoch": 2.0,
        "train/loss": 3.0,
    }


def test_what_is_no_number_is_left_out() -> None:
    assert Names().row({"lr": 0.1, "phase": "warm-up", "step": 3, "_x": 1, "none": None}) == {
        "lr": 0.1
    }
