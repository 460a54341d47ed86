from __future__ import annotations

import numpy as np
from support import rise

from grok_tui.analysis.circuits import Circuits, circuits
from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Event, Verdict

STEPS = np.arange(0.0, 4001, 50)
MEMORISED = Verdict(events=(Event("memorised", 400, 410),))


def run(formed: float = 1500, cleaned: float = 2200) -> dict[str, Curve]:
    """Excluded loss falls while memorising, and rises when the circuit takes over."""
    return {
        "complexity/excluded_loss": Curve(STEPS, 4 * (1 - rise(STEPS, 300)) + rise(STEPS, formed)),
        "complexity/weight_norm": Curve(STEPS, 60 - STEPS / 200),
        "test/loss": Curve(STEPS, 8 * (1 - rise(STEPS, cleaned, 0.05)) + 0.1),
    }


def test_the_circuit_forms_before_the_rest_is_cleaned_up() -> None:
    found = circuits(run(), MEMORISED)
    assert found is not None
    assert found.formation is not None
    assert found.cleanup is not None
    assert 800 <= found.formation <= 1500
    assert 1900 <= found.cleanup <= 2200


def test_a_growing_norm_is_no_formation() -> None:
    curves = run()
    curves["complexity/weight_norm"] = Curve(STEPS, 60 + STEPS / 200)
    assert circuits(curves, MEMORISED) == Circuits(None, None)


def test_without_memorisation_or_excluded_loss_nothing_is_said() -> None:
    assert circuits(run(), Verdict()) is None
    curves = run()
    del curves["complexity/excluded_loss"]
    assert circuits(curves, MEMORISED) is None


def test_what_is_not_measured_is_not_cleaned_up() -> None:
    curves = run()
    del curves["test/loss"]
    found = circuits(curves, MEMORISED)
    assert found is not None
    assert found.cleanup is None
