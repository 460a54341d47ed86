"""Whether what `compile = true` needs is there."""

from __future__ import annotations

import os
import shutil
import sys

from grok_tui.config.settings import Config


def why_no_compiler(config: Config) -> str | None:
    """Return why torch could not compile here, where a config wants it to."""
    name = os.environ.get("CXX") or ("clang++" if sys.platform == "darwin" else "g++")
    if not config.compile or shutil.which(name):
        return None
    return f"compile: torch needs the compiler {name}, which is not there"
