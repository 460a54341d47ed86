"""The trainer's process: takes the locks of its runs, trains, and writes down how they ended."""

from __future__ import annotations

import argparse
import gc
import os
import resource
import sys
from pathlib import Path

import msgspec

from grok_tui.config import Config
from grok_tui.errors import GrokTuiError
from grok_tui.runs.control import SharingControl, catch_signals
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State
from grok_tui.runs.session import Session

EXIT_STATUS = {State.FINISHED: 0, State.STOPPED: 76, State.PARKED: 75}
"""What the process tells whoever waits for it: how the run ended, or the last of several."""


def main(arguments: list[str]) -> int:
    """Train the runs in the given directories; return the exit status."""
    try:
        asked = _parse(arguments)
        sessions = _sessions(asked)
    except (GrokTuiError, OSError) as error:
        print(f"grok-tui: {error}", file=sys.stderr)
        return getattr(error, "exit_status", 1)
    try:
        return _train(sessions, asked)
    finally:
        for session in sessions:
            session.release()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m grok_tui.training", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="run directories; several share it")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")
    parser.add_argument("--device", help="where to train, in place of what the run asks for")
    parser.add_argument("--slot", type=int, help="open file whose lock is this run's place")
    asked = parser.parse_args(arguments)
    if asked.resume and len(asked.runs) > 1:
        parser.error("--resume: each run goes on in a process of its own")
    if asked.slot is not None:  # a forked data worker would keep the place when the run is over
        os.register_at_fork(after_in_child=lambda: os.close(asked.slot))
    return asked


def _sessions(asked: argparse.Namespace) -> list[Session]:
    paths = [RunPaths(run.absolute()) for run in asked.runs]
    if len(paths) == 1:
        return [Session(paths[0], resume=asked.resume)]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each run has some files open
    return [Session(each, has_output=True, control=SharingControl) for each in paths]


def is_elsewhere(folder: Path, run: Path) -> bool:
    """Return whether a folder of functions is none that came with the run directory."""
    place = folder.resolve()
    return folder.is_absolute() and run.resolve() not in (place, *place.parents)


def _load_torch() -> None:
    """Import the training loop, and torch with it: this takes seconds, and may fail."""
    gc.disable()  # a million objects that live for ever: looking for garbage costs an eighth
    try:
        import grok_tui.training.loop  # noqa: F401
    finally:
        gc.freeze()
        gc.enable()


def _train(sessions: list[Session], asked: argparse.Namespace) -> int:
    catch_signals([session.control for session in sessions])
    left, status = list(sessions), 0
    try:
        _load_torch()
        if len(sessions) == 1:
            endings = iter([(0, _train_alone(sessions[0], asked))])
        else:
            from grok_tui.training.stack import train_together

            endings = train_together(
                [_settings(session, asked) for session in sessions],
                [session.recorder for session in sessions],
                [session.control for session in sessions],
            )
        for number, ended in endings:
            sessions[number].end(ended)
            left.remove(sessions[number])
            status = EXIT_STATUS[ended]
    except Exception as error:
        for session in left:
            session.crash(error)
        return 1
    return status


def _train_alone(session: Session, asked: argparse.Namespace) -> State:
    from grok_tui.training.loop import train

    settings, folder = _settings(session, asked), session.record.folder
    if folder and is_elsewhere(Path(folder), session.recorder.paths.root):
        sys.path.append(folder)  # at the end: a torch.py there is not torch
    return train(settings, session.recorder, session.control, resume=asked.resume)


def _settings(session: Session, asked: argparse.Namespace) -> Config:
    settings = session.config()
    return msgspec.structs.replace(settings, device=asked.device) if asked.device else settings


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
