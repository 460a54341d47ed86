"""What learns: one struct a model, told apart by its `kind`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

from grok_tui.config.numbers import NotNegative, Positive, Width


class MLP(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="mlp"
):
    """Multilayer perceptron on numbers, or on symbols as one-hot vectors or embeddings."""

    activation: Literal["quadratic", "relu", "gelu", "tanh"] = "quadratic"
    """Non-linearity after each hidden layer; `quadratic` is x²."""
    width: Width = 128
    """Units of each hidden layer."""
    depth: Annotated[int, Meta(ge=0, le=64)] = 1
    """Number of hidden layers; 0 is a linear model."""
    bias: Literal["none", "hidden", "all"] = "none"
    """Which layers have biases: no one, the hidden ones, or the last one too."""
    embedding: Annotated[int, Meta(ge=0, le=16_384)] = 0
    """Length of the vectors that symbols become, which are summed before the first layer; all
    positions share them (as in arXiv 2205.10343). 0 lets symbols enter as one-hot vectors."""
    init: Literal["normal", "torch", "unit"] = "normal"
    """How weights are drawn: `normal`, with variance one over the inputs of a layer (and 1/4 for
    each one-hot input); evenly as in torch's `nn.Linear`; or `unit`, with variance one."""
    init_scale: Positive = 1.0
    """What all weights and biases are multiplied by at the start."""
    shortcut: bool = True
    """Whether the gradient of one hidden layer on symbols is written out, where that is known: the
    same numbers, up to rounding, in two thirds of the time."""


class CNN(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="cnn"
):
    """Convolutions that halve an image, a hidden layer and a readout; without normalisation."""

    channels: Annotated[int, Meta(ge=1, le=4096)] = 16
    """Channels of each convolution."""
    depth: Annotated[int, Meta(ge=1, le=16)] = 2
    """Number of convolutions: 3×3, each of which halves height and width."""
    width: Width = 64
    """Units of the hidden layer."""
    activation: Literal["relu", "gelu", "tanh"] = "relu"
    """Non-linearity after each convolution and the hidden layer."""
    init_scale: Positive = 1.0
    """What all weights and biases, drawn as torch does, are multiplied by at the start."""


class Transformer(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="transformer",
):
    """Decoder on the symbols and a final `=`; by default in the form of arXiv 2301.05217."""

    layers: Annotated[int, Meta(ge=1, le=64)] = 1
    """Blocks of attention and multilayer perceptron."""
    width: Width = 128
    """Length of the residual stream."""
    heads: Annotated[int, Meta(ge=1, le=256)] = 4
    """Attention heads; each is width / heads long."""
    mlp_width: Width = 512
    """Hidden units of each perceptron."""
    activation: Literal["relu", "gelu"] = "relu"
    """Non-linearity of the perceptrons."""
    norm: Literal["none", "pre", "post"] = "none"
    """Where rows are normalised: nowhere, before attention and perceptron, or after each sum."""
    biases: Literal["none", "mlp", "all"] = "mlp"
    """Which matrices have biases: no one, the perceptrons', or all."""
    positions: Literal["learned", "sinusoidal"] = "learned"
    """What tells positions apart."""
    operator: bool = False
    """Whether a symbol for the operation stands between the first two."""
    causal: bool = True
    """Whether positions see only those before them."""
    init: Literal["normal", "lecun", "torch"] = "normal"
    """How weights are drawn: `normal`, with variance one over the width and biases of zero;
    `lecun`, the same with variance one over a matrix's inputs, as Flax does; or as torch's
    `nn.Linear` and `nn.Embedding` do."""
    init_scale: Positive = 1.0
    """What all weights are multiplied by at the start."""
    shortcut: bool = True
    """Whether what many examples share is computed once, and the last block at the last position
    only: the same function in a fraction of the time."""

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not divisible by {self.heads} heads")


class GaussianProcess(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="gaussian-process",
):
    """Classifier of two classes of numbers that is no network (as in arXiv 2310.17247)."""

    length: Positive = 2.0
    """How far inputs may differ in one number and still be alike, at the start; each number learns
    a length of its own."""
    scale: Positive = 1.0
    """Standard deviation of the outputs that are expected without examples, at the start."""
    kl_weight: NotNegative = 1.0
    """How many times the divergence from what is expected without examples, in nats an example, is
    added to the training loss."""


class QuantumCircuit(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="quantum"
):
    """Simulated quantum circuit with entangling gates, that reads the symbols in each layer."""

    qubits: Annotated[int, Meta(ge=1, le=12)] = 6
    """Size of the register; each one more doubles what a state takes, and quadruples the time."""
    layers: Annotated[int, Meta(ge=1, le=64)] = 2
    """How often the symbols are read, each time followed by rotations and entangling gates."""
    gain: Positive = 50.0
    """What the readout is multiplied by: expectations are at most 1, and outputs must be larger."""


class CustomModel(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="custom"
):
    """A function of the user's own, that makes the network."""

    function: str
    """`module:function`; called with the dataset, a `torch.Generator` and the options by name."""
    options: dict[str, Any] = {}
    """What else stands in the section."""


Model: TypeAlias = MLP | CNN | Transformer | GaussianProcess | QuantumCircuit | CustomModel
