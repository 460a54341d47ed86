from __future__ import annotations

import pytest
import torch
from torch import nn

from grok_tui.config import Complexity
from grok_tui.training.complexity import meter as meter_module
from grok_tui.training.complexity.meter import Meter
from grok_tui.training.complexity.online import Subject
from grok_tui.training.dataset import Dataset, Split
from grok_tui.training.losses import Objective
from grok_tui.training.schedule import log_grid

TRAIN = Split(torch.eye(2), torch.tensor([0, 1]))
DATA = Dataset(TRAIN, TRAIN, outputs=2)


def evaluations(last_step: int) -> int:
    """Return how many evaluations the runs of these tests have: one after each tenth step."""
    return last_step // 10


def meter(last_step: int = 1000, loss: str = "cross-entropy", **settings: object) -> Meter:
    config = Complexity(**settings)  # type: ignore[arg-type]
    model = nn.Linear(2, 2)
    subject = Subject(model, TRAIN, Objective(loss, DATA), seed=0)
    return Meter(config, subject, last_step, evaluations)


def test_costly_measures_are_taken_on_the_grid_only() -> None:
    measured = meter(per_decade=5)
    steps = []
    for step in range(1001):
        measured.stepped(1, 1e3)
        if measured.costly(step):
            steps.append(step)
    assert steps == log_grid(1000, 5)
    assert measured.skipped == 0


def test_only_what_was_asked_for_is_measured() -> None:
    assert meter(measures=["mdl"]).cheap() == {}
    of_norms = {"complexity/squared_norm", "complexity/squared_norm/weight"}
    assert set(meter(measures=["weight_norm"]).costly(1)) == of_norms
    assert set(meter().cheap()) == {"complexity/weight_norm"}
    assert set(meter(measures=["mdl"]).costly(1)) == {"complexity/mdl_bytes"}
    assert "complexity/effective_rank" in meter().costly(1)


def test_a_model_may_have_measures_of_its_own() -> None:
    class Measured(nn.Linear):
        def complexity(self) -> dict[str, float]:
            return {"complexity/of_mine": 3.0}

    subject = Subject(Measured(2, 2), TRAIN, Objective("cross-entropy", DATA), seed=0)
    own = Meter(Complexity(), subject, last_step=1000, evaluations=evaluations)
    assert own.cheap() == {"complexity/of_mine": 3.0}
    assert own.costly(1) == {}


def test_a_loss_that_is_no_code_length_bounds_no_description() -> None:
    assert meter(loss="mse", measures=["mdl"]).costly(1) == {}


def test_what_measures_remember_is_saved_and_taken_over() -> None:
    first, second = meter(measures=["mdl"]), meter(measures=["mdl"])
    first.costly(1)
    state = first.state_dict()
    assert state["memory"]["mdl_width"] > 0
    second.load_state_dict(state)
    first.stepped(1, 1e6)
    first.costly(2)
    assert second.state_dict() == state, "a saved state does not change later"
    del state["memory"]  # as of a checkpoint of an earlier version
    second.load_state_dict(state)
    assert second.state_dict()["memory"] == {}


def simulate(
    monkeypatch: pytest.MonkeyPatch,
    *,
    cost_s: float,
    evaluation_s: float = 0.0,
    first_s: float = 1.0,
) -> tuple[Meter, list[int], float]:
    """Run a meter by a made-up clock, on which each of 1000 steps but the first takes a second.

    As in a real run, every step is evaluated at first, and one of ten later.

    Returns:
        The meter, the steps that were measured, and the seconds that training took.
    """
    clock = 0.0

    def measure(*_: object) -> dict[str, float]:
        nonlocal clock
        clock += cost_s
        return {"complexity/mdl_bytes": 1.0}

    monkeypatch.setattr(meter_module, "ONLINE", {"mdl": measure})
    monkeypatch.setattr(meter_module.time, "perf_counter", lambda: clock)
    measured = meter(last_step=1000, measures=["mdl"], per_decade=12, time_share=0.05)
    taken, trained_s = [], 0.0
    for step in range(1001):
        step_s = first_s if step == 1 else 1.0
        measured.stepped(1, step_s)
        trained_s += step_s
        if step < 50 or step % 10 == 0:
            measured.evaluated(evaluation_s)
            trained_s += evaluation_s
        if measured.costly(step):
            taken.append(step)
    return measured, taken, trained_s


@pytest.mark.parametrize("cost_in_steps", [0.5, 20, 1000])
def test_measuring_stays_within_its_share_of_the_time(
    cost_in_steps: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured, taken, _ = simulate(monkeypatch, cost_s=cost_in_steps)
    spent = len(taken) * cost_in_steps
    # The first measurement tells the cost: it is always taken.
    assert spent <= max(0.05 * (1000 + spent), cost_in_steps)
    assert len(taken) + measured.skipped == len(log_grid(1000, 12))
    if cost_in_steps == 20:
        assert 2 <= len(taken) <= 4


def test_dense_evaluations_at_the_start_do_not_raise_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first 50 steps take 11 seconds each, the later ones 2 on average."""
    _, taken, trained_s = simulate(monkeypatch, cost_s=5.0, evaluation_s=10.0)
    spent = 5.0 * len(taken)
    assert spent <= 0.05 * (trained_s + spent)
    assert taken[0] == 0
    assert len(taken) >= 15


def test_a_slow_first_step_does_not_raise_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory and kernels are made ready in it."""
    _, taken, trained_s = simulate(monkeypatch, cost_s=5.0, first_s=100.0)
    spent = 5.0 * len(taken)
    assert spent <= 0.05 * (trained_s + spent)


def test_a_tight_budget_is_spread_over_the_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    _, taken, _ = simulate(monkeypatch, cost_s=5.0)
    assert len(taken) >= 6
    assert taken[-1] > 300
