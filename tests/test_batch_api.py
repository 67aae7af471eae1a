"""`/v1/batches`: sent, watched, steered, looked through and taken away, over HTTP."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyarrow import parquet
from tests.serving import service_settings, serving
from tests.workbooks import workbook_rows

from glasscase.catalog.toy import ToyCatalogue
from glasscase.jobs.predict import predicted_rows
from glasscase.jobs.prediction_file import FIELDS
from glasscase.jobs.table_source import TableSource
from glasscase.models.classifier import ProductClassifier
from glasscase.server.threads.job_worker import JobWorker
from glasscase.store.store import Store

pytestmark = pytest.mark.xdist_group("batch-api")  # what it makes once is dear

BROKEN = 5
"""The row of `broken_table` with a cell too many."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("batches")


@pytest.fixture(scope="module")
def client(folder: Path, toy_bundle: Path) -> Iterator[TestClient]:
    limits = ("limits.batch_megabytes=3", "limits.batch_rows=500", "limits.batch_files=300")
    with serving(service_settings(folder, toy_bundle, *limits)) as one:
        yield one


@pytest.fixture(scope="module")
def broken_table(folder: Path, toy_shop: ToyCatalogue) -> Path:
    """The first products of the toy shop: a row broken, an id that is a formula."""
    lines = toy_shop.products.read_text(encoding="utf-8").splitlines()[:41]
    lines[BROKEN - 1] += ",one,cell,too,many"
    _, rest = lines[7].split(",", 1)
    lines[7] = f"=1+1,{rest}"
    path = folder / "broken.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shop_zip(folder: Path, broken_table: Path, toy_shop: ToyCatalogue) -> Path:
    path = folder / "shop.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(broken_table, "shop/products.csv")
        for photo in sorted(toy_shop.images.iterdir())[:60]:
            packed.write(photo, f"shop/images/{photo.name}")
        packed.writestr("shop/readme.txt", "hello")
    return path


def sent(client: TestClient, path: Path, **fields: object) -> dict:
    with path.open("rb") as stream:
        answer = client.post("/v1/batches", data=fields, files={"file": (path.name, stream)})
    assert answer.status_code == 202, answer.text
    return answer.json()


def finished(client: TestClient, id: str) -> dict:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        told = client.get(f"/v1/batches/{id}").json()
        if told["state"] in ("finished", "failed", "cancelled"):
            return told
        time.sleep(0.05)
    raise AssertionError(told)


@pytest.fixture(scope="module")
def done(client: TestClient, shop_zip: Path) -> dict:
    """A batch of a zip that is over, its products kept."""
    made = sent(client, shop_zip, keep_days="2", review="true")
    return {**made, "batch": finished(client, made["batch"]["id"])}


def test_the_answers_are_those_of_predict(
    client: TestClient, done: dict, broken_table: Path, toy_shop: ToyCatalogue, toy_bundle: Path
) -> None:
    model = ProductClassifier.load(toy_bundle, cached=False)
    own = {
        one.row: one for one in predicted_rows(model, TableSource(broken_table, toy_shop.images))
    }
    id = done["batch"]["id"]
    rows = client.get(f"/v1/batches/{id}/results", params={"most": 200}).json()["rows"]
    assert [row["row"] for row in rows] == sorted(own)
    for row in rows:
        told = own[row["row"]]
        assert (row["id"], row["label"], row["verdict"]) == (told.id, told.label, told.verdict)
        assert row["probability"] == pytest.approx(told.probability, abs=1e-5)
    broken = rows[BROKEN - 2]
    assert broken["problem"].startswith("row has ")
    assert broken["photo"] is None
    whole = rows[0]
    assert whole["title"]
    photo = client.get(whole["photo"])
    assert (photo.status_code, photo.headers["content-type"]) == (200, "image/jpeg")
    assert client.get(f"/v1/batches/{id}/rows/{BROKEN}/photo").status_code == 404


def test_what_was_recognised_is_told_at_once(done: dict) -> None:
    roles = {one["name"]: one["role"] for one in done["columns"]}
    assert (roles["id"], roles["title"], roles["description"]) == ("id", "text", "text")
    assert all(one["samples"] for one in done["columns"] if one["role"] == "text")
    assert done["problems"][0].startswith(f"row {BROKEN}: row has ")
    assert done["notes"][0].startswith("Files of the zip that are not used: 1 ('shop/readme.txt'")


