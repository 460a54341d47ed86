"""Convolutional networks without normalisation (as in arXiv 2402.15555, where batch norm ends it).

Shapes: N images, C channels, H height, W width, F numbers of a flattened image, K outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from grok_tui.config import CNN
from grok_tui.training.models.activations import activation

_SIDE = 3


class ImageCNN(nn.Module):
    """Convolutions with a stride of two, one hidden layer and a readout, all with biases."""

    def __init__(
        self,
        config: CNN,
        shape: tuple[int, int, int],
        outputs: int,
        generator: torch.Generator,
    ) -> None:
        """Draw the weights.

        Args:
            config: channels, depth, width, activation and scale.
            shape: channels, height and width of an image.
            outputs: how many outputs there are (K).
            generator: source of the random weights.
        """
        super().__init__()
        channels, height, width = shape
        kernels, biases = list[nn.Parameter](), list[nn.Parameter]()
        for _ in range(config.depth):
            fan_in = channels * _SIDE**2
            size = (config.channels, channels, _SIDE, _SIDE)
            kernels.append(_drawn(config, size, fan_in, generator))
            biases.append(_drawn(config, (config.channels,), fan_in, generator))
            channels, height, width = config.channels, (height + 1) // 2, (width + 1) // 2
        self.kernels_CCHW, self.biases_C = nn.ParameterList(kernels), nn.ParameterList(biases)
        flat = channels * height * width
        self.hidden_FW = _drawn(config, (flat, config.width), flat, generator)
        self.hidden_W = _drawn(config, (config.width,), flat, generator)
        self.readout_WK = _drawn(config, (config.width, outputs), config.width, generator)
        self.readout_K = _drawn(config, (outputs,), config.width, generator)
        self.activate = activation(config.activation)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Return outputs of shape (N, K) for images of shape (N, C, H, W)."""
        for kernel_CCHW, bias_C in zip(self.kernels_CCHW, self.biases_C, strict=True):
            sums_NCHW = conv2d(images_NCHW, kernel_CCHW, bias_C, stride=2, padding=_SIDE // 2)
            images_NCHW = self.activate(sums_NCHW)
        units_NW = self.activate(images_NCHW.flatten(1) @ self.hidden_FW + self.hidden_W)
        return units_NW @ self.readout_WK + self.readout_K


def _drawn(
    config: CNN, shape: tuple[int, ...], fan_in: int, generator: torch.Generator
) -> nn.Parameter:
    """Draw weights evenly in ±1/√inputs, as torch's layers do, and scale them."""
    drawn = (torch.rand(shape, generator=generator) * 2 - 1) * fan_in**-0.5
    return nn.Parameter(drawn * config.init_scale)
