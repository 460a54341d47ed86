"""Everything that a run is asked to do, and what a preset adds to it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct

from grok_tui.config.models import MLP, Model
from grok_tui.config.numbers import Band, Count, LastStep, NotNegative, Seed, Share
from grok_tui.config.optimizers import AdamW, Filter, NoFilter, Optimizer
from grok_tui.config.tasks import ModularTask, Task


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the network is evaluated: dense at first, then log-spaced with a bounded gap."""

    dense_until: Annotated[int, Meta(ge=0)] = 64
    """Every step up to this one is evaluated."""
    growth: Annotated[float, Meta(ge=1, le=1000)] = 1.02
    """After that, each evaluation is this many times later than the one before it."""
    max_gap: Count = 10
    """Steps between two evaluations at most, so that no transition falls between them."""


Measure: TypeAlias = Literal["weight_norm", "spectrum", "units", "local_complexity", "mdl"]


class Complexity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which complexity measures are taken during training, and what they may cost."""

    measures: tuple[Measure, ...] = get_args(Measure)
    """Names of measures."""
    per_decade: Annotated[int, Meta(ge=1, le=1000)] = 12
    """Measurements in each tenfold of steps, evenly spaced on a log scale."""
    time_share: Share = 0.05
    """Share of the run's whole time that measuring may take; beyond it points are skipped."""


class Regularization(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What keeps a network simple beside weight decay (as in arXiv 2412.09810)."""

    weight_noise: NotNegative = 0.0
    """Standard deviation of the noise that all weights have while a step's gradient is made."""
    spectral_entropy: NotNegative = 0.0
    """How much of the mean entropy of the matrices' singular values is added to the loss."""


class Checkpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the whole state is saved, so that a run can go on after its process is gone."""

    every: Count = 500
    """Steps between two checkpoints; one is also taken when the run ends."""
    keep: Annotated[int, Meta(ge=1, le=1000)] = 3
    """The newest ones that are kept."""
    keep_every: Annotated[int, Meta(ge=0)] = 0
    """Those of steps that are multiples of it are kept for good; 0 keeps none of them."""
    pause_on_full_disk: bool = False
    """Whether a run pauses when the disk is full, in place of going on without being recorded."""


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a preset's setting comes from."""

    title: str
    """The experiment in one line."""
    follows: str
    """What it follows: a paper, or a measurement of this project."""
    arxiv: str | None = None
    """arXiv identifier of the paper, where there is one."""
    differs: str | None = None
    """What differs from the source."""


Outcome: TypeAlias = Literal[
    "grokked", "partially_grokked", "memorised", "generalised", "not_fitted", "collapsed"
]


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a correct run of a preset shows, as bands over seeds."""

    verdict: Outcome | tuple[Outcome, ...]
    """The verdict in the words that `grok-tui detect` uses; several where it lies on a border."""
    memorised_step: Band | None = None
    """First and last step at which seeds were seen to have fitted the training set."""
    grok_step: Band | None = None
    """First and last step at which the test score arrived, also where that was no grokking."""
    test_accuracy: Band | None = None
    """Test accuracy at the end."""
    published: str | None = None
    """What the source found, in its own terms."""
    cpu_seconds: float | None = None
    """Seconds on one core that it took here."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a run is asked to do."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] = "run"
    """What the run is called in lists."""
    steps: LastStep = 4000
    """Optimiser steps until the run is finished."""
    seed: Seed = 0
    """Seed of the split, of the initial weights and of everything else that is random."""
    device: Annotated[str, Meta(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    """Where to compute: auto, cpu, cuda:N or mps. `auto` takes a CUDA GPU where there is one."""
    batch: Annotated[int, Meta(ge=0, le=10**7)] = 0
    """Training examples of one step, drawn anew each epoch; 0 takes all of them."""
    loss: Literal["cross-entropy", "stablemax", "mse", "hinge"] = "cross-entropy"
    """What is minimised. `stablemax` is cross-entropy without the softmax's exponentials (arXiv
    2501.04697), `mse` the mean squared error (of one-hot targets for classes), `hinge` is for two
    classes."""
    compile: bool = False
    """Whether torch compiles what a step computes: the first step takes a minute, later ones less
    than before; on a CPU not where the gradient of the network is written out, which compiled
    steps do without. Needs a C++ compiler."""
    cuda_graph: bool = True
    """Whether a GPU is given several steps at once, where they are all alike."""
    task: Task = msgspec.field(default_factory=ModularTask)
    model: Model = msgspec.field(default_factory=MLP)
    optimizer: Optimizer = msgspec.field(default_factory=AdamW)
    filter: Filter = msgspec.field(default_factory=NoFilter)
    regularization: Regularization = msgspec.field(default_factory=Regularization)
    log: Log = msgspec.field(default_factory=Log)
    complexity: Complexity = msgspec.field(default_factory=Complexity)
    checkpoint: Checkpoint = msgspec.field(default_factory=Checkpoint)


class Preset(Struct, frozen=True, kw_only=True):
    """A config under a name, with its source and what it should show."""

    name: str
    config: Config
    source: Source | None = None
    expected: Expected | None = None
