from __future__ import annotations

import math
from itertools import combinations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from grok_tui.config import QuantumCircuit as Settings
from grok_tui.training.models.quantum import QuantumCircuit

PAIRS = torch.cartesian_prod(torch.arange(5), torch.arange(5))


def circuit(qubits: int = 3, layers: int = 2) -> QuantumCircuit:
    settings = Settings(qubits=qubits, layers=layers, gain=7.0)
    return QuantumCircuit(settings, (5, 5), 4, torch.Generator().manual_seed(0)).double()


def on(gate: Tensor, qubit: int, state: Tensor) -> Tensor:
    """Return a state, with an axis of length 2 for each qubit, after a gate on one of them."""
    return torch.tensordot(gate, state, dims=([1], [qubit])).movedim(0, qubit)


def about_z(angle: Tensor) -> Tensor:
    half = 0.5j * float(angle)
    return torch.diag(torch.tensor([-half, half], dtype=torch.complex128).exp())


def about_y(angle: Tensor) -> Tensor:
    c, s = math.cos(float(angle) / 2), math.sin(float(angle) / 2)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.complex128)


def flipped(control: int, target: int, state: Tensor) -> Tensor:
    """Return the state after a controlled NOT."""
    unset, is_set = state.unbind(control)
    axis = target - (target > control)
    return torch.stack([unset, is_set.flip(axis)], dim=control)


def gate_by_gate(model: QuantumCircuit, pair: Tensor) -> Tensor:
    """Return the final state of one example, one gate after the other."""
    qubits = model.turns_LQ3.shape[1]
    state = torch.full((2,) * qubits, 2 ** (-qubits / 2), dtype=torch.complex128)
    for layer, turns in enumerate(model.turns_LQ3):
        for qubit in range(qubits):
            for table, symbol in zip(model.tables_LSQ, pair, strict=True):
                state = on(about_z(table[layer, symbol, qubit].detach()), qubit, state)
            first, middle, last = turns[qubit].detach()
            for gate in (about_z(first), about_y(middle), about_z(last)):
                state = on(gate, qubit, state)
        for qubit in range(qubits if qubits > 1 else 0):
            state = flipped(qubit, (qubit + 1) % qubits, state)
    return state


def expectation(state: Tensor, observed: tuple[int, ...]) -> float:
    """Return the expectation of a product of Z of some qubits."""
    z = torch.tensor([1.0, -1.0], dtype=torch.complex128)
    after = state
    for qubit in observed:
        after = on(torch.diag(z), qubit, after)
    return float((state.conj() * after).sum().real)


@pytest.mark.parametrize(("qubits", "layers"), [(1, 2), (2, 3), (3, 2), (4, 3)])
def test_it_is_the_circuit_gate_by_gate(qubits: int, layers: int) -> None:
    model = circuit(qubits, layers)
    states = model.state(PAIRS).detach()
    for pair, state in zip(PAIRS, states, strict=True):
        assert torch.allclose(state, gate_by_gate(model, pair).flatten(), atol=1e-12)


def test_outputs_are_linear_in_the_expectations_of_z_and_of_pairs() -> None:
    model = circuit()
    observed = [(0,), (1,), (2,), *combinations(range(3), 2)]
    states = [gate_by_gate(model, pair) for pair in PAIRS]
    expected = torch.tensor(
        [[expectation(state, which) for which in observed] for state in states],
        dtype=torch.float64,
    )
    with torch.no_grad():
        model.bias_K += 1
        outputs = 7.0 * (expected @ model.readout_OK + model.bias_K)
        assert torch.allclose(model(PAIRS), outputs, atol=1e-10)


@pytest.mark.parametrize("qubits", [1, 6, 9])
def test_the_norm_of_the_state_is_kept(qubits: int) -> None:
    """In single precision, through many layers."""
    model = circuit(qubits, layers=8).float()
    norms = model.state(PAIRS[:6]).detach().abs().square().sum(dim=1)
    assert float((norms - 1).abs().max()) < 1e-5


def test_gradients_are_those_of_differences() -> None:
    model = circuit()
    targets = PAIRS.sum(dim=1) % 4
    cross_entropy(model(PAIRS), targets).backward()
    for parameter in model.parameters():
        assert parameter.grad is not None
        entry = parameter.data.view(-1)[1:2]
        losses = []
        for change in (1e-5, -2e-5):
            entry += change
            losses.append(float(cross_entropy(model(PAIRS), targets).detach()))
        entry += 1e-5
        difference = (losses[0] - losses[1]) / 2e-5
        assert float(parameter.grad.view(-1)[1]) == pytest.approx(difference, rel=1e-4, abs=1e-8)


def test_parameters_are_real_and_as_many_as_the_gates_need() -> None:
    model = circuit()
    assert all(parameter.is_floating_point() for parameter in model.parameters())
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    assert sizes == {
        "turns_LQ3": 2 * 3 * 3,
        "readout_OK": 6 * 4,
        "bias_K": 4,
        "tables_LSQ.0": 2 * 5 * 3,
        "tables_LSQ.1": 2 * 5 * 3,
    }


def test_the_state_is_all_that_is_needed_to_go_on() -> None:
    model = circuit()
    other = QuantumCircuit(
        Settings(qubits=3, layers=2, gain=7.0), (5, 5), 4, torch.Generator().manual_seed(1)
    ).double()
    assert not torch.equal(other(PAIRS), model(PAIRS))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.eval()(PAIRS), model.train()(PAIRS))
