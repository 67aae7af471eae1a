"""Bad photos and texts of single products through the shell: told beside them, the rest goes on."""

from __future__ import annotations

import csv
import json
import struct
import zlib
from pathlib import Path

import pytest

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
