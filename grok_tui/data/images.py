"""Images with their labels, from scikit-learn, from an .npz file or from MNIST's IDX files.

Shapes: N images, C channels, H height, W width.
"""

from __future__ import annotations

import gzip
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grok_tui.config import ImagesTask
from grok_tui.config.tasks import DIGITS
from grok_tui.data.idx import read_idx
from grok_tui.data.labelled import Labelled
from grok_tui.data.npz import read_npz
from grok_tui.data.source import cannot_read, packaged
from grok_tui.errors import UsageError

_CHANNELS = (1, 3, 4)
_INSTALL = "pip install 'grok-tui[data]' brings it"
_EXPECTED = f"{DIGITS}, an .npz file, or a folder of IDX files"


def read_images(task: ImagesTask) -> Labelled:
    """Return all different images of a task's source, as (N, C, H, W) from 0 to 1.

    Pixels are unsigned bytes, 255 of which are 1, or floats.

    Raises:
        UsageError: they cannot be read, or are too few.
    """
    path = Path(task.data)
    try:
        found = _digits() if task.data == DIGITS else _from_path(path)
    except OSError as error:
        raise cannot_read(path, error, _EXPECTED) from None
    different = found.without_repeats(image.tobytes() for image in found.inputs)
    return different.checked(task.train_size, task.test_size)


def _digits() -> Labelled:
    """Return scikit-learn's digits: rows of 64 pixels from 0 to 16, and the label."""
    path = packaged("sklearn", "datasets/data/digits.csv.gz", _INSTALL)
    with gzip.open(path, "rt", encoding="ascii") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.int64)
    pixels = rows[:, :-1].reshape(-1, 1, 8, 8).astype(np.float32) / 16
    return Labelled(pixels, rows[:, -1])


def _from_path(path: Path) -> Labelled:
    if path.suffix == ".npz":
        arrays = list(read_npz(path).values())
        return _joined(path, arrays[0::2], arrays[1::2])
    if not stat.S_ISDIR(path.stat().st_mode):
        raise UsageError(f"task.data: {path} is none of these: {_EXPECTED}")
    return _from_folder(path)


def _from_folder(folder: Path) -> Labelled:
    """Return the images of MNIST's four files; those for testing may be missing."""
    parts = ["train"]
    if _find(folder, "t10k-images", 3) or _find(folder, "t10k-labels", 1):
        parts.append("t10k")
    images = [_read_part(folder, f"{part}-images", 3) for part in parts]
    labels = [_read_part(folder, f"{part}-labels", 1) for part in parts]
    return _joined(folder, images, labels)


def _read_part(folder: Path, name: str, axes: int) -> NDArray[np.uint8]:
    path = _find(folder, name, axes)
    if path is None:
        raise UsageError(f"task.data: {folder} has no {name}-idx{axes}-ubyte, nor one that is .gz")
    return read_idx(path, axes)


def _find(folder: Path, name: str, axes: int) -> Path | None:
    """Return the file of a part, by any of its usual names."""
    names = (f"{name}{dot}idx{axes}-ubyte{packed}" for dot in "-." for packed in ("", ".gz"))
    return next((path for path in map(folder.joinpath, names) if path.exists()), None)


def _joined(path: Path, images: Sequence[NDArray[Any]], labels: Sequence[NDArray[Any]]) -> Labelled:
    """Return the images and labels of one or two parts, the second of which is for testing."""
    pixels = [_pixels(path, part) for part in images]
    flat = [part.reshape(-1) for part in labels]
    for part, those in zip(pixels, flat, strict=True):
        if len(part) != len(those) or those.dtype.kind not in "iu":
            raise UsageError(
                f"task.data: {path} has {len(part)} images and {len(those)} labels of type"
                f" {those.dtype}; expected as many whole numbers"
            )
    if len({(part.shape[1:], part.dtype) for part in pixels}) > 1:
        raise UsageError(f"task.data: {path} has images for testing of another shape or type")
    tests = len(flat[1]) if len(flat) > 1 else 0
    return Labelled(np.concatenate(pixels), np.concatenate(flat), tests)


def _pixels(path: Path, images: NDArray[Any]) -> NDArray[Any]:
    """Return images as (N, C, H, W), in bytes from 0 to 255 or floats from 0 to 1."""
    if images.ndim == 3:
        images = images[:, None]
    elif images.ndim == 4 and images.shape[3] in _CHANNELS:
        images = images.transpose(0, 3, 1, 2)
    elif images.ndim != 4 or images.shape[1] not in _CHANNELS:
        raise UsageError(
            f"task.data: {path} has images of shape {images.shape};"
            " expected (N, H, W), (N, H, W, C) or (N, C, H, W), with 1, 3 or 4 channels C"
        )
    if images.dtype == np.uint8:
        return images
    kind, limit = (np.float32, 1) if images.dtype.kind == "f" else (np.uint8, 255)
    if images.dtype.kind not in "iuf" or not np.all((images >= 0) & (images <= limit)):
        raise UsageError(
            f"task.data: {path} has pixels of type {images.dtype};"
            " expected whole numbers from 0 to 255, or floats from 0 to 1"
        )
    return images.astype(kind)
