"""Bad photos and texts of single products through the shell: told beside them, the rest goes on."""

from __future__ import annotations

import csv
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from conftest import Refused, Shell, write_table


def png_bomb(width: int = 25_000, height: int = 20_000) -> bytes:
    """A picture of 500 megapixels in some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    lines = bytes(100 * (1 + width // 8))
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(lines) for _ in range(height // 100)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


BAD_PHOTOS = {
    "bomb.png": "photo 'bomb.png' is 500 MP, the limit is 25 MP. Raise photos.max_megapixels",
    "page.jpg": "photo 'page.jpg' is not a photo but an HTML page. Download the photo again",
    "../../etc/passwd": "photo '../../etc/passwd' leaves the photo folder",
    "gone.jpg": "photo 'gone.jpg' is not in ",
    "blank.jpg": "photo 'blank.jpg' ",
}


@pytest.fixture
def bad_photos(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "bomb.png").write_bytes(png_bomb())
    (folder / "page.jpg").write_bytes(b"<!doctype html><html><body>Not found</body></html>")
    (folder / "blank.jpg").write_bytes(b"")
    assert (folder / "bomb.png").stat().st_size < 100_000
    return folder


def test_bad_photos_of_a_table_are_told_beside_their_row(
    shell: Shell, toy_bundle: Path, bad_photos: Path, tmp_path: Path
) -> None:
    rows = [(str(n), "Blue ceramic mug", name) for n, name in enumerate(BAD_PHOTOS)]
    table = write_table(tmp_path / "new.csv", ("id", "title", "photo"), *rows)
    out = tmp_path / "out.jsonl"
    code, _, err = shell(
        "predict", toy_bundle, table, "--photos", bad_photos, "--out", out, "--quiet"
    )
    assert (code, err) == (0, "")
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    for answer, message in zip(answers, BAD_PHOTOS.values(), strict=True):
        assert answer["problem"].startswith(message)
        assert answer["label"] == "Kitchen > Mugs"
        assert answer["image_share"] in (0, None)


@pytest.mark.parametrize("name", ["bomb.png", "page.jpg", "gone.jpg", "blank.jpg"])
def test_a_bad_photo_named_on_purpose_is_refused(
    refused: Refused, toy_bundle: Path, bad_photos: Path, name: str
) -> None:
    said = refused("explain", toy_bundle, "--photo", bad_photos / name, "--text", "mug")
    assert said.startswith(f"photo '{name}'")


TEXTS = {
    "one megabyte": "Blue ceramic mug. " * 58_000,
    "empty": "",
    "spaces": " \t ",
    "emoji": "☕🔵🎁",
    "right to left": "كوب قهوة أزرق من السيراميك",
    "hebrew": "ספל קפה כחול",
    "chinese": "蓝色陶瓷咖啡杯",
    "thai": "แก้วกาแฟเซรามิกสีน้ำเงิน",
    "zero width": "\u200b\ufeff\u200d",
    "control": "mug\x1b[31m\x07",
    "html": "<script>alert(1)</script><b>Blue</b> mug",
}


def test_every_text_has_its_answer(shell: Shell, toy_bundle: Path, tmp_path: Path) -> None:
    rows = list(TEXTS.items())
    table = write_table(tmp_path / "new.csv", ("id", "title"), *rows)
    out = tmp_path / "out.csv"
    code, _, err = shell("predict", toy_bundle, table, "--out", out, "--quiet")
    assert (code, err) == (0, "")
    with out.open(encoding="utf-8", newline="") as stream:
        answers = {row["id"]: row for row in csv.DictReader(stream)}
    assert list(answers) == list(TEXTS)
    assert "has 1,043,999 characters and was cut at 20,000" in answers["one megabyte"]["problem"]
    assert answers["one megabyte"]["label"] == "Kitchen > Mugs"
    assert answers["html"]["label"] == "Kitchen > Mugs"
    for name in ("empty", "spaces", "zero width"):
        assert answers[name]["verdict"] == "abstain"
        assert "neither words nor" in answers[name]["problem"]
    for name in ("emoji", "right to left", "hebrew", "chinese", "thai"):
        assert answers[name]["label"]
        assert answers[name]["problem"] == ""


@pytest.mark.parametrize("name", ["one megabyte", "emoji", "right to left", "chinese", "html"])
def test_every_text_can_be_explained(
    shell: Shell, toy_bundle: Path, tmp_path: Path, name: str
) -> None:
    table = write_table(tmp_path / "new.csv", ("id", "title"), ("1", TEXTS[name]))
    out = tmp_path / "why.html"
    asked = ("explain", toy_bundle, table, "--set", "explain.max_samples=50")
    code, _, err = shell(*asked, "--row", 2, "--out", out)
    assert (code, err) == (0, "")
    page = out.read_text(encoding="utf-8")
    assert "<script>alert" not in page
    code, said, _ = shell(*asked, "--id", "1", "--json")
    words = json.loads(said)["words"]
    assert code == 0
    assert all(one["word"] == words["text"][one["start"] : one["end"]] for one in words["words"])


def test_nothing_to_explain(refused: Refused, toy_bundle: Path, tmp_path: Path) -> None:
    said = refused("explain", toy_bundle, "--text", "   ")
    assert said == "there are neither words nor photos to explain. Give one of them.\n"
    table = write_table(tmp_path / "new.csv", ("id", "title"), ("1", "mug"), ("2",))
    assert "Give either --row N or --id ID." in refused("explain", toy_bundle, table)
    assert "Its rows are 2 to 2." in refused("explain", toy_bundle, table, "--row", 9)
    assert "row 3: row has 1 cell" in refused("explain", toy_bundle, table, "--row", 3)
    assert "no product 'mug' in the table" in refused("explain", toy_bundle, table, "--id", "mug")
    assert "--row and --id need a table" in refused("explain", toy_bundle, "--row", 3)
    assert "End the name in one of: .html, .png, .json." in refused(
        "explain", toy_bundle, "--text", "mug", "--out", "why.pdf"
    )
    assert "there is no heat map to draw" in refused(
        "explain", toy_bundle, "--text", "mug", "--out", tmp_path / "why.png"
    )


def test_a_class_the_model_does_not_know(refused: Refused, toy_bundle: Path) -> None:
    said = refused("explain", toy_bundle, "--text", "mug", "--label", "Kitchen > Mug")
    assert "Kitchen > Mugs" in said


def test_what_of_a_row_could_not_be_read_is_in_its_explanation(
    shell: Shell, refused: Refused, toy_bundle: Path, tmp_path: Path
) -> None:
    rows = ("id", "title", "photo"), ("1", "mug", "gone.jpg"), ("2", "", "gone.jpg")
    asked = ("explain", toy_bundle, write_table(tmp_path / "new.csv", *rows), "--photos", tmp_path)
    missing = f"photo 'gone.jpg' is not in '{tmp_path}'. Add the file or clear the cell."
    code, said, _ = shell(*asked, "--row", 2)
    assert code == 0
    assert f"row 2: {missing}" in said
    said = refused(*asked, "--row", 3)
    assert said.startswith("product '2' has neither words nor a photo the model can use. row 3:")
    assert said.endswith(f"{missing}\n")


def test_a_text_that_was_cut_says_so(shell: Shell, toy_bundle: Path) -> None:
    text = "mug " * 6000
    quick = ("--set", "explain.max_samples=50")
    code, said, _ = shell("explain", toy_bundle, "--text", text, "--json", *quick)
    assert code == 0
    assert json.loads(said)["problems"] == [
        "text was cut at 19,999 characters, 4,000 are left out. "
        "Raise text.max_characters in training if the rest matters."
    ]


def test_a_mistake_leaves_stdout_empty(shell: Shell, toy_bundle: Path, tmp_path: Path) -> None:
    code, out, err = shell("predict", toy_bundle, tmp_path / "none.csv")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_model_says_what_it_reads(refused: Refused, tmp_path: Path) -> None:
    from glasscase.catalog.toy import toy_products
    from glasscase.models.classifier import ProductClassifier

    bundle = ProductClassifier("words").fit(toy_products(48)).save(tmp_path / "bundle")
    photo = tmp_path / "a.png"
    Image.new("RGB", (32, 32)).save(photo)
    said = refused("explain", bundle, "--photo", photo)
    assert said.endswith("Give it words: this model reads nothing else.\n")


def test_a_place_that_holds_something_else_is_told_before_training(
    refused: Refused, tmp_path: Path
) -> None:
    place = tmp_path / "notes"
    place.mkdir()
    (place / "diary.txt").write_text("dear")
    said = refused("train", tmp_path / "none.csv", "--out", place)
    assert said == f"'{place}' exists and is no bundle. Choose another --out.\n"


def test_a_demo_needs_enough_products(refused: Refused, tmp_path: Path) -> None:
    said = refused("demo", "--size", 3, "--out", tmp_path / "demo")
    assert said == "a demo of 3 products shows little. Use 100 or more.\n"


def test_names_of_columns_may_hold_commas_and_a_next_step_can_be_pasted(
    shell: Shell, toy_bundle: Path, tmp_path: Path
) -> None:
    table = write_table(tmp_path / "new.csv", ("id", "what, exactly"), ("1", "blue ceramic mug"))
    asked = ("predict", toy_bundle, table, "--json", "-q", "--text")
    code, out, _ = shell(*asked, '"what, exactly"')
    assert (code, json.loads(out)[0]["text_share"]) == (0, 1.0)
    code, out, _ = shell("toy", tmp_path / "my shop", "--size", 12)
    assert f"Next: glasscase train '{tmp_path / 'my shop' / 'products.csv'}' --photos" in out
