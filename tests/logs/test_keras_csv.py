"""CSV files of Keras's own logger: a row an epoch, with `NA` where nothing was validated."""

from __future__ import annotations

import csv
import json
import math
import time
from pathlib import Path

import pytest
from logs_support import kill, needs, points, read_all, running, said, tell

from grok_tui.logs.source import Batch, join
from grok_tui.logs.table import FORMAT
from grok_tui.watch.discovery import discover

pytestmark = needs("keras")

WRITER = """
import json, os, sys
folder = sys.argv[1]
os.environ.update(KERAS_BACKEND="torch", KERAS_HOME=folder + "/keras")
import keras
import numpy as np
x = np.random.default_rng(0).random((8, 2), dtype=np.float32)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
def fit(begin, end):
    logger = keras.callbacks.CSVLogger(folder + "/" + sys.argv[2], append=True)
    return model.fit(x, x.sum(1), validation_data=(x, x.sum(1)), validation_freq=2, verbose=0,
                     initial_epoch=begin, epochs=end, callbacks=[logger])
fitted = fit(0, 6)
print(json.dumps(fitted.history), flush=True)
sys.stdin.readline()
model.optimizer.learning_rate = 1e30
fit(6, 10**6)
"""
Points = dict[str, list[tuple[float, float]]]


def cells_of(path: Path) -> Points:
    """Return what Python's own reader finds in a file, by column."""
    found: Points = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            for name, text in row.items():
                if name != "epoch" and text != "NA":
                    found.setdefault(name, []).append((float(row["epoch"]), float(text)))
    return found


@pytest.mark.parametrize("name", ["training.csv", "training.log"])  # as its documentation has it
def test_a_fit_is_followed_while_keras_writes_and_after_its_death(
    name: str, tmp_path: Path
) -> None:
    with running(WRITER, tmp_path, name) as writer:
        history = json.loads(said(writer))
        (place,) = discover([tmp_path]).places
        log = place.log
        assert log is not None
        source = FORMAT.open(log)
        batches = [read_all(source)]
        assert batches[0].columns.keys() == history.keys()
        for name, values in history.items():
            epochs = range(1, 6, 2) if name.startswith("val_") else range(6)
            assert points(batches[0], name) == list(zip(epochs, values, strict=True))
        tell(writer, "go on")
        deadline = time.monotonic() + 60
        while len(batches) < 8:
            assert time.monotonic() < deadline
            batch = read_all(source)
            assert (batch.rewound, batch.bad_lines) == (False, 0)
            if batch.columns:
                batches.append(batch)
        assert writer.poll() is None
        kill(writer)
    batches.append(read_all(source))
    followed = Batch(join(batches))
    wanted = cells_of(log.path)
    assert {name: repr(points(followed, name)) for name in sorted(followed.columns)} == {
        name: repr(cells) for name, cells in sorted(wanted.items())
    }
    assert discover([tmp_path]).places == (place,)
    assert math.isnan(wanted["loss"][-1][1]), "it was made to diverge"
