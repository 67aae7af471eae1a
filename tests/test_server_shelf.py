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
from tests.serving import service_settings, serving
from tests.test_read_shelf import StubDetector, shelf

from glasscase.shelf.boxes import Boxes

PHOTO, BOXES = shelf()
DRAWN = json.dumps([*map(list, BOXES.corners.tolist())])


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
    named = [{**dict(zip(("left", "top", "right", "bottom"), box, strict=True)), "name": "red tea"}
             for box in BOXES.corners.tolist()]  # fmt: skip
    told = ask(client, {"listing": listing}, boxes=json.dumps(named), eye_level="1,2").json()
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
    found = Boxes(BOXES.corners, np.full(len(BOXES), 0.9, np.float32))
    monkeypatch.setattr(
        "glasscase.server.threads.shelves.open_detector", lambda name: StubDetector(found)
    )
    told = ask(client).json()
    assert told["detector"]["name"] == "stub"
    assert told["figures"]["products"]["low"] < 8 < told["figures"]["products"]["high"]


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
        ({"planogram": ("p.json", b"[" * 9999)}, {"boxes": "[]"}, 422, "planogram", "is not JSON"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_field(
    client: TestClient, files: Any, fields: Any, status: int, field: str, words: str
) -> None:
    answer = ask(client, files, **fields)
    assert answer.status_code == status
    assert answer.json()["field"] == field
    assert words in answer.json()["message"]
    assert "/tmp" not in answer.text


def test_a_photo_without_products_is_an_answer(client: TestClient) -> None:
    told = ask(client, boxes="[]").json()
    assert told["sentence"] == "No product was found on 'shelf.png'."
    assert told["products"] == []


def test_a_gallery_that_is_gone_is_told(tmp_path: Path) -> None:
    with serving(service_settings(tmp_path, None, "service.gallery=/nowhere")) as made:
        answer = ask(made, boxes=DRAWN)
    assert answer.status_code == 409
    assert "there is no gallery at '/nowhere'" in answer.json()["message"]
