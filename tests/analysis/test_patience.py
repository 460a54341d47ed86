from __future__ import annotations

import numpy as np

from grok_tui.analysis.forecast import History
from grok_tui.analysis.patience import advice, norm_phrase
from grok_tui.analysis.series import EMPTY, Curve

STEPS = np.arange(0.0, 12_521, 20)


def run(rate: float, grokked: float | None = None) -> History:
    return History(520, grokked, 12_520, Curve(STEPS, 80 * np.exp(rate * STEPS)))


def test_a_norm_that_falls_speaks_for_patience() -> None:
    said = advice(run(-4e-6), [], 1.0)
    assert said == (
        "memorised 12 000 steps ago (24×), weight norm falling 0.4 % per 1 000 steps: keep going"
    )


def test_no_decay_a_growing_norm_and_no_relative_that_grokked_speak_against_it() -> None:
    said = advice(run(1e-5), [run(1e-5)] * 14, 0.0)
    assert "no weight decay, weight norm growing 1 % per 1 000 steps" in said
    assert said.endswith("of 14 such runs none grokked: nothing here drives it to generalise")


def test_relatives_that_grokked_later_are_counted() -> None:
    past = [run(0.0, 9000), run(0.0, 20_000), run(0.0, None)]
    assert "of 3 such runs 2 grokked, 1 later than this" in advice(run(1e-5), past, 0.0)


def test_what_is_not_measured_is_not_said() -> None:
    assert norm_phrase(None) is None
    bare = History(520, None, 12_520, EMPTY)
    assert advice(bare, [], None) == "memorised 12 000 steps ago (24×)"
