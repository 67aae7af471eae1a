"""IDX files: what they say is checked, then they are photos like any other."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.grey_png import grey_png
from glasscase.catalog.idx_file import read_idx
from glasscase.catalog.image_decoding import decode
from glasscase.errors import BadCatalog, BadSetting
from glasscase.settings import Settings

PICTURES = np.arange(4 * 3 * 5, dtype=np.uint8).reshape(4, 3, 5)
LABELS = np.array([9, 0, 3, 9], np.uint8)
GB = 10**9


def idx(array: np.ndarray, *, kind: int = 8, shape: Sequence[int] | None = None) -> bytes:
    sizes = array.shape if shape is None else shape
    return (
        bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + array.tobytes()
    )


def write_set(folder: Path, name: str = "train", *, packed: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for part, array in (("images-idx3", PICTURES), ("labels-idx1", LABELS)):
        data = gzip.compress(idx(array)) if packed else idx(array)
        (folder / f"{name}-{part}-ubyte{'.gz' * packed}").write_bytes(data)
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_pictures_and_labels_become_products(tmp_path: Path, packed: bool) -> None:
    catalog = Catalog.read(write_set(tmp_path / "digits", packed=packed))
    assert [(p.id, p.label) for p in catalog] == [
        ("train/0", "9"), ("train/1", "0"), ("train/2", "3"), ("train/3", "9"),
    ]  # fmt: skip
    assert catalog.problems == []
    seen = decode(catalog[2].photos[0].read(), name="x")
    assert np.array_equal(seen, np.repeat(PICTURES[2][:, :, None], 3, axis=2))


def test_grey_png_is_what_pillow_reads() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    opened = Image.open(io.BytesIO(grey_png(picture)))
    assert opened.mode == "L"
    assert np.array_equal(np.asarray(opened), picture)


def test_names_come_from_the_folder_the_setting_or_a_file(tmp_path: Path) -> None:
    fashion = write_set(tmp_path / "Fashion-MNIST")
    assert Catalog.read(fashion).labels() == ["Ankle boot", "T-shirt/top", "Dress", "Ankle boot"]
    plain = write_set(tmp_path / "plain")
    told = Settings.read(overrides=["photos.class_names=fashion-mnist"])
    assert Catalog.read(plain, settings=told).labels()[0] == "Ankle boot"
    digits = Settings.read(overrides=["photos.class_names=digits"])
    assert Catalog.read(fashion, settings=digits).labels()[0] == "9"
    (fashion / "classes.txt").write_text("\n".join(f"Kind {i}" for i in range(10)) + "\n")
    assert Catalog.read(fashion).labels()[0] == "Kind 9"
    wrong = Settings.read(overrides=["photos.class_names=nowhere.txt"])
    with pytest.raises(BadSetting, match=r"photos.class_names is 'nowhere.txt', which is no file"):
        Catalog.read(plain, settings=wrong)


def test_a_label_beyond_the_names_is_told_once(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "few")
    (folder / "classes.txt").write_text("Mugs\nPlates\nPans\nCups")
    catalog = Catalog.read(folder)
    assert catalog.labels() == [None, "Mugs", "Cups", None]
    assert [str(p) for p in catalog.problems] == [
        "labels of 2 pictures of 'train-images-idx3-ubyte' are beyond the 4 class names, the first "
        "is label 9 of picture 0. Name all classes in classes.txt or by photos.class_names."
    ]


def test_several_sets_are_read_together_or_one_by_its_file(tmp_path: Path) -> None:
    folder = write_set(write_set(tmp_path / "both"), "t10k", packed=True)
    catalog = Catalog.read(folder)
    assert len(catalog) == 8
    assert str(catalog.problems[0]) == (
        "folder holds 2 sets, 't10k', 'train', which are read together. "
        "Name one file of images instead of the folder to keep them apart."
    )
    one = Catalog.read(folder / "t10k-images-idx3-ubyte.gz")
    assert [product.id for product in one] == ["t10k/0", "t10k/1", "t10k/2", "t10k/3"]
    assert one.problems == []


def test_a_plain_copy_beside_its_archive_is_not_read_twice(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "copies")
    write_set(folder, packed=True)
    assert len(Catalog.read(folder)) == 4


def test_pictures_without_labels_have_no_category(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "new")
    (folder / "train-labels-idx1-ubyte").unlink()
    catalog = Catalog.read(folder)
    assert catalog.labels() == [None] * 4
    assert "so there are no categories" in str(catalog.problems[0])


def test_labels_of_another_number_are_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "odd")
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:3]))
    with pytest.raises(BadCatalog, match="holds 4 pictures and 'train-labels-idx1-ubyte' 3 labels"):
        Catalog.read(folder)


HUGE = idx(PICTURES, shape=(4_000_000_000, 28, 28))
REFUSED = {
    "no idx": (b"hello, I am a text file", "is not an IDX file"),
    "empty": (b"", "is not an IDX file"),
    "half a header": (idx(PICTURES)[:9], "ends within its header"),
    "floats": (idx(PICTURES, kind=13), "holds numbers of type 0x0d, not unsigned bytes"),
    "labels": (idx(LABELS), "has 1 axes; pictures have 3"),
    "nothing": (idx(PICTURES, shape=(0, 3, 5)), "holds nothing: 0 x 3 x 5"),
    "too large": (HUGE, "claims 4000000000 x 28 x 28 bytes, the limit is 1000 MB"),
    "truncated": (idx(PICTURES)[:-1], "is truncated: its header speaks of 4 x 3 x 5 bytes"),
    "too long": (idx(PICTURES) + b"!", "holds more than the 60 bytes"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", REFUSED)
def test_a_header_that_lies_is_refused(tmp_path: Path, case: str, packed: bool) -> None:
    data, words = REFUSED[case]
    path = tmp_path / "x-images-idx3-ubyte"
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(BadCatalog, match=words):
        read_idx(path, axes=3, most_bytes=GB)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx(PICTURES, shape=(900, 1000, 1000))))
    with pytest.raises(BadCatalog, match="is truncated: its header speaks of 900 x 1000 x 1000"):
        read_idx(path, axes=3, most_bytes=GB)


def test_nothing_is_reserved_for_a_size_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "x-images-idx3-ubyte"
    path.write_bytes(idx(PICTURES, shape=(900, 1000, 1000)))
    tracemalloc.start()
    try:
        with pytest.raises(BadCatalog, match="is truncated"):
            read_idx(path, axes=3, most_bytes=GB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_damaged_gzip_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x-images-idx3-ubyte.gz"
    data = bytearray(gzip.compress(idx(PICTURES)))
    data[14] ^= 255
    path.write_bytes(data)
    with pytest.raises(BadCatalog, match=r"cannot be read|is not an IDX file|is truncated"):
        read_idx(path, axes=3, most_bytes=GB)
    path.write_bytes(gzip.compress(idx(PICTURES))[:-10])
    with pytest.raises(BadCatalog, match="cannot be read: Compressed file ended"):
        read_idx(path, axes=3, most_bytes=GB)


def test_a_picture_beyond_the_pixel_limit_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "large")
    small = Settings.read(overrides=["photos.max_megapixels=0.00001"])
    with pytest.raises(BadCatalog, match="Raise photos.max_megapixels"):
        Catalog.read(folder, settings=small)
