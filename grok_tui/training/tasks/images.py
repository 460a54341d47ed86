"""Images and the classes that they belong to (digits after arXiv 2210.01117).

Shapes: N images, C channels, H height, W width.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from grok_tui.config import ImagesTask
from grok_tui.data.images import read_images
from grok_tui.training.dataset import Dataset, Split, draw


def images(task: ImagesTask, generator: torch.Generator) -> Dataset:
    """Return images drawn at random, as (N, C, H, W) floats from 0 to 1.

    Raises:
        UsageError: they cannot be read, or are too few.
    """
    found = read_images(task)
    classes = torch.from_numpy(found.classes)
    train, test = draw(len(found), found.tests, task.train_size, task.test_size, generator)

    def split(numbers: Tensor) -> Split:
        pixels = found.inputs[numbers.numpy()]
        inputs = torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32))
        if pixels.dtype == np.uint8:
            inputs /= 255
        return Split(inputs, classes[numbers])

    return Dataset(split(train), split(test), outputs=int(classes.max()) + 1)