def test_how_it_stands_adds_up(client: TestClient, done: dict, folder: Path) -> None:
    batch = done["batch"]
    assert (batch["state"], batch["done"], batch["total"]) == ("finished", 40, 40)
    assert sum(batch["counts"].values()) == 40
    assert batch["problems"] == 1
    assert batch["model"] == client.get("/readyz").json()["model"]
    store = Store.open(f"sqlite:///{folder / 'glasscase.db'}")
    unsure = [one for one in store.predictions.all_of_batch(batch["id"]) if one.label]
    unsure = [one for one in unsure if one.verdict != "accept"]
    queued = {one.prediction_id for one in store.reviews.open_items(1000)}
    assert {one.id for one in unsure} <= queued
    store.close()
    assert client.get("/v1/batches").json()["batches"][0]["id"]
    assert list((folder / "uploads").iterdir()) == []  # what was sent is gone


def test_results_are_filtered_sorted_and_paged(client: TestClient, done: dict) -> None:
    path = f"/v1/batches/{done['batch']['id']}/results"

    def rows(**view: object) -> list[dict]:
        return client.get(path, params=view).json()["rows"]

    everything = rows(most=200)
    label = everything[0]["label"]
    same = rows(label=label, most=200)
    assert [one["row"] for one in same] == [o["row"] for o in everything if o["label"] == label]
    assert {one["verdict"] for one in rows(verdict="accept")} == {"accept"}
    assert [one["row"] for one in rows(problems=True)] == [BROKEN]
    assert [one["id"] for one in rows(words="=1+1")] == ["=1+1"]
    falling = [one["probability"] for one in rows(sort="probability", descending=True, most=200)]
    assert falling[-1] is None
    assert falling[:-1] == sorted(falling[:-1], reverse=True)
    assert rows(start=10, most=5) == everything[10:15]
    told = client.get(path, params={"most": 1}).json()
    assert told["total"] == 40
    assert sum(told["labels"].values()) == 39


def test_every_download_says_the_same_and_runs_nothing(client: TestClient, done: dict) -> None:
    path = f"/v1/batches/{done['batch']['id']}/download"
    files = {kind: client.get(path, params={"format": kind}) for kind in
             ("csv", "jsonl", "parquet", "xlsx")}  # fmt: skip
    for kind, answer in files.items():
        assert answer.status_code == 200
        name = answer.headers["content-disposition"]
        assert name == f'attachment; filename="shop-predictions.{kind}"'
    of_json = [json.loads(line) for line in files["jsonl"].text.splitlines()]
    assert parquet.read_table(io.BytesIO(files["parquet"].content)).to_pylist() == of_json
    of_csv = list(csv.DictReader(io.StringIO(files["csv"].text)))
    of_xlsx = workbook_rows(io.BytesIO(files["xlsx"].content))
    assert list(of_csv[0]) == list(FIELDS)
    assert [int(row["row"]) for row in of_csv] == [row["row"] for row in of_json]
    assert [row["row"] for row in of_xlsx] == [row["row"] for row in of_json]
    assert [row.get("label", "") for row in of_xlsx] == [row["label"] for row in of_csv]
    assert [row["id"] for row in of_json if row["row"] == 8] == ["=1+1"]
    assert [row["id"] for row in of_csv if row["row"] == "8"] == ["'=1+1"]
    assert [row["id"] for row in of_xlsx if row["row"] == 8] == ["=1+1"]


