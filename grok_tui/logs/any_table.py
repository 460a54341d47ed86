"""A table in a file whose name does not tell what it is, such as Keras's `training.log`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grok_tui.logs.block import Block
from grok_tui.logs.delimited import Delimited
from grok_tui.logs.json_lines import JsonLines
from grok_tui.logs.source import Mark


class AnyTable:
    """JSON lines if the first line that is not empty begins with a brace, and cells if not."""

    def __init__(self, run: str | None = None) -> None:
        """Decode the rows of one run, or all."""
        self._run = run
        self._decoder: Delimited | JsonLines | None = None

    def decode(self, lines: Sequence[bytes]) -> Block:
        """Return the rows in the lines that come next."""
        decoder = self._chosen(lines)
        return Block() if decoder is None else decoder.decode(lines)

    def texts(self, lines: Sequence[bytes]) -> Iterable[Sequence[tuple[str, object]]]:
        """Return the cells of each row as they stand, with their names."""
        decoder = self._chosen(lines)
        return () if decoder is None else decoder.texts(lines)

    def _chosen(self, lines: Sequence[bytes]) -> Delimited | JsonLines | None:
        first = next((line for line in lines if line.strip()), None)
        if self._decoder is None and first is not None:
            self._decoder = self._of(is_json=first.lstrip().startswith(b"{"))
        return self._decoder

    def _of(self, *, is_json: bool) -> Delimited | JsonLines:
        return JsonLines(self._run) if is_json else Delimited(self._run)

    def mark(self) -> Mark:
        """Return which it is, and what that knows."""
        if self._decoder is None:
            return {}
        return {"is_json": isinstance(self._decoder, JsonLines), "of": self._decoder.mark()}

    def resume(self, mark: Mark) -> None:
        """Take over what another decoder knew.

        Raises:
            KeyError, TypeError, ValueError: this is no mark of such a decoder.
        """
        if mark:
            self._decoder = self._of(is_json=bool(mark["is_json"]))
            self._decoder.resume(mark["of"])
