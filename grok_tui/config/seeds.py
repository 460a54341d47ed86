"""Several seeds at once: which ones are meant, and whether their runs can share a process."""

from __future__ import annotations

import re

from grok_tui.config.models import CustomModel
from grok_tui.config.settings import Config
from grok_tui.config.tasks import CustomTask
from grok_tui.errors import UsageError

MOST = 1024
_RANGE = re.compile(r"(\d{1,12})\.\.(\d{1,12})", re.ASCII)


def parse_seeds(text: str) -> range:
    """Return the seeds of a range such as 0..31, its last one included.

    Raises:
        UsageError: it is no range, falls, or is longer than 1024.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise UsageError(f"--seeds: expected the first and the last one as in 0..31, got {text!r}")
    first, last = int(match[1]), int(match[2])
    if last < first:
        raise UsageError(f"--seeds: {text} has no seed in it; {last}..{first} has")
    if last - first >= MOST:
        raise UsageError(f"--seeds: {text} are {last - first + 1}, and {MOST} is the most")
    return range(first, last + 1)


def why_not_together(config: Config) -> str | None:
    """Return why runs of a config with several seeds need a process each, if they do.

    All that a run draws while it trains must come from generators of its own.
    """
    if config.regularization.weight_noise:
        return "noise on the weights is drawn from the one generator of a process"
    if isinstance(config.model, CustomModel) or isinstance(config.task, CustomTask):
        return "a function of your own may draw from the one generator of a process"
    if config.checkpoint.pause_on_full_disk:
        return "checkpoint.pause_on_full_disk pauses a process"
    return None
