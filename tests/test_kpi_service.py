"""Figures that matter by REST: a table is sent, learnt from, and answered for."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.live_bundles import service_of
from tests.serving import service_settings, serving

from glasscase.server.threads.job_worker import job_folder
from kpi_shops import plain, shop, write


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[TestClient]:
    """A service over the toy bundle."""
    with serving(service_settings(tmp_path_factory.mktemp("service"), toy_bundle)) as one:
        yield one


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A shop of 120 products, one row of which holds words where a figure should be."""
    columns = plain(120)
    columns["sales"][4] = "sold out"
    columns["sku"][6] = "=1+1"
    return write(tmp_path_factory.mktemp("kpi") / "shop.csv", columns).read_bytes()


@pytest.fixture(scope="module")
def learnt(client: TestClient, table: bytes) -> dict[str, Any]:
    """The finished job."""
    return done(client, sent(client, table, target="sales", group="brand", models="ridge"))


def sent(client: TestClient, data: bytes, **told: str) -> dict[str, Any]:
    answer = client.post("/v1/kpi", data=told, files={"file": ("shop.csv", data)})
    assert answer.status_code == 202, answer.text
    return answer.json()  # type: ignore[no-any-return]


def done(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    """The job when it is over."""
    pause = threading.Event()
    for _ in range(1200):
        told = client.get(f"/v1/jobs/{job['id']}").json()
        if told["state"] in ("finished", "failed", "cancelled"):
            return told  # type: ignore[no-any-return]
        pause.wait(0.05)
    raise AssertionError(told)


def test_a_table_is_learnt_from_and_deleted(client: TestClient, learnt: dict[str, Any]) -> None:
    assert learnt["state"] == "finished", learnt["message"]
    assert learnt["result"]["chosen"] == "ridge: names"
    figures = client.get(f"/v1/kpi/{learnt['id']}").json()
    assert figures["source"] == "shop.csv"
    assert figures["problems"][0] == {
        "row": 6, "field": "sales", "reason": "'sold out' is no number", "dropped": True,
        "remedy": "Write a number, or leave the cell empty. The row is left out.",
    }  # fmt: skip
    assert figures["drivers"]["rows"][0]["name"] == "price"
    page = client.get(f"/v1/jobs/{learnt['id']}/files/kpi.html")
    assert "What goes with <bdi>sales</bdi>" in page.text
    uploads = service_of(client).settings.data_folder / "uploads"
    assert not uploads.exists() or not list(uploads.iterdir())


def test_new_products_are_answered_by_the_model_of_a_job(
    client: TestClient, learnt: dict[str, Any], table: bytes
) -> None:
    job = done(client, sent(client, table, model=learnt["id"]))
    rows = client.get(f"/v1/jobs/{job['id']}/files/predictions.csv").text.splitlines()

    assert rows[0] == "row,id,sales,low,high"
    assert len(rows) == 121
    assert rows[7].startswith("8,'=1+1,")  # no spreadsheet runs it
    answer = client.get(f"/v1/kpi/{job['id']}")
    assert answer.status_code == 409
    assert answer.json()["message"] == "this is no finished job that learnt a KPI"


@pytest.mark.parametrize(
    ("told", "status", "reason"),
    [
        ({}, 422, "there is no target"),
        ({"target": "sales", "model": "abc"}, 422, "a target and a model exclude one another"),
        ({"target": "sales", "kind": "money"}, 422, "there is no kind of KPI 'money'"),
        ({"target": "sales", "models": "forest"}, 422, "there is no model 'forest'"),
        ({"target": "sales", "force": "perhaps"}, 422, "force is 'perhaps'"),
        ({"target": "sales", "colour": "red"}, 422, "there is no field 'colour'"),
        ({"target": "sales", "link": "cube"}, 422, "there is no link 'cube'"),
        ({"target": "sales", "level": "1"}, 422, "an interval level of 1 is impossible"),
        ({"target": "sales", "level": "nine"}, 422, "level is 'nine'"),
        ({"target": "sales", "folds": "5.5"}, 422, "folds is '5.5'"),
        ({"target": "sales", "folds": "99"}, 422, "99 folds are impossible"),
        ({"target": "sales", "seed": "-1"}, 422, "a seed of -1 is impossible"),
        ({"target": "sales", "exposure_as": "both"}, 422,
         "there is no way to use an exposure 'both'"),
        ({"target": "sales", "link": "logit", "exposure_as": "offset", "exposure": "price"}, 422,
         "an offset needs a logarithm"),
        ({"target": "sold"}, 422, "there is no column 'sold'"),
        ({"target": "sales", "time": "week"}, 422, "there is no column 'week'"),
        ({"target": "sales", "leave_out": "colour, weight"}, 422, "there is no column 'weight'"),
        ({"target": "sales", "text": "title"}, 422, "there is no column 'title'"),
        ({"target": "sales", "id": "ean"}, 422, "there is no column 'ean'"),
        ({"target": "sales", "photo_column": "photo"}, 422, "there is no column 'photo'"),
        ({"target": "sales", "image_vectors": "/etc/passwd"}, 422,
         "there is no column '/etc/passwd'"),
        ({"target": "sales", "text_vectors": "v*"}, 422, "there is no column 'v*'"),
        ({"target": "sales", "text_vectors": "s*"}, 422,
         "the target 'sales' is also named as what products are told by"),
        ({"target": "sales", "features": "sales,price"}, 422,
         "the target 'sales' is also named as a feature"),
        ({"target": "sales", "weight": "sales"}, 422,
         "the target 'sales' is also the column of weight"),
        ({"target": "sales", "experiment": "colour", "features": "colour"}, 422,
         "'colour' is the treatment and a feature"),
        ({"target": "sales", "delimiter": "ab"}, 422,
         "delimiter 'ab' is not a character that can divide cells"),
        ({"target": "sales", "delimiter": "\t"}, 422,
         "catalogue 'shop.csv': its header has no '\\t' but ','"),
        ({"model": "abcdef", "seed": "3"}, 422, "a model was learnt with its own seed"),
        ({"model": "../../etc"}, 404, "there is no such model"),
        ({"model": "abcdef"}, 404, "there is no job 'abcdef'"),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_once(
    client: TestClient, table: bytes, told: dict[str, str], status: int, reason: str
) -> None:
    before = len(client.get("/v1/jobs").json())
    answer = client.post("/v1/kpi", data=told, files={"file": ("shop.csv", table)})

    assert answer.status_code == status, answer.text
    assert answer.json()["message"] == reason
    named = [name for name in told if name not in ("target", "model")] or ["target", "model"]
    assert answer.json()["field"] in named
    assert len(client.get("/v1/jobs").json()) == before, "nothing is queued"
    uploads = service_of(client).settings.data_folder / "uploads"
    assert not uploads.exists() or not list(uploads.iterdir())


def test_all_that_the_shell_may_say_reaches_the_study(client: TestClient, tmp_path: Path) -> None:
    table = write(tmp_path / "shop.csv", shop(120)).read_bytes().replace(b",", b";")
    told = {
        "target": "sales", "exposure": "width", "exposure_as": "weight", "link": "identity",
        "features": "price,colour", "models": "ridge", "level": "0.8", "folds": "4", "seed": "7",
        "id": "sku", "image_vectors": "photo *", "delimiter": ";",
    }  # fmt: skip
    job = done(client, sent(client, table, **told))
    assert job["state"] == "finished", job["message"]
    figures = client.get(f"/v1/kpi/{job['id']}").json()
    assert figures["intervals"]["level"] == 0.8
    assert figures["protocol"]["folds"] == 4
    assert figures["protocol"]["exposure_as"] == "weight"
    assert figures["protocol"]["seed"] == 7
    assert figures["target"]["scale"] == "identity"
    assert {one["name"] for one in figures["drivers"]["rows"]} == {"price", "colour"}
    assert any("image" in one["reads"] for one in figures["models"])
    answers = done(client, sent(client, table, model=job["id"], delimiter=";"))
    assert answers["state"] == "finished", answers["message"]


def test_photos_alone_are_no_table(client: TestClient, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a.jpg", b"none")
    answer = client.post(
        "/v1/kpi", data={"target": "sales"},
        files={"file": ("photos.zip", (tmp_path / "photos.zip").read_bytes())},
    )  # fmt: skip
    assert answer.status_code == 422
    assert answer.json()["message"] == "there is no table among what was sent"


def test_a_table_may_be_as_long_as_that_of_a_batch(client: TestClient) -> None:
    rows = "".join(f"{i},{'x' * 60}\n" for i in range(30_000))  # more than a command may have
    job = sent(client, f"sales,note\n{rows}".encode(), target="note")

    told = done(client, job)
    assert told["state"] == "failed"
    assert told["message"].startswith("column 'note' holds text: 30000 of 30000 values are no num")


def test_a_table_that_cannot_be_learnt_from_fails_in_plain_words(client: TestClient) -> None:
    job = done(client, sent(client, b"a,b\n1,2\n3,4\n", target="b"))

    assert job["state"] == "failed"
    assert job["message"] == (
        "2 rows have a usable 'b'; nothing can be learnt below 20. Add products."
    )


def test_a_model_that_is_gone_is_told(
    client: TestClient, learnt: dict[str, Any], table: bytes
) -> None:
    folder = job_folder(service_of(client).settings.data_folder, learnt["id"]) / "model"
    away = folder.rename(folder.with_name("away"))
    try:
        job = done(client, sent(client, table, model=learnt["id"]))
    finally:
        away.rename(folder)

    assert job["state"] == "failed"
    assert job["message"] == "the model of that job is gone. Learn it again."
