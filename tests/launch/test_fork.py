from __future__ import annotations

from pathlib import Path

import pytest
from support import grokking_rows, save_checkpoint, write_run

from grok_tui.config import Config, change
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.launch.fork import fork
from grok_tui.runs.checkpoints import data_file, prune, saved_steps
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.measurements import open_writer
from grok_tui.runs.reader import RunSource
from grok_tui.runs.record import read_record
from grok_tui.runs.writer import MetricsWriter


@pytest.fixture
def parent(tmp_path: Path) -> RunPaths:
    paths = write_run(tmp_path, grokking_rows(), name="mother")
    for step in (500, 1000):
        save_checkpoint(paths, step, b"weights of %d" % step)
    return paths


def test_a_fork_has_the_checkpoint_and_knows_its_parent(parent: RunPaths) -> None:
    paths = fork(parent, ["optimizer.weight_decay=1"], at=500)
    record = read_record(paths.record)
    assert record.id == "mother-fork-1"
    assert record.parent is not None
    assert (record.parent.id, record.parent.step) == ("mother-1", 500)
    assert record.config["optimizer"]["weight_decay"] == 1
    assert data_file(paths, 500).samefile(data_file(parent, 500))
    assert saved_steps(fork(parent, [])) == [1000], "the newest one if none is named"


def test_neither_deletes_what_both_have(parent: RunPaths) -> None:
    paths = fork(parent, [], at=500)
    save_checkpoint(parent, 1500)
    prune(parent, keep=1)
    assert saved_steps(parent) == [1500, 500]
    assert data_file(paths, 500).read_bytes() == b"weights of 500"


def test_the_curves_up_to_there_are_its_own(parent: RunPaths) -> None:
    paths = fork(parent, [], at=500)
    writer = MetricsWriter(paths, session=2, resume_step=500)
    writer.write(501, {"train/loss": 7.0})
    writer.close()
    steps = RunSource(paths).read(10**6, 60).columns["train/loss"].steps
    assert (steps[0], steps[-2], steps[-1]) == (0, 500, 501)


def test_what_was_measured_of_the_parents_checkpoints_stays_with_them(parent: RunPaths) -> None:
    """Its rows beyond the fork are of weights that the fork never has."""
    writer = open_writer(parent)
    writer.write(1000, {"complexity/llc": 7.0})
    writer.close()
    assert "complexity/llc" not in RunSource(fork(parent, [], at=500)).read(10**6, 60).columns


@pytest.mark.parametrize(
    ("assignments", "at", "why"),
    [
        ([], 700, "has no checkpoint of step 700; there are: 1000, 500"),
        (["model.width=9"], None, "model.width cannot differ"),
        (["seed=9"], None, "seed cannot differ"),
        (["steps=800"], None, "the checkpoint is of step 1000 already; try steps=2000"),
        (["nonsense=1"], None, "no setting named 'nonsense'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_makes_nothing(
    parent: RunPaths, assignments: list[str], at: int | None, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        fork(parent, assignments, at=at)
    assert [path.name for path in parent.root.parent.iterdir()] == ["mother-1"]


def test_another_optimiser_is_refused(parent: RunPaths) -> None:
    with pytest.raises(UsageError, match=r"optimizer\.kind cannot differ"):
        fork(parent, ["optimizer.kind=sgd"])


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (["task.kind=parity"], "hinge"),
        (["task.kind=toy-addition", "loss=mse"], "cross-entropy"),
    ],
)
def test_a_loss_that_needs_other_outputs_is_refused(
    tmp_path: Path, made: list[str], wanted: str
) -> None:
    config, _ = change(Config(name="mother"), made)
    mother = write_run(tmp_path, [], config=config)
    save_checkpoint(mother, 1)
    with pytest.raises(UsageError, match="loss cannot differ"):
        fork(mother, [f"loss={wanted}"])
    assert fork(mother, []).root.is_dir()


def test_another_loss_of_as_many_outputs_is_taken(parent: RunPaths) -> None:
    paths = fork(parent, ["loss=stablemax"])
    assert read_record(paths.record).config["loss"] == "stablemax"


def test_a_damaged_checkpoint_is_refused(parent: RunPaths) -> None:
    data_file(parent, 1000).write_bytes(b"damage")
    with pytest.raises(GrokTuiError, match="checkpoint 1000: its data have 6 bytes"):
        fork(parent, [])


def test_a_run_without_checkpoints_cannot_be_forked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no checkpoint; there are: none"):
        fork(write_run(tmp_path, []), [])
