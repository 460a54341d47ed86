from __future__ import annotations

import pytest

from grok_tui.config import change, load_preset, parse_seeds, why_no_compiler, why_not_together
from grok_tui.errors import UsageError

FLASH = load_preset("add-53-flash").config


def test_a_range_has_its_last_seed_in_it() -> None:
    assert list(parse_seeds("3..6")) == [3, 4, 5, 6]
    assert list(parse_seeds("7..7")) == [7]
    assert len(parse_seeds("1..1024")) == 1024


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("5..2", "--seeds: 5..2 has no seed in it; 2..5 has"),
        ("0..1024", "--seeds: 0..1024 are 1025, and 1024 is the most"),
        ("1,2", "--seeds: expected the first and the last one as in 0..31, got '1,2'"),
        ("-1..2", "--seeds: expected the first and the last one as in 0..31, got '-1..2'"),
        ("٣..٤", "--seeds: expected the first and the last one as in 0..31, got '٣..٤'"),
    ],
)
def test_what_is_no_range_is_told(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_seeds(text)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("change_", "why"),
    [
        ("regularization.weight_noise=0.1", "noise on the weights"),
        ("model.kind=mine:net", "a function of your own"),
        ("task.kind=mine:sums", "a function of your own"),
        ("checkpoint.pause_on_full_disk=true", "pauses a process"),
    ],
)
def test_what_draws_from_the_generators_of_a_process_cannot_share_it(
    change_: str, why: str
) -> None:
    assert why_not_together(FLASH) is None
    assert why in (why_not_together(change(FLASH, [change_])[0]) or "")


def test_a_missing_compiler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = change(FLASH, ["compile=true"])[0]
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert why_no_compiler(FLASH) is None
    assert why_no_compiler(compiled) == (
        "compile: torch needs the compiler no-such-compiler, which is not there"
    )
    monkeypatch.setenv("CXX", "sh")  # anything that is there
    assert why_no_compiler(compiled) is None
