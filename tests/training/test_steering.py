from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from support import wait_until

from grok_tui.config import change, load_preset
from grok_tui.launch.local import create_run, restart, start
from grok_tui.runs import checkpoints, journal, spool
from grok_tui.runs.heartbeat import read_heartbeat
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record

CONFIG, _ = change(
    load_preset("add-53-flash").config,
    ["steps=1000000", "checkpoint.every=50", "device=cpu", "complexity.measures=[]"],
)


def weights(paths: RunPaths) -> dict[str, Any]:
    newest = checkpoints.manifests(paths)[0]
    state = torch.load(checkpoints.data_file(paths, newest.step), weights_only=True)
    return {"model": state["model"], "optimizer": state["optimizer"]}


def as_bytes(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.numpy().tobytes()
    if isinstance(value, dict):
        return {key: as_bytes(item) for key, item in value.items()}
    return [as_bytes(item) for item in value] if isinstance(value, list) else value


def send_all(paths: RunPaths, sender: int, count: int, for_s: float, sent: list[str]) -> None:
    """Change a setting again and again, each time to a value that names sender and number."""
    key = ("optimizer.lr", "optimizer.weight_decay")[sender]
    for number in range(count):
        value = (0.01 if sender == 0 else 0.3) * (1 + number / count)
        sent.append(spool.send(paths, "set", changes=[f"{key}={value}"]).id)
        time.sleep(for_s / count)


def check_exactly_once(root: Path, count: int, kills: int) -> None:
    """Two senders steer a run that is killed all the time; then its journal is replayed alone."""
    moments, sent = random.Random(1), list[str]()
    paths = create_run(root / "steered", CONFIG, preset=None, changes={})
    began, process = time.monotonic(), start(paths)
    wait_until(lambda: read_record(paths.record).state is State.RUNNING, "it trains", timeout_s=60)
    loading_s = time.monotonic() - began  # how long a process takes until it can hear a command
    for_s = kills * 1.5 * loading_s
    senders = [
        threading.Thread(target=send_all, args=(paths, sender, count // 2, for_s, sent))
        for sender in (0, 1)
    ]
    for sender in senders:
        sender.start()
    for _ in range(kills):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moments.uniform(1.0, 2.0) * loading_s)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process = restart(paths)
    for sender in senders:
        sender.join()
    wait_until(lambda: not spool.pending(paths), "all are answered", timeout_s=60)
    last = journal.commands(paths)[-1].step
    wait_until(
        lambda: (beat := read_heartbeat(paths.heartbeat)) and beat.step > last,
        "the last of them is followed by a step",
    )
    stop = spool.send(paths, "stop")
    assert process.wait(timeout=60) == 76

    answered = {path.stem for path in paths.done_commands.glob("*.json")}
    assert answered == {*sent, stop.id}
    noted = [
        row["id"]
        for row in map(json.loads, paths.events.read_text().splitlines())
        if row["kind"] == "command"
    ]
    assert sorted(noted) == sorted([*sent, stop.id]), "each was taken once, and none is lost"
    steps = [entry.step for entry in journal.commands(paths)]
    assert steps == sorted(steps)
    assert len(set(steps)) > count / 10, "they came at many different steps"

    last_step = checkpoints.manifests(paths)[0].step
    config, _ = change(CONFIG, [f"steps={last_step}"])
    replayed = create_run(root / "replayed", config, preset=None, changes={})
    shutil.copy(paths.events, replayed.events)
    assert restart(replayed).wait(timeout=600) == 0
    assert checkpoints.manifests(replayed)[0].step == last_step
    assert as_bytes(weights(replayed)) == as_bytes(weights(paths))
    assert read_record(replayed.record).live == read_record(paths.record).live != {}


def test_commands_are_carried_out_exactly_once_whatever_is_killed(tmp_path: Path) -> None:
    check_exactly_once(tmp_path, count=16, kills=1)


@pytest.mark.slow
def test_three_hundred_commands_are_carried_out_exactly_once(tmp_path: Path) -> None:
    check_exactly_once(tmp_path, count=300, kills=60)


def test_a_command_that_was_noted_and_not_answered_is_answered_and_not_repeated(
    tmp_path: Path,
) -> None:
    """As after a kill -9 between the journal and the answer."""
    config, _ = change(CONFIG, ["steps=60"])
    paths = create_run(tmp_path, config, preset=None, changes={})
    command = spool.send(paths, "stop")
    row = {"kind": "command", "step": 7, "id": command.id, "verb": "stop", "arguments": {}}
    paths.events.write_text(json.dumps(row) + "\n")
    assert restart(paths).wait(timeout=60) == 0, "it finishes, and is not stopped a second time"
    answer = spool.acknowledgement(paths, command.id)
    assert answer is not None
    assert (answer.step, answer.refused) == (7, None)
