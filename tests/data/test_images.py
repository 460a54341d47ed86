from __future__ import annotations

import gzip
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grok_tui.config import ImagesTask
from grok_tui.data import idx, npz, source
from grok_tui.data.images import read_images
from grok_tui.data.labelled import Labelled
from grok_tui.errors import UsageError

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 6, 5), dtype=np.uint8)
LABELS = np.arange(30, dtype=np.uint8) % 3


def read(path: Path, **settings: int) -> Labelled:
    return read_images(ImagesTask(data=str(path), **{"train_size": 10, **settings}))


def idx_bytes(array: np.ndarray) -> bytes:
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()


def write_idx(folder: Path, part: str, start: int, stop: int, dot: str, *, packed: bool) -> None:
    for what, array in (("images", IMAGES), ("labels", LABELS)):
        data = idx_bytes(array[start:stop])
        path = folder / f"{part}-{what}{dot}idx{array.ndim}-ubyte{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(data) if packed else data)


def save(path: Path, **arrays: Any) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def test_the_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]

    theirs, ours = load_digits(), read_images(ImagesTask())
    assert ours.inputs.shape == (1797, 1, 8, 8)
    assert np.array_equal(ours.inputs[:, 0], theirs.images / 16)
    assert np.array_equal(ours.classes, theirs.target)


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"sklearn with its digits.csv.gz is not there; pip inst"):
        read_images(ImagesTask())


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dot", ["-", "."])
def test_a_folder_of_idx_files_is_read(tmp_path: Path, dot: str, packed: bool) -> None:
    write_idx(tmp_path, "train", 0, 20, dot, packed=packed)
    found = read(tmp_path)
    assert (len(found), found.tests) == (20, 0), "files for testing may be missing"
    write_idx(tmp_path, "t10k", 20, 30, dot, packed=packed)
    found = read(tmp_path)
    assert (len(found), found.tests) == (30, 10)
    assert np.array_equal(found.inputs[:, 0], IMAGES)
    assert np.array_equal(found.classes, LABELS)


def test_an_npz_is_read_with_and_without_a_test_set(tmp_path: Path) -> None:
    found = read(save(tmp_path / "a.npz", x=IMAGES, y=LABELS, other=IMAGES))
    assert (len(found), found.tests) == (30, 0)
    split = {"x_train": IMAGES[:20], "y_train": LABELS[:20, None].astype(np.int64)}
    found = read(save(tmp_path / "b.npz", **split, x_test=IMAGES[20:], y_test=LABELS[20:]))
    assert (len(found), found.tests) == (30, 10)
    assert np.array_equal(found.inputs[:, 0], IMAGES)
    assert np.array_equal(found.classes, LABELS)


@pytest.mark.parametrize(
    ("images", "shape"),
    [
        (IMAGES.reshape(30, 5, 6), (30, 1, 5, 6)),
        (IMAGES.reshape(30, 5, 2, 3), (30, 3, 5, 2)),
        (IMAGES.reshape(30, 3, 5, 2), (30, 3, 5, 2)),
        (IMAGES.astype(np.int64), (30, 1, 6, 5)),
        (IMAGES / 255, (30, 1, 6, 5)),
    ],
)
def test_channels_may_stand_first_or_last(
    images: np.ndarray, shape: tuple[int, ...], tmp_path: Path
) -> None:
    found = read(save(tmp_path / "a.npz", x=images, y=LABELS)).inputs
    assert found.shape == shape
    assert found.dtype in (np.uint8, np.float32)
    if images.shape[-1] == 3:
        assert np.array_equal(found[:, 1], images[..., 1])


def test_an_image_that_comes_twice_counts_once_also_across_the_sets(tmp_path: Path) -> None:
    images = IMAGES.copy()
    images[7], images[25] = images[3], images[4]
    split = {"x_train": images[:20], "y_train": LABELS[:20]}
    found = read(save(tmp_path / "a.npz", **split, x_test=images[20:], y_test=LABELS[20:]))
    assert (len(found), found.tests) == (28, 9)
    assert np.array_equal(found.inputs[:, 0], np.delete(images, [7, 25], axis=0))
    assert np.array_equal(found.labels, np.delete(LABELS, [7, 25]))


