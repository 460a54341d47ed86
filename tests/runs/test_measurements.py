from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support import grokking_rows, save_checkpoint, write_run

from grok_tui.errors import UsageError
from grok_tui.runs import checkpoints, measurements
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.measurements import COLUMNS, DEFAULT, checkpoints_of, chosen, due, open_writer
from grok_tui.watch.judgement import read_run


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    made = write_run(tmp_path, grokking_rows())
    for step in (500, 1000, 1500):
        save_checkpoint(made, step)
    return made


def write(paths: RunPaths, *rows: tuple[int, str, float]) -> None:
    writer = open_writer(paths)
    for step, name, value in rows:
        writer.write(step, {COLUMNS[name]: value})
    writer.close()


def left(paths: RunPaths, *names: str) -> list[tuple[int, tuple[str, ...]]]:
    found = due(paths, checkpoints_of(paths), names)
    return [(each.manifest.step, each.names) for each in found]


def test_all_but_one_measure_are_taken_if_none_is_named() -> None:
    assert chosen(None) == DEFAULT == tuple(name for name in COLUMNS if name != "mdl-authors")
    assert chosen("llc, mdl,llc") == ("llc", "mdl")
    with pytest.raises(UsageError, match="no measure named 'mdk'; did you mean mdl"):
        chosen("mdl,mdk")


def test_a_run_without_checkpoints_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no checkpoints .* checkpoint\.keep_every=N"):
        checkpoints_of(write_run(tmp_path, grokking_rows()))


def test_steps_that_are_multiples_are_picked_oldest_first(paths: RunPaths) -> None:
    assert [manifest.step for manifest in checkpoints_of(paths, 500)] == [500, 1000, 1500]
    assert [manifest.step for manifest in checkpoints_of(paths, 1000)] == [1000]
    with pytest.raises(UsageError, match="multiple of 7; there are 500, 1000, 1500"):
        checkpoints_of(paths, 7)


def test_what_is_written_is_not_due_again_also_what_is_no_number(paths: RunPaths) -> None:
    assert left(paths, "mdl", "llc") == [(step, ("mdl", "llc")) for step in (500, 1000, 1500)]
    write(paths, (500, "mdl", 1.0), (500, "llc", float("nan")), (1000, "llc", 2.0))
    assert left(paths, "mdl", "llc") == [(1000, ("mdl",)), (1500, ("mdl", "llc"))]
    write(paths, (1000, "mdl", 1.0), (1500, "mdl", 3.0), (1500, "llc", 3.0))
    assert left(paths, "mdl", "llc") == []


def test_a_checkpoint_that_was_taken_anew_is_due_again(paths: RunPaths) -> None:
    write(paths, (500, "mdl", 1.0), (1000, "mdl", 1.0), (1500, "mdl", 1.0))
    newest = checkpoints.manifests(paths)[0]
    anew = msgspec.structs.replace(newest, time=4e9)
    checkpoints.commit(paths, b"weights", anew)
    assert left(paths, "mdl") == [(1500, ("mdl",))]


def test_a_later_call_fills_the_curve_in_and_takes_nothing_back(paths: RunPaths) -> None:
    """Its file is another one, whose steps lie between those that are there."""
    write(paths, (500, "mdl", 5.0), (1500, "mdl", 1.0))
    write(paths, (1000, "mdl", 3.0))
    curves = read_run(paths.root).curves
    curve = curves[COLUMNS["mdl"]]
    assert (curve.steps.tolist(), curve.values.tolist()) == ([500, 1000, 1500], [5, 3, 1])
    assert len(curves["test/accuracy"]) == len(grokking_rows())


def test_a_torn_last_line_costs_one_value(paths: RunPaths) -> None:
    write(paths, (500, "mdl", 5.0), (1000, "mdl", 3.0))
    file = paths.metrics(measurements.WRITER, 1)
    file.write_bytes(file.read_bytes()[:-9])
    assert left(paths, "mdl") == [(1000, ("mdl",)), (1500, ("mdl",))]
