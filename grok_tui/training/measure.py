"""The process that measures a run's saved checkpoints, one measure of one after the other."""

from __future__ import annotations

import argparse
import contextlib
import math
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui import config
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.runs import checkpoints, measurements
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import LockHeldError, RunLock
from grok_tui.runs.measurements import Due
from grok_tui.runs.record import Record, read_record
from grok_tui.runs.writer import MetricsWriter
from grok_tui.text import safe
from grok_tui.training.__main__ import is_elsewhere
from grok_tui.training.progress import Progress, progress

if TYPE_CHECKING:
    import torch

    from grok_tui.training.complexity.on_demand import Case

LONGEST_REASON = 200
"""Characters of torch's reasons that are shown."""
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def main(arguments: list[str]) -> int:
    """Measure the checkpoints of the run in the given directory; return the exit status."""
    asked = _parse(arguments)
    paths = RunPaths(asked.run)
    try:
        names = measurements.chosen(asked.measure)
        found = measurements.checkpoints_of(paths, asked.every)
        lock = _take_lock(paths)
        try:
            _measure(paths, names, found, asked.device)
        finally:
            lock.release()
    except KeyboardInterrupt:
        print("stopped: what is measured is kept, and the same command goes on", file=sys.stderr)
        return INTERRUPTED
    except (GrokTuiError, OSError) as error:
        print(f"grok-tui: {safe(error, 2000)}", file=sys.stderr)
        return getattr(error, "exit_status", 1)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m grok_tui.training.measure")
    parser.add_argument("run", type=Path, help="the run directory")
    parser.add_argument("--measure", help="names, with commas between them")
    parser.add_argument("--every", type=int, default=1, help="only steps that are multiples of it")
    parser.add_argument("--device", help="where to compute, in place of what the run asks for")
    return parser.parse_args(arguments)


def _take_lock(paths: RunPaths) -> RunLock:
    try:
        return RunLock(paths.measure_lock)
    except LockHeldError:
        raise GrokTuiError(f"{paths.root.name} is being measured by another process") from None
    except OSError as error:
        raise GrokTuiError(f"cannot write {paths.measure_lock}: {error.strerror}") from None


def _interrupt_once() -> None:
    """Let the first Ctrl-C end the work; a second one must not end the farewell."""

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)


def _measure(
    paths: RunPaths, names: Sequence[str], found: Sequence[checkpoints.Manifest], device: str | None
) -> None:
    record = read_record(paths.record)
    case, place = _untrained(paths, record, device)
    from grok_tui.training.complexity.on_demand import ON_DEMAND

    reasons = {name: ON_DEMAND[name].why_not(case) for name in names}
    for name, reason in reasons.items():
        if reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)
    fitting = [name for name, reason in reasons.items() if reason is None]
    if not fitting:
        raise UsageError(f"none of these measures says anything of {paths.root.name}")
    due = measurements.due(paths, found, fitting)
    total, count, new = len(found) * len(fitting), sum(len(each.names) for each in due), 0
    if count:
        writer = measurements.open_writer(paths)
        with progress(count) as shown, contextlib.closing(writer):
            taken = [_take_all(paths, each, case, place, writer, shown) for each in due]
        usable = [values for values in taken if values is not None]
        if not usable:
            raise GrokTuiError(f"none of {len(due)} checkpoints can be used")
        new = sum(usable)
    print(f"{paths.root.name}: {len(found)} checkpoints, {', '.join(fitting)}; ", end="")
    print(f"{new} of {total} values are new")


def _untrained(paths: RunPaths, record: Record, device: str | None) -> tuple[Case, torch.device]:
    """Return the run's network before training, and where it is; this imports torch."""
    from grok_tui.training.build import build
    from grok_tui.training.complexity.on_demand import Case, why_no_network
    from grok_tui.training.device import choose_device, prepare

    settings = config.parse_tree(record.config, "run.json")
    if record.folder and is_elsewhere(Path(record.folder), paths.root.absolute()):
        sys.path.append(record.folder)  # at the end: a torch.py there is not torch
    if device:
        settings = config.parse_tree({**record.config, "device": device}, "--device")
    place = choose_device(settings.device)
    prepare(place)
    setup = build(settings, place)
    setup.model.eval()
    reason = why_no_network(setup.model)
    if reason:
        raise UsageError(f"{paths.root.name}: {reason}")
    return Case(settings, setup), place


def _take_all(
    paths: RunPaths,
    each: Due,
    case: Case,
    place: torch.device,
    writer: MetricsWriter,
    shown: Progress,
) -> int | None:
    """Write down the measures of a checkpoint; return how many, or nothing if it is damaged."""
    from grok_tui.training.complexity.on_demand import ON_DEMAND

    step = each.manifest.step
    problem = checkpoints.why_damaged(paths, each.manifest) or _load(paths, step, case, place)
    if problem:  # also one that a live run has deleted meanwhile
        shown.leave_out(
            f"step {step} is left out: {safe(problem, LONGEST_REASON)}", len(each.names)
        )
        return None
    written = 0
    for name in each.names:
        start = time.perf_counter()
        try:
            values = ON_DEMAND[name].take(case)
        except RuntimeError as error:  # torch's: a diverged network, or too little memory
            reason = safe(str(error).partition("\n")[0], LONGEST_REASON)
            shown.leave_out(f"step {step}: {name} is left out: {reason}")
            continue
        writer.write(step, values)
        written += 1
        shown.advance(f"step {step}: {name} {_told(values)} ({time.perf_counter() - start:.1f} s)")
    return written


def _load(paths: RunPaths, step: int, case: Case, place: torch.device) -> str | None:
    """Give the network a checkpoint's weights; return what is wrong with them."""
    from grok_tui.training.checkpoint import read_state

    try:
        state = read_state(checkpoints.data_file(paths, step), place)
        case.model.load_state_dict(state["model"])
    except Exception as error:  # whatever torch makes of a file that is none of its own
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return None


def _told(values: Mapping[str, float]) -> str:
    return " ".join(f"{value:.4g}" if math.isfinite(value) else "–" for value in values.values())


if __name__ == "__main__":
    _interrupt_once()
    sys.exit(main(sys.argv[1:]))
