"""Finds run directories: all of a folder, or the one that a user means."""

from __future__ import annotations

import os
import re
from pathlib import Path

from grok_tui.errors import GrokTuiError, UsageError, unknown
from grok_tui.files import make_private
from grok_tui.runs.layout import RUN_ID, RunPaths, is_run
from grok_tui.runs.record import read_record

MAX_RUNS = 100_000


def find_runs(root: Path) -> list[Path]:
    """Return the run directories in a folder, by name; none for a folder that does not exist.

    Raises:
        UsageError: it is no folder, or cannot be read.
    """
    try:
        with os.scandir(root) as entries:
            folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"cannot read {root}: {error.strerror or error}") from None
    return [path for path in map(Path, sorted(folders)[:MAX_RUNS]) if is_run(path)]


def find_run(root: Path, wanted: str) -> Path:
    """Return the run that a user means by a path, an id, a name, or the unique start of an id.

    Raises:
        UsageError: there is none, or more than one.
    """
    as_path = Path(wanted)
    if os.sep in wanted and is_run(as_path):
        return as_path
    runs = {path.name: path for path in find_runs(root)}
    if wanted in runs:
        return runs[wanted]
    named = [path for path in runs.values() if wanted and _name(path) == wanted]
    starting = [path for name, path in runs.items() if wanted and name.startswith(wanted)]
    for matches in (named, starting):
        if len(matches) == 1:
            return matches[0]
        if matches:
            listed = ", ".join(path.name for path in matches[:10])
            raise UsageError(f"{wanted!r} means {len(matches)} runs: {listed}; give one id")
    if is_run(as_path):
        return as_path
    raise unknown(f"run in {root}", wanted, runs)


def make_run_directory(root: Path, name: str, run_id: str | None = None) -> Path:
    """Make the directory of a new run, called after its name with the next free number.

    Args:
        root: the folder of all runs; it is made if it is missing.
        name: what the run is called.
        run_id: what its directory is called, where that is decided already.

    Raises:
        UsageError: the folder cannot be made or written, or the directory is there already.
    """
    stem = "".join(char if RUN_ID.fullmatch(f"a{char}") else "-" for char in name)
    stem = stem.strip("-._")[:100] or "run"
    try:
        make_private(root)
        if run_id is not None:
            (root / run_id).mkdir(mode=0o700)
            return root / run_id
        number = _highest_number(root, stem) + 1
        while True:  # another process may take the same number: making a directory decides
            try:
                path = root / f"{stem}-{number}"
                path.mkdir(mode=0o700)
            except FileExistsError:
                number += 1
            else:
                return path
    except OSError as error:
        raise UsageError(f"cannot make a run in {root}: {error.strerror}") from None


def _highest_number(root: Path, stem: str) -> int:
    numbered = re.compile(rf"{re.escape(stem)}-(\d{{1,9}})", re.ASCII)
    matches = filter(None, (numbered.fullmatch(path.name) for path in root.iterdir()))
    return max((int(match[1]) for match in matches), default=0)


def _name(path: Path) -> str | None:
    try:
        return read_record(RunPaths(path).record).name
    except GrokTuiError:
        return None
