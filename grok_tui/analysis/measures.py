"""The measures of complexity, for people: names, units, and what each says and does not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.slope import log_slope


@dataclass(frozen=True, slots=True)
class Measure:
    """One column of metrics that says how complex, or how robust, a network is, or what follows."""

    column: str
    name: str
    unit: str
    about: str
    """What it is and where it misleads, in four lines."""
    derive: Callable[[Curve], Curve] | None = None
    """What makes the measure of the column, where it is not the column itself."""

    def curve(self, curves: Mapping[str, Curve]) -> Curve:
        """Return its values in a run, or an empty curve."""
        column = curves.get(self.column, EMPTY)
        return column if self.derive is None else self.derive(column)

    def parts(self, curves: Mapping[str, Curve]) -> dict[str, float]:
        """Return the newest values of a network's single parts, by their names."""
        begin = f"{self.column}/"
        found = {} if self.derive else curves
        return {
            name.removeprefix(begin): curve.last
            for name, curve in found.items()
            if name.startswith(begin) and curve.last is not None
        }


MEASURES = (
    Measure(
        "complexity/mdl_bytes",
        "MDL",
        "B",
        """\
Bytes that the weights need when they are rounded as coarsely as the training
loss allows (1 nat more) and compressed (arXiv 2412.09810). Tends to rise while
memorising and to fall with generalising. An untrained network needs nothing,
and sizes of different architectures cannot be compared.""",
    ),
    Measure(
        "complexity/kl_nats",
        "KL",
        "nats",
        """\
How far the learnt distribution lies from what was expected before any example
(arXiv 2310.17247): the complexity term in the loss of a model that is no
network. Cannot be compared between models, nor once what is expected changes
a lot during training.""",
    ),
    Measure(
        "complexity/weight_norm",
        "‖θ‖",
        "",
        """\
Length of the weight vector. Weight decay pulls it down, fast when the network
cleans up what it memorised. There is grokking with a growing norm (arXiv
2310.06110), it may fall after the test curve has risen, and normalisation
makes it meaningless.""",
    ),
    Measure(
        "complexity/squared_norm",
        "‖W‖²",
        "",
        """\
Sum of squared weights, without biases and the gains of normalisation; its
groups add up to it. It says how long the weights are and not what they do:
normalisation makes that meaningless, and in some runs it falls after the test
curve has risen (arXiv 2311.06597).""",
    ),
    Measure(
        "complexity/weight_norm",
        "slope of ln‖θ‖²",
        "per 1k",
        """\
Change of the logarithm of the squared norm in 1000 steps, over the last tenth
of the steps. With weight decay alone it is −2000 × learning rate × decay;
above that, gradients hold against it. Jumps of the norm make peaks in it that
are no events of their own.""",
        derive=lambda norm: log_slope(norm, power=2.0),
    ),
    Measure(
        "complexity/effective_rank",
        "eff. rank",
        "",
        """\
Effective rank, the directions that weight matrices use: the exponential of the
entropy of their singular values' shares, as a mean over matrices by size.
Falls at generalisation where something decays the weights; stays near full
rank without (arXiv 2412.09810).""",
    ),
    Measure(
        "complexity/stable_rank",
        "stable rank",
        "",
        """\
Squared singular values of a weight matrix, summed and divided by the largest:
how many directions are about as strong as the strongest. A mean over matrices
by size. Small directions do not count, so that it may fall while the effective
rank stays.""",
    ),
    Measure(
        "complexity/spectral_entropy",
        "spectral entropy",
        "nats",
        """\
Entropy of the singular values' shares, as a mean over weight matrices by size:
what the regulariser of arXiv 2412.09810 pulls down. The logarithm of the
effective rank for a single matrix. Shares are of the values, not of their
squares: papers differ in that.""",
    ),
    Measure(
        "complexity/local_complexity",
        "local complexity",
        "units",
        """\
Hidden units that change their sign close to a training example: on 8 random
axes at a distance of 0.005 (arXiv 2402.15555). On images it rises while
memorising and falls late, even after the grok; on one-hot tables it need not
move. Proportional to the distance, to be seen beside the inputs' length.""",
    ),
    Measure(
        "complexity/activation_entropy",
        "activation entropy",
        "",
        """\
How evenly the last hidden layer uses its directions on 256 training examples,
from 0 (one direction) to 1 (all alike) (arXiv 2604.13123). Falls before some
networks grok. Networks that never generalise can fall as far: it is necessary
at most.""",
    ),
    Measure(
        "complexity/dead_units",
        "dead units",
        "",
        """\
Share of hidden units that are the same for 256 training examples. They count
for nothing: a network in which many die becomes simpler. A unit that is rarely
active looks dead on so few examples, and units that die say nothing about
generalising.""",
    ),
    Measure(
        "complexity/output_scale",
        "output scale",
        "",
        """\
Root mean square of the outputs on 256 training examples. With cross-entropy it
grows without end once the training set is fitted, unless something decays the
weights: losses fall by it and nothing is learnt. Late growth may end in
rounding errors (arXiv 2501.04697).""",
    ),
    Measure(
        "complexity/description_bytes",
        "low-rank MDL",
        "B",
        """\
Bytes as in MDL, with matrices also replaced by their strongest directions where
that is shorter (arXiv 2412.09810), on 2 048 training examples. Shows the fall
of memorised rules most sharply. Says nothing of other architectures, and an
untrained network needs nothing.""",
    ),
    Measure(
        "complexity/author_bytes",
        "MDL of the source",
        "B",
        """\
The same as the released code of arXiv 2412.09810 computes it, to compare with
its figures: floats in place of whole numbers, one direction fewer, bins from
0.001 to 1, the loss of 512 examples. 300 kB stand for a network that no such
rounding describes.""",
    ),
    Measure(
        "complexity/lc_train",
        "LC train, full",
        "units",
        """\
Hidden units that change their sign close to one of 1 024 training examples: on
25 random axes at a distance of 0.005 (arXiv 2402.15555). Said to rise while
memorising and to fall late. Proportional to the distance; batch normalisation
takes away what it shows.""",
    ),
    Measure(
        "complexity/lc_test",
        "LC test, full",
        "units",
        """\
Hidden units that change their sign close to one of 1 024 test examples, as for
training examples (arXiv 2402.15555). Where it falls, the network has become
simpler also where it never was trained; where it does not, folds have only
moved.""",
    ),
    *(
        Measure(
            f"robustness/accuracy@{radius}",
            f"robust accuracy ε={radius}",
            "",
            f"""\
Accuracy on 1 000 test examples of which each number was moved by {radius} at most,
as badly as 10 steps of descent find (PGD, arXiv 2402.15555): pixels of 0 to 1,
or what symbols become first. A better attack may do worse. It may rise late
without any late rise of the test accuracy.""",
        )
        for radius in (0.03, 0.06, 0.1)
    ),
    Measure(
        "complexity/llc",
        "LLC",
        "",
        """\
Local learning coefficient (arXiv 2308.12108): how slowly the loss rises around
the weights, from one Langevin chain of 300 steps with step 1e-5, localisation
1000 and nβ = n / ln n. Other settings change it by orders of magnitude: only
its shape counts. Negative where the weights are no minimum.""",
    ),
    Measure(
        "complexity/hessian_trace",
        "Hessian trace",
        "",
        """\
Sum of the loss's curvatures in all directions of the weights, by 30 random
probes (Hutchinson) on 2 048 training examples. Falls with the loss itself once
cross-entropy is nearly zero, and changes with scalings of the weights that the
outputs do not see.""",
    ),
    Measure(
        "complexity/tail_alpha",
        "tail exponent α",
        "",
        """\
Power law of the largest eigenvalues of the weight matrices, as a mean over
those with 50 or more (arXiv 2506.04434). Training lowers it; below 2 it was
seen where networks lose what they had learnt, and elsewhere. Depends much on
where the tail is said to begin.""",
    ),
    Measure(
        "complexity/restricted_loss",
        "restricted loss",
        "",
        """\
Loss on all pairs where only the 5 strongest frequencies of the outputs, as
functions of the group's product, are kept (arXiv 2301.05217). Falls when the
rule is found, often before the test loss. Stays high for networks that use
more frequencies.""",
    ),
    Measure(
        "complexity/excluded_loss",
        "excluded loss",
        "",
        """\
Loss on the training pairs without the 5 strongest frequencies of the outputs
(arXiv 2301.05217). Rises when the network comes to rely on them in place of
what it memorised. Stays low for networks that use more frequencies.""",
    ),
)
ROBUSTNESS = "robustness/accuracy@0.06"
"""The robustness that is drawn beside the test accuracy."""


def measures_of(curves: Mapping[str, Curve]) -> list[Measure]:
    """Return the measures that a run has values of."""
    return [measure for measure in MEASURES if len(measure.curve(curves))]
