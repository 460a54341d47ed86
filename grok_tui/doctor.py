"""What this machine and this terminal have to offer, in a dozen lines, without importing torch."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import grok_tui
from grok_tui import paths
from grok_tui.launch.slots import core_count, gpu_count
from grok_tui.settings import Settings
from grok_tui.terminal import has_few_colours, has_unicode, locale_of, multiplexer
from grok_tui.text import safe

NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "lustre", "gpfs"})
"""File systems that tell of no changes, and whose locks may hold on one machine only."""
_MOUNTS = Path("/proc/self/mounts")


def findings(
    root: Path, settings: Settings, problems: tuple[str, ...], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield what was looked at and what was found, one line each."""
    yield "grok-tui", f"{grok_tui.__version__}, Python {platform.python_version()}"
    yield "terminal", _terminal(environment)
    yield "colours", _colours(environment)
    yield "characters", _characters(settings, environment)
    yield "runs", _folder(root)
    yield "torch", _torch()
    yield "devices", f"{gpu_count()} GPUs, {core_count()} CPU cores"
    yield "settings", safe(paths.config_file()) if paths.config_file().exists() else "none"
    for problem in problems:
        yield "  problem", problem
    if settings.notify and shutil.which(settings.notify[0]) is None:
        yield "  problem", f"notify: there is no program {safe(settings.notify[0])!r}"


def _terminal(environment: Mapping[str, str]) -> str:
    size = shutil.get_terminal_size((0, 0))
    parts = [safe(environment.get("TERM") or "unknown")]
    parts += [f"{size.columns}x{size.lines}"] if size.columns else ["no size"]
    parts += [f"in {through}"] if (through := multiplexer(environment)) else []
    parts += ["over SSH"] if environment.get("SSH_CONNECTION") else []
    return ", ".join(parts)


def _colours(environment: Mapping[str, str]) -> str:
    if environment.get("NO_COLOR"):
        return "none: NO_COLOR is set"
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million"
    if has_few_colours(environment):
        return "16"
    return "256" if "256" in environment.get("TERM", "") else "as Textual finds"


def _characters(settings: Settings, environment: Mapping[str, str]) -> str:
    if settings.ascii is not None:
        return f"{'ASCII' if settings.ascii else 'Unicode'}, by the settings"
    said = f"locale {safe(locale_of(environment) or 'not set')}"
    return f"{'Unicode' if has_unicode(environment) else 'ASCII'}: {said}"


def _folder(root: Path) -> str:
    kind = file_system(root)
    if not root.is_dir():
        return f"{safe(root)}: not there yet"
    access = "" if os.access(root, os.W_OK) else ", read only"
    watch = "is polled only" if kind in NETWORK else "is watched and polled"
    free = shutil.disk_usage(root).free / 1e9
    return f"{safe(root)} {watch}, {kind or 'unknown'} with {free:.0f} GB free{access}"


def file_system(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """Return the kind of the file system that a path lies on; nothing where nobody says."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return None
    here = path.resolve()
    found: tuple[int, str] | None = None
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        folder = Path(point.replace("\\040", " "))
        depth = len(folder.parts)
        if here.is_relative_to(folder) and (found is None or depth >= found[0]):
            found = (depth, kind)
    return found[1] if found else None


def _torch() -> str:
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return "not installed: runs can be watched, not trained"
    return f"{version}{'' if '+cpu' not in version else ', which knows no GPU'}"
