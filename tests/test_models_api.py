"""`/v1/models`: loading, roles, forgetting, and bundles nobody should trust."""

from __future__ import annotations

import io
import json
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.live_bundles import MUG, service_of
from tests.serving import service_settings, serving

from glasscase.jobs.register_bundle import model_id
from glasscase.models import bundle as bundles
from glasscase.models.held_out_answers import HeldOutAnswers

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[TestClient]:
    """A service over the toy bundle."""
    folder = tmp_path_factory.mktemp("service")
    with serving(service_settings(folder / "data", toy_bundle)) as one:
        yield one


def zipped(folder: Path, inside: str = "") -> bytes:
    """The folder as a zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, inside + path.relative_to(folder).as_posix())
    return data.getvalue()


def send(client: TestClient, data: bytes, name: str = "") -> Any:
    files = {"bundle": ("new model.zip", data, "application/zip")}
    return client.post("/v1/models", files=files, data={"name": name} if name else {})


def left_behind(client: TestClient) -> list[str]:
    """What lies in the folder of bundles."""
    folder = service_of(client).settings.data_folder / "bundles"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_zip_is_loaded_activated_shadowed_and_forgotten(
    client: TestClient, toy_bundle: Path, doubting_bundle: Path
) -> None:
    first, id = model_id(toy_bundle), model_id(doubting_bundle)
    answer = send(client, zipped(doubting_bundle, "some-folder/"))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["id"], told["name"], told["roles"]) == (id, "new model", [])
    assert told["accuracy"]["low"] <= told["accuracy"]["value"] <= told["accuracy"]["high"]
    assert left_behind(client) == [id]
    assert client.post("/v1/predict", json=MUG).json()["model"] == first

    everyone = client.post(f"/v1/models/{id}/activate").json()
    assert (everyone["active"], everyone["problems"]) == (id, {})
    answer = client.post("/v1/predict", json=MUG).json()
    assert (answer["model"], answer["verdict"]) == (id, "abstain")
    refused = client.delete(f"/v1/models/{id}")
    assert refused.status_code == 409
    assert "is the active one" in refused.json()["message"]

    client.post(f"/v1/models/{first}/activate")
    roles = client.post("/v1/models/roles", json={"challenger": id, "challenger_share": 1}).json()
    assert (roles["active"], roles["challenger"], roles["challenger_share"]) == (first, id, 1)
    assert client.post("/v1/predict", json=MUG).json()["model"] == id
    roles = client.post("/v1/models/roles", json={"shadow": id, "challenger": ""}).json()
    assert (roles["shadow"], roles["challenger"], roles["challenger_share"]) == (id, None, 0)
    client.post("/v1/models/roles", json={"shadow": ""})
    assert client.delete(f"/v1/models/{id}").status_code == 204
    assert left_behind(client) == []
    assert client.get(f"/v1/models/{id}").status_code == 404
    log = service_of(client).store.audit.entries(0, 100)
    done = [entry.what for entry in log if entry.what.startswith("model.")]
    assert sorted(set(done)) == ["model.activate", "model.forget", "model.load", "model.roles"]


def test_the_card_and_the_list_say_what_was_trained(client: TestClient) -> None:
    (listed,) = client.get("/v1/models").json()["models"]
    assert listed["roles"] == ["active"]
    assert listed["loaded"] is True
    told = client.get(f"/v1/models/{listed['id']}").json()
    assert told["card"]["data"]["products"] == told["products"] == 120
    assert told["card"]["limits"]


def test_a_path_counts_only_in_the_folders_of_bundles(
    client: TestClient, doubting_bundle: Path
) -> None:
    service = service_of(client)
    folder = service.settings.data_folder / "bundles"
    shutil.copytree(doubting_bundle, folder / "by-hand")
    (folder / "way-out").symlink_to("/usr/share")
    try:
        answer = client.post("/v1/models", json={"path": "by-hand", "name": "by hand"})
        assert answer.status_code == 201, answer.text
        id = answer.json()["id"]
        assert client.delete(f"/v1/models/{id}").status_code == 204
        assert (folder / "by-hand").exists()  # what the service did not unpack is not its own
        beside = Path(service.settings.service.bundle)
        assert client.post("/v1/models", json={"path": str(beside)}).status_code == 201
        far = "../" * 40
        for path in ("/usr/share", far, f"by-hand/{far}", "way-out", "a\0b"):
            refused = client.post("/v1/models", json={"path": path})
            assert refused.status_code == 422, path
            assert refused.json()["message"] == (
                "the path is outside the folders that bundles are loaded from"
            )
        nothing = client.post("/v1/models", json={"path": "nothing"})
        assert nothing.status_code == 409
        assert nothing.json()["message"].startswith("there is no bundle at ")
    finally:
        (folder / "way-out").unlink()
        shutil.rmtree(folder / "by-hand")


def changed_byte(folder: Path) -> None:
    data = bytearray((folder / "head.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "head.safetensors").write_bytes(data)


def extra_file(folder: Path) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")


def missing_file(folder: Path) -> None:
    (folder / "words.json").unlink()


def foreign_settings(folder: Path) -> None:
    """Asks an address on the network, with a manifest that says it is right."""
    about = json.loads((folder / "bundle.json").read_text())
    about["settings"]["encoders"]["text"] = "api:steals-your-words"
    (folder / "bundle.json").write_text(json.dumps(about))
    signed_again(folder)


def no_classes(folder: Path) -> None:
    about = json.loads((folder / "bundle.json").read_text())
    about["classes"] = {"what": ["is", "this"]}
    (folder / "bundle.json").write_text(json.dumps(about))
    signed_again(folder)


def other_card(folder: Path) -> None:
    (folder / "card.json").write_text('{"candidates": "all of them", "data": [1]}')
    signed_again(folder)


def held_out_of_nothing(folder: Path) -> None:
    held_out = HeldOutAnswers.of(["a"], [0, 7], [[1.0], [1.0]])  # there is no class 7
    held_out.save(folder)
    signed_again(folder)


def no_json(folder: Path) -> None:
    (folder / "manifest.json").write_text("{" * 100_000)


def signed_again(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    bundles.write_manifest(folder)  # as somebody who means harm can too


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (changed_byte, "'head.safetensors' of the bundle in the zip was changed"),
        (extra_file, "the bundle in the zip holds 'run.sh', which is not in its manifest"),
        (missing_file, "the bundle in the zip lacks 'words.json'"),
        (foreign_settings, "the bundle asks a service on the network for vectors"),
        (no_classes, "cannot answer"),
        (other_card, "card.json is not laid out as a card"),
        (held_out_of_nothing, "about held-out products does not fit together"),
        (no_json, "'manifest.json' of the bundle cannot be read"),
    ],
)
def test_a_bundle_that_is_not_what_it_says_is_not_let_in(
    client: TestClient, doubting_bundle: Path, tmp_path: Path, change: Change, reason: str
) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(doubting_bundle, folder)
    change(folder)
    refused = send(client, zipped(folder))
    assert refused.status_code == 409, refused.text
    assert reason in refused.json()["message"]
    assert str(service_of(client).settings.data_folder) not in refused.text
    assert left_behind(client) == []
    assert len(client.get("/v1/models").json()["models"]) == 1


def test_a_network_that_was_replaced_is_not_let_in(
    client: TestClient, toy_bundle: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(toy_bundle, folder)
    for graph in folder.rglob("*.onnx"):
        graph.write_bytes(b"\x08\x07not a network at all")
    signed_again(folder)
    refused = send(client, zipped(folder))
    assert refused.status_code == 409, refused.text
    assert "graph.onnx' cannot be run" in refused.json()["message"]
    assert str(service_of(client).settings.data_folder) not in refused.text
    assert left_behind(client) == []


def traversal(archive: zipfile.ZipFile) -> None:
    archive.writestr("../../outside.json", "{}")


def absolute(archive: zipfile.ZipFile) -> None:
    archive.writestr("/tmp/outside.json", "{}")


def link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("card.json")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr("zeros", b"\0" * 30_000_000, zipfile.ZIP_DEFLATED)


def many(archive: zipfile.ZipFile) -> None:
    for number in range(2_001):
        archive.writestr(f"{number}.txt", "")


@pytest.mark.parametrize(
    ("fill", "reason"),
    [
        (traversal, "the zip holds '../../outside.json', which leaves its folder"),
        (absolute, "the zip holds '/tmp/outside.json', which leaves its folder"),
        (link, "the zip holds 'card.json', which is neither a file nor a folder"),
        (bomb, "the zip unpacks to over 20 MB"),
        (many, "the zip holds over 2,000 files"),
    ],
)
def test_a_zip_that_is_not_meant_well_is_not_let_in(
    tmp_path: Path, fill: Callable[[zipfile.ZipFile], None], reason: str
) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        fill(archive)
    settings = service_settings(tmp_path / "data", None, "limits.batch_unpacked_megabytes=20")
    with serving(settings) as client:
        refused = send(client, data.getvalue())
        assert refused.status_code == 422, refused.text
        assert refused.json()["message"] == reason
        assert refused.json()["field"] == "bundle"
        assert left_behind(client) == []
    assert not (tmp_path / "outside.json").exists()


@pytest.mark.parametrize(
    ("request_", "status", "field"),
    [
        ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "Content-Type"),
        ({"json": {}}, 422, "path"),
        ({"json": {"path": ""}}, 422, "path"),
        ({"json": {"path": "a", "where": "b"}}, 422, "where"),
        ({"content": b"[", "headers": {"Content-Type": "application/json"}}, 422, None),
        ({"files": {"other": ("a.zip", b"", "application/zip")}}, 422, "bundle"),
        ({"files": {"bundle": ("a.zip", b"no zip", "application/zip")}}, 422, "bundle"),
    ],
)
def test_what_is_no_bundle_is_refused(
    client: TestClient, request_: dict[str, Any], status: int, field: str | None
) -> None:
    refused = client.post("/v1/models", **request_)
    assert (refused.status_code, refused.json()["field"]) == (status, field), refused.text


def test_roles_that_make_no_sense_are_refused(client: TestClient, toy_bundle: Path) -> None:
    id = model_id(toy_bundle)
    itself = client.post("/v1/models/roles", json={"shadow": id})
    assert itself.status_code == 422
    assert itself.json()["message"] == "the active model cannot shadow or challenge itself"
    unknown = client.post("/v1/models/roles", json={"challenger": "0123456789ab"})
    assert unknown.status_code == 422
    assert unknown.json()["message"] == "there is no model '0123456789ab' to be challenger"
    late = client.post("/v1/models/roles", json={"shadow": "", "revision": 0})
    assert late.status_code == 409
    assert client.post("/v1/models/0123456789ab/activate").status_code == 404


def test_a_damaged_bundle_is_not_activated(
    tmp_path: Path, toy_bundle: Path, doubting_bundle: Path
) -> None:
    with serving(service_settings(tmp_path, toy_bundle)) as client:
        id = send(client, zipped(doubting_bundle)).json()["id"]
        (tmp_path / "bundles" / id / "card.json").write_text("{}")
        refused = client.post(f"/v1/models/{id}/activate")
        assert refused.status_code == 409
        assert "'card.json' of the bundle" in refused.json()["message"]
        assert client.get("/v1/models").json()["active"] == model_id(toy_bundle)
