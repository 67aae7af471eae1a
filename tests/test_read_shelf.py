"""A shelf photo read end to end, with boxes of a person, of a stub, and hostile ones."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.test_shelf_gallery import ColourEncoder, pack

from glasscase.catalog.named_photos import named_photos
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto, BadSetting, TooLarge
from glasscase.jobs.explain_on_shelf import save_heat_map
from glasscase.jobs.ledgers.facts_of import ledger_of
from glasscase.jobs.read_shelf import ShelfReader
from glasscase.jobs.read_shelves import read_shelves
from glasscase.models.classifier import ProductClassifier
from glasscase.shelf.annotated import annotated
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import DetectorCard, MeasuredDetector
from glasscase.shelf.files.box_table import box_table
from glasscase.shelf.files.given_boxes import given_boxes, read_boxes
from glasscase.shelf.known.gallery import Gallery
from glasscase.shelf.reckoning.figures import ShelfQuestions
from glasscase.shelf.reckoning.planogram import Planogram
from glasscase.shelf.report import shelf_page
from glasscase.shelf.shelf_colours import colours_of

ROWS = (("red", "red", "blue", "green"), ("teal", "teal", "teal", "blue"))


class CachedColours(ColourEncoder):
    """As the encoder of a gallery inside a reader."""

    def encode(self, products):
        from glasscase.catalog.image_decoding import decode
        from glasscase.encoders.encoder import Encoded

        images = [decode(one.photos[0].read(), name="crop") for one in products]
        return Encoded(self.encode_images(images), np.ones(len(images), bool))


@dataclass
class StubDetector:
    """Finds what it was told."""

    boxes: Boxes
    card: DetectorCard = DetectorCard(
        "stub", "test", "-", "test", "0", (64, 64),
        measured=MeasuredDetector(90, 100, 100, "drawn shelves", 0.5),
    )  # fmt: skip

    def detect(self, image: np.ndarray) -> Boxes:
        return self.boxes


def shelf() -> tuple[Photo, Boxes]:
    """Two boards of four packs."""
    image = Image.new("RGB", (800, 600), "#887766")
    corners = []
    for row, names in enumerate(ROWS):
        for column, colour in enumerate(names):
            front = Image.open(io.BytesIO(pack(colour, "yellow", margin=0).read()))
            left, top = 60 + column * 170, 60 + row * 280
            image.paste(front, (left, top))
            corners.append((left, top, left + 120, top + 180))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return Photo("shelf.png", data=stream.getvalue()), Boxes.drawn(corners)


@pytest.fixture(scope="module")
def reader() -> ShelfReader:
    brands = {"red": "Aurora", "blue": "Aurora", "green": "Birch", "teal": "Birch", "purple": "Cob"}
    known = [
        Product(colour, {"title": f"{colour} tea"}, (pack(colour, "yellow"),), {"brand": brand})
        for colour, brand in brands.items()
    ]
    return ShelfReader(gallery=Gallery.of(known, ColourEncoder()), encoder=CachedColours())


def test_products_that_a_gallery_could_not_take_in_are_told(reader: ShelfReader) -> None:
    photo, boxes = shelf()
    assert reader.gallery is not None
    torn = Problem(7, "photo", "'x.png' is torn", "Send it again.", dropped=True)
    lacking = replace(reader, gallery=replace(reader.gallery, problems=(torn, torn)))
    told = lacking.read(photo, boxes=boxes).to_dict()["notes"]
    assert (
        "Not everything of the catalogue is known by sight, 2 problems, the first: "
        "row 7: photo 'x.png' is torn. Send it again."
    ) in told


def test_boxes_of_a_person_give_exact_facings(reader: ShelfReader) -> None:
    photo, boxes = shelf()
    listing = {"red": 2, "purple": 1}
    planogram = Planogram.of([["red", "red", "green", "blue"], ["teal", "teal", "teal", "blue"]])
    asked = ShelfQuestions(listing=listing, planogram=planogram)
    reading = reader.read(photo, boxes=boxes, asked=asked)
    result = reading.to_dict()
    assert [one["name"] for one in result["products"]] == [
        f"{name} tea" for row in ROWS for name in row
    ]
    assert {one["named_by"] for one in result["products"]} == {"gallery"}
    counted = {one["name"]: one["facings"]["value"] for one in result["figures"]["facings"]}
    assert counted == {"red tea": 2, "blue tea": 2, "green tea": 1, "teal tea": 3}
    shares = {one["name"]: one["facings"]["value"] for one in result["figures"]["brands"]}
    assert shares == {"Aurora": 0.5, "Birch": 0.5, "Cob": 0.0}  # Cob is listed, and not there
    there = {one["name"]: one["verdict"] for one in result["figures"]["availability"]["products"]}
    assert there["red tea"] == "present"  # listed by id, told by title
    assert there["purple tea"] != "present"
    assert result["figures"]["planogram"]["presence"]["value"] == 1.0
    assert result["figures"]["planogram"]["differences"]
    assert reading.sentence == (
        "8 products in 2 rows on 'shelf.png', 8 recognised, 0 possible gaps."
    )
    json.dumps(result, allow_nan=False)
    assert (result["kind"], result["schema"]) == ("shelf", 1)


def test_a_name_by_a_person_counts_more_than_the_gallery(reader: ShelfReader) -> None:
    photo, boxes = shelf()
    named = given_boxes([
        {"left": a, "top": b, "right": c, "bottom": d, "name": "Mine" if i == 0 else ""}
        for i, (a, b, c, d) in enumerate(boxes.corners.tolist())
    ])  # fmt: skip
    first, second = reader.read(photo, boxes=named).to_dict()["products"][:2]
    assert (first["name"], first["named_by"]) == ("Mine", "person")
    assert (second["name"], second["named_by"]) == ("red tea", "gallery")


def test_a_detector_that_was_measured_gives_intervals(reader: ShelfReader) -> None:
    photo, boxes = shelf()
    scores = np.array([0.9] * 7 + [0.3], np.float32)
    found = Boxes(boxes.corners, scores)
    with_stub = ShelfReader(StubDetector(found), None, reader.gallery, reader.encoder)
    reading = with_stub.read(photo)
    products = reading.to_dict()["figures"]["products"]
    assert products["value"] == 7  # below the score it was measured at nothing counts
    assert products["low"] < 7 < products["high"]
    assert "1 boxes with a score too low to count were left out." in reading.notes
    assert reading.to_dict()["detector"]["name"] == "stub"


def test_without_gallery_and_model_boxes_rows_and_gaps_are_told() -> None:
    photo, boxes = shelf()
    kept = boxes.pick(np.array([0, 1, 3, 4, 5, 6, 7]))  # the third of the first row is gone
    asked = ShelfQuestions(listing=["red"], market_shares={"Aurora": 0.3})
    result = ShelfReader().read(photo, boxes=kept, asked=asked).to_dict()
    assert result["figures"]["availability"] is None  # nobody looked which product is which
    assert result["figures"]["market_share"] is None
    assert result["figures"]["products"]["value"] == 7
    assert [row["boxes"] for row in result["figures"]["rows"]] == [3, 4]
    assert isinstance(result["figures"]["gaps"], list)
    assert any("neither a gallery nor a model" in note for note in result["notes"])
    assert {one["name"] for one in result["products"]} == {"unknown"}
    assert any(note.startswith("No product was recognised: ") for note in result["notes"])
    assert not any("share" in one.metric for one in ledger_of(result).facts)


def test_a_model_says_the_category(toy_model: ProductClassifier, tmp_path: Path) -> None:
    photo, boxes = shelf()
    result = ShelfReader.of(model=toy_model).read(photo, boxes=boxes.pick(np.arange(2))).to_dict()
    category = result["products"][0]["category"]
    assert category["label"] in toy_model.classes_
    assert 0 <= category["probability"] <= 1
    assert result["products"][0]["named_by"] in ("model", "")
    assert any("figures are by category" in note for note in result["notes"])
    reading = ShelfReader(model=toy_model).read(photo, boxes=boxes.pick(np.arange(2)))
    place = save_heat_map(reading, 2, toy_model, tmp_path)
    assert place.name == "shelf.box-2.png"
    with Image.open(place) as drawn:
        assert drawn.width > 0
    with pytest.raises(BadSetting, match="there is no box 3 on 'shelf.png'"):
        save_heat_map(reading, 3, toy_model, tmp_path)


def test_a_photo_without_products_says_so(reader: ShelfReader) -> None:
    photo, _ = shelf()
    with_stub = ShelfReader(StubDetector(Boxes.none()), None, reader.gallery, reader.encoder)
    reading = with_stub.read(photo)
    most = round(reading.figures.products.high)
    missed = f"up to {most} products may have been missed"
    assert most > 1
    assert reading.sentence == f"No product was found on 'shelf.png'; {missed}."
    assert reading.to_dict()["figures"]["brands"] == []
    assert any("No product was found on this photo" in note for note in reading.notes)
    json.dumps(reading.to_dict(), allow_nan=False)


def test_boxes_outside_the_photo_are_clipped_and_told() -> None:
    photo, _ = shelf()
    boxes = [[-40, 60, 180, 240], [2000, 60, 2100, 240], [300, 60, 300, 240]]
    reading = ShelfReader().read(photo, boxes=boxes)
    assert len(reading.boxes) == 1
    assert reading.boxes.corners[0, 0] == 0
    told = [str(problem) for problem in reading.problems]
    assert told[0].startswith("box 3 has no area.")
    assert told[1].startswith("box 2 lies outside the photo.")
    assert told[2].startswith("box 1 reached beyond the photo and was cut at its edge.")


def test_a_shelf_upside_down_is_suspected() -> None:
    image = Image.new("RGB", (900, 600), "white")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    heights = [150, 90, 120, 60, 170, 80, 140, 100, 70, 160]
    boxes = [
        [i * 85 + 5, top, i * 85 + 75, top + high]
        for top in (20, 300)
        for i, high in enumerate(heights)
    ]
    reading = ShelfReader().read(Photo("turned.png", data=stream.getvalue()), boxes=boxes)
    assert reading.to_dict()["figures"]["upside_down"] is True
    assert any("may be upside down. Turn it." in note for note in reading.notes)


def test_exif_comes_first() -> None:
    image = Image.new("RGB", (60, 40), "white")
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif)
    reading = ShelfReader().read(Photo("turn.jpg", data=stream.getvalue()), boxes=[[0, 0, 30, 50]])
    assert (reading.photo.to_dict()["width"], reading.photo.to_dict()["height"]) == (40, 60)
    assert not reading.problems


def test_what_is_no_photo_or_no_box_is_refused(tmp_path: Path) -> None:
    photo, _ = shelf()
    with pytest.raises(BadPhoto, match=r"photo 'x\.jpg'"):
        ShelfReader().read(Photo("x.jpg", data=b"nothing"), boxes=[])
    with pytest.raises(BadSetting, match="there is neither a detector nor boxes"):
        ShelfReader().read(photo)
    with pytest.raises(BadSetting, match="box 1 has 'nan' where a number belongs"):
        ShelfReader().read(photo, boxes=[[float("nan"), 0, 1, 1]])
    with pytest.raises(BadSetting, match="the boxes are no list"):
        ShelfReader().read(photo, boxes="all")
    with pytest.raises(TooLarge, match="more than 5,000 boxes"):
        given_boxes([[0, 0, 1, 1]] * 5001)
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(BadSetting, match="are no JSON"):
        read_boxes(tmp_path / "deep.json")
    (tmp_path / "a.csv").write_text("left,top,right\n1,2,3\n")
    with pytest.raises(BadSetting, match="have no column 'bottom'"):
        read_boxes(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("left,top,right,bottom,name\n1,2,3,4,Tea\n")
    assert read_boxes(tmp_path / "b.csv").labels == ("Tea",)


def test_every_fact_of_a_shelf_stands_where_it_says(reader: ShelfReader) -> None:
    photo, boxes = shelf()
    asked = ShelfQuestions(
        listing=["red", "purple"],
        planogram=Planogram.of([["red"], ["teal"]]),
        market_shares={"Aurora": 0.3, "Birch": 0.7},
        eye_weights=[2, 1],
    )
    result = reader.read(photo, boxes=boxes, asked=asked).to_dict()
    facts = {(one.metric, one.subject): one for one in ledger_of(result)}
    assert facts["number of products", "the shelf"].display == "8"
    assert facts["share of shelf by facings", "Aurora"].display == "50.0 %"
    assert facts["share of shelf less share of market", "Birch"].value == pytest.approx(-0.2)
    assert facts["number of facings", "teal tea"].value == 3
    assert ("on-shelf availability", "the shelf") in facts


def test_a_shelf_becomes_a_picture_a_table_and_a_page(reader: ShelfReader) -> None:
    photo, boxes = shelf()
    named = given_boxes([
        {"left": a, "top": b, "right": c, "bottom": d, "name": "=1+1<script>" if i == 0 else ""}
        for i, (a, b, c, d) in enumerate(boxes.corners.tolist())
    ])  # fmt: skip
    reading = reader.read(photo, boxes=named, asked=ShelfQuestions(listing=["<b>"]))
    result = reading.to_dict()
    result["figures"]["gaps"].append(
        {"left": 10, "top": 10, "right": 50, "bottom": 90, "row": 1, "facings": 1, "score": 0.5,
         "missing": [], "neighbours": ["", ""], "chance": {"value": 0.5, "low": 0, "high": 1}}
    )  # fmt: skip
    picture = annotated(reading.photo.image, result)
    assert picture.width == 800
    assert picture.height > 600  # the legend is below, nothing of the photo is covered
    colour = colours_of(result)["Aurora"]
    assert picture.getpixel((230 + 60, 60)) == tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    lines = box_table([result]).splitlines()
    assert len(lines) == 9
    assert "'=1+1<script>" in lines[1]  # no formula for a spreadsheet
    page = shelf_page(reading.photo.image, result)
    assert "<script>" not in page
    assert "=1+1&lt;script&gt;" in page
    assert "<b>" not in page.replace('<b class="figure-number"', "").replace('<b style="', "")
    assert "http" not in page.partition("</head>")[2]


def test_boxes_of_our_own_table_and_result_are_read_again(
    reader: ShelfReader, tmp_path: Path
) -> None:
    photo, boxes = shelf()
    result = reader.read(photo, boxes=boxes).to_dict()
    (tmp_path / "a.csv").write_text(box_table([result]))
    (tmp_path / "a.json").write_text(json.dumps(result))
    for name in ("a.csv", "a.json"):
        again = read_boxes(tmp_path / name)
        assert np.allclose(again.corners, boxes.corners, atol=0.1)
        assert again.labels[0] == "red tea"


def test_one_bad_photo_does_not_stop_the_rest(reader: ShelfReader, tmp_path: Path) -> None:
    photo, boxes = shelf()
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "b.png").write_bytes(photo.read())
    (folder / "a.jpg").write_bytes(b"broken")
    with_stub = ShelfReader(StubDetector(boxes), None, reader.gallery, reader.encoder)
    out = tmp_path / "out"
    bad, good = read_shelves(named_photos([folder]), with_stub, out=out)
    assert "photo 'a.jpg'" in str(bad.error)
    assert good.reading is not None
    assert sorted(path.name for path in out.iterdir()) == [
        "b.annotated.jpg", "b.csv", "b.html", "b.json", "summary.csv",
    ]  # fmt: skip
    lines = (out / "summary.csv").read_text().splitlines()
    assert lines[1].startswith("a.jpg,,,,,,,,,")
    assert lines[2].startswith("b.png,8,")
    with pytest.raises(BadSetting, match="holds no photo"):
        named_photos([out / "..", tmp_path])
