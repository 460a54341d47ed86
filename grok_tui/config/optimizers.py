"""How it learns: one struct an optimiser, told apart by its `kind`, and what filters gradients."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from grok_tui.config.numbers import Decay, NotNegative, Part, Positive

LIVE_KEYS = ("optimizer.lr", "optimizer.weight_decay")
"""Settings that each step looks up anew, so that they can be changed between two."""


class _Optimizer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all optimisers have in common."""

    lr: Positive = 1e-2
    """Learning rate after the warm-up."""
    weight_decay: NotNegative = 0.3
    """How strongly weights are pulled to zero; the kind says in which way."""
    warmup: Annotated[int, Meta(ge=0)] = 10
    """Steps over which the learning rate rises linearly from 0."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """How the learning rate falls after that: not at all, evenly, or along half a cosine."""
    schedule_steps: Annotated[int, Meta(ge=0)] = 0
    """The step at which it has fallen; it stays there, also when the run is extended."""
    schedule_end: Part = 0.1
    """What is left of the learning rate then."""
    embedding_lr: Positive | None = None
    """Learning rate of embeddings, where theirs is another one."""
    embedding_weight_decay: NotNegative | None = None
    """Weight decay of embeddings, where theirs is another one."""
    orthogonal: bool = False
    """Whether the part of each gradient along its own weights is taken out, and the rest scaled to
    the gradient's length: it only makes the outputs larger (arXiv 2501.04697)."""

    def __post_init__(self) -> None:
        if self.schedule != "constant" and self.schedule_steps == 0:
            raise ValueError(f"a {self.schedule} schedule needs schedule_steps: when it ends")


class AdamW(_Optimizer, frozen=True, kw_only=True, tag="adamw"):
    """Adam with decoupled weight decay: each step shrinks the weights by lr · weight_decay."""

    betas: tuple[Decay, Decay] = (0.9, 0.98)
    """Decay rates of the two moment estimates."""
    eps: Positive = 1e-8
    """What is added to the root of the second moment."""


class Adam(_Optimizer, frozen=True, kw_only=True, tag="adam"):
    """Adam with L2 regularisation: weight_decay · weights is added to the gradient."""

    betas: tuple[Decay, Decay] = (0.9, 0.98)
    """Decay rates of the two moment estimates."""
    eps: Positive = 1e-8
    """What is added to the root of the second moment."""


class SGD(_Optimizer, frozen=True, kw_only=True, tag="sgd"):
    """Stochastic gradient descent: weight_decay · weights is added to the gradient."""

    momentum: Decay = 0.0
    """Share of the last step that is made again."""


class Muon(_Optimizer, frozen=True, kw_only=True, tag="muon"):
    """Muon on hidden matrices, with `lr` and `weight_decay`, and AdamW on all other weights.

    Steps of Muon have orthonormal rows or columns. Its weight decay is decoupled. Embeddings,
    places, tables, readouts and biases are no hidden matrices.
    """

    momentum: Decay = 0.95
    """Share of the last gradients that is kept, with Nesterov's look ahead."""
    others_lr: Positive = 1e-3
    """Learning rate of AdamW."""
    others_weight_decay: NotNegative = 1.0
    """Weight decay of AdamW."""
    betas: tuple[Decay, Decay] = (0.9, 0.98)
    """Decay rates of AdamW's moment estimates."""
    eps: Positive = 1e-8
    """What AdamW adds to the root of the second moment."""


Optimizer: TypeAlias = AdamW | Adam | SGD | Muon


class NoFilter(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="none"
):
    """Gradients reach the optimiser as they are."""


class GrokfastEMA(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="ema"
):
    """Adds a moving average of the gradients to each of them (Grokfast, arXiv 2405.20233)."""

    alpha: Decay = 0.98
    """Share of the average that is kept at each step."""
    strength: NotNegative = 2.0
    """How many times the average is added."""


class GrokfastMA(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="ma"
):
    """Adds the mean of the last gradients to each of them (Grokfast, arXiv 2405.20233)."""

    window: Annotated[int, Meta(ge=1, le=1000)] = 100
    """How many gradients the mean is of; nothing is added before there are as many."""
    strength: NotNegative = 5.0
    """How many times the mean is added."""


Filter: TypeAlias = NoFilter | GrokfastEMA | GrokfastMA
