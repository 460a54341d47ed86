"""What a framework logs, under the names that grok-tui judges by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grok_tui.errors import UsageError
from grok_tui.logs.columns import canonical
from grok_tui.writing.values import check_name, number


class Names:
    """Names of metrics; each stays what it was first taken for."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def row(self, logged: Mapping[str, Any]) -> dict[str, float]:
        """Return the numbers among what was logged; `val_loss` is called `test/loss`.

        Of two names that mean the same, as `train_loss_step` and `train_loss_epoch`, the first has
        it, and the other keeps its own. What no row can hold is left out.
        """
        row = {}
        for name, value in logged.items():
            try:
                row[self._name(name)] = number(name, value)
            except UsageError:
                continue
        return row

    def _name(self, name: str) -> str:
        if name not in self._known:
            check_name(name)
            meant = canonical(name)
            is_free = meant is not None and meant not in self._known.values()
            self._known[name] = meant if meant is not None and is_free else name
        return self._known[name]