def test_a_draft_waits_to_be_looked_at(client: TestClient, broken_table: Path) -> None:
    made = sent(client, broken_table, start="false")
    id = made["batch"]["id"]
    path = f"/v1/batches/{id}"
    assert made["batch"]["state"] == "draft"
    assert client.get(f"{path}/columns").json() == made
    assert client.post(f"{path}/resume").status_code == 409
    wrong = client.post(f"{path}/start", json={"columns": {"text": ["titel"]}})
    assert wrong.status_code == 422
    assert "Did you mean 'title'?" in wrong.json()["remedy"]
    told = client.post(f"{path}/start", json={"columns": {"text": ["title"]}, "keep_days": 0})
    assert told.status_code == 202
    roles = {one["name"]: one["role"] for one in told.json()["columns"]}
    assert (roles["title"], roles["description"]) == ("text", "")
    assert client.post(f"{path}/start", json={}).status_code == 409
    assert finished(client, id)["state"] == "finished"
    assert client.get(f"{path}/columns").status_code == 404
    row = client.get(f"{path}/results").json()["rows"][0]
    assert (row["title"], row["photo"]) == (None, None)  # nothing of it is kept
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.fixture
def still(folder: Path, toy_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A service whose worker never looks: what people ask is seen as it was asked."""
    monkeypatch.setattr(JobWorker, "start", lambda *_: None)
    with serving(service_settings(tmp_path / "still", toy_bundle)) as one:
        yield one


def test_a_batch_is_paused_resumed_and_cancelled(
    still: TestClient, broken_table: Path, tmp_path: Path
) -> None:
    id = sent(still, broken_table)["batch"]["id"]

    def ask(what: str) -> tuple[int, str]:
        answer = still.post(f"/v1/batches/{id}/{what}").json()
        return answer.get("state"), answer.get("code")

    states = [ask(what)[0] for what in ("pause", "resume", "pause")]
    assert states == ["paused", "waiting", "paused"]
    assert ask("cancel") == ("cancelled", None)
    assert list((tmp_path / "still" / "uploads").iterdir()) == []
    assert ask("resume") == (None, "conflict")
    store = Store.open(f"sqlite:///{tmp_path / 'still' / 'glasscase.db'}")
    told = [entry.what for entry in reversed(store.audit.entries(0, 9))]
    assert told == [f"batch.{what}" for what in ("send", "pause", "resume", "pause", "cancel")]
    store.close()


@pytest.mark.parametrize(
    ("status", "message", "request_"),
    [
        (415, "the request says no Content-Type", {}),
        (415, "the request is of type 'application/json'", {"json": {"file": "x"}}),
        (422, "there is no file", {"files": {"review": (None, "true")}}),
        (422, "the file is empty", {"files": {"file": ("a.csv", b"")}}),
        (422, "'a.pdf' is no table that can be read", {"files": {"file": ("a.pdf", b"%PDF")}}),
        (422, "there is no column 'nix'", {"data": {"text": "nix"}}),
        (422, "there is no field 'colour'", {"data": {"colour": "blue"}}),
        (422, "review: 'perhaps' is not true or false", {"data": {"review": "perhaps"}}),
        (422, "keep_days: it is above 3650",
         {"data": {"keep_days": "9999"}}),
        (422, "people can only review what is kept", {"data": {"review": "1", "keep_days": "0"}}),
        (413, "the request is larger than 3 MB", {"files": {"file": ("a.csv", bytes(3_100_000))}}),
        (413, "'a.csv' has more than 500 rows",
         {"files": {"file": ("a.csv", b"id,title\n" + b"1,a\n" * 501)}}),
    ],
)  # fmt: skip
def test_what_cannot_be_a_batch_is_refused_and_leaves_nothing(
    client: TestClient, folder: Path, status: int, message: str, request_: dict
) -> None:
    if "data" in request_ and "files" not in request_:
        request_ = {**request_, "files": {"file": ("a.csv", b"id,title\n1,mug\n")}}
    answer = client.post("/v1/batches", **request_)
    told = answer.json()
    assert (answer.status_code, told["message"]) == (status, message)
    assert told["remedy"]
    left = folder / "uploads"
    assert not left.exists() or list(left.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "path"),
    [
        (404, f"/v1/batches/{'0' * 32}"),
        (404, f"/v1/batches/{'0' * 32}/results"),
        (404, f"/v1/batches/{'0' * 32}/download"),
        (404, f"/v1/batches/{'0' * 32}/rows/1/photo"),
        (404, "/v1/batches/..%2f..%2fetc/results"),
        (422, f"/v1/batches/{'0' * 32}/rows/99999999999999999999/photo"),
        (422, f"/v1/batches/{'0' * 32}/results?sort=secret"),
        (422, f"/v1/batches/{'0' * 32}/download?format=exe"),
    ],
)
def test_what_is_not_there_is_said(client: TestClient, status: int, path: str) -> None:
    assert client.get(path).status_code == status
