"""Curves of a model, evaluations and comparisons by REST, and catalogues looked at as jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.live_bundles import MUG, service_of
from tests.serving import service_settings, serving

from glasscase.catalog.toy import ToyCatalogue
from glasscase.evaluation.model_curves import model_curves
from glasscase.evaluation.risk_control import cut_off
from glasscase.evaluation.shadow_agreement import ShadowAgreement
from glasscase.jobs.register_bundle import model_id, register_bundle
from glasscase.models.held_out_answers import HeldOutAnswers
from glasscase.store.reviews import NewReview
from glasscase.store.shadows import ShadowPair

pytestmark = pytest.mark.xdist_group("model-figures")  # what it makes once is dear


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path, doubting_bundle: Path
) -> Iterator[TestClient]:
    """A service over the toy bundle that knows a second one."""
    with serving(service_settings(tmp_path_factory.mktemp("service"), toy_bundle)) as one:
        register_bundle(service_of(one).store, doubting_bundle)
        yield one


def done(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    """The job when it is over."""
    pause = threading.Event()
    for _ in range(1200):
        told = client.get(f"/v1/jobs/{job['id']}").json()
        if told["state"] in ("finished", "failed", "cancelled"):
            return told
        pause.wait(0.05)
    raise AssertionError(told)


def file_of(client: TestClient, job: dict[str, Any], name: str) -> Any:
    answer = client.get(f"/v1/jobs/{job['id']}/files/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json() if name.endswith(".json") else answer


def uploads(client: TestClient) -> list[Path]:
    folder = service_of(client).settings.data_folder / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


def test_curves_count_what_they_say() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 2000)
    right = rng.uniform(size=2000) < sure
    targets = rng.integers(0, 3, 2000)
    probs = np.zeros((2000, 3))
    answer = np.where(right, targets, (targets + 1) % 3)
    probs[np.arange(2000), answer] = sure
    curves = model_curves(HeldOutAnswers.of(["a", "b", "c"], targets, probs))
    assert curves.accuracy["value"] == pytest.approx(right.mean())
    assert curves.calibration_error == pytest.approx(0, abs=0.05)  # 0.25 if it were not calibrated
    assert sum(map(sum, curves.matrix["cells"])) == 2000
    cells = np.array(curves.matrix["cells"])
    assert np.trace(cells) == right.sum()
    assert curves.coverage[-1]["coverage"] == 1
    assert curves.coverage[-1]["error"] == pytest.approx(1 - right.mean())
    accepted = [one["accepted"] for one in curves.promises]
    assert accepted == sorted(accepted)
    loosest = curves.promises[-1]
    assert loosest["cut_off"] == cut_off(
        sure.astype(np.float32).astype(float), ~right, max_error=0.2, doubt=0.05
    )
    assert 0 < loosest["observed_error"] <= 0.2
    assert curves.promises[0]["cut_off"] is None
    assert {one["label"] for one in curves.confusions} == {"a", "b", "c"}


def test_unknown_labels_and_products_without_an_answer_are_errors() -> None:
    held = HeldOutAnswers.of(
        ["a", "b", "x"], [0, 2, 1], [[0.9, 0.1], [0.8, 0.2], [0.5, 0.5]], usable=[True, True, False]
    )
    curves = model_curves(held)
    assert curves.matrix["answers"] == ["a", "b", "x", "(no answer)"]
    assert curves.matrix["cells"] == [[1, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    assert curves.confusions == [{"label": "x", "answer": "a", "products": 1, "share": 1.0}]


def test_the_curves_of_a_bundle_are_served(client: TestClient, toy_bundle: Path) -> None:
    id = model_id(toy_bundle)
    told = client.get(f"/v1/models/{id}/curves").json()
    listed = client.get(f"/v1/models/{id}").json()
    assert told["accuracy"]["value"] == pytest.approx(listed["accuracy"]["value"])
    assert told["products"] == 120
    assert [one["max_error"] for one in told["promises"]][0] == 0.005


def test_a_bundle_without_held_out_answers_says_what_to_do(
    client: TestClient, doubting_bundle: Path
) -> None:
    refused = client.get(f"/v1/models/{model_id(doubting_bundle)}/curves")
    assert refused.status_code == 404
    assert refused.json()["message"] == "this bundle keeps no held-out answers"
    assert "evaluate" in refused.json()["remedy"]


def test_a_model_is_evaluated_on_a_labelled_table(
    client: TestClient, doubting_bundle: Path, toy_shop: ToyCatalogue
) -> None:
    id = model_id(doubting_bundle)
    files = {"file": ("shop.csv", toy_shop.products.read_bytes(), "text/csv")}
    answer = client.post(f"/v1/models/{id}/evaluate", files=files)
    assert answer.status_code == 202, answer.text
    job = done(client, answer.json())
    assert job["state"] == "finished", job["message"]
    curves = file_of(client, job, "curves.json")
    assert curves["accuracy"] == job["result"]["accuracy"]
    assert curves["products"] > 100
    assert curves["trained_on"] > 0  # it was trained on these, which the page says
    assert curves["source"] == "shop.csv"
    assert uploads(client) == []


def test_two_models_are_compared_on_a_table(
    client: TestClient, toy_bundle: Path, doubting_bundle: Path, toy_shop: ToyCatalogue
) -> None:
    said = {"old": model_id(toy_bundle), "new": model_id(doubting_bundle)}
    files = {"file": ("shop.csv", toy_shop.products.read_bytes(), "text/csv")}
    job = done(client, client.post("/v1/models/compare", data=said, files=files).json())
    assert job["state"] == "finished", job["message"]
    told = file_of(client, job, "comparison.json")
    assert told["advice"] == job["result"]["sentence"]
    assert {"pair", "categories", "flips"} <= told["duel"].keys()
    page = file_of(client, job, "comparison.html")
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert client.get(f"/v1/jobs/{job['id']}/files/..%2f..%2fglasscase.db").status_code == 404


def test_shadow_and_model_are_compared_by_what_people_decided(
    client: TestClient, toy_bundle: Path, doubting_bundle: Path
) -> None:
    service = service_of(client)
    old, new = model_id(toy_bundle), model_id(doubting_bundle)
    client.post("/v1/models/roles", json={"shadow": new})
    ids = [client.post("/v1/predict", json=MUG).json()["prediction_id"] for _ in range(3)]
    service.shadowing.settle()
    service.store.reviews.add([NewReview(prediction_id=ids[0], priority=1.0, model=old)])
    (item,) = service.store.reviews.hold("somebody", most=1)
    service.store.reviews.decide(item.id, by="somebody", action="accept")
    job = done(client, client.post("/v1/models/compare", data={"old": old, "new": new}).json())
    assert job["state"] == "finished", job["message"]
    told = file_of(client, job, "comparison.json")
    assert (told["products"], told["decided"], told["model_right"]) == (3, 1, 1)
    assert told["shadow_accepted"] == 0
    traffic = client.get(f"/v1/models/{old}/traffic").json()
    assert (traffic["reviewed"], traffic["confirmed"]) == (1, 1)
    client.post("/v1/models/roles", json={"shadow": ""})


def pairs(only_model: int, only_shadow: int, both: int) -> list[ShadowPair]:
    kinds = [("a", "b", "a")] * only_model + [("a", "b", "b")] * only_shadow
    kinds += [("a", "a", "a")] * both
    return [
        ShadowPair(str(i), str(i), label, "review", shadow, "accept", decided)
        for i, (label, shadow, decided) in enumerate(kinds)
    ]


def test_who_is_better_is_said_only_where_it_is_no_chance() -> None:
    sure = ShadowAgreement.of(pairs(1, 12, 7))
    assert (sure.model_right, sure.shadow_right, sure.agreed) == (8, 19, 7)
    assert sure.p_value == pytest.approx(2 * 14 / 2**13)
    assert sure.sentence.endswith("the shadow is better (p = 0.0034).")
    assert "this may be chance (p = 0.69)" in ShadowAgreement.of(pairs(4, 2, 4)).sentence
    nobody = [ShadowPair("1", "1", "a", "accept", "a", "accept", None)]
    assert ShadowAgreement.of(nobody).sentence.endswith("so who is right is not known.")
    assert ShadowAgreement.of([]).sentence == "The shadow has answered nothing yet."


@pytest.mark.parametrize(
    ("path", "sent", "status", "reason"),
    [
        ("/v1/models/compare", {"json": {"old": "x"}}, 415, "the request is of type"),
        ("/v1/catalogues", {"files": {"other": ("a.csv", b"a")}}, 422, "there is no table"),
        ("/v1/catalogues", {"files": {"file": ("a.exe", b"MZ")}}, 422, "'a.exe' is no table that"),
        ("/v1/catalogues", {"files": {"file": ("a.csv", b"a,b\n1,2\n")},
                            "data": {"keep_days": "many"}}, 422, "'many' is no number of days"),
        ("/v1/catalogues", {"files": {"file": ("a.csv", b"a,b\n1,2\n")},
                            "data": {"colour": "red"}}, 422, "there is no field 'colour'"),
        ("/v1/models/0123456789ab/evaluate", {"files": {"file": ("a.csv", b"a")}}, 404,
         "there is no model '0123456789ab'"),
        ("/v1/jobs/0123/cancel", {}, 404, "there is no job '0123'"),
    ],
)  # fmt: skip
def test_what_cannot_be_begun_is_refused_and_leaves_nothing(
    client: TestClient, path: str, sent: dict[str, Any], status: int, reason: str
) -> None:
    refused = client.post(path, **sent)
    assert refused.status_code == status, refused.text
    assert refused.json()["message"].startswith(reason)
    assert uploads(client) == []


def test_a_model_is_not_compared_with_itself(client: TestClient, toy_bundle: Path) -> None:
    id = model_id(toy_bundle)
    refused = client.post("/v1/models/compare", data={"old": id, "new": id})
    assert refused.status_code == 422
    assert refused.json()["message"] == "a model cannot be compared with itself"


def test_a_table_that_cannot_be_used_fails_in_a_sentence(client: TestClient) -> None:
    files = {"file": ("broken.csv", b"a,b\n1,2\n", "text/csv")}
    id = client.get("/v1/models").json()["active"]
    job = done(client, client.post(f"/v1/models/{id}/evaluate", files=files).json())
    assert job["state"] == "failed"
    assert str(service_of(client).settings.data_folder) not in job["message"]
    assert "bug" not in job["message"]
    assert job["message"].count(". ") >= 1


@pytest.mark.parametrize("keep_days", [0, 3])
def test_a_catalogue_is_looked_at_and_keeps_pictures_only_if_asked(
    client: TestClient, toy_shop: ToyCatalogue, keep_days: int
) -> None:
    files = {"file": ("shop.csv", toy_shop.products.read_bytes(), "text/csv")}
    data = {"keep_days": str(keep_days), "effort": "quick"}
    job = done(client, client.post("/v1/catalogues", data=data, files=files).json())
    assert job["state"] == "finished", job["message"]
    look = file_of(client, job, "look.json")
    assert look["rows"] == 120
    assert look["audit"]["suspects"] == job["result"]["suspects"]
    assert look["audit"]["cases"][0]["reasons"]
    photos = next(kind for kind in look["problems"] if kind["kind"] == "photo")
    assert photos["problems"][0]["text"].startswith("photo")  # none were sent
    words = "comfortable"  # of many toy products
    folder = service_of(client).settings.data_folder / "jobs" / job["id"]
    if keep_days:
        assert set(job["files"]) == {"look.json", "pictures.json", "profile.html", "audit.html"}
        pictures = file_of(client, job, "pictures.json")
        assert pictures["case-0"]["words"]
        note = json.loads((folder / "kept_until.json").read_text())
        note["until"] = "2020-01-01T00:00:00+00:00"
        (folder / "kept_until.json").write_text(json.dumps(note))
        gone = client.get(f"/v1/jobs/{job['id']}/files/pictures.json")
        assert gone.status_code == 404
        assert gone.json()["message"] == "the job has no file 'pictures.json' (any more)"
    assert sorted(path.name for path in folder.iterdir()) == ["look.json"]
    assert words not in (folder / "look.json").read_text()
    assert job["id"] in {one["id"] for one in client.get("/v1/jobs?kind=catalogue").json()["jobs"]}
