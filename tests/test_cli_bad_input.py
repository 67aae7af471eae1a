"""Bad input through the shell: exit code 2 and one line to act on, or the rest goes on."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Refused, Shell, write_table
from glasscase.catalog.toy import ToyCatalogue

GLASSCASE = Path(sys.executable).with_name("glasscase")
QUICK = ("--effort", "quick", "--set", "train.folds=2", "--quiet")


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
    said = refused(*train, "--effort", "brilliant")
    assert said == "--effort: Input should be 'quick', 'good' or 'best'. See --help.\n"
    said = refused(*train, "--set", "train.efort=good")
    assert "there is no setting 'train.efort'. Did you mean 'train.effort'? Known here:" in said
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
    assert "Columns:" not in out


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_different_delimiter(shell: Shell, tmp_path: Path, delimiter: str) -> None:
    table = tmp_path / "products.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(shop_rows())
    code, out, _ = shell("profile", table, "--out", tmp_path / "profile")
    assert code == 0
    assert "text: title" in out
    assert "label: category" in out


def test_an_odd_delimiter_can_be_told(shell: Shell, tmp_path: Path) -> None:
    table = tmp_path / "products.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter="~").writerows(shop_rows())
    _, out, _ = shell("profile", table, "--out", tmp_path / "profile", "--delimiter", "~")
    assert "label: category" in out


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
    (old / "bundle.json").write_text("{}")
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
        "--out", tmp_path / "bundle",
    ]  # fmt: skip
    environment = {**os.environ, "GLASSCASE_CACHE": str(cache)}
    run = subprocess.Popen(
        [*train, "--quiet"],  # with effort good, so that the signal comes long before the end
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in the background has its children ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
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
        again = subprocess.run([*train, *QUICK], env=environment, capture_output=True, check=False)
        assert (again.returncode, again.stderr) == (0, b"")
        assert sum(one.vectors for one in vectors.usage()) >= kept
    assert (tmp_path / "bundle" / "manifest.json").exists()
