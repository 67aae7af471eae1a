"""`glasscase shelf` and `glasscase gallery` in the shell."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.conftest import Refused, Shell
from tests.test_read_shelf import shelf
from tests.test_shelf_gallery import pack


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo, its boxes, a catalogue of two packs with photos, a listing and market shares."""
    folder = tmp_path_factory.mktemp("shop")
    photo, boxes = shelf()
    (folder / "shelf.png").write_bytes(photo.read())
    with (folder / "boxes.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["left", "top", "right", "bottom"])
        rows.writerows(boxes.corners.tolist())
    (folder / "images").mkdir()
    for colour in ("red", "teal"):
        (folder / "images" / f"{colour}.png").write_bytes(pack(colour, "yellow").read())
    (folder / "products.csv").write_text(
        "id,title,brand,category,photo\n"
        "1,Red tea,Aurora,Tea,red.png\n2,Teal tea,Birch,Tea,teal.png\n"
    )
    (folder / "listing.csv").write_text("product,facings\nRed tea,2\nNot there,1\n")
    (folder / "market.csv").write_text("brand,share\nAurora,60 %\nBirch,0.4\n")
    return folder


def test_a_gallery_is_made_used_and_grown(shell: Shell, shop: Path, tmp_path: Path) -> None:
    known = str(tmp_path / "known")
    code, out, error = shell(
        "gallery", "make", str(shop / "products.csv"), "--photos", str(shop / "images"),
        "--out", known, "-q",
    )  # fmt: skip
    assert (code, error) == (0, "")
    assert "2 products are known by sight" in out
    code, out, _ = shell(
        "gallery", "add", known, str(shop / "images" / "red.png"), "--id", "3", "--title", "New",
        "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["products"] == 3
    out_folder = tmp_path / "out"
    code, out, error = shell(
        "shelf", str(shop / "shelf.png"), "--boxes", str(shop / "boxes.csv"), "--gallery", known,
        "--listing", str(shop / "listing.csv"), "--market-share", str(shop / "market.csv"),
        "--eye-level", "2,1", "--out", str(out_folder), "-q",
    )  # fmt: skip
    assert (code, error) == (0, "")
    assert out.startswith("8 products in 2 rows on 'shelf.png'")
    assert "on-shelf availability:" in out
    result = json.loads((out_folder / "shelf.json").read_text())
    assert result["kind"] == "shelf"
    assert (out_folder / "shelf.html").read_text().startswith("<!doctype html>")


def test_without_anything_known_the_shell_still_counts(shell: Shell, shop: Path) -> None:
    code, out, _ = shell(
        "shelf", str(shop / "shelf.png"), "--boxes", str(shop / "boxes.csv"), "--json", "-q"
    )
    assert code == 0
    assert json.loads(out)["figures"]["brands"][0]["name"] == "unknown"
    assert json.loads(out)["counts"] == {
        "boxes": 8, "recognised": 0, "rows": 2, "possible_gaps": 0,
    }  # fmt: skip


def test_how_a_detector_looks_is_said_and_told(shell: Shell, shop: Path) -> None:
    code, out, _ = shell(
        "shelf", str(shop / "shelf.png"), "--tile", "500", "--overlap", "0", "--merge", "fusion",
        "--iou", "0.4", "--score", "0.9", "--json", "-q",
    )  # fmt: skip
    told = json.loads(out)
    assert code == 0
    assert told["detector"]["tiling"] == {
        "tile": 500, "overlap": 0.0, "merge": "fusion", "iou": 0.4,
    }  # fmt: skip
    assert all(one["score"] >= 0.9 for one in told["products"])
    assert any("not with these tiles" in note for note in told["notes"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tile", "8"), "a tile of 8 px is too small. Use at least 32, or 0."),
        (("--overlap", "0.95"), "an overlap of 0.95 is impossible. Use 0 to below 0.9."),
        (("--merge", "vote"), "boxes are not merged by 'vote'. Use nms or fusion."),
        (("--iou", "2"), "an IoU of 2 is impossible. Use a share above 0, up to 1."),
        (("--score", "-1"), "a score of -1 is impossible. Use 0 to 1."),
        (("--tile", "64", "--boxes", "boxes.csv"),
         "--tile is of a detector, and --boxes are drawn. Give one of them."),
    ],
)  # fmt: skip
def test_impossible_ways_to_look_are_refused(
    refused: Refused, shop: Path, options: tuple[str, ...], said: str
) -> None:
    told = [str(shop / one) if one.endswith(".csv") else one for one in options]
    assert refused("shelf", str(shop / "shelf.png"), *told) == f"{said}\n"


def test_mistakes_are_one_line(refused: Refused, shop: Path) -> None:
    photo, boxes = str(shop / "shelf.png"), str(shop / "boxes.csv")
    told = refused("shelf", photo, "--boxes", "gone.csv")
    assert told == "there is no file of boxes at 'gone.csv'. Check --boxes.\n"
    told = refused("shelf", photo, photo, "--boxes", boxes)
    assert told == "--boxes are of one photo. Name one photo.\n"
    told = refused("shelf", photo, "--boxes", boxes, "--eye-level", "high")
    assert told == "'high' are no weights of rows. Write one for each row: 1,2,1.\n"
    assert "there is no gallery at" in refused("shelf", photo, "--boxes", boxes, "--gallery", "x")
    told = refused("shelf", photo, "--boxes", boxes, "--market-share", str(shop / "listing.csv"))
    assert "has no column 'share'" in told
    told = refused("shelf", photo, "--boxes", boxes, "--gallery", "x", "--catalogue", "y")
    assert told == "--gallery and --catalogue both name known products. Give one of them.\n"
