"""What `/v1/packs` refuses, before anything is measured."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.serving import service_settings, serving


def png(size: tuple[int, int] = (60, 90)) -> bytes:
    """A picture as a file."""
    stream = io.BytesIO()
    Image.new("RGB", size, (200, 90, 40)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service without a model: packs need none."""
    folder = tmp_path_factory.mktemp("packs")
    with serving(service_settings(folder, None, "limits.max_megapixels=1")) as client:
        client.folder = folder
        yield client


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
        ({"weights": "seen=nan"}, 422, "weights", "the weight of seen is"),
        ({"weights": "sen=1"}, 422, "weights", "there is no pillar 'sen'"),
        ({"what_if": "contrast=+9000"}, 422, "what_if", "edit 'contrast' has '+9000'"),
        ({"what_if": ",".join(["hue=1"] * 40)}, 422, "what_if", ""),
        ({"hero_profile": "none"}, 422, "hero_profile", "there is no hero profile 'none'"),
        ({"scale": "/etc/passwd"}, 422, "scale", "there is no field 'scale'"),
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
    assert (answer.status_code, answer.json()["message"]) == (
        400, "Too many files. Maximum number of files is 60"
    )  # fmt: skip


def test_a_comparison_that_is_none_is_not_found(client: TestClient) -> None:
    answer = client.get("/v1/packs/0123")
    assert (answer.status_code, answer.json()["field"]) == (404, "id")
