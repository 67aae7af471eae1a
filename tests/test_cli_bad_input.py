"""Bad input through the shell: exit code 2 and one line to act on, or the rest goes on."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from conftest import Shell
from glasscase.catalog.toy import ToyCatalogue

GLASSCASE = Path(sys.executable).with_name("glasscase")
QUICK = ("--effort", "quick", "--set", "train.folds=2", "--quiet")
Refused = Callable[..., str]


@pytest.fixture
def refused(shell: Shell) -> Refused:
    """Runs a command line that must end as the user's mistake; gives its one line."""

    def run(*arguments: object) -> str:
        code, _, err = shell(*arguments)
        assert code == 2, err
        assert err.count("\n") == 1, err
        assert "Traceback" not in err
        return err

    return run


def write_table(path: Path, *rows: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def shop_rows(*, photos: bool = True, words: bool = True) -> list[tuple[str, ...]]:
    """Twenty small products of two kinds."""
    mugs = [("Kitchen", f"Ceramic mug, {n} ml, for coffee") for n in range(200, 300, 10)]
    socks = [("Clothing", f"Cotton socks, size {n}, a pair") for n in range(35, 45)]
    rows = [("id", "title", "category", "photo")]
    for number, (label, title) in enumerate(mugs + socks):
        photo = f"{number}.jpg" if photos else "gone.jpg"
        rows.append((f"p{number}", title if words else "", label, photo))
    return rows


@pytest.fixture
def small_table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "products.csv", *shop_rows())


# The table


def test_missing_file(refused: Refused, tmp_path: Path) -> None:
    for verb in ("profile", "train"):
        out = tmp_path / "out"
        said = refused(verb, tmp_path / "nowhere.csv", "--out", out)
        assert said == f"catalogue '{tmp_path}/nowhere.csv' does not exist. Check the path.\n"
        assert not out.exists()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_file(refused: Refused, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "empty.csv").write_bytes(content)
    said = refused("train", tmp_path / "empty.csv", "--out", tmp_path / "out")
    assert "empty.csv' is empty. It needs a header and rows." in said


def test_no_such_column(refused: Refused, small_table: Path, tmp_path: Path) -> None:
    for option in ("--label", "--text", "--id", "--price", "--photo-column"):
        said = refused("train", small_table, option, "titel", "--out", tmp_path / "out")
        assert said == (
            "there is no column 'titel'. Did you mean 'title'? "
            "Columns are: id, title, category, photo.\n"
        )


def test_a_label_column_with_one_class(refused: Refused, tmp_path: Path) -> None:
    rows = [row for row in shop_rows() if row[2] != "Clothing"]
    table = write_table(tmp_path / "products.csv", *rows)
    said = refused("train", table, "--out", tmp_path / "out", *QUICK)
    assert "all products are in one category, 'Kitchen'. Add products of another" in said
    assert not (tmp_path / "out").exists()


def test_no_label_at_all(refused: Refused, tmp_path: Path) -> None:
    table = write_table(tmp_path / "products.csv", *[row[:2] for row in shop_rows()])
    said = refused("train", table, "--out", tmp_path / "out", *QUICK)
    assert "no product has a category. Name the column with --label." in said


