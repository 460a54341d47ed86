"""Says a verdict in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grok_tui.analysis.fall import fall_since_peak, judged_complexity
from grok_tui.analysis.patience import norm_phrase, norm_slope
from grok_tui.analysis.peak import LEAST_SAMPLES
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Outcome, Verdict

FLAG = "⚑"
SPARSE = 0.8
"""Below this share of the step that it was seen at, the evaluation before it lies too far back to
say "at"."""

POOR = 0.5
"""Of a test accuracy below this nobody would say that the network has generalised."""


def sentence(verdict: Verdict, curves: Mapping[str, Curve], *, is_live: bool) -> str:
    """Return what a run's curves say.

    Args:
        verdict: the verdict.
        curves: the metrics, for the values that are quoted.
        is_live: whether more is to come.
    """
    if verdict.basis is None:
        return "waiting for the first evaluation" if is_live else "no train and test curve to judge"
    said = _SENTENCES[verdict.outcome](verdict, curves, is_live)
    return said + _diverged(curves) + _complexity(verdict, curves, is_live)


def steps(value: float | None) -> str:
    """Return a step number with its thousands set apart; a dash for nothing."""
    if value is None:
        return "–"
    return f"{value:,.0f}".replace(",", " ") if value == int(value) else f"{value:.2f}"


def times(ratio: float) -> str:
    """Return a ratio as 9.2× or 92×."""
    return f"{ratio:.1f}×" if ratio < 10 else f"{ratio:.0f}×"


def score(value: float | None) -> str:
    """Return an accuracy with three digits; a dash for nothing."""
    return "–" if value is None else f"{value:.3f}"


def losses(lost_rows: int, bad_lines: int) -> list[str]:
    """Return what is missing from a run's curves; nothing where all is there."""
    counts = ((lost_rows, "lost row"), (bad_lines, "bad line"))
    return [f"{steps(n)} {what}{'s' if n > 1 else ''}!" for n, what in counts if n]


def _grokked(verdict: Verdict, curves: Mapping[str, Curve], _is_live: bool) -> str:
    grok = verdict.grok
    assert grok is not None
    degree = "grokked" if verdict.outcome is Outcome.GROKKED else "partly grokked"
    said = f"{FLAG} {degree} at step {steps(grok.step)} ({steps(grok.low)}–{steps(grok.high)})"
    said += _after_memorising(verdict)
    if grok.is_provisional:
        said += f"; the log ends before that is certain, at {_last(curves, verdict, 'test')}"
    elif verdict.outcome is Outcome.PARTIALLY_GROKKED:
        said += f"; test stays at {_last(curves, verdict, 'test')}"
    elif verdict.basis != "loss" and not verdict.milestones:
        said += f"; test has reached {_last(curves, verdict, 'test')}"
    if verdict.is_threshold_artefact:
        said += "; the test loss fell steadily all the while, without a transition of its own"
    return f"{said}."


def _after_memorising(verdict: Verdict) -> str:
    """Return how much later than memorisation, as exactly as the log allows."""
    memorised, ratio = verdict.memorised, verdict.delay_ratio
    if memorised is None or ratio is None:
        return ""
    at = steps(memorised.step)
    if memorised.low is None:
        return f"; the training set was fitted when the log begins, at {at}"
    if memorised.low < SPARSE * memorised.step:
        return f", at least {times(ratio)} after memorising, which was by {at}"
    return f", {times(ratio)} after memorising at {at}"


def _memorised(verdict: Verdict, curves: Mapping[str, Curve], is_live: bool) -> str:
    memorised, final = verdict.memorised_step, verdict.final_step
    assert memorised is not None
    assert final is not None
    said = f"memorised at step {steps(memorised)}"
    since = f"{times(final / max(memorised, 1.0))} as long"
    test = _last(curves, verdict, "test")
    if verdict.rising_since is not None:
        begin = steps(verdict.rising_since)
        if is_live:
            return f"{said}; test has been rising since {begin}, not confirmed yet: {test}."
        return (
            f"{said}; test rose from step {begin} on to {test}, too little to be called grokking."
        )
    if is_live:
        norm = curves.get("complexity/weight_norm", EMPTY)
        phrase = norm_phrase(norm_slope(norm, memorised, final))
        since = f"{since}; {phrase}" if phrase else since
        return f"{said}, no grokking so far: test {test} at step {steps(final)}, {since}."
    value = _last_value(curves, verdict, "test")
    is_poor = verdict.basis != "loss" and value is not None and value < POOR
    how = "and did not generalise" if is_poor else "with no delayed rise after it"
    return f"{said} {how} in {steps(final)} steps, {since}: test {test}."


