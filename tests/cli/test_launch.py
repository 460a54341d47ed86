from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import wait_until

from grok_tui.runs.record import State, read_record
from grok_tui.runs.traces import read_traces
from grok_tui.watch.feed import Feed


def grok_tui(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grok_tui", *arguments], capture_output=True, text=True
    )


def test_a_command_with_options_of_its_own_is_launched_and_started_again() -> None:
    Path("train.py").write_text("import sys; print(sys.argv); sys.exit(len(sys.argv) - 2)")
    launched = grok_tui("launch", "--runs", "mine", "--", sys.executable, "train.py", "--name", "x")
    record = Path("mine/train-1/run.json")
    wait_until(lambda: read_record(record).state is State.CRASHED, "it has ended")
    assert "train-1" in launched.stdout + launched.stderr
    assert "['train.py', '--name', 'x']" in Path("mine/train-1/stdout.log").read_text()
    Path("train.py").write_text("import time; time.sleep(60)")
    assert grok_tui("resume", "mine/train-1").returncode == 0
    said = grok_tui("stop", "mine/train-1")
    assert (said.returncode, said.stdout) == (0, "train-1 stops at step 0\n")
    wait_until(lambda: read_record(record).state is State.STOPPED, "it stops")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["launch"], "Missing argument '-- COMMAND...'"),
        (["launch", "--", "nosuch"], "no program named 'nosuch'"),
    ],
)
def test_what_cannot_be_launched_is_one_line_and_makes_nothing(
    arguments: list[str], told: str
) -> None:
    said = grok_tui(*arguments)
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert told in said.stderr
    assert not Path("runs").exists()


TRAINS = """
import sys, time
from pathlib import Path
name, wait = sys.argv[1:]
Path("out").mkdir(exist_ok=True)
with open(f"out/{name}.csv", "w", buffering=1) as log:
    log.write("step,train_acc,val_acc\\n")
    for step in range(1000):
        if step == 500:
            while wait == "wait" and not Path(f"go-{name}").exists():
                time.sleep(0.02)
        test = min(1.0, max(0.0, step / 200 - 3))
        log.write(f"{step},{min(1.0, step / 20)},{test}\\n")
time.sleep(2)
"""


def shown(run: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(grok_tui("show", run, "--json").stdout)
    return found


def test_a_log_of_its_own_makes_the_curves_of_a_launched_run() -> None:
    Path("train.py").write_text(TRAINS)
    command = [sys.executable, "train.py"]
    grok_tui("launch", "--name", "old", "--", *command, "old", "at-once")
    wait_until(lambda: read_record(Path("runs/old-1/run.json")).state is State.FINISHED, "it ends")
    grok_tui("launch", "--name", "new", "--logs", "out", "--", *command, "new", "wait")
    wait_until(lambda: shown("new-1")["step"] == 499, "half of it is there")
    assert shown("new-1")["verdict"] == "memorised"
    assert grok_tui("wait", "new-1", "--until", "memorised").returncode == 0
    feed = Feed([Path("runs")])
    feed.start()
    try:
        run = Path("runs/new-1")
        wait_until(lambda: getattr(feed.latest.run(run), "step", None) == 499, "it shows")
        feed.focus(run)
        said = grok_tui("pause", "new-1")
        assert said.returncode == 0, said.stderr
        assert grok_tui("resume", "new-1").returncode == 0
        Path("go-new").touch()
        assert grok_tui("wait", "new-1", "--until", "grokked", "--timeout", "30").returncode == 0
        wait_until(lambda: getattr(feed.latest.run(run), "step", None) == 999, "all of it shows")
        view = feed.latest.run(run)
    finally:
        feed.stop()
    assert view is not None
    judged = json.loads(grok_tui("detect", "runs/new-1", "--json").stdout)
    assert view.verdict.to_json()["grok"] == judged["grok"] == shown("new-1")["grok"]
    assert judged["columns"] == {"step": "step", "train": "train_acc", "test": "val_acc"}
    assert shown("new-1")["log"] == str(Path("out/new.csv").absolute())
    assert shown("old-1")["log"] == str(Path("out/old.csv").absolute())
    assert read_traces(run / "traces.json").files == [str(Path("out/new.csv").absolute())]
    lines = grok_tui("metrics", "runs/new-1", "--json").stdout.splitlines()
    assert [json.loads(line)["metric"] for line in lines] == ["train_acc", "val_acc"]
    wait_until(lambda: read_record(run / "run.json").state is State.FINISHED, "it ends")
