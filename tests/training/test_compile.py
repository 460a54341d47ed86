from __future__ import annotations

from pathlib import Path

import pytest
from training_support import alone, create, curve

from grok_tui.config import change, load_preset, why_no_compiler
from grok_tui.launch.local import start
from grok_tui.runs.record import State, read_record

COMPILED, _ = change(
    load_preset("add-53-flash").config,
    ["task.modulus=11", "model.width=16", "steps=50", "device=cpu", "compile=true"],
)


@pytest.mark.slow
def test_a_compiled_run_has_the_curve_of_any_other(tmp_path: Path) -> None:
    """In a process of its own: the compiler stays in memory."""
    if why_no_compiler(COMPILED):
        pytest.skip("there is no C++ compiler")
    (compiled,) = create(tmp_path / "compiled", COMPILED, (1,))
    assert start(compiled).wait(timeout=300) == 0
    (plain,) = create(tmp_path / "plain", change(COMPILED, ["compile=false"])[0], (1,))
    assert alone(plain) is State.FINISHED
    assert read_record(compiled.record).state is State.FINISHED
    expected = curve(plain, "test/loss")
    assert len(expected) == 51
    # A compiled sum runs in another order; equal to the last bit it would not have been compiled.
    assert curve(compiled, "test/loss") == pytest.approx(expected, rel=1e-4)
    assert curve(compiled, "test/loss") != expected
