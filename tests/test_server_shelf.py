"""`POST /v1/shelf`: a photo and boxes go in, figures come out, mistakes name their field."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.live_bundles import service_of
from tests.serving import service_settings, serving
from tests.test_read_shelf import StubDetector, shelf

from glasscase.errors import BadSetting
from glasscase.server.threads.shelves import Shelves
from glasscase.shelf.boxes import Boxes

PHOTO, BOXES = shelf()
DRAWN = json.dumps([*map(list, BOXES.corners.tolist())])


NAMED = json.dumps(
    [{**dict(zip(("left", "top", "right", "bottom"), box, strict=True)), "name": "red tea"}
     for box in BOXES.corners.tolist()]
)  # fmt: skip


class Looking(StubDetector):
    """Finds the drawn packs, half of them surely; tells how much of a photo it was shown."""

    score = 0.5

    def __init__(self) -> None:
        sure = np.where(np.arange(len(BOXES)) % 2, 0.95, 0.6).astype(np.float32)
        super().__init__(Boxes(BOXES.corners, sure))
        self.shown: list[tuple[int, int]] = []

    def detect(self, image: np.ndarray) -> Boxes:
        self.shown.append(image.shape[:2])
        return self.boxes if image.shape[:2] == (600, 800) else Boxes.none()


@pytest.fixture
def looking(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The service with a detector that can be watched."""
    shelves = service_of(client).shelves
    monkeypatch.setattr(shelves, "_detector", Looking())
    return client


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service without a model and without a gallery."""
    with serving(service_settings(tmp_path_factory.mktemp("shelf"))) as made:
        yield made


def ask(client: TestClient, files: dict[str, Any] | None = None, **fields: str) -> Any:
    sent = {"photo": ("shelf.png", PHOTO.read()), **(files or {})}
    return client.post("/v1/shelf", files=sent, data=fields)


def test_boxes_of_a_person_are_counted(client: TestClient) -> None:
    listing = ("listing.csv", b"product\nred tea\n")
    told = ask(client, {"listing": listing}, boxes=NAMED, eye_level="1,2").json()
    assert told["kind"] == "shelf"
    assert told["schema"] == 1
    assert told["counts"] == {"boxes": 8, "recognised": 8, "rows": 2, "possible_gaps": 0}
    assert told["products"][0]["named_by"] == "person"
    assert told["figures"]["availability"]["share"]["value"] == 1.0
    assert told["figures"]["brands"][0]["eye_level"]["value"] == 1.0
    assert told["colours"] == {"red tea": "#2f7ed8"}


def test_the_detector_is_asked_where_no_boxes_are_given(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "glasscase.server.threads.shelves.open_detector", lambda name, **options: Looking()
    )
    told = ask(client).json()
    assert told["detector"]["name"] == "stub"
    assert told["figures"]["products"]["low"] < 8 < told["figures"]["products"]["high"]


def test_a_caller_says_how_the_detector_looks(looking: TestClient) -> None:
    told = ask(looking, tile="500", overlap="0.1", merge="fusion", iou="0.4", score="0.7").json()
    assert told["detector"]["tiling"] == {
        "tile": 500, "overlap": 0.1, "merge": "fusion", "iou": 0.4,
    }  # fmt: skip
    assert told["counts"]["boxes"] == 4
    assert told["notes"][0].startswith("The detector was measured at a score of 0.5, not at 0.7")
    shown = service_of(looking).shelves._detector.shown  # type: ignore[union-attr]
    assert shown == [(500, 500)] * 4 + [(600, 800)]
    assert ask(looking).json()["detector"]["tiling"]["tile"] is None


def test_the_settings_say_how_a_detector_looks(tmp_path: Path) -> None:
    told = ("shelf.tile=100", "shelf.most_tiles=3")
    with serving(service_settings(tmp_path, None, *told)) as made:
        service_of(made).shelves._detector = Looking()
        answer = ask(made)
        assert answer.status_code == 422
        assert answer.json()["message"].endswith("cut a photo of 800 x 600 px into more than 3")
        assert ask(made, tile="0").status_code == 200
    with pytest.raises(BadSetting, match="a tile of 5 px is too small"):
        Shelves(service_settings(tmp_path, None, "shelf.tile=5"))


@pytest.mark.parametrize(
    ("form", "kind"), [("html", "text/html"), ("csv", "text/csv"), ("jpeg", "image/jpeg")]
)
def test_it_comes_as_a_file(client: TestClient, form: str, kind: str) -> None:
    answer = ask(client, boxes=DRAWN, format=form)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert "attachment; filename=" in answer.headers["content-disposition"]
    assert "script-src" not in answer.headers["content-security-policy"]
    if form == "csv":
        assert len(list(csv.reader(io.StringIO(answer.text)))) == 9
    if form == "jpeg":
        assert Image.open(io.BytesIO(answer.content)).width == 800


@pytest.mark.parametrize(
    ("files", "fields", "status", "field", "words"),
    [
        ({"photo": ("x.jpg", b"none")}, {"boxes": "[]"}, 415, "photo", "photo 'x.jpg'"),
        ({}, {"boxes": "[["}, 422, "boxes", "the boxes are no JSON"),
        ({}, {"boxes": "[[1,2,3]]"}, 422, "boxes", "box 1 is no box"),
        ({}, {"boxes": '[[1e99,2,3,"x"]]'}, 422, "boxes", "box 1 has"),
        ({}, {"boxes": "[]", "eye_level": "top"}, 422, "eye_level", "are no weights of rows"),
        ({}, {"boxes": "[]", "format": "pdf"}, 422, "format", "there is no format 'pdf'"),
        ({}, {"colour": "red"}, 422, "colour", "there is no field 'colour'"),
        ({"listing": ("l.exe", b"MZ")}, {"boxes": "[]"}, 422, "listing", "'l.exe' is no table"),
        ({"listing": ("l.csv", b"a,b\n1,2\n")}, {"boxes": "[]"}, 422, "listing",
         "the listing 'listing.csv' has no column 'product'"),
        ({}, {"boxes": DRAWN, "eye_level": "1,2,3"}, 422, "eye_level", "3 weights were given for"),
        ({"market_share": ("m.csv", b"brand,share\na,0.6\nb,0.7\n")}, {"boxes": NAMED}, 422,
         "market_share", "market shares add up to 1.3"),
        ({}, {"score": "2"}, 422, "score", "a score of 2 is impossible"),
        ({}, {"score": "0.1"}, 422, "score", "a score below 0.5 are not looked for here"),
        ({}, {"score": "high"}, 422, "score", "score is 'high'"),
        ({}, {"tile": "8"}, 422, "tile", "a tile of 8 px is too small"),
        ({}, {"tile": "9" * 30}, 422, "tile", "tile is '9999"),
        ({}, {"tile": "64.5"}, 422, "tile", "tile is '64.5'"),
        ({}, {"tile": "32"}, 422, "tile", "tiles of 32 px cut a photo of 800 x 600 px into more"),
        ({}, {"overlap": "nan"}, 422, "overlap", "an overlap of nan is impossible"),
        ({}, {"merge": "vote"}, 422, "merge", "boxes are not merged by 'vote'"),
        ({}, {"iou": "0"}, 422, "iou", "an IoU of 0 is impossible"),
        ({}, {"boxes": "[]", "tile": "400"}, 422, "tile", "tile is of a detector, and boxes are"),
        ({"planogram": ("p.json", b"[" * 9999)}, {"boxes": "[]"}, 422, "planogram", "is not JSON"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_field(
    looking: TestClient, files: Any, fields: Any, status: int, field: str, words: str
) -> None:
    client = looking
    answer = ask(client, files, **fields)
    assert answer.status_code == status
    assert answer.json()["field"] == field
    assert words in answer.json()["message"]
    assert "/tmp" not in answer.text


def test_of_two_photos_none_is_passed_over(client: TestClient) -> None:
    photo = ("shelf.png", PHOTO.read())
    answer = client.post("/v1/shelf", files=[("photo", photo), ("photo", photo)])
    assert answer.status_code == 422
    assert answer.json()["field"] == "photo"
    assert answer.json()["message"] == "'photo' came more than once"


def test_a_photo_without_products_is_an_answer(client: TestClient) -> None:
    told = ask(client, boxes="[]").json()
    assert told["sentence"] == "No product was found on 'shelf.png'."
    assert told["products"] == []


def test_a_gallery_that_is_gone_is_told(tmp_path: Path) -> None:
    with serving(service_settings(tmp_path, None, "service.gallery=/nowhere")) as made:
        answer = ask(made, boxes=DRAWN)
    assert answer.status_code == 409
    assert "there is no gallery at '/nowhere'" in answer.json()["message"]
