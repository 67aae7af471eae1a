"""A person gets the table back with the labels that were decided, and nothing else changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving import service_settings, serving

TABLE = 'id;title;category\r\n1;"Blue mug; big";Pans\r\n2;Iron pan;Pans\r\n3;Tea mug;Mugs\r\n'
WORKLIST = (
    "score,row,id,label,suggested,probability,reasons,words,decision\n"
    "0.9,2,1,Pans,Mugs,0.9,,,accept\n0.5,3,2,Pans,Mugs,0.5,,,keep\n"
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service without a model: correcting needs none."""
    with serving(service_settings(tmp_path_factory.mktemp("service"))) as one:
        yield one


def send(client: TestClient, table: str = TABLE, worklist: str = WORKLIST, name: str = "shop.csv"):
    files = {"file": (name, table.encode()), "corrections": ("corrections.csv", worklist.encode())}
    return client.post("/v1/catalogues/corrected", files=files)


def uploads(client: TestClient) -> list[Path]:
    folder = client.app.state.service.settings.data_folder / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


def test_only_the_accepted_label_changes(client: TestClient) -> None:
    answer = send(client)
    assert answer.status_code == 200, answer.text
    assert answer.content.decode() == TABLE.replace('big";Pans', 'big";Mugs')
    told = json.loads(answer.headers["X-Glasscase-Corrected"])
    assert (told["changed"], told["kept"], told["not_applied"]) == (1, 1, 0)
    assert "shop-corrected.csv" in answer.headers["Content-Disposition"]
    assert uploads(client) == [], "nothing of it is kept"


def test_what_does_not_fit_is_told_in_the_header(client: TestClient) -> None:
    stranger = WORKLIST + "0.4,4,99,Pans,Mugs,0.5,,,accept\n"
    told = json.loads(send(client, worklist=stranger).headers["X-Glasscase-Corrected"])
    assert (told["changed"], told["not_applied"]) == (1, 1)
    assert "99" in told["problems"][0]


@pytest.mark.parametrize(
    ("status", "reason", "sent"),
    [
        (415, "'shop.zip' is not a table of the kind that can be corrected", {"name": "shop.zip"}),
        (422, "'corrections.csv' is not of catalogue 'table.csv'",
         {"table": "id,title,category\n8,Cap,Hats\n9,Hat,Caps\n"}),
        (422, "", {"table": "\x00\x01"}),
        (422, "", {"worklist": "nothing,to,see\n1,2,3\n"}),
    ],
)  # fmt: skip
def test_other_files_are_refused_without_a_trace(
    client: TestClient, status: int, reason: str, sent: dict[str, str]
) -> None:
    answer = send(client, **sent)
    told = answer.json()
    assert answer.status_code == status, told
    assert told["message"].startswith(reason)
    assert str(client.app.state.service.settings.data_folder) not in answer.text
    assert uploads(client) == []


def test_both_files_are_needed(client: TestClient) -> None:
    answer = client.post("/v1/catalogues/corrected", files={"file": ("a.csv", b"id\n1\n")})
    assert (answer.status_code, answer.json()["field"]) == (422, "corrections")
