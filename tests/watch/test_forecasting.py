from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from support import rise, write_run

from grok_tui.analysis.forecast import Abstention, Forecast
from grok_tui.config import change, load_preset
from grok_tui.runs.record import State
from grok_tui.watch.forecasting import LOG, family, log, outlooks, score
from grok_tui.watch.judgement import read_run
from grok_tui.watch.view import RunView

FLASH = load_preset("add-53-flash").config


def make(root: Path, middle: float, last: float = 2000, *, seed: int = 0) -> RunView:
    """A run that memorises near step 60 and groks at `middle`."""
    steps = np.unique(np.concatenate([np.arange(64.0), np.arange(64.0, last + 1, 8)]))
    train, test = rise(steps, 40), rise(steps, middle, 0.05)
    rows = [
        (int(s), {"train/accuracy": a, "test/accuracy": b, "complexity/weight_norm": 60 - s / 1e3})
        for s, a, b in zip(steps.tolist(), train.tolist(), test.tolist(), strict=True)
    ]
    config, _ = change(FLASH, [f"seed={seed}", "steps=2000"])
    return read_run(write_run(root, rows, config=config).root)


@pytest.fixture
def views(tmp_path: Path) -> list[RunView]:
    middles = (700, 720, 740, 760, 780, 800, 820, 840, 860, 880)
    return [make(tmp_path, middle, seed=seed) for seed, middle in enumerate(middles)]


def test_a_run_is_forecast_from_its_family_and_scored_when_it_has_grokked(
    tmp_path: Path, views: list[RunView]
) -> None:
    young = make(tmp_path, 790, last=300, seed=99)
    (found,) = outlooks([*views, young], [young])
    assert isinstance(found.found, Forecast)
    assert found.found.low < 790 < found.found.high
    assert found.advice is not None
    assert "of 10 such runs 10 grokked, 10 later than this" in found.advice
    log(tmp_path, [found], now=5.0)
    log(tmp_path, [found], now=6.0)
    kept = tmp_path / LOG
    kept.write_text(f"not json\n{kept.read_text()}")
    assert score(tmp_path, [*views, young]).pending == 1
    later = make(tmp_path / "later", 790, seed=99)
    later = replace(later, id=young.id, created=young.created)
    found_score = score(tmp_path, [*views, later])
    assert (found_score.forecasts, found_score.covered, found_score.pending) == (1, 1, 0)
    assert found_score.error is not None
    assert found_score.error < 0.1
    assert found_score.interval_score == pytest.approx(
        np.log(found.found.high) - np.log(found.found.low), abs=0.02
    )


def test_runs_of_another_task_say_nothing(tmp_path: Path, views: list[RunView]) -> None:
    young = make(tmp_path, 790, last=300)
    other, _ = change(FLASH, ["task.modulus=59"])
    seeds, _ = change(FLASH, ["seed=7", "optimizer.weight_decay=0.5", "task.train_fraction=0.4"])
    settings = [json.loads(msgspec.json.encode(config)) for config in (FLASH, seeds, other)]
    assert family(settings[0]) == family(settings[1]) != family(settings[2])
    strangers = [replace(view, config=settings[2]) for view in views[3:]]
    (found,) = outlooks([*views[:3], *strangers, young], [young])
    assert found.found == Abstention("5 more finished runs of this family needed that grokked")


def test_what_has_grokked_or_not_memorised_is_not_forecast(
    tmp_path: Path, views: list[RunView]
) -> None:
    infant = read_run(write_run(tmp_path, [(0, {"train/accuracy": 0.1})]).root)
    done, young = outlooks([*views, infant], [views[0], infant])
    assert isinstance(done.found, Abstention)
    assert done.found.reason.startswith("it has grokked at step ")
    assert isinstance(young.found, Abstention)
    assert "not memorised" in young.found.reason
    assert not (tmp_path / LOG).exists()
    log(tmp_path, [done, young])
    assert not (tmp_path / LOG).exists(), "there was nothing to keep"


def test_a_log_that_is_a_link_is_not_written(tmp_path: Path, views: list[RunView]) -> None:
    young = make(tmp_path, 790, last=300)
    (tmp_path / LOG).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        log(tmp_path, outlooks([*views, young], [young]))
    assert views[0].status.state is State.FINISHED
    assert not (tmp_path / "elsewhere").exists()
