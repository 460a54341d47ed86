"""Takes back what training sets for its whole process: other tests share this one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def small_numbers() -> Iterator[None]:
    """Let numbers near zero be numbers again: hypothesis refuses to work without them."""
    yield
    torch.set_flush_denormal(False)