def _generalised(verdict: Verdict, _curves: Mapping[str, Curve], _is_live: bool) -> str:
    arrival, memorised, ratio = verdict.arrival, verdict.memorised_step, verdict.delay_ratio
    assert arrival is not None
    when = f"generalised at step {steps(arrival.step)}"
    if memorised is None or ratio is None:
        return f"{when}, before the training set was fitted: no grokking."
    if arrival.low == arrival.high:  # nothing was evaluated before it
        return f"{when}, where the log begins: no delay was seen."
    return f"{when}, together with the training set (fitted at {steps(memorised)}): no grokking."


def _not_fitted(verdict: Verdict, curves: Mapping[str, Curve], is_live: bool) -> str:
    train = _last(curves, verdict, "train")
    if is_live:
        return f"fitting: train {train} at step {steps(verdict.final_step)}."
    return f"did not fit its training set in {steps(verdict.final_step)} steps: train {train}."


def _collapsed(verdict: Verdict, curves: Mapping[str, Curve], _is_live: bool) -> str:
    lost = [e for e in verdict.events if e.kind in ("collapsed", "relapsed")][-1]
    what = "all that it had learnt" if lost.kind == "collapsed" else "its generalisation"
    return f"lost {what} at step {steps(lost.step)}: test {_last(curves, verdict, 'test')}."


def _undecided(_verdict: Verdict, _curves: Mapping[str, Curve], is_live: bool) -> str:
    return "fitting: too early for a verdict." if is_live else "too few evaluations for a verdict."


_SENTENCES = {
    Outcome.GROKKED: _grokked,
    Outcome.PARTIALLY_GROKKED: _grokked,
    Outcome.MEMORISED: _memorised,
    Outcome.GENERALISED: _generalised,
    Outcome.NOT_FITTED: _not_fitted,
    Outcome.COLLAPSED: _collapsed,
    Outcome.UNDECIDED: _undecided,
}


def _complexity(verdict: Verdict, curves: Mapping[str, Curve], is_live: bool) -> str:
    """Return when complexity peaked and how far it has fallen, or that it has no clear peak."""
    peak, fall = verdict.complexity_peak, fall_since_peak(verdict, curves)
    if peak is None:
        # A run that goes on may still have one, and one that was hardly measured says nothing.
        few = len(judged_complexity(curves)) < LEAST_SAMPLES
        return "" if is_live or few else " No resolved peak of complexity."
    if fall is None:
        return ""
    at = f"at {steps(peak.step)}"
    if peak.low is not None:
        at += f" ({steps(peak.low)}–{steps(peak.high)})"
    if verdict.peak_and_grok == "unordered":
        at = f"about as it grokked, {at},"
    return f" Complexity peaked {at} and has fallen by {fall:.0%}."


def _diverged(curves: Mapping[str, Curve]) -> str:
    """Return from where on a curve holds no numbers any more, or nothing."""
    for name in ("train/loss", "test/loss", "train/accuracy", "test/accuracy"):
        curve = curves.get(name, EMPTY)
        if curve.last is None or np.isfinite(curve.last):
            continue
        first = curve.steps[curve.finite_size]
        return f" Diverged: {name.replace('/', ' ')} is {curve.last} from step {steps(first)} on."
    return ""


def _last(curves: Mapping[str, Curve], verdict: Verdict, split: str) -> str:
    value = _last_value(curves, verdict, split)
    if value is None:
        return "–"
    quantity = _quantity(verdict, split)
    # Nobody wants to read a share of 6e-10.
    return f"{quantity} {round(value, 3) if quantity == 'accuracy' else value:.3g}"


def _last_value(curves: Mapping[str, Curve], verdict: Verdict, split: str) -> float | None:
    """Return the newest number of what was judged; a diverged curve has none at its end."""
    curve = curves.get(f"{split}/{_quantity(verdict, split)}", EMPTY)
    return curve.head(curve.finite_size).last


def _quantity(verdict: Verdict, split: str) -> str:
    """Return what of a split was judged."""
    if verdict.basis == "mixed":
        return "loss" if split == "train" else "accuracy"
    return str(verdict.basis)