def test_neither_words_nor_photos(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    table = write_table(tmp_path / "products.csv", *shop_rows(words=False))
    said = refused(
        "train", table, "--photos", tmp_path / "images", "--out", tmp_path / "out", *QUICK
    )
    assert "no product has words or a usable photo" in said
    assert "--text" in said
    assert "--photos" in said


def test_a_photo_folder_that_does_not_exist(refused: Refused, small_table: Path) -> None:
    folder = small_table.parent / "images"
    said = refused("train", small_table, "--photos", folder, "--out", "out")
    assert said == f"photo folder '{folder}' does not exist. Check --photos.\n"


def test_a_table_that_is_something_else(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "page.csv").write_text("<!doctype html><html></html>")
    assert "is an HTML page" in refused("profile", tmp_path / "page.csv")
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04")
    assert "unknown ending '.xlsx'" in refused("profile", tmp_path / "book.xlsx")


def test_impossible_options(refused: Refused, small_table: Path, tmp_path: Path) -> None:
    train = ("train", small_table, "--out", tmp_path / "out")
    assert "level is 0. Use 1 for the top" in refused(*train, "--level", 0)
    assert "setting 'train.effort'" in refused(*train, "--effort", "brilliant")
    assert "there is no setting 'train.efort'" in refused(*train, "--set", "train.efort=good")
    assert "does not exist. Check --config." in refused(*train, "--config", "none.toml")


# One part is bad: the rest goes on


def test_no_usable_photo_at_all_trains_on_words(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    table = write_table(tmp_path / "products.csv", *shop_rows(photos=False))
    code, out, err = shell(
        "train", table, "--photos", tmp_path / "images", "--out", tmp_path / "out", *QUICK
    )
    assert (code, err) == (0, "")
    assert "photo files: none of the 20 named can be used" in out
    assert (tmp_path / "out" / "manifest.json").exists()
    assert not (tmp_path / "out" / "image").exists()


def test_no_text_at_all_trains_on_photos(
    shell: Shell, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    with toy_shop.products.open(encoding="utf-8", newline="") as stream:
        rows = [(r["id"], "", r["category"], r["photo"]) for r in csv.DictReader(stream)]
    table = write_table(tmp_path / "products.csv", ("id", "title", "category", "photo"), *rows[:60])
    code, out, err = shell(
        "train", table, "--photos", toy_shop.images, "--text", "title", "--level", 1,
        "--out", tmp_path / "out", *QUICK,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "text is missing everywhere (title). Check --text." in out
    assert not (tmp_path / "out" / "sentence").exists()


def test_a_class_with_one_product(shell: Shell, tmp_path: Path) -> None:
    lonely = ("x", "Wooden rocking horse", "Toys", "")
    table = write_table(tmp_path / "products.csv", *shop_rows(), lonely)
    code, out, err = shell("train", table, "--out", tmp_path / "out", *QUICK)
    assert (code, err) == (0, "")
    assert "Toys" in out


def test_a_broken_row_in_the_middle(shell: Shell, tmp_path: Path) -> None:
    rows = shop_rows()
    rows.insert(8, ("p-broken", "half a row"))
    table = write_table(tmp_path / "products.csv", *rows)
    code, out, err = shell("profile", table, "--out", tmp_path / "profile", "--quiet")
    assert (code, err) == (0, "")
    assert "row 9: row has 2 cells, the header has 4. Mend it or quote its cells" in out
    assert "The profile of 20 rows" in out


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_different_delimiter(shell: Shell, tmp_path: Path, delimiter: str) -> None:
    table = tmp_path / "products.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(shop_rows())
    code, out, _ = shell("profile", table, "--out", tmp_path / "profile", "--quiet")
    assert code == 0
    assert "text: title" in out
    assert "label: category" in out


def test_an_odd_delimiter_can_be_told(shell: Shell, tmp_path: Path) -> None:
    table = tmp_path / "products.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter="~").writerows(shop_rows())
    _, out, _ = shell(
        "profile", table, "--out", tmp_path / "profile", "--quiet", "--delimiter", "~"
    )
    assert "label: category" in out


# Photos


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


# Bundles


def test_a_bundle_with_a_flipped_byte(
    refused: Refused, toy_bundle: Path, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(toy_bundle, bundle)
    victim = bundle / "bundle.json"
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    for verb in ("predict", "evaluate", "explain"):
        said = refused(verb, bundle, toy_shop.new)
        assert said == (
            f"'bundle.json' of the bundle '{bundle}' was changed. "
            "Copy it again from where it was made, or train it anew.\n"
        )


def test_a_bundle_path_that_is_no_bundle(
    refused: Refused, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    said = refused("predict", toy_shop.new, toy_shop.new)
    assert "new.csv' is a file; a bundle is a folder. Name the folder train --out made." in said
    assert "there is no bundle at" in refused("predict", tmp_path / "none", toy_shop.new)
    assert "is no bundle: it has no manifest.json" in refused("predict", tmp_path, toy_shop.new)


def test_training_never_replaces_something_that_is_no_bundle(
    refused: Refused, small_table: Path, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("dear")
    said = refused("train", small_table, "--out", tmp_path / "letters", *QUICK)
    assert "letters' exists and is no bundle. Choose another --out." in said
    assert (tmp_path / "letters" / "dear.txt").read_text() == "dear"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of four blocks."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_keeps_the_old_bundle(
    refused: Refused, small_table: Path, tiny_disk: Path
) -> None:
    old = tiny_disk / "bundle"
    old.mkdir()
    (old / "manifest.json").write_text('{"old": true}')
    said = refused("train", small_table, "--out", old, *QUICK)
    assert f"cannot write '{old}':" in said
    assert "No space left on device. Free some space or choose another place" in said
    assert [path.name for path in tiny_disk.iterdir()] == ["bundle"]
    assert (old / "manifest.json").read_text() == '{"old": true}'


def test_ctrl_c_while_training_keeps_the_vectors(
    toy_bundle: Path, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    from glasscase.encoders.cache import VectorCache

    del toy_bundle  # asked for so that the encoders are exported
    cache = tmp_path / "cache"
    cache.mkdir()
    shared = Path(os.environ["GLASSCASE_CACHE"])
    (cache / "models").symlink_to(shared / "models")
    train = [
        GLASSCASE, "train", toy_shop.products, "--photos", toy_shop.images,
        "--out", tmp_path / "bundle", *QUICK,
    ]  # fmt: skip
    run = subprocess.Popen(
        train,
        env={**os.environ, "GLASSCASE_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with VectorCache(cache, 10**9) as vectors:
        while not sum(one.vectors for one in vectors.usage()):
            assert run.poll() is None, run.communicate()
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
        assert (run.returncode, err.count("\n")) == (130, 1), err
        assert "the same command goes on from there" in err
        assert not (tmp_path / "bundle").exists()
        assert not list(tmp_path.glob(".bundle*"))
        kept = sum(one.vectors for one in vectors.usage())
    assert kept > 0


# Texts


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
    code, _, err = shell("explain", toy_bundle, table, "--row", 2, "--out", out)
    assert (code, err) == (0, "")
    page = out.read_text(encoding="utf-8")
    assert "<script>alert" not in page
    code, said, _ = shell("explain", toy_bundle, table, "--id", "1", "--json")
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
