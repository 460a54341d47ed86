"""An array that grows at its end; what was handed out of it never changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]

_FIRST_CAPACITY = 64


class Growing:
    """Items of one type in one piece of memory; appending costs O(1) amortised.

    One thread appends; others may read views at the same time.
    """

    def __init__(self, dtype: npt.DTypeLike = np.float64) -> None:
        self._array: AnyArray = np.empty(0, dtype)
        self.size = 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the items."""
        return self._array.dtype

    @property
    def view(self) -> AnyArray:
        """All items so far, read-only; later ones do not show in it."""
        view = self._array[: self.size]
        view.flags.writeable = False
        return view

    @property
    def newest(self) -> AnyArray:
        """The last item, as an array of one, or of none before the first."""
        return self._array[max(self.size - 1, 0) : self.size]

    def append(self, items: AnyArray) -> None:
        """Add items at the end."""
        end = self.size + len(items)
        if end > len(self._array):
            self._array = self._moved(max(end, 2 * len(self._array), _FIRST_CAPACITY))
        self._array[self.size : end] = items
        self.size = end

    def _moved(self, capacity: int) -> AnyArray:
        """Return a larger array with the same items at its start."""
        moved = np.empty(capacity, self.dtype)
        moved[: self.size] = self._array[: self.size]
        return moved
