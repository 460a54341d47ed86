"""Event files that others' own writers wrote, read value for value as TensorBoard reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from event_files import joined, read
from logs_support import kill, running

from grok_tui.logs.event_source import EventSource
from grok_tui.logs.event_tensor import number_in
from grok_tui.logs.source import Batch

pytest.importorskip("tensorboard", reason="pip install 'grok-tui[ecosystems]'")
pytest.importorskip("tensorboardX", reason="pip install 'grok-tui[ecosystems]'")

Points = dict[str, np.ndarray]
"""By metric, an array of steps, times and values."""


def ours(batch: Batch) -> Points:
    return {n: np.array([c.steps, c.times, c.values]).T for n, c in batch.columns.items()}


def theirs(folder: Path) -> Points:
    """Read a folder as TensorBoard does; nothing is sampled."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    accumulator = EventAccumulator(str(folder), {"scalars": 0, "tensors": 0})
    accumulator.Reload()
    points = {
        tag: [(each.step, each.wall_time, each.value) for each in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }
    for tag in accumulator.Tags()["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            points[tag] = [
                (each.step, each.wall_time, make_ndarray(each.tensor_proto).item())
                for each in accumulator.Tensors(tag)
            ]
    return {tag: np.array(each, dtype=float) for tag, each in points.items()}


def assert_same(one: Points, other: Points) -> None:
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def torch_writer(folder: Path, **options: Any) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), **options)


def x_writer(folder: Path, **options: Any) -> Any:
    from tensorboardX import SummaryWriter

    return SummaryWriter(str(folder), **options)


Make = Callable[..., Any]
BOTH = pytest.mark.parametrize("make", [torch_writer, x_writer])


@BOTH
def test_a_run_with_all_that_a_writer_writes(tmp_path: Path, make: Make) -> None:
    with make(tmp_path) as writer:
        writer.add_text("note", "no number", 1)
        writer.add_hparams({"lr": 0.1, "depth": 2}, {"hparam/accuracy": 0.5})
        for step in range(150):
            writer.add_scalar("train/loss", 2.0 / (step + 1), step)
            writer.add_scalar("test/acc", [float("nan"), float("inf"), step][step % 3], 7 * step)
            if step % 50 == 0:
                writer.add_histogram("weights", np.arange(20.0), step)
                writer.add_scalars("both", {"train": step, "test": -step}, step)
    folders = {path.parent for path in tmp_path.rglob("*tfevents*")}
    assert len(folders) == 4  # each sub-run has its own
    for folder in folders:
        assert_same(ours(read(folder)), theirs(folder))
    assert len(ours(read(tmp_path))["test/acc"]) == 150


def test_values_that_torch_writes_as_tensors(tmp_path: Path) -> None:
    with torch_writer(tmp_path) as writer:
        for step in range(100):
            writer.add_scalar("as tensor", step / 3, step, new_style=True)
            writer.add_scalar("as double", step / 3, step, double_precision=True)
    assert_same(ours(read(tmp_path)), theirs(tmp_path))


def test_tensors_whose_first_value_alone_says_what_they_are(tmp_path: Path) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for part in range(2):  # as after a restart, with the steps that follow
        writer = EventFileWriter(str(tmp_path), filename_suffix=f".{part}")
        for step in range(100 * part, 100 * part + 100):
            for tag, plugin in (("epoch_loss", "scalars"), ("layout", "custom_scalars")):
                summary = scalar_pb(tag, step / 7)
                summary.value[0].metadata.plugin_data.plugin_name = plugin
                if step:
                    summary.value[0].ClearField("metadata")
                writer.add_event(Event(wall_time=1.7e9 + step, step=step, summary=summary))
        writer.close()
    assert_same(ours(read(tmp_path)), theirs(tmp_path))
    assert len(ours(read(tmp_path))["epoch_loss"]) == 200


TYPES = ["f4", "f8", "f2", "i4", "i8", "i2", "i1", "u1", "u2", "u4", "u8", "?"]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("value", [0, 1, 77, -3])
def test_tensors_of_one_number(dtype: str, value: int) -> None:
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.tensorflow_stub.dtypes import as_dtype
    from tensorboard.util.tensor_util import make_ndarray, make_tensor_proto

    number = np.array(value).astype(dtype)
    as_content = TensorProto(
        dtype=as_dtype(number.dtype).as_datatype_enum, tensor_content=number.tobytes()
    )
    written = [as_content]
    if dtype not in ("u4", "u8"):  # its own function knows no list of these
        written.append(make_tensor_proto(number))
    for tensor in written:
        data = tensor.SerializeToString()
        assert number_in(data, 0, len(data)) == float(make_ndarray(tensor).item())


def test_tensors_of_none_or_several_numbers_are_no_scalars() -> None:
    from tensorboard.util.tensor_util import make_tensor_proto

    for array in (np.zeros(0), np.zeros(3), np.zeros((1, 2)), np.array("text")):
        data = make_tensor_proto(array).SerializeToString()
        assert number_in(data, 0, len(data)) is None


def test_a_brain_float() -> None:
    from tensorboard.compat.proto.tensor_pb2 import TensorProto

    bits = 0xC048  # of -3.125, whose upper half is all there is
    written = (
        TensorProto(dtype="DT_BFLOAT16", half_val=[bits]),
        TensorProto(dtype="DT_BFLOAT16", tensor_content=bits.to_bytes(2, "little")),
    )
    for tensor in written:
        data = tensor.SerializeToString()
        assert number_in(data, 0, len(data)) == -3.125


@BOTH
def test_steps_that_a_resumed_run_purges(tmp_path: Path, make: Make) -> None:
    for first, purge in ((0, None), (60, 60), (30, 30)):
        suffix = f".{len(list(tmp_path.iterdir()))}"  # the time in a name is in whole seconds
        with make(tmp_path, purge_step=purge, filename_suffix=suffix) as writer:
            for step in range(first, first + 80):
                writer.add_scalar("train/loss", step + first / 100, step)
                if first == 0:
                    writer.add_scalar("only/first", step, step)
    assert_same(ours(read(tmp_path)), theirs(tmp_path))
    assert len(ours(read(tmp_path))["only/first"]) == 30


WRITER = """
import sys, time
from {package} import SummaryWriter
writer = SummaryWriter(sys.argv[1], flush_secs=0.1)
for step in range(10**6):
    writer.add_scalar("train/loss", step / 3, step)
    writer.add_scalar("test/loss", -step, step)
    time.sleep(0.001)
"""


@pytest.mark.parametrize("package", ["torch.utils.tensorboard", "tensorboardX"])
def test_a_run_that_is_followed_until_its_writer_is_killed(tmp_path: Path, package: str) -> None:
    with running(WRITER.format(package=package), tmp_path) as writer:
        source, batches = EventSource(tmp_path), list[Batch]()
        deadline = time.monotonic() + 60
        while len(batches) < 8:
            assert time.monotonic() < deadline
            assert writer.poll() is None
            batch = source.read(10**6, 1)
            if batch.columns:
                batches.append(batch)
            time.sleep(0.01)
        kill(writer)
    batches.append(source.read(10**6, 1))
    followed = ours(joined(batches))
    assert_same(followed, theirs(tmp_path))
    assert_same(followed, ours(read(tmp_path)))
    assert not any(batch.rewound or batch.bad_lines for batch in batches)
    steps = followed["train/loss"][:, 0]
    np.testing.assert_array_equal(steps, np.arange(len(steps)))
