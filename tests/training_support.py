"""What the tests of training have in common: runs that are trained in the test's own process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from grok_tui.config import Config, change
from grok_tui.launch.local import create_run
from grok_tui.runs import checkpoints
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State
from grok_tui.runs.session import Session
from grok_tui.training.loop import train


def create(root: Path, config: Config, seeds: Sequence[int]) -> list[RunPaths]:
    configs = [change(config, [f"seed={seed}"])[0] for seed in seeds]
    return [create_run(root, each, preset=None, changes={}) for each in configs]


def alone(paths: RunPaths, *, resume: bool = False) -> State:
    session = Session(paths, resume=resume)
    ended = train(session.config(), session.recorder, session.control, resume=resume)
    session.end(ended)
    return ended


def rows(paths: RunPaths) -> list[dict[str, Any]]:
    files = [path for _, _, path in paths.metrics_files()]
    lines = [line for path in files for line in path.read_text().splitlines()[1:]]
    return [json.loads(line) for line in lines]


def curve(paths: RunPaths, name: str) -> dict[int, float]:
    return {row["step"]: row[name] for row in rows(paths) if name in row}


def without_time(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "time"} for row in found]


def saved(paths: RunPaths) -> dict[str, Any]:
    """Return the newest saved state, without its seconds: no two runs take the same."""
    newest = checkpoints.manifests(paths)[0]
    assert checkpoints.why_damaged(paths, newest) is None
    state = torch.load(checkpoints.data_file(paths, newest.step), weights_only=True)
    assert isinstance(state, dict)
    del state["pulse"]
    state["meter"] = {k: v for k, v in state["meter"].items() if not k.endswith("_s")}
    return state


def assert_same(one: Any, other: Any) -> None:
    """Compare states bit by bit."""
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert one.dtype == other.dtype
        assert one.numpy().tobytes() == other.numpy().tobytes()
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert one == other
