"""Reads the small JSON files of a run directory; whatever is wrong with one is a single error."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from grok_tui.errors import GrokTuiError
from grok_tui.files import read_regular

T = TypeVar("T")

# Bounds that no trainer reaches, so that nobody has to reckon with absurd numbers.
Amount: TypeAlias = Annotated[float, Meta(ge=0, le=1e12)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=10**15)]


class UnreadableError(GrokTuiError):
    """A file is missing, damaged, or not what it should be."""


def read_json(path: Path, kind: type[T], max_bytes: int) -> T:
    """Return the content of a JSON file.

    Raises:
        UnreadableError: it cannot be read or understood; the message says why in one line.
    """
    try:
        return msgspec.json.decode(read_regular(path, max_bytes), type=kind)
    except OSError as error:
        why = f"cannot read {path.name}: {error.strerror}" if error.strerror else str(error)
        raise UnreadableError(why) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"{path.name} is damaged: {error}") from None
