from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from training_support import assert_same

from grok_tui.analysis.verdict import Outcome
from grok_tui.config import Config, change, load_preset
from grok_tui.errors import UsageError
from grok_tui.launch.local import create_run
from grok_tui.runs import checkpoints, spool
from grok_tui.runs.control import Control
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record
from grok_tui.runs.recorder import Recorder
from grok_tui.training.__main__ import is_elsewhere
from grok_tui.training.device import choose_device
from grok_tui.training.loop import train
from grok_tui.watch.judgement import judge

FLASH = load_preset("add-53-flash").config


def run(root: Path, config: Config) -> tuple[RunPaths, State]:
    paths = create_run(root, config, preset=None, changes={})
    recorder = Recorder(paths, read_record(paths.record))
    ended = train(config, recorder, Control(paths, recorder))
    recorder.enter(ended)
    recorder.close()
    return paths, ended


def rows(paths: RunPaths) -> list[dict[str, float]]:
    lines = paths.metrics("trainer", 1).read_text().splitlines()
    return [json.loads(line) for line in lines[1:]]


def test_the_default_preset_groks(tmp_path: Path) -> None:
    """The first 1100 steps of the real thing: what this project is about."""
    # On a busy machine measuring would be skipped for a while: not the point here.
    config, _ = change(FLASH, ["steps=1100", "seed=3", "complexity.time_share=0.99"])
    paths, ended = run(tmp_path, config)
    assert ended is State.FINISHED
    verdict = judge(paths.root).verdict
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.memorised_step is not None
    assert 40 <= verdict.memorised_step <= 60
    assert verdict.delay_ratio is not None
    assert verdict.delay_ratio > 5
    at_memorisation = next(row for row in rows(paths) if row["step"] == verdict.memorised_step)
    assert at_memorisation["test/accuracy"] < 0.01
    assert 860 <= verdict.milestones["test 0.99"] <= 1050
    peak = max(row.get("complexity/mdl_bytes", 0) for row in rows(paths))
    last = [row["complexity/mdl_bytes"] for row in rows(paths) if "complexity/mdl_bytes" in row][-1]
    assert rows(paths)[0]["complexity/mdl_bytes"] < last < 0.75 * peak


def test_without_weight_decay_it_memorises_only(tmp_path: Path) -> None:
    config, _ = change(FLASH, ["steps=1100", "seed=3", "optimizer.weight_decay=0"])
    paths, _ = run(tmp_path, config)
    assert judge(paths.root).verdict.outcome is Outcome.MEMORISED


SMALL = ["task.modulus=11", "model.width=16", "steps=60"]


def test_the_same_seed_gives_the_same_metrics_and_another_one_others(tmp_path: Path) -> None:
    curves = []
    for seed in (1, 1, 2):
        config, _ = change(FLASH, [*SMALL, f"seed={seed}"])
        curves.append([row["test/loss"] for row in rows(run(tmp_path, config)[0])])
    assert curves[0] == curves[1]
    assert curves[0] != curves[2]


MOODY_MODEL = """
from torch import nn


class Moody(nn.Module):
    def __init__(self, symbols, outputs):
        super().__init__()
        self.embed = nn.Embedding(max(symbols), 16)
        self.layers = nn.Sequential(
            nn.BatchNorm1d(16), nn.Linear(16, 16), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(16, outputs),
        )

    def entrance(self, inputs):
        return self.embed(inputs).sum(dim=1), self.layers

    def forward(self, inputs):
        sums, decode = self.entrance(inputs)
        return decode(sums)


def net(data, generator):
    return Moody(data.symbols, data.outputs)
"""


