"""What one should know to read the screen, in five minutes; what was published has its arXiv id."""

from __future__ import annotations

import re
import textwrap

from grok_tui.analysis.measures import MEASURES

_BEFORE = """\
WHAT GROKKING IS

A network groks when it memorises its training set, stalls, and much
later suddenly does well on examples that it never saw. It was first
described on small tables of operations such as addition modulo a prime,
learnt from a part of the table (arXiv 2201.02177): the train accuracy
was perfect early, the test accuracy stayed at chance for many times as
long, and then it rose. Since then it was seen in other networks and in
models that are no networks at all (arXiv 2210.01117, 2310.17247).

It is rare. Most networks generalise while they fit, or never. Small
training sets, large initial weights and weight decay are what most of
the published cases have in common; there is grokking without weight
decay, too (arXiv 2310.06110). Where the training set is a little larger
the delay goes, where it is a little smaller the network never arrives.

One picture of it: many settings of the weights fit the training set,
and those that a network finds first look things up. A rule fits as well
with smaller weights. Whatever punishes large weights moves the network
slowly from one to the other, while the losses show almost nothing. In
one network the parts of that rule could be measured while they grew
(arXiv 2301.05217): its circuit formed long before the test accuracy
rose. There is no agreement on one cause.

THE PHASES UNDER THE CHARTS

fitting      The train accuracy is still rising.
memorised    The training set is fitted and the test set is clearly
             behind. Nothing tells yet whether that will change.
grokking     The test score rises, long after the training set was
             fitted. While it is not confirmed, the word is `rising`.
generalised  The test score has arrived.
collapsed    It had learnt it and lost it; that happens with large
             weight decay or rates, and may heal.

The ribbon of phases has the step axis of the charts above. The axis is
logarithmic at first: memorising takes tens of steps, grokking
thousands.

HOW THE VERDICT IS DATED

Accuracies count from chance on: with 53 classes, 1/53 is nothing. A run
has memorised once the training score is at least 0.98 in several
evaluations in a row. `Grokked at step N` is where the test score had
closed half of the gap that it had left: there the curve is steepest, so
that the date depends least on thresholds. The interval behind it is
never narrower than two evaluations are apart, and wider where noise or
a small test set makes it so. It is called grokking where that lies at
least twice as far as memorising; a shorter delay is called generalising
with the training set.

A verdict is confirmed only when the curve has stayed up for several
evaluations, and what was confirmed is never taken back by later data: a
relapse is an event of its own. Where a log ends too early it says so. A
jump of the accuracy while the test loss fell steadily may be the
threshold's and not the network's (arXiv 2310.16441); then the sentence
says that.

COMPLEXITY, AND WHAT IT PROVES

While a network memorises it becomes more complex, and when it has found
a rule it can become simpler: by some measures, in some networks (arXiv
2412.09810). Each measure has a published counter-example, so that a
fall of complexity proves nothing, and none is known that predicts
grokking in general. `Complexity peaked` is said only where the peak
stands out of the noise, and its order with the grok step is left open
where their intervals overlap. Key m shows a measure alone in its own
unit, and ? then says more of it than stands here.
"""

_AFTER = """\
WHAT THE SCREEN CANNOT SAY

Why a network grokked. Whether one that stalls ever will: no grokking in
N steps says nothing about the next N (`grok-tui forecasts` says what
your own finished runs of the same family suggest, with an interval, or
that they suggest nothing). Whether test examples leaked into the
training set: then the curves look like generalising at once. What
another seed would do: a single run is an anecdote, so train several
(`--seeds 0..7`).
"""


_ALIKE = 30
"""Measures whose descriptions begin with the same characters are variants of one."""


def primer() -> str:
    """Return the text, in lines of at most 72 characters."""
    told = {each.about[:_ALIKE]: each for each in reversed(MEASURES)}  # of variants the first one
    measures = "\n".join(f"{m.name}\n{_short(m.about)}" for m in MEASURES if m in told.values())
    return f"{_BEFORE}\nTHE MEASURES, AND WHERE EACH MISLEADS\n\n{measures}\n\n{_AFTER}"


def _short(about: str) -> str:
    """Return what a measure is and where it misleads: its first sentence and its last."""
    sentences = re.split(r"(?<=\.)\s+(?=[A-Z])", about)
    text = " ".join(sentences if len(sentences) < 3 else (sentences[0], sentences[-1]))
    return textwrap.fill(text.replace("\n", " "), 72, initial_indent="  ", subsequent_indent="  ")
