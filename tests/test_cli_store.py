"""`glasscase keys`, `purge` and `verify-log`: what they say and how they end."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from glasscase.store.kept import KeptPhoto
from glasscase.store.store import Store
from store_rows import a_prediction


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'glasscase.db'}"


def test_keys_from_first_to_last(shell, url: str) -> None:
    code, out, _ = shell(
        "keys", "create", "shop", "--scope", "review", "--scope", "predict", "--database", url
    )
    said, secret = out.splitlines()
    id = secret.split("_")[1]
    assert code == 0
    assert said == f"Key {id} of 'shop' may predict, review. It is shown only now:"
    store = Store.open(url)
    assert store.keys.check(secret) is not None
    _, out, _ = shell("keys", "list", "--database", url)
    row = out.splitlines()[1]
    assert re.fullmatch(rf"{id} +shop +predict, review( +\d{{4}}-\d\d-\d\d \d\d:\d\d){{2}}", row)
    assert secret not in out
    code, out, _ = shell("keys", "revoke", id, "--database", url)
    assert (code, out) == (0, f"Key {id} of 'shop' opens nothing any more.\n")
    assert store.keys.check(secret) is None
    (listed,) = json.loads(shell("keys", "list", "--json", "--database", url)[1])
    assert listed["revoked_at"].endswith("+00:00")
    done = [(entry.what, entry.subject) for entry in store.audit.entries()]
    assert done == [("keys.revoke", id), ("keys.create", id)]
    assert store.audit.entries()[0].who.startswith("shell")
    store.close()


def test_keys_in_json_and_with_settings(shell, tmp_path: Path) -> None:
    config = tmp_path / "glasscase.toml"
    config.write_text(f"[service]\ndata_folder = {str(tmp_path / 'data')!r}\n")
    code, out, _ = shell("keys", "create", "me", "--config", config, "--json")
    key = json.loads(out)
    assert (code, key["scopes"]) == (0, ["predict"])
    assert key["secret"].startswith(f"gck_{key['id']}_")
    _, out, _ = shell("keys", "list", "--set", f"service.data_folder={tmp_path / 'data'}")
    assert key["id"] in out


def test_no_keys(shell, refused, url: str) -> None:
    Store.open(url).close()
    _, out, _ = shell("keys", "list", "--database", url)
    assert out == "There are no keys. Make one with `glasscase keys create NAME`.\n"
    assert refused("keys", "revoke", "abc", "--database", url) == (
        "there is no key 'abc'. See `glasscase keys list`.\n"
    )
    assert refused("keys", "create", "a", "--scope", "root", "--database", url) == (
        "there is no scope 'root'. Scopes are predict, review, admin.\n"
    )


@pytest.mark.parametrize(
    "verb", [["verify-log"], ["purge"], ["keys", "list"], ["keys", "revoke", "x"]]
)
def test_a_database_that_is_not_there_is_not_made(refused, tmp_path: Path, verb) -> None:
    assert refused(*verb, "--database", f"sqlite:///{tmp_path / 'typo.db'}") == (
        f"there is no database '{tmp_path / 'typo.db'}'. Check --database, or "
        "service.data_folder and service.database in --config.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_without_sqlalchemy_the_extra_is_named(refused, url: str, monkeypatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.delitem(sys.modules, "sqlalchemy")
    monkeypatch.setattr("glasscase.extras.import_module", missing)
    assert refused("verify-log", "--database", url) == (
        "'sqlalchemy' is not installed. Run: pip install 'glasscase[server]'\n"
    )


def test_a_log_whole_and_broken(shell, refused, url: str) -> None:
    store = Store.open(url)
    for number in range(3):
        store.audit.write("ann", "x", str(number))
    anchor = store.audit.verify().anchor
    whole = (0, f"The log is whole: 3 entries. Anchor: {anchor}\n", "")
    assert shell("verify-log", "--database", url) == whole
    assert shell("verify-log", "--anchor", anchor, "--database", url) == whole
    with store._database.write() as connection:
        connection.execute(text("UPDATE audit_log SET who = 'eve' WHERE number = 2"))
    store.close()
    assert shell("verify-log", "--database", url) == (
        3, "The log is broken at entry 2: it was changed.\n", "",
    )  # fmt: skip
    code, out, _ = shell("verify-log", "--json", "--database", url)
    told = json.loads(out)
    assert (code, told["whole"], told["broken"]) == (
        3,
        False,
        {"number": 2, "why": "it was changed"},
    )
    assert refused("verify-log", "--anchor", "abc", "--database", url) == (
        "--anchor 'abc' is no hash. It has 64 of the signs 0-9 and a-f.\n"
    )


@pytest.fixture
def overdue(url: str) -> Store:
    """One product and a card past their day, and one old answer."""
    store = Store.open(url)
    past, old = (datetime.now(UTC) - timedelta(days=days) for days in (1, 40))
    photo = KeptPhoto("a", "image/png", bytes(range(256)) * 9)
    words = {"title": "a jug with a long and quite peculiar name, 1.5 l"}
    store.kept.keep("p", texts=words, attributes={}, photos=[photo], until=past)
    store.cards.add(b"<p>", by="ann", until=past)
    store.predictions.add([a_prediction(made_at=old)])
    yield store
    store.close()


def test_a_purge_says_what_goes_and_proves_it(shell, url: str, overdue: Store) -> None:
    days = ("--set", "service.log_days=30", "--database", url)
    words = "1 photos, 1 texts of products, 1 shared cards, 1 answers"
    dry = shell("purge", "--dry-run", *days)
    assert dry == (0, f"Past their day: {words}. Nothing was removed.\n", "")
    code, out, _ = shell("purge", *days)
    removed, counted, looked = out.splitlines()
    assert (code, removed) == (0, f"Removed: {words}.")
    assert counted == "Counted again: nothing is left."
    assert re.fullmatch(
        r"Looked for [1-9]\d* pieces of them in the [\d,]+ bytes of glasscase\.db and "
        r"glasscase\.db-wal: none is there\.",
        looked,
    )
    assert overdue.kept.of("p") is None
    entry = overdue.audit.entries()[0]
    assert (entry.what, entry.detail["photos"]) == ("purge", 1)
    for more in ((), ("--dry-run",)):
        assert shell("purge", *more, *days)[:2] == (0, "Nothing is past its day.\n")
    assert len(overdue.audit.entries()) == 1


def test_a_purge_in_json(shell, url: str, overdue: Store) -> None:
    days = ("--set", "service.log_days=60", "--json", "--database", url)
    counts = {"photos": 1, "texts": 1, "predictions": 0, "cards": 1, "jobs": 0}
    assert json.loads(shell("purge", "--dry-run", *days)[1]) == {"overdue": counts}
    told = json.loads(shell("purge", *days)[1])
    assert (told["removed"], told["gone"]) == (counts, True)
    assert told["left"] == dict.fromkeys(counts, 0)
    assert told["search"]["found"] == 0


def test_a_purge_that_leaves_something_ends_with_3(shell, url, overdue, monkeypatch) -> None:
    monkeypatch.setattr("glasscase.store.retention.rewrite", lambda database: None)
    code, out, _ = shell("purge", "--database", url)
    assert code == 3
    assert re.search(r"glasscase\.db-wal: [1-9]\d* are still there\.\n$", out)
