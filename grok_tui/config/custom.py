"""Whether functions of the user's own, `module:function`, are there: without calling any."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from grok_tui.config.models import CustomModel
from grok_tui.config.settings import Config
from grok_tui.config.tasks import CustomTask


def why_no_function(config: Config) -> str | None:
    """Return why a function of the user's own cannot be called; its module is not imported."""
    for section, chosen in (("task", config.task), ("model", config.model)):
        if isinstance(chosen, CustomTask | CustomModel):
            module, _, function = chosen.function.partition(":")
            if not function.isidentifier():
                return f"{section}.kind: expected module:function, got {chosen.function!r}"
            if not _is_there(module):
                return f"{section}.kind: there is no module {module} here or in the environment"
    return None


def _is_there(module: str) -> bool:
    sys.path.append(str(Path.cwd()))
    try:
        return importlib.util.find_spec(module) is not None
    except Exception:  # whatever the package around it does when it is imported
        return False
    finally:
        sys.path.pop()
