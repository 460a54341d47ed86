from __future__ import annotations

import torch

from grok_tui.config import GrokfastEMA, GrokfastMA, NoFilter
from grok_tui.training.filters import Filter, make_filter


def run(used: Filter, steps: range) -> list[float]:
    """Return what becomes of gradients 1, 2, 4, 8, …"""
    changed = []
    for step in steps:
        gradient = torch.tensor([2.0**step])
        used.apply([gradient])
        changed.append(float(gradient))
    return changed


def test_without_a_filter_gradients_stay_as_they_are() -> None:
    assert run(make_filter(NoFilter()), range(4)) == [1, 2, 4, 8]


def test_the_exponential_average_begins_with_the_first_gradient_and_is_added() -> None:
    changed = run(make_filter(GrokfastEMA(alpha=0.5, strength=2.0)), range(3))
    averages = [1.0, 1.5, 2.75]
    assert changed == [2**step + 2 * average for step, average in enumerate(averages)]


def test_the_mean_is_added_once_the_window_is_full() -> None:
    changed = run(make_filter(GrokfastMA(window=3, strength=3.0)), range(5))
    assert changed == [1, 2, 4 + (1 + 2 + 4), 8 + (2 + 4 + 8), 16 + (4 + 8 + 16)]


def test_both_go_on_from_their_state() -> None:
    for settings in (GrokfastEMA(alpha=0.9), GrokfastMA(window=3)):
        whole, first, second = (make_filter(settings) for _ in range(3))
        expected = run(whole, range(8))
        assert run(first, range(5)) == expected[:5]
        second.load_state_dict(first.state_dict())
        assert run(second, range(5, 8)) == expected[5:]