def test_labels_are_numbered_in_their_order(tmp_path: Path) -> None:
    found = read(save(tmp_path / "a.npz", x=IMAGES, y=LABELS * 10 + 1))
    assert np.array_equal(found.classes, LABELS)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": IMAGES}, "needs x_train and y_train, or x and y; it has a"),
        ({"x": IMAGES, "y": LABELS[:9]}, "has 30 images and 9 labels of type uint8"),
        ({"x": IMAGES, "y": LABELS / 2}, "30 labels of type float64; expected as many whole"),
        ({"x": IMAGES, "y": LABELS * 0}, "expected 2 to 1000 classes, found 1"),
        ({"x": IMAGES.reshape(30, 30), "y": LABELS}, r"shape \(30, 30\); expected \(N, H, W\)"),
        ({"x": IMAGES / 255 - 0.5, "y": LABELS}, "pixels of type float64; expected whole"),
        ({"x": IMAGES * np.nan, "y": LABELS}, "pixels of type float64; expected whole"),
        (
            {"x": IMAGES.astype(int) * 300, "y": LABELS},
            "pixels of type int64; expected whole",
        ),
        ({"x": IMAGES.astype(str), "y": LABELS}, "pixels of type <U3; expected whole"),
        ({"x": IMAGES.astype(object), "y": LABELS}, "no .npz file of numbers: Object arrays"),
        ({"x": IMAGES[:0], "y": LABELS[:0]}, "10 is too many; there are 0 different examples"),
        (
            {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, :4], "y_test": LABELS},
            "images for testing of another shape or type",
        ),
    ],
)
def test_arrays_that_are_no_images_are_told(
    arrays: dict[str, np.ndarray], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        read(save(tmp_path / "a.npz", **arrays))


def test_too_few_images_are_told(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", x=IMAGES, y=LABELS)
    assert len(read(path, train_size=29)) == 30
    assert len(read(path, train_size=20, test_size=10)) == 30
    with pytest.raises(UsageError, match=r"train_size: 30 is too many; there are 30 .* one must"):
        read(path, train_size=30)
    with pytest.raises(UsageError, match=r"test_size: 11 is too many; 10 are left for tests"):
        read(path, train_size=20, test_size=11)
    split = {"x_train": IMAGES[:20], "y_train": LABELS[:20]}
    path = save(tmp_path / "b.npz", **split, x_test=IMAGES[20:], y_test=LABELS[20:])
    assert len(read(path, train_size=20, test_size=10)) == 30
    with pytest.raises(UsageError, match=r"train_size: 21 is too many; there are 20 different"):
        read(path, train_size=21)
    with pytest.raises(UsageError, match=r"test_size: 11 is too many; 10 are left for tests"):
        read(path, train_size=5, test_size=11)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no IDX file of bytes with 3 axes"),
        (b"\0\0\x08\x03", "no IDX file of bytes with 3 axes"),
        (b"\0\0\x0d\x03" + bytes(12), "no IDX file of bytes with 3 axes"),
        (idx_bytes(LABELS), "no IDX file of bytes with 3 axes"),
        (idx_bytes(IMAGES)[:-1], "says that it has 30×6×5 bytes, and has 899"),
        (idx_bytes(IMAGES) + b"x", "says that it has 30×6×5 bytes, and has 901"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "says that it has 4294967295×4294967295×4294967295"),
    ],
)
def test_a_damaged_idx_file_is_told(data: bytes, message: str, tmp_path: Path) -> None:
    write_idx(tmp_path, "train", 0, 30, "-", packed=False)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(data)
    with pytest.raises(UsageError, match=message):
        read(tmp_path)


def test_a_missing_or_damaged_file_of_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no train-images-idx3-ubyte"):
        read(tmp_path)
    write_idx(tmp_path, "train", 0, 30, "-", packed=True)
    packed = tmp_path / "train-labels-idx1-ubyte.gz"
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(UsageError, match=r"cannot unpack .*train-labels-idx1-ubyte.gz"):
        read(tmp_path)
    packed.unlink()
    with pytest.raises(UsageError, match="has no train-labels-idx1-ubyte"):
        read(tmp_path)


def test_what_is_huge_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (source, idx, npz):
        monkeypatch.setattr(module, "MAX_BYTES", 2000)
    (tmp_path / "big.npz").write_bytes(bytes(2001))
    with pytest.raises(UsageError, match=r"big.npz is longer than"):
        read(tmp_path / "big.npz")
    zeros = np.zeros((3000, 1, 1), np.uint8)
    with pytest.raises(UsageError, match=r"bomb.npz is longer than .* when unpacked"):
        read(save(tmp_path / "bomb.npz", x=zeros, y=zeros[:, 0, 0]))
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx_bytes(zeros)))
    with pytest.raises(UsageError, match=r"idx3-ubyte.gz is longer than .* when unpacked"):
        read(tmp_path)


def test_a_header_that_promises_too_much_takes_no_memory(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name in ("x", "y"):
            header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (10000000000000000,), }"
            data = b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header
            archive.writestr(f"{name}.npy", data)
    with pytest.raises(UsageError, match=r"a\.npz is no \.npz file of numbers"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x04N.", b"text"])
def test_what_is_no_npz_is_told(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(UsageError, match=r"a\.npz is no \.npz file of numbers"):
        read(tmp_path / "a.npz")


def test_what_is_no_file_is_told_and_nothing_hangs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.npz")
    (tmp_path / "notes.txt").touch()
    for name, message in (
        ("fifo.npz", "fifo.npz is not a regular file; expected digits, an .npz"),
        ("none.npz", "none.npz: No such file or directory; expected digits, an .npz"),
        ("nowhere", "nowhere: No such file or directory; expected digits, an .npz"),
        ("notes.txt", "notes.txt is none of these: digits, an .npz"),
        ("a" * 300, "File name too long"),
    ):
        with pytest.raises(UsageError, match=message):
            read(tmp_path / name)
