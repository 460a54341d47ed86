from __future__ import annotations

import pytest

from grok_tui.logs.columns import understand
from grok_tui.logs.metric_words import is_error_rate


@pytest.mark.parametrize(
    ("names", "train", "test"),
    [
        (["epoch", "accuracy", "loss", "val_accuracy", "val_loss"], "accuracy", "val_accuracy"),
        (["step", "train_acc", "test_acc"], "train_acc", "test_acc"),
        (["global_step", "train/accuracy", "eval/accuracy"], "train/accuracy", "eval/accuracy"),
        (["Step", "Train Acc", "Valid Acc"], "Train Acc", "Valid Acc"),
        (["step", "trainAccuracy", "valAccuracy"], "trainAccuracy", "valAccuracy"),
        (["step", "training.acc@1", "validation.acc@1"], "training.acc@1", "validation.acc@1"),
        (["step", "acc_train", "acc_test"], "acc_train", "acc_test"),
        (
            ["loss", "sparse_categorical_accuracy", "val_loss", "val_sparse_categorical_accuracy"],
            "sparse_categorical_accuracy",
            "val_sparse_categorical_accuracy",
        ),
    ],
)
def test_common_names_are_understood(names: list[str], train: str, test: str) -> None:
    metrics = understand(names).metrics
    assert (metrics["train/accuracy"], metrics["test/accuracy"]) == (train, test)


def test_curves_of_two_runs_are_not_mixed() -> None:
    """As in a table that W&B exports: the name of the run stands before that of the metric."""
    slow, fast = ["slow - train/acc", "slow - val/acc"], ["fast - train/acc", "fast - val/acc"]
    assert understand(["Step", *slow]).metrics == {
        "train/accuracy": slow[0],
        "test/accuracy": slow[1],
    }
    both = understand(["Step", slow[0], fast[0], fast[1], slow[1]])
    assert not both.is_usable()
    assert both.rivals == (f"{slow[0]} with {slow[1]}", f"{fast[0]} with {fast[1]}")
    assert not understand([slow[0], fast[1]]).is_usable()


def test_a_family_that_says_no_more_than_the_other_is_a_pair() -> None:
    assert understand(["model/train_loss", "val_loss"]).is_usable()
    assert not understand(["train_loss", "clean/val_loss", "noisy/val_loss"]).is_usable()


def test_the_step_is_found_before_the_epoch() -> None:
    assert understand(["epoch", "step", "loss"]).step == "step"
    assert understand(["Epoch", "loss"]).step == "Epoch"
    assert understand(["loss"]).step is None


def test_test_is_preferred_to_validation() -> None:
    names = ["val_acc", "test_acc", "train_acc"]
    assert understand(names).metrics["test/accuracy"] == "test_acc"


def test_a_plain_name_is_train_but_loses_to_a_name_that_says_so() -> None:
    assert understand(["loss", "val_loss"]).metrics["train/loss"] == "loss"
    assert understand(["loss", "train_loss", "val_loss"]).metrics["train/loss"] == "train_loss"


def test_the_plainest_of_several_losses_is_taken() -> None:
    names = ["train_loss_aux", "train_loss", "val_loss"]
    assert understand(names).metrics["train/loss"] == "train_loss"
    assert "train/loss" not in understand(["aux_loss", "val_loss"]).metrics


def test_a_log_needs_both_splits_of_one_quantity() -> None:
    assert understand(["train_acc", "test_acc"]).is_usable()
    assert understand(["loss", "val_loss"]).is_usable()
    assert not understand(["train_acc", "val_loss"]).is_usable()
    assert not understand(["step", "lr"]).is_usable()


@pytest.mark.parametrize(
    ("names", "train", "test"),
    [
        (["loss/train", "loss/val"], "loss/train", "loss/val"),
        (
            ["train/epoch_loss", "validation/epoch_loss"],
            "train/epoch_loss",
            "validation/epoch_loss",
        ),
        (["train_loss_step", "train_loss_epoch", "val_loss"], "train_loss_epoch", "val_loss"),
        (["train.loss", "val.loss"], "train.loss", "val.loss"),
        (["training_loss", "validation_loss"], "training_loss", "validation_loss"),
        (["train/loss", "eval/loss"], "train/loss", "eval/loss"),
        (["loss", "eval_loss", "train_runtime", "train_loss"], "loss", "eval_loss"),
        (["train_losses", "test_losses"], "train_losses", "test_losses"),
        (["trainloss", "LossVal"], "trainloss", "LossVal"),
        (
            ["train_cross_entropy", "test_cross_entropy"],
            "train_cross_entropy",
            "test_cross_entropy",
        ),
        (["train_loss", "train_ppl", "valid_loss", "valid_ppl"], "train_loss", "valid_loss"),
    ],
)
def test_losses_of_other_loggers(names: list[str], train: str, test: str) -> None:
    metrics = understand(names).metrics
    assert (metrics["train/loss"], metrics["test/loss"]) == (train, test)


def test_beside_two_named_losses_a_plain_accuracy_is_of_the_test_set() -> None:
    """As fastai prints them; Keras writes `loss` and `accuracy` for the training set."""
    fastai = understand(["epoch", "train_loss", "valid_loss", "accuracy", "time"]).metrics
    assert fastai["test/accuracy"] == "accuracy"
    assert "train/accuracy" not in fastai
    keras = understand(["loss", "accuracy", "val_loss"]).metrics
    assert "test/accuracy" not in keras


def test_an_error_rate_is_an_accuracy_and_loses_to_one() -> None:
    names = ["train_error_rate", "test_error_rate"]
    assert understand(names).metrics["test/accuracy"] == "test_error_rate"
    assert understand([*names, "train_acc", "test_acc"]).metrics["test/accuracy"] == "test_acc"
    assert is_error_rate("val top1_err")
    assert not is_error_rate("val_acc")


@pytest.mark.parametrize("name", ["error", "f1", "auc", "r2", "ppl", "acc_std", "rmse_err"])
def test_other_scores_are_neither_accuracy_nor_loss(name: str) -> None:
    assert not understand([f"train_{name}", f"test_{name}"]).is_usable()


def test_several_evaluation_sets_are_not_mixed() -> None:
    names = ["train_loss", "eval_easy_loss", "eval_hard_loss"]
    assert understand(names).rivals
