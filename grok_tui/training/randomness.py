"""The generators that anything in a trainer may draw from, as one state."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import numpy as np
import torch


def generator_of(seed: int, purpose: str) -> torch.Generator:
    """Return a generator for one purpose of a run: others of the same seed draw something else.

    torch looks at the lower 32 bits of a seed only, so that sums of seeds would meet other seeds.
    """
    digest = hashlib.sha256(f"{seed} {purpose}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:4]))


class Randomness:
    """Python's, NumPy's and torch's global generators, on the CPU and on each CUDA device."""

    def __init__(self, seed: int) -> None:
        """Set all of them by one seed."""
        random.seed(seed)
        np.random.seed(seed % 2**32)  # it takes no more
        torch.manual_seed(seed)
        self._kept: dict[str, Any] | None = None

    def keep(self) -> None:
        """Hold on to where they stand: the generators are set for another run of this process.

        This run must draw nothing more from them.
        """
        self._kept = self.state_dict()

    def state_dict(self) -> dict[str, Any]:
        """Return where the generators stand, in plain types and tensors."""
        if self._kept is not None:
            return self._kept
        numpys: dict[str, Any] = np.random.get_state(legacy=False)
        key = torch.from_numpy(numpys["state"]["key"].astype(np.int64))  # no arrays in a safe file
        return {
            "python": random.getstate(),
            "numpy": {**numpys, "state": {**numpys["state"], "key": key}},
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Set the generators to where they stood."""
        random.setstate(state["python"])
        numpys = state["numpy"]
        key = numpys["state"]["key"].cpu().numpy().astype(np.uint32)
        np.random.set_state({**numpys, "state": {**numpys["state"], "key": key}})
        torch.set_rng_state(state["torch"].cpu())
        here = state["cuda"][: torch.cuda.device_count()]  # there may be fewer than there were
        if here:
            torch.cuda.set_rng_state_all([part.cpu() for part in here])
