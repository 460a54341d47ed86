from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from grok_tui.errors import UsageError
from grok_tui.writing.values import check_name, number, settings, whole


@pytest.mark.parametrize(
    "value",
    [3, 3.0, np.float32(3), np.int64(3), np.array(3.0), np.array([3]), torch.tensor(3.0)],
)
def test_whatever_holds_one_number_is_one(value: object) -> None:
    assert number("a", value) == 3.0


def test_what_is_not_finite_is_kept() -> None:
    assert math.isnan(number("a", torch.tensor(float("nan"))))
    assert number("a", -math.inf) == -math.inf


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("0.5", "a: expected a number, not str"),
        ([0.5], "a: expected a number, not list"),
        (np.zeros(2), r"a: expected one number, not an array of \(2,\)"),
        (torch.zeros(2, 3), r"a: expected one number, not an array of \(2, 3\)"),
        (1j, "not complex"),
        (10**400, "too large"),
    ],
)
def test_what_is_no_number_is_one_clear_error(value: object, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        number("a", value)


@pytest.mark.parametrize("name", ["", "step", "time", "_nf", "x" * 257, "\udcff", 3, None])
def test_names_that_mean_something_else_in_a_row_are_refused(name: object) -> None:
    with pytest.raises(UsageError):
        check_name(name)


@pytest.mark.parametrize("step", [-1, 1.5, "1", None, 10**16])
def test_a_step_is_a_whole_number(step: object) -> None:
    with pytest.raises(UsageError, match="step: expected a whole number"):
        whole("step", step)


def test_settings_of_every_kind() -> None:
    @dataclass
    class Model:
        width: int = 3

    given = {"path": Path("a"), "lr": np.float32(0.5), "model": Model(), 1: (1, 2), "n": None}
    assert settings(given) == {
        "path": "a",
        "lr": 0.5,
        "model": {"width": 3},
        "1": [1, 2],
        "n": None,
    }
    assert settings(argparse.Namespace(lr=0.1)) == {"lr": 0.1}
    assert settings(Model()) == {"width": 3}
    assert settings(None) == {}


def test_secrets_are_hidden_and_tokenizers_are_none() -> None:
    given = {"wandb": {"api_key": "k"}, "hub_token": "t", "tokenizer": "gpt2", "max_tokens": 9}
    assert settings({**given, "data": ["s3://me:word@host/x"]}) == {
        "wandb": {"api_key": "***"},
        "hub_token": "***",
        "tokenizer": "gpt2",
        "max_tokens": 9,
        "data": ["s3://***@host/x"],
    }


def test_what_is_no_config_is_refused() -> None:
    for config in ([1], "lr=1", {"a": "\udcff"}, {"a": "x" * (1 << 20)}):
        with pytest.raises(UsageError, match="config: "):
            settings(config)
