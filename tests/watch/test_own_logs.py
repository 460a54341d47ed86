"""Which of the logs beside a launched program are taken for its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest
from support import grokking_rows, write_run

from grok_tui.analysis.verdict import Outcome
from grok_tui.logs.correction import Correction, remember
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.make import make_run
from grok_tui.runs.record import Program, State, read_record, write_record
from grok_tui.runs.traces import Traces, write_traces
from grok_tui.watch import own_logs
from grok_tui.watch.control import why_not_signal
from grok_tui.watch.discovery import need_places
from grok_tui.watch.inventory import take_inventory
from grok_tui.watch.judgement import judge, log_of, read_run

LAUNCHED = 1.7e9
ROWS = [f"{step},{v['train/accuracy']},{v['test/accuracy']}" for step, v in grokking_rows()]
HEAD = "step,train_acc,val_acc"


def launched(
    tmp_path: Path, *, ran_s: float = 100.0, state: State = State.FINISHED, logs: str = "work"
) -> RunPaths:
    """Make a run of a program that was launched long ago, and ran so long."""
    (tmp_path / "work").mkdir(exist_ok=True)
    paths = make_run(
        tmp_path / "runs",
        "train",
        config={},
        program=Program(is_launched=True),
        logs=[str(tmp_path / logs)],
    )
    fields = {"created": LAUNCHED, "state": state, "state_time": LAUNCHED + ran_s}
    write_record(paths.record, msgspec.structs.replace(read_record(paths.record), **fields))
    return paths


def write(path: Path, changed_s: float, *, head: str = HEAD, rows: list[str] = ROWS) -> Path:
    """Write a log that was changed so long after the launch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head, *rows, ""]))
    os.utime(path, (LAUNCHED + changed_s,) * 2)
    return path


def own_log(paths: RunPaths) -> Path | None:
    log = log_of(paths.root)
    return log.path if log else None


def test_a_log_that_changed_while_it_ran_gives_curves_verdict_and_step(tmp_path: Path) -> None:
    paths = launched(tmp_path)
    path = write(tmp_path / "work/logs/metrics.csv", 50)
    write(tmp_path / "work/before.csv", -50)
    view = read_run(paths.root)
    assert (view.log, view.step, view.format) == (path, 4000, None)
    assert view.verdict.outcome is Outcome.GROKKED
    judged = judge(paths.root)
    assert judged.verdict == view.verdict == judge(path).verdict
    assert judged.meaning is not None
    assert judged.meaning.metrics["train/accuracy"] == "train_acc"
    found = [take_inventory(place) for place in need_places([paths.root, path])]
    assert found[0].metrics == found[1].metrics
    assert found[0].format == "table"


@pytest.mark.parametrize("changed_s", [-1.0, 100.0 + 10 * own_logs.GRACE_S])
def test_what_changed_before_it_or_after_it_is_somebody_elses(
    tmp_path: Path, changed_s: float
) -> None:
    paths = launched(tmp_path)
    write(tmp_path / "work/metrics.csv", changed_s)
    assert own_log(paths) is None
    assert read_run(paths.root).curves == {}


def test_rows_of_its_own_win(tmp_path: Path) -> None:
    paths = write_run(
        tmp_path / "runs",
        grokking_rows()[:7],
        program=Program(is_launched=True),
        logs=[str(tmp_path)],
        created=LAUNCHED,
    )
    write(tmp_path / "metrics.csv", 1)
    view = read_run(paths.root)
    assert (view.log, len(view.curve("train/loss"))) == (None, 7)


def test_a_log_with_train_and_test_is_taken_before_a_newer_one_without(tmp_path: Path) -> None:
    paths = launched(tmp_path, ran_s=10_000)
    wanted = write(tmp_path / "work/scores.csv", 1000)
    write(tmp_path / "work/speed.csv", 9000, head="step,tokens,memory")
    assert own_log(paths) == wanted


def test_of_several_the_newest_is_taken_and_of_those_written_together_the_last(
    tmp_path: Path,
) -> None:
    paths = launched(tmp_path, ran_s=10_000)
    work = tmp_path / "work"
    first = write(work / "version_9/metrics.csv", 1000)
    assert own_log(paths) == first
    last = write(work / "version_10/metrics.csv", 5000)
    assert own_log(paths) == last
    write(work / "version_11/metrics.csv", 100)  # left behind long ago
    assert own_log(paths) == last
    write(work / "version_9/metrics.csv", 5010)  # both are written to: the choice stays
    assert own_log(paths) == last


def test_one_that_it_was_seen_to_write_is_taken_before_others(tmp_path: Path) -> None:
    paths = launched(tmp_path)
    ours = write(tmp_path / "work/a.csv", 50)
    write(tmp_path / "work/b.csv", 60)
    write_traces(paths.traces, Traces(files=[os.path.realpath(ours)]))
    assert own_log(paths) == ours


def test_tensorboards_files_name_the_process(tmp_path: Path) -> None:
    tensorboard = pytest.importorskip("tensorboard.summary.writer.event_file_writer")
    paths = launched(tmp_path)
    for name, pid in (("a", 4242), ("b", 4243)):
        folder = tmp_path / "work" / name
        tensorboard.EventFileWriter(str(folder)).close()
        (file,) = folder.iterdir()
        stem, start, host, _, number = _named(file.name)
        moved = file.rename(folder / f"{stem}.{start}.{host}.{pid}.{number}")
        os.utime(moved, (LAUNCHED + 1,) * 2)
    assert own_log(paths) == tmp_path / "work/b"
    write_traces(paths.traces, Traces(processes=[4242]))
    assert own_log(paths) == tmp_path / "work/a"


