"""How a run was started, for those who want to start it again: never with a secret in it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CAPTURED = ("CUDA_", "NCCL_", "OMP_", "MKL_", "TORCH_", "PYTORCH_", "OPENBLAS_", "SLURM_JOB_")
"""Variables that decide how and where a run computes, by how they begin; no other is looked at:
SLURM_JWT, for one, is a password."""
HIDDEN = "***"
LONGEST = 1000
"""Characters of one value that are kept."""
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH|JWT", re.IGNORECASE)
_SECRET_SETTING = re.compile(
    r"(^|[_.-])(api_?key|key|token|secret|password|passwd|credentials?|jwt)$", re.IGNORECASE
)
"""What a text of a config is called if it is one; `tokenizer` and `max_tokens` are none."""
_ADDRESS = re.compile(r"(://)[^/\s@]+@")


def environment() -> dict[str, str]:
    """Return the variables of this process that decide how a run computes."""
    return {
        name: without_credentials(value)[:LONGEST]
        for name, value in os.environ.items()
        if name.startswith(CAPTURED) and not _SECRET.search(name)
    }


def command(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose secrets are hidden.

    Hidden are values of options and settings that are called KEY, TOKEN, SECRET, PASS or the like,
    and the user's part of addresses.
    """
    shown, hides_next = [Path(arguments[0]).name] if arguments else [], False
    for argument in arguments[1:]:
        name, equals, _ = argument.partition("=")
        is_secret = _SECRET.search(name) is not None
        if hides_next:
            shown.append(HIDDEN)
        elif is_secret and equals:
            shown.append(f"{name}={HIDDEN}")
        else:
            shown.append(without_credentials(argument)[:LONGEST])
        hides_next = is_secret and not equals and name.startswith("-")
    return shown


def without_credentials(text: str) -> str:
    """Return a text in which addresses name no user and no password."""
    return _ADDRESS.sub(rf"\1{HIDDEN}@", text)


def without_secrets(settings: Any) -> Any:
    """Return a tree of settings without passwords and the like, told by how they are called."""
    if isinstance(settings, dict):
        return {
            key: HIDDEN
            if isinstance(value, str) and _SECRET_SETTING.search(key)
            else without_secrets(value)
            for key, value in settings.items()
        }
    if isinstance(settings, list | tuple):
        return [without_secrets(value) for value in settings]
    return without_credentials(settings) if isinstance(settings, str) else settings


def without_credentials_in(changes: Mapping[str, object]) -> dict[str, object]:
    """Return settings whose texts name no user and no password of an address."""
    return {
        key: without_credentials(value) if isinstance(value, str) else value
        for key, value in changes.items()
    }
