"""What `/v1/packs` refuses before anything is measured, and tables and shelves it measures.

Only the reader of words is a stand-in; tests/test_pack_reading.py has the real one.
"""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.serving import service_settings, serving

from glasscase.errors import BadEncoder
from glasscase.packs.drawn_front import SIX, drawn_front
from panel_reader import PanelReader

HEADER = "photo,brand,product,height_mm,category,own"


def png(size: tuple[int, int] = (60, 90)) -> bytes:
    """A picture as a file."""
    stream = io.BytesIO()
    Image.new("RGB", size, (200, 90, 40)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service without a model: packs need none."""
    folder = tmp_path_factory.mktemp("packs")
    told = ("limits.max_megapixels=1", "service.saliency=fine_grained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glasscase.packs.reading._reader", PanelReader)
        with serving(service_settings(folder, None, *told)) as client:
            client.folder = folder
            yield client


@pytest.fixture(scope="module")
def fronts() -> list[bytes]:
    """Two drawn fronts as files."""
    return [file_of(drawn_front(SIX[n], width_px=120, height_px=180).image) for n in (0, 3)]


def file_of(image: np.ndarray) -> bytes:
    """A picture as a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    """A zip of `files`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def compared(client: TestClient, files: list[Any], **fields: str) -> dict[str, Any]:
    """The job when it is over; nothing of what was sent is left."""
    parts = [*files, *((name, (None, value)) for name, value in fields.items())]
    answer = client.post("/v1/packs", files=[*parts, ("arrangements", (None, "2"))])
    assert answer.status_code == 202, answer.text
    pause = threading.Event()
    for _ in range(1200):
        job = client.get(f"/v1/jobs/{answer.json()['id']}").json()
        left = list((client.folder / "uploads").glob("*"))
        if job["state"] in ("finished", "failed") and not left:
            return job  # type: ignore[no-any-return]
        pause.wait(0.05)
    raise AssertionError(job, left)


def send(client: TestClient, *photos: bytes, **fields: str) -> Any:
    files: list[Any] = [("photos", (f"p{n}.png", data)) for n, data in enumerate(photos)]
    files += [(name, (None, value)) for name, value in fields.items()]
    return client.post("/v1/packs", files=files)


@pytest.mark.parametrize(
    ("fields", "status", "field", "message"),
    [
        ({"about": "{"}, 422, "about", "about is not JSON"),
        ({"about": "[" * 90_000}, 422, "about", "about is not JSON"),
        ({"about": json.dumps([{}, {}])}, 422, "about",
         "about tells of 2 packs, there are 1 photos"),
        ({"about": json.dumps([{"height_mm": -1}])}, 422, "about.0.height_mm", ""),
        ({"about": json.dumps([{"colour": "red"}])}, 422, "about.0.colour", ""),
        ({"arrangements": "9999"}, 422, "arrangements", ""),
        ({"weights": "seen=nan"}, 422, "weights", "the weight of seen is nan"),
        ({"weights": "sen=1"}, 422, "weights", "there is no pillar 'sen'"),
        ({"what_if": "contrast=+9000"}, 422, "what_if", "edit 'contrast' has '+9000'"),
        ({"what_if": ",".join(["hue=1"] * 40)}, 422, "what_if", ""),
        ({"hero_profile": "none"}, 422, "hero_profile", "there is no hero profile 'none'"),
        ({"scale": "/etc/passwd"}, 422, "scale", "there is no field 'scale'"),
        ({"file": "packs.csv"}, 422, "file", "'file' came as a text, not as a file"),
        ({"category": "Oats"}, 422, "category", "only of a table a category is chosen"),
        ({"shelf_boxes": "[[0,0,9,9]]"}, 422, "shelf_boxes",
         "there are boxes but no photo of a shelf"),
        ({"shelf_boxes": "[[0,0,9]]"}, 422, "shelf_boxes", "box 1 is no box"),
        ({"shelf_boxes": "{"}, 422, "shelf_boxes", "shelf_boxes is not JSON"),
        ({"own": "x" * 3000}, 422, "own", "own is too long"),
    ],
)  # fmt: skip
def test_what_is_said_with_photos_is_checked_first(
    client: TestClient, fields: dict[str, str], status: int, field: str, message: str
) -> None:
    answer = send(client, png(), **fields)
    told = answer.json()
    assert (answer.status_code, told["field"]) == (status, field)
    assert told["message"].startswith(message)
    assert told["remedy"]
    assert not list((client.folder / "uploads").glob("*"))


@pytest.mark.parametrize(
    ("photos", "status", "message"),
    [
        ([], 422, "there is no photo"),
        ([b"nonsense"], 415, "photo 'p0.png'"),
        ([png(), b""], 415, "photo 'p1.png'"),
        ([png((2000, 600))], 415, "photo 'p0.png' is 1.2 MP, the limit is 1 MP"),
    ],
)
def test_photos_are_looked_at_before_they_wait(
    client: TestClient, photos: list[bytes], status: int, message: str
) -> None:
    answer = send(client, *photos, own="Acorn")
    assert answer.status_code == status, answer.text
    assert answer.json()["message"].startswith(message)
    assert answer.json()["field"] == "photos"
    assert not list((client.folder / "uploads").glob("*"))


def test_other_types_and_too_many_files_are_refused(client: TestClient) -> None:
    answer = client.post("/v1/packs", json={})
    assert (answer.status_code, answer.json()["field"]) == (415, "Content-Type")
    answer = send(client, *[png()] * 61)
    assert (answer.status_code, answer.json()["message"]) == (422, "there are more than 60 photos")


def test_a_comparison_that_is_none_is_not_found(client: TestClient) -> None:
    answer = client.get("/v1/packs/0123")
    assert (answer.status_code, answer.json()["field"]) == (404, "id")


def test_a_zip_of_a_table_and_photos_is_compared_and_rows_are_told_of(
    client: TestClient, fronts: list[bytes]
) -> None:
    rows = ["p/a.png,Acorn,Oats,240,Oats,yes", "p/b.png,Dunmore,Oats,tall,Oats,",
            "p/c.png,C,,,Oats,", "p/a.png,Egg,,,Tea,"]  # fmt: skip
    table = "\n".join([HEADER, *rows]).encode()
    sent = packed({"packs.csv": table, "p/a.png": fronts[0], "p/b.png": fronts[1], "a.txt": b"x"})
    job = compared(client, [("file", ("packs.zip", sent))], category="Oats")
    assert job["state"] == "finished", job["message"]
    assert job["name"] == "packs.zip"
    told = client.get(f"/v1/packs/{job['id']}").json()
    assert [(one["id"], one["own"]) for one in told["packs"]] == [
        ("Acorn Oats", True), ("Dunmore Oats", False),
    ]  # fmt: skip
    assert [(one["row"], one["field"], one["reason"]) for one in told["problems"]] == [
        (None, "file", "'a.txt' is neither a photo nor a table"),
        (3, "height", "'tall' is no height of 1 to 3000 mm"),
        (4, "photo", "'p/c.png' is not in 'p'"),
    ]
    assert told["saliency"] == {"name": "fine_grained", "file": None, "sha256": None}


def test_a_table_with_photos_beside_it_is_put_on_a_photo_of_a_shelf(
    client: TestClient, fronts: list[bytes]
) -> None:
    shelf = np.full((220, 400, 3), 120, np.uint8)
    for number, front in enumerate(fronts):
        shelf[20:200, 30 + 180 * number : 150 + 180 * number] = np.array(
            Image.open(io.BytesIO(front))
        )
    boxes = [{"left": 30 + 180 * n, "top": 20, "right": 150 + 180 * n, "bottom": 200, "name": name}
             for n, name in enumerate(("own.png", "Dunmore"))]  # fmt: skip
    rows = '{"photo": "own.png", "brand": "Acorn"}\n{"photo": "b.png", "brand": "Dunmore"}\n'
    files = [
        ("file", ("packs.jsonl", rows.encode())),
        ("photos", ("own.png", fronts[0])),
        ("photos", ("b.png", fronts[1])),
        ("shelf_photo", ("shelf.png", file_of(shelf))),
    ]
    job = compared(client, files, shelf_boxes=json.dumps(boxes), own="Dunmore")
    assert job["state"] == "finished", job["message"]
    told = client.get(f"/v1/packs/{job['id']}").json()
    assert told["arrangements"] == 0
    assert [one["own"] for one in told["packs"]] == [False, True]
    seen = {one["name"]: one for one in told["packs"][0]["measures"]}
    assert (seen["share_of_attention"]["value"], seen["share_of_attention"]["low"]) != (None, None)
    assert seen["share_of_attention"]["low"] is None  # one photo has no interval
    failed = compared(client, files, shelf_boxes=json.dumps(boxes[:1]))
    assert failed["message"].startswith("the shelf photo 'shelf.png' shows no 'Dunmore'. Give")


@pytest.mark.parametrize(
    ("files", "fields", "field", "message"),
    [
        ({"file": ("a.xlsx", b"PK\3\4")}, {}, "file", "'a.xlsx' is a workbook"),
        ({"file": ("a.exe", b"MZ")}, {}, "file", "'a.exe' is no table that can be read"),
        ({"file": ("a.zip", packed({"../a.csv": b"a"}))}, {}, "file",
         "'a.zip' holds '../a.csv', which leaves its folder"),
        ({"file": ("a.csv", b"photo\na.png"), "photos": ("../a.png", png())}, {}, "photos",
         "no photo can be called '../a.png'"),
        ({"file": ("a.zip", packed({"a.png": png()})), "photos": ("a.png", png())}, {}, "photos",
         "a zip brings its photos with it"),
        ({"file": ("a.csv", b"photo\na.png")}, {"about": "[{}]"}, "about",
         "a table tells of its packs itself"),
        ({"photos": ("a.png", png()), "shelf_photo": ("s.png", b"x")}, {}, "shelf_photo",
         "photo 's.png'"),
        ({"pictures": ("a.png", png())}, {}, "pictures", "there is no file 'pictures'"),
    ],
)  # fmt: skip
def test_tables_and_shelves_that_cannot_be_used_are_refused_and_removed(
    client: TestClient, files: dict[str, Any], fields: dict[str, str], field: str, message: str
) -> None:
    said = [(name, (None, value)) for name, value in fields.items()]
    answer = client.post("/v1/packs", files=[*files.items(), *said])
    assert answer.status_code in (415, 422), answer.text
    assert (answer.json()["field"], answer.json()["message"][: len(message)]) == (field, message)
    assert not list((client.folder / "uploads").glob("*"))


def test_a_table_without_its_photos_fails_in_plain_words(client: TestClient) -> None:
    job = compared(client, [("file", ("packs.csv", b"photo,brand\na.png,Acorn\n"))])
    assert job["state"] == "failed"
    assert str(client.folder) not in job["message"]
    assert "row 2: photo 'a.png' is not in " in job["message"]


def test_a_service_whose_map_of_attention_is_none_does_not_start(tmp_path: Path) -> None:
    told = f"service.saliency=transalnet:{tmp_path}/none.onnx"
    with (
        pytest.raises(BadEncoder, match="none.onnx' does not exist"),
        serving(service_settings(tmp_path / "data", None, told)),
    ):
        pass