@pytest.mark.parametrize(
    "changes", [[], ["model.kind=transformer", "model.width=16"], ["model.kind=moody:net"]]
)
def test_measuring_complexity_does_not_change_the_training(
    tmp_path: Path, changes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights, buffers, the optimiser's state and all generators, bit by bit; also with dropout,
    which draws while training, and batch norm, which counts."""
    (tmp_path / "moody.py").write_text(MOODY_MODEL)
    monkeypatch.syspath_prepend(tmp_path)
    states = []
    for measures in ([], list(Config().complexity.measures)):
        settings = ["task.modulus=11", "steps=60", "complexity.time_share=0.99", *changes]
        config, _ = change(FLASH, [*settings, f"complexity.measures={measures}"])
        torch.manual_seed(0)  # what a foreign model draws its weights from
        paths, _ = run(tmp_path / "runs", config)
        data = torch.load(checkpoints.data_file(paths, 60), weights_only=True)
        states.append({part: data[part] for part in ("model", "optimizer", "random")})
        shown = {name for row in rows(paths) for name in row if name.startswith("complexity/")}
        wanted = {"weight_norm", "squared_norm", "effective_rank", "mdl_bytes", "dead_units"}
        if measures:
            assert {f"complexity/{name}" for name in (*wanted, "local_complexity")} <= shown
        else:
            assert shown == set()
    assert_same(*states)


def test_what_a_model_adds_is_minimised_and_not_reported_as_loss(tmp_path: Path) -> None:
    gp = load_preset("gp-parity").config
    last = {}
    for weight in (0.0, 1.0):
        config, _ = change(gp, ["task.train_size=50", "steps=100", f"model.kl_weight={weight}"])
        last[weight] = rows(run(tmp_path, config)[0])[-1]
    assert last[1.0]["complexity/kl_nats"] < 0.5 * last[0.0]["complexity/kl_nats"]
    assert last[0.0]["train/loss"] < 0.1 < last[1.0]["train/loss"] < 0.5


def test_the_run_directory_tells_sizes_device_and_versions(tmp_path: Path) -> None:
    config, _ = change(FLASH, SMALL)
    paths, _ = run(tmp_path, config)
    record = read_record(paths.record)
    assert record.state is State.FINISHED
    assert record.data is not None
    assert (record.data.train_size, record.data.test_size, record.data.classes) == (60, 61, 11)
    assert record.device == ("cuda:0" if torch.cuda.is_available() else "cpu")
    assert record.versions["torch"] == str(torch.__version__)
    kinds = [json.loads(line)["kind"] for line in paths.events.read_text().splitlines()]
    assert kinds[0] == "started"
    assert kinds[-1] == "finished"


def test_a_command_that_is_waiting_is_obeyed_at_the_first_boundary(tmp_path: Path) -> None:
    config, _ = change(FLASH, SMALL)
    paths = create_run(tmp_path, config, preset=None, changes={})
    command = spool.send(paths, "stop")
    recorder = Recorder(paths, read_record(paths.record))
    assert train(config, recorder, Control(paths, recorder)) is State.STOPPED
    answer = spool.acknowledgement(paths, command.id)
    assert answer is not None
    assert (answer.step, answer.refused) == (0, None)
    events = [json.loads(line) for line in paths.events.read_text().splitlines()]
    assert [event["verb"] for event in events if event["kind"] == "command"] == ["stop"]


def test_an_unknown_command_is_refused_and_training_goes_on(tmp_path: Path) -> None:
    config, _ = change(FLASH, SMALL)
    paths = create_run(tmp_path, config, preset=None, changes={})
    command = spool.send(paths, "explode")  # type: ignore[arg-type]
    recorder = Recorder(paths, read_record(paths.record))
    assert train(config, recorder, Control(paths, recorder)) is State.FINISHED
    answer = spool.acknowledgement(paths, command.id)
    assert answer is not None
    assert answer.refused == "unknown command 'explode'"


@pytest.mark.parametrize("wanted", ["cuda:99", "mps"])
def test_a_device_that_is_not_there_is_told(wanted: str) -> None:
    if wanted == "mps" and torch.backends.mps.is_available():
        pytest.skip("this machine has an Apple GPU")
    with pytest.raises(UsageError, match=f"device {wanted} is not there: torch sees"):
        choose_device(wanted)


def test_denormals_are_flushed_and_one_thread_is_used(tmp_path: Path) -> None:
    config, _ = change(FLASH, [*SMALL, "device=cpu"])
    run(tmp_path, config)
    assert torch.get_num_threads() == 1
    assert float(torch.tensor([1e-40]) * 1.0) == 0.0


OWN_MODEL = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, symbols, outputs):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(count, outputs) for count in symbols)

    def forward(self, inputs):
        assert self.training == torch.is_grad_enabled()
        return sum(table(inputs[:, i]) for i, table in enumerate(self.tables))


def net(data, generator):
    return Net(data.symbols, data.outputs)
"""


def test_a_network_is_evaluated_in_its_evaluation_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_model.py").write_text(OWN_MODEL)
    monkeypatch.syspath_prepend(tmp_path)
    config, _ = change(FLASH, ["task.modulus=11", "steps=60", "model.kind=own_model:net"])
    paths, ended = run(tmp_path / "runs", config)
    assert ended is State.FINISHED
    assert "complexity/mdl_bytes" in rows(paths)[0]


def test_functions_are_not_taken_from_a_folder_inside_the_run(tmp_path: Path) -> None:
    """A run directory that somebody handed over brings no code with it."""
    run = tmp_path / "runs" / "theirs"
    (run / "code").mkdir(parents=True)
    (tmp_path / "link").symlink_to(run)
    assert is_elsewhere(tmp_path, run)
    for folder in (run, run / "code", tmp_path / "link", Path("code")):
        assert not is_elsewhere(folder, run)