def _named(name: str) -> tuple[str, str, str, str, str]:
    """Return the parts of the name of an event file; that of the host may have dots in it."""
    head, pid, number = name.rsplit(".", 2)
    start, host = head.removeprefix("events.out.tfevents.").split(".", 1)
    return "events.out.tfevents", start, host, pid, number


def test_of_several_runs_in_one_file_that_counts_which_began_with_it(tmp_path: Path) -> None:
    rows = [
        f"{name},{step},{begun + step},{step / 100},0.1"
        for name, begun in (("x", LAUNCHED + 5), ("z", LAUNCHED - 500), ("y", LAUNCHED + 500))
        for step in range(20)
    ]
    paths = launched(tmp_path)
    write(tmp_path / "work/all.csv", 50, head="run,step,time,train_acc,val_acc", rows=rows)
    log = log_of(paths.root)
    assert log is not None
    assert log.run == "x"


def test_a_copy_of_a_run_on_another_machine_names_no_log_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = launched(tmp_path)
    write(tmp_path / "work/metrics.csv", 50)
    monkeypatch.setattr(own_logs, "is_copy", lambda _: True)
    assert own_log(paths) is None


def test_what_it_printed_is_its_log_where_there_is_no_better_one(tmp_path: Path) -> None:
    paths = launched(tmp_path)
    paths.stdout.write_text("hello\n" * 9)
    assert own_log(paths) is None
    lines = [f"epoch {row.split(',')[0]}: train_acc {row.split(',')[1]}" for row in ROWS]
    paths.stdout.write_text("\n".join(["loading", *lines, ""]))
    assert own_log(paths) == paths.stdout
    other = write(tmp_path / "work/speed.csv", 50, head="step,tokens,memory")
    assert own_log(paths) == other
    lines = [f"{line} val_acc {row.split(',')[2]}" for line, row in zip(lines, ROWS, strict=True)]
    paths.stdout.write_text("\n".join(["loading", *lines, ""]))
    assert own_log(paths) == paths.stdout, "it can be judged, and the other cannot"
    view = read_run(paths.root)
    assert (view.log, view.verdict.outcome) == (paths.stdout, Outcome.GROKKED)
    better = write(tmp_path / "work/metrics.csv", 50)
    assert own_log(paths) == better
    assert read_run(paths.root).verdict == view.verdict


def test_what_it_printed_into_a_link_is_not_read(tmp_path: Path) -> None:
    paths = launched(tmp_path)
    paths.stdout.symlink_to(write(tmp_path / "elsewhere.log", 50))
    assert own_log(paths) is None


def test_what_it_printed_is_read_from_a_copy_of_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = launched(tmp_path)
    write(tmp_path / "work/metrics.csv", 50)
    write(paths.stdout, 50)
    monkeypatch.setattr(own_logs, "is_copy", lambda _: True)
    assert own_log(paths) == paths.stdout


def test_a_log_that_cannot_be_read_leaves_the_run_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grok_tui.logs.table import TableSource

    def locked(*_: object) -> None:
        raise BlockingIOError("it is locked")

    paths = launched(tmp_path)
    path = write(tmp_path / "work/metrics.csv", 50)
    monkeypatch.setattr(TableSource, "read", locked)
    view = read_run(paths.root)
    assert view.status.state is State.FINISHED
    assert view.skipped == f"{path}: it is locked"
    assert "log" not in (why_not_signal(view, freezing=True) or "")


def test_what_is_said_of_the_run_or_of_the_logs_folder_holds(tmp_path: Path) -> None:
    paths = launched(tmp_path)
    write(tmp_path / "work/metrics.csv", 50, head="step,seen,unseen")
    assert read_run(paths.root).verdict.outcome is Outcome.UNDECIDED
    roles = {"seen": "train/accuracy", "unseen": "test/accuracy"}
    remember(tmp_path / "work", Correction(roles))
    assert read_run(paths.root).verdict.outcome is Outcome.GROKKED
    remember(paths.root, Correction({"seen": "nothing"}))
    assert "train/accuracy" not in read_run(paths.root).curves


def test_a_killed_program_ended_with_its_last_sign_of_life(tmp_path: Path) -> None:
    paths = launched(tmp_path, state=State.RUNNING)
    record = read_record(paths.record)
    write_record(paths.record, msgspec.structs.replace(record, pid=1))
    paths.heartbeat.write_text("{}")
    os.utime(paths.heartbeat, (LAUNCHED + 200,) * 2)
    path = write(tmp_path / "work/metrics.csv", 190)
    assert own_log(paths) == path
    write(path, 300)  # by whoever came after it
    assert own_log(paths) is None


def test_old_files_are_not_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from grok_tui.logs import table

    paths = launched(tmp_path)
    for number in range(20):
        write(tmp_path / f"work/data/{number}.csv", -time.time() / 2)
    looked = list[Path]()
    monkeypatch.setattr(table, "is_log", lambda path: bool(looked.append(path)))
    assert own_log(paths) is None
    assert looked == []
