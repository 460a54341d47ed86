"""What is done to gradients before the optimiser sees them: Grokfast (arXiv 2405.20233)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from grok_tui import config


class Filter:
    """Hands gradients on as they are."""

    def apply(self, gradients: Sequence[Tensor]) -> None:
        """Change gradients in place, after each backward pass."""

    def state_dict(self) -> dict[str, Any]:
        """Return what is known of older gradients."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""


class ExponentialAverage(Filter):
    """Adds an exponential moving average of the gradients; it begins with the first of them."""

    def __init__(self, settings: config.GrokfastEMA) -> None:
        self._settings = settings
        self._averages: list[Tensor] = []

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor]) -> None:
        """Update the averages and add them."""
        if not self._averages:
            self._averages = [gradient.clone() for gradient in gradients]
        for average, gradient in zip(self._averages, gradients, strict=True):
            average.lerp_(gradient, 1 - self._settings.alpha)
            gradient.add_(average, alpha=self._settings.strength)

    def state_dict(self) -> dict[str, Any]:
        """Return the averages."""
        return {"averages": self._averages}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over averages."""
        self._averages = list(state.get("averages", []))


class MovingAverage(Filter):
    """Adds the mean of the last gradients, once there are as many as the window takes."""

    def __init__(self, settings: config.GrokfastMA) -> None:
        self._settings = settings
        self._window: list[list[Tensor]] = []
        self._sums: list[Tensor] = []

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor]) -> None:
        """Take the newest gradients in, drop the oldest, and add the mean."""
        self._window.append([gradient.clone() for gradient in gradients])
        if not self._sums:
            self._sums = [torch.zeros_like(gradient) for gradient in gradients]
        gone = self._window.pop(0) if len(self._window) > self._settings.window else None
        for number, total in enumerate(self._sums):
            total.add_(self._window[-1][number])
            if gone is not None:
                total.sub_(gone[number])
        if len(self._window) == self._settings.window:
            for total, gradient in zip(self._sums, gradients, strict=True):
                gradient.add_(total, alpha=self._settings.strength / self._settings.window)

    def state_dict(self) -> dict[str, Any]:
        """Return the window and its sums, which carry the rounding of what has left it."""
        return {"window": self._window, "sums": self._sums}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a window."""
        self._window = [list(gradients) for gradients in state.get("window", [])]
        self._sums = list(state.get("sums", []))
        while len(self._window) > self._settings.window:  # a fork may have a shorter one
            for total, gone in zip(self._sums, self._window.pop(0), strict=True):
                total.sub_(gone)


def make_filter(settings: config.Filter) -> Filter:
    """Return the filter that a config asks for."""
    if isinstance(settings, config.GrokfastEMA):
        return ExponentialAverage(settings)
    if isinstance(settings, config.GrokfastMA):
        return MovingAverage(settings)
    return Filter()
