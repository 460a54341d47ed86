"""Files of the user's own that a task reads: a run finds them from wherever it goes on."""

from __future__ import annotations

import contextlib
from pathlib import Path

from msgspec.structs import replace

from grok_tui.config.settings import Config
from grok_tui.config.tasks import DIGITS, TWEETS, ImagesTask, TextTask
from grok_tui.errors import UsageError


def with_absolute_data(config: Config, folder: Path) -> Config:
    """Return a config that names the file of its task, if there is one, from the root on.

    Args:
        config: any config; `~` is the user's home.
        folder: where a relative path starts.

    Raises:
        UsageError: the path cannot be written down.
    """
    task = config.task
    if not isinstance(task, ImagesTask | TextTask) or task.data in (DIGITS, TWEETS):
        return config
    path = Path(task.data)
    with contextlib.suppress(RuntimeError):  # nobody of that name has a home
        path = path.expanduser()
    absolute = str(folder / path)
    if "\0" in absolute or absolute != absolute.encode("utf-8", "replace").decode():
        raise UsageError("task.data: expected a path in UTF-8")
    return replace(config, task=replace(task, data=absolute))
