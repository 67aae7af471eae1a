"""Folders that Hugging Face `datasets` saved. `tests/saved_dataset` was written by datasets 5.2.0:

Dataset.from_dict(rows, features=Features({"image": Image(), "label": ClassLabel(names=["Mugs",
"Plates"]), "title": Value("string"), "vec": Sequence(Value("float32"))})).save_to_disk(...)
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.columns import Columns
from glasscase.catalog.image_decoding import decode
from glasscase.catalog.tables import open_table
from glasscase.errors import BadCatalog

REAL = Path(__file__).parent / "saved_dataset"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REAL, tmp_path / "saved"))


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def write_rows(folder: Path, rows: dict[str, list[object]]) -> None:
    """The rows of a dataset as the library writes them: one Arrow stream."""
    batch = pa.RecordBatch.from_pydict(rows)
    with pa.ipc.new_stream(str(folder / "data-00000-of-00001.arrow"), batch.schema) as stream:
        stream.write_batch(batch)


def test_words_labels_and_photos_are_found(saved: Path) -> None:
    catalog = Catalog.read(saved)
    assert catalog.columns.describe() == (
        "id: - | text: title | photo: image | label: label | price: - | brand: -"
    )
    assert [(p.id, p.label, p.text, len(p.photos)) for p in catalog] == [
        ("2", "Mugs", "Red mug for tea", 1),
        ("3", "Plates", "Green plate flat", 1),
        ("4", "Mugs", "Mug without a photo", 0),
        ("5", None, "", 1),
    ]
    red = decode(catalog[0].photos[0].read(), name="red")
    assert red.shape == (6, 8, 3)
    assert (red == np.array([200, 0, 0])).all()
    assert catalog.problems == []


def test_its_lists_of_numbers_are_vectors(saved: Path) -> None:
    catalog = Catalog.read(saved, columns=Columns(image_vectors="vec"))
    found = [product.vectors.get("image") for product in catalog]
    assert [None if one is None else one.values.round(1).tolist() for one in found] == [
        pytest.approx([0.1, 0.2]), pytest.approx([0.3, 0.4]), None, pytest.approx([0.5, 0.6]),
    ]  # fmt: skip


def test_splits_are_read_together_and_one_by_its_folder(saved: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    for name in ("train", "test"):
        shutil.copytree(saved, both / name)
    (both / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    catalog = Catalog.read(both)
    assert [product.row for product in catalog] == list(range(2, 10))
    assert str(catalog.problems[0]) == (
        "folder holds 2 splits, train, test, which are read together. "
        "Name the folder of one split to keep them apart."
    )
    assert len(Catalog.read(both / "test")) == 4
    write_rows(both / "test", {"other": [1]})
    with pytest.raises(BadCatalog, match=r"the splits of .* have different columns"):
        Catalog.read(both)


def test_a_label_without_a_name_is_missing(saved: Path) -> None:
    write_rows(saved, {"label": [0, 7], "title": ["Red mug", "Blue plate"]})
    catalog = Catalog.read(saved)
    assert catalog.labels() == ["Mugs", None]
    assert str(catalog.problems[0]) == (
        "row 3: label 7 is none of the 2 classes of the dataset. "
        "It counts as missing; mend the dataset."
    )


def test_a_photo_that_is_none_is_a_problem_of_its_row(saved: Path) -> None:
    write_rows(saved, {
        "image": [{"bytes": b"<html>no</html>", "path": "a.jpg"}, {"bytes": None, "path": "b"}],
        "title": ["Red mug", "Blue plate"], "label": [0, 1],
    })  # fmt: skip
    catalog = Catalog.read(saved, columns=Columns(photo=("image",)))
    assert str(catalog.problems[-1]) == (
        "row 2: photo 'a.jpg' is not a photo but an HTML page. "
        "Download the photo again: a page came in its place."
    )


def test_photos_named_by_their_path_are_sought_in_the_folder(saved: Path, tmp_path: Path) -> None:
    write_rows(saved, {
        "image": [{"bytes": None, "path": "/home/else/blue.png"}], "title": ["Blue"], "label": [0],
    })  # fmt: skip
    images = tmp_path / "images"
    images.mkdir()
    photo = Catalog.read(REAL)[0].photos[0].read()
    (images / "blue.png").write_bytes(photo)
    catalog = Catalog.read(saved, photos=images, columns=Columns(photo=("image",)))
    assert catalog[0].photos[0].path == (images / "blue.png").resolve()


def test_a_parquet_table_may_hold_photos_too(tmp_path: Path) -> None:
    from pyarrow import parquet

    photo = Catalog.read(REAL)[0].photos[0].read()
    table = pa.table({"picture": [photo], "title": ["Red mug for tea"]})
    parquet.write_table(table, tmp_path / "shop.parquet")
    catalog = Catalog.read(tmp_path / "shop.parquet")
    assert catalog.columns.photo == ("picture",)
    assert catalog[0].photos[0].read() == photo


def test_names_that_leave_the_folder_are_refused(saved: Path) -> None:
    for name in ("../other.arrow", "/etc/passwd", "a\\b", ".."):
        change(saved / "state.json", _data_files=[{"filename": name}])
        with pytest.raises(BadCatalog, match="is outside the folder"):
            open_table(saved)
    change(saved / "state.json", _data_files=[{"filename": "gone.arrow"}])
    with pytest.raises(BadCatalog, match=r"lacks its data file 'gone.arrow'. Copy it again"):
        open_table(saved)


def test_splits_that_leave_the_folder_are_refused(saved: Path) -> None:
    (saved / "dataset_dict.json").write_text('{"splits": ["../saved"]}')
    with pytest.raises(BadCatalog, match="it names no splits"):
        open_table(saved)


@pytest.mark.parametrize("name", ["state.json", "dataset_info.json", "data-00000-of-00001.arrow"])
def test_every_damaged_file_is_told(saved: Path, name: str) -> None:
    (saved / name).write_bytes(b'{"broken')
    with pytest.raises(BadCatalog, match=rf"'.*{name}' is damaged"):
        list(open_table(saved).rows)


def test_a_file_that_ends_early_is_told(saved: Path) -> None:
    path = saved / "data-00000-of-00001.arrow"
    path.write_bytes(path.read_bytes()[:1100])
    with pytest.raises(BadCatalog, match="is damaged: "):
        Catalog.read(saved)


def test_flipped_bytes_never_escape_as_another_error(saved: Path) -> None:
    path = saved / "data-00000-of-00001.arrow"
    whole = path.read_bytes()
    dice = np.random.default_rng(0)
    for _ in range(150):
        data = bytearray(whole)
        data[int(dice.integers(len(data)))] ^= int(dice.integers(1, 256))
        path.write_bytes(data)
        try:
            Catalog.read(saved)
        except BadCatalog:
            continue
