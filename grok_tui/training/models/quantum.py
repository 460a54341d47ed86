"""Simulated quantum circuits that read the symbols again in each layer.

Shapes: N examples, P positions of an input, S symbols of a position, L layers, Q qubits, B = 2^Q
basis states, O observables, K outputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from grok_tui import config


class QuantumCircuit(nn.Module):
    """Layers of data, rotations and entangling gates, and a linear readout.

    The register starts in the even superposition of all basis states. In a layer, each position of
    the input turns each qubit about its Z axis by an angle of its symbol; then each qubit is
    turned about Z, Y and Z; then each qubit, where it is set, flips the next one, and the last
    one the first. The outputs are linear in the expectations of Z of all qubits and of Z Z of all
    pairs. All parameters are real: angles in radians, and the readout.
    """

    signs_QB: Tensor
    observables_OB: Tensor
    sources_B: Tensor

    def __init__(
        self,
        settings: config.QuantumCircuit,
        symbols: Sequence[int],
        outputs: int,
        generator: torch.Generator,
    ) -> None:
        """Draw the angles evenly from a whole turn, and a readout of outputs of about one.

        Args:
            settings: qubits, layers and gain.
            symbols: how many symbols there are at each of the P positions.
            outputs: how many outputs there are (K).
            generator: source of the random parameters.
        """
        super().__init__()
        layers, qubits = settings.layers, settings.qubits
        signs_QB = _signs(qubits)
        one, other = torch.triu_indices(qubits, qubits, 1)
        observables_OB = torch.cat([signs_QB, signs_QB[one] * signs_QB[other]])
        self.register_buffer("signs_QB", signs_QB)
        self.register_buffer("observables_OB", observables_OB)
        self.register_buffer("sources_B", _sources(qubits))
        self.tables_LSQ = nn.ParameterList(
            _angles((layers, count, qubits), generator) for count in symbols
        )
        self.turns_LQ3 = _angles((layers, qubits, 3), generator)
        drawn_OK = torch.randn((len(observables_OB), outputs), generator=generator)
        self.readout_OK = nn.Parameter(drawn_OK / settings.gain)
        self.bias_K = nn.Parameter(torch.zeros(outputs))
        self._gain = settings.gain

    def forward(self, inputs_NP: Tensor) -> Tensor:
        """Return outputs of shape (N, K) for symbols of shape (N, P)."""
        amplitudes_NB = self.state(inputs_NP)
        chances_NB = amplitudes_NB.real.square() + amplitudes_NB.imag.square()
        expected_NO = chances_NB @ self.observables_OB.T
        return self._gain * torch.addmm(self.bias_K, expected_NO, self.readout_OK)

    def state(self, inputs_NP: Tensor) -> Tensor:
        """Return the complex amplitudes (N, B) at the end of the circuit.

        Cost: a product of N · B² complex numbers a layer.
        """
        angles_LNQ = sum(
            table_LSQ.index_select(1, inputs_NP[:, position])
            for position, table_LSQ in enumerate(self.tables_LSQ)
        )
        # A turn about Z by an angle is the phase -angle / 2 where the qubit is not set, and
        # +angle / 2 where it is: all turns of all qubits are one phase of each basis state.
        phases_LNB = angles_LNQ @ self.signs_QB / -2
        states = len(self.sources_B)
        amplitudes_NB = torch.full_like(phases_LNB[0], states**-0.5)
        for phases_NB, turns_Q3 in zip(phases_LNB, self.turns_LQ3, strict=True):
            turned_NB = amplitudes_NB * _phase(phases_NB)
            amplitudes_NB = turned_NB @ self._gates(turns_Q3).T
        return amplitudes_NB

    def _gates(self, turns_Q3: Tensor) -> Tensor:
        """Return the unitary matrix (B, B) of one layer's rotations and flips."""
        whole, *others = _rotations(turns_Q3)
        for matrix_22 in others:
            whole = torch.kron(whole, matrix_22)
        return whole.index_select(0, self.sources_B)


def _angles(shape: tuple[int, ...], generator: torch.Generator) -> nn.Parameter:
    return nn.Parameter((torch.rand(shape, generator=generator) * 2 - 1) * math.pi)


def _rotations(turns_Q3: Tensor) -> Tensor:
    """Return the matrices (Q, 2, 2) of turns about Z, then Y, then Z."""
    first_Q, middle_Q, last_Q = (turns_Q3 / 2).unbind(1)
    stay_Q, flip_Q = middle_Q.cos(), middle_Q.sin()
    entries = [
        stay_Q * _phase(-first_Q - last_Q),
        -flip_Q * _phase(first_Q - last_Q),
        flip_Q * _phase(last_Q - first_Q),
        stay_Q * _phase(first_Q + last_Q),
    ]
    return torch.stack(entries, dim=1).unflatten(1, (2, 2))


def _phase(angles: Tensor) -> Tensor:
    # A negative amount in `polar` itself would get a gradient of the wrong sign.
    return torch.polar(torch.ones_like(angles), angles)


def _signs(qubits: int) -> Tensor:
    """Return Z of each qubit in each basis state (Q, B); the first qubit is the highest bit."""
    places_Q1 = torch.arange(qubits - 1, -1, -1)[:, None]
    return 1.0 - 2.0 * (torch.arange(2**qubits) >> places_Q1 & 1)


def _sources(qubits: int) -> Tensor:
    """Return from which basis state each one gets its amplitude in a round of flips (B,)."""
    states_B = sources_B = torch.arange(2**qubits)
    if qubits == 1:
        return sources_B
    for qubit in range(qubits):
        control, target = qubits - 1 - qubit, qubits - 1 - (qubit + 1) % qubits
        sources_B = sources_B[states_B ^ (states_B >> control & 1) << target]
    return sources_B
