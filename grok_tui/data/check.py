"""Whether the examples of a task are there: before a run is made that would end at once."""

from __future__ import annotations

from grok_tui.config import Config, ImagesTask, TextTask
from grok_tui.errors import UsageError


def why_no_data(config: Config) -> str | None:
    """Return why a task's images or texts cannot be read, or are too few."""
    try:
        if isinstance(config.task, ImagesTask):
            from grok_tui.data.images import read_images  # numpy comes with it

            read_images(config.task)
        elif isinstance(config.task, TextTask):
            from grok_tui.data.texts import read_texts

            read_texts(config.task)
    except UsageError as error:
        return str(error)
    return None
