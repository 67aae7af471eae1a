"""Pairs are of one category, drawn evenly, repeatable, and say that they are synthetic."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Refused, Shell, write_table
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.pairing import pair_up
from glasscase.errors import BadSetting
from glasscase.jobs.pairs import pairs
from test_idx_reading import write_set

PHOTOS = ["Mugs"] * 4 + ["Pans"] * 2 + ["Caps"] * 3
TEXTS = ["Pans"] * 5 + ["Mugs"] * 3 + ["Books"] * 2


@pytest.fixture
def photo_folder(tmp_path: Path) -> Path:
    for i, name in enumerate(PHOTOS):
        path = tmp_path / "photos" / name / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), 20 * i, np.uint8)).save(path)
    return tmp_path / "photos"


@pytest.fixture
def text_table(tmp_path: Path) -> Path:
    rows = [[f"t{i}", f"a review of number {i}", name] for i, name in enumerate(TEXTS)]
    return write_table(tmp_path / "reviews.csv", ["id", "review", "category"], *rows)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_pair_is_of_one_category_and_made_once() -> None:
    made = pair_up(PHOTOS, TEXTS, size=15, seed=1)
    assert len(set(made.pairs)) == len(made.pairs) == 15
    assert all(PHOTOS[i] == TEXTS[j] for i, j in made.pairs)
    assert (made.lonely_firsts, made.lonely_seconds) == (("Caps",), ("Books",))
    assert [(one.name, one.pairs) for one in made.categories] == [("Mugs", 10), ("Pans", 5)]


def test_all_that_there_are_and_no_more() -> None:
    made = pair_up(PHOTOS, TEXTS, size=1000, seed=1)
    assert len(set(made.pairs)) == 4 * 3 + 2 * 5


def test_nothing_is_used_twice_before_all_were_used_once() -> None:
    firsts, seconds = ["A"] * 6, ["A"] * 4
    for size in range(1, 25):
        made = pair_up(firsts, seconds, size=size, seed=size)
        for side, count in ((0, 6), (1, 4)):
            uses = Counter(pair[side] for pair in made.pairs)
            times = [uses.get(i, 0) for i in range(count)]
            assert max(times) - min(times) <= 1


def test_the_seed_decides() -> None:
    first = pair_up(PHOTOS, TEXTS, size=8, seed=3)
    assert pair_up(PHOTOS, TEXTS, size=8, seed=3) == first
    assert pair_up(PHOTOS, TEXTS, size=8, seed=4).pairs != first.pairs


def test_a_mapping_joins_other_names() -> None:
    made = pair_up(PHOTOS, TEXTS, size=50, seed=0, mapping={"Caps": ["Books", "Pans"]})
    joined = {(PHOTOS[i], TEXTS[j]) for i, j in made.pairs}
    assert joined == {
        ("Mugs", "Mugs"), ("Pans", "Pans"), ("Caps", "Books"), ("Caps", "Pans"),
    }  # fmt: skip
    assert made.lonely_firsts == made.lonely_seconds == ()


def test_the_shell_makes_a_set_that_can_be_trained_on(
    photo_folder: Path, text_table: Path, tmp_path: Path, shell: Shell
) -> None:
    out = tmp_path / "pairs"
    code, said, err = shell("pairs", photo_folder, text_table, "--out", out, "--size", 12)
    assert code == 0, err
    assert "Categories of photos without a partner: Caps." in err
    assert "Categories of texts without a partner: Books." in err
    assert f"12 synthetic pairs are in {out / 'pairs.csv'}." in said
    catalog = Catalog.read(out / "pairs.csv", photos=photo_folder)
    assert catalog.columns.describe() == (
        "id: id | text: text | photo: photo | label: category | price: - | brand: -"
    )
    assert len(catalog) == 12
    assert catalog.problems == []
    for product, row in zip(catalog, rows_of(out / "pairs.csv"), strict=True):
        assert product.label == PHOTOS[int(Path(row["shown_id"]).stem)]
        assert product.label == TEXTS[int(row["told_id"][1:])]
        assert product.photos[0].path == (photo_folder / row["shown_id"]).resolve()
    facts = json.loads((out / "pairs.json").read_text())
    assert facts["synthetic"] is True
    assert facts["photo_categories_without_texts"] == ["Caps"]
    assert facts["categories"][0] == {"name": "Mugs", "photos": 4, "texts": 3, "pairs": 8}
    readme = (out / "README.md").read_text()
    assert "This set is synthetic: no photo was ever published with its text." in readme
    assert "| Mugs | 4 | 3 | 8 |" in readme


def test_the_same_seed_writes_the_same_bytes(
    photo_folder: Path, text_table: Path, tmp_path: Path
) -> None:
    photos, texts = Catalog.read(photo_folder), Catalog.read(text_table)
    for name in ("one", "two"):
        pairs(photos, texts, size=9, seed=5).save(tmp_path / name)
    for file in ("pairs.csv", "pairs.json", "README.md"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_photos_held_in_memory_are_written_once(
    tmp_path: Path, shell: Shell, text_table: Path
) -> None:
    digits = write_set(tmp_path / "digits")
    mapping = write_table(tmp_path / "map.csv", ["digit", "text"], ["9", "Mugs"], ["3", "Pans"])
    out = tmp_path / "pairs"
    code, said, err = shell(
        "pairs", digits, text_table, "--out", out, "--size", 50, "--map", mapping, "--json"
    )
    assert code == 0, err
    assert json.loads(said)["pairs"] == 2 * 3 + 5
    assert len(list((out / "photos").iterdir())) == 3
    catalog = Catalog.read(out / "pairs.csv", photos=out / "photos")
    assert Counter(catalog.labels()) == {"9": 6, "3": 5}
    assert all(product.photos for product in catalog)


def test_names_that_would_be_divided_are_found_again(tmp_path: Path, text_table: Path) -> None:
    folder = tmp_path / "odd"
    (folder / "Mugs").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(folder / "Mugs" / "big; blue, [1].jpg")
    made = pairs(Catalog.read(folder), Catalog.read(text_table), size=2)
    table, written = made.save(tmp_path / "pairs")
    assert written is None
    assert all(product.photos for product in Catalog.read(table, photos=folder))


def test_nothing_in_common_is_refused(photo_folder: Path, tmp_path: Path, refused: Refused) -> None:
    texts = write_table(
        tmp_path / "t.csv", ["id", "review", "category"], ["1", "a fine book to read", "Books"]
    )
    assert refused("pairs", photo_folder, texts, "--out", tmp_path / "out") == (
        "no category has both photos (Caps, Mugs, Pans) and texts (Books). "
        "Say which go together in a table of two columns, and give it with --map.\n"
    )


def test_a_folder_of_other_things_stays(
    photo_folder: Path, text_table: Path, refused: Refused
) -> None:
    line = refused("pairs", photo_folder, text_table, "--out", photo_folder)
    assert line == f"{str(photo_folder)!r} exists and is no set of pairs. Choose another --out.\n"
    assert len(list(photo_folder.rglob("*.png"))) == len(PHOTOS)


def test_no_pairs_are_no_set(photo_folder: Path, text_table: Path) -> None:
    with pytest.raises(BadSetting, match="0 pairs cannot be made. Use --size 1 or more"):
        pairs(Catalog.read(photo_folder), Catalog.read(text_table), size=0)
