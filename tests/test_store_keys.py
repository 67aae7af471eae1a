"""Keys and models of the service."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from glasscase.errors import BadSetting, Conflict
from glasscase.store.models import ModelRow, Roles
from glasscase.store.store import Store
from store_rows import START, Clock, in_threads


def test_a_key_opens_until_it_is_revoked(store: Store) -> None:
    key, secret = store.keys.create(" shop ", ["review", "predict"])
    assert re.fullmatch(rf"gck_{key.id}_[\w-]{{43}}", secret)
    assert (key.name, key.scopes) == ("shop", ("predict", "review"))
    found = store.keys.check(secret)
    assert found is not None
    assert (found.id, found.scopes, found.made_at) == (key.id, key.scopes, key.made_at)
    revoked = store.keys.revoke(key.id)
    assert revoked is not None
    assert revoked.revoked_at is not None
    assert store.keys.check(secret) is None
    again = store.keys.revoke(key.id)
    assert again == revoked, "the first time stays"
    assert store.keys.list() == (revoked,)
    assert store.keys.revoke("nothing") is None


def test_the_secret_is_nowhere_in_the_database(store: Store) -> None:
    _, secret = store.keys.create("shop", ["admin"])
    with store._database.read() as connection:
        stored = str(connection.execute(text("SELECT * FROM keys")).all())
    assert secret.rpartition("_")[2] not in stored
    assert secret not in stored


def test_a_wrong_secret_opens_nothing(store: Store) -> None:
    key, secret = store.keys.create("shop", ["predict"])
    _, other = store.keys.create("other", ["predict"])
    body = other.removeprefix("gck_").partition("_")[2]
    flipped = secret[:-2] + ("A" if secret[-2] != "A" else "B") + secret[-1]
    for wrong in (
        "", "gck_", f"gck_{key.id}_", f"gck_{key.id}_{body}", flipped, secret + " ", secret[:-1],
        secret.upper(), f"gck_{'0' * 12}_{body}", "gck_" + "é" * 56, secret + "\n", "x" * 10_000,
    ):  # fmt: skip
        assert store.keys.check(wrong) is None, wrong
    assert store.keys.check(secret) is not None


@pytest.mark.parametrize(
    ("name", "scopes", "message"),
    [
        ("a", ["root"], "there is no scope 'root'. Scopes are predict, review, admin."),
        ("a", [], "a key needs a scope. Scopes are predict, review, admin."),
        (" ", ["admin"], "a key needs a name. Say who or what will use it."),
    ],
)
def test_a_key_that_cannot_be(tmp_path, name, scopes, message) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'glasscase.db'}")
    with pytest.raises(BadSetting) as told:
        store.keys.create(name, scopes)
    assert str(told.value) == message
    store.close()


def test_the_use_of_a_key_is_noted_once_an_hour(database_url: str) -> None:
    clock = Clock()
    store = Store.open(database_url, clock=clock)
    _, secret = store.keys.create("shop", ["predict"])
    for minutes, noted in ((0, 0), (59, 0), (1, 60), (30, 60)):
        clock.go(minutes=minutes)
        store.keys.check(secret)
        (key,) = store.keys.list()
        assert key.used_at is not None
        assert (key.used_at - START).total_seconds() == noted * 60
    store.close()


def test_models_and_who_answers(store: Store) -> None:
    nobody = Roles(None, None, None, 0.0, 0)
    assert store.models.roles() == nobody
    for id in ("old", "new"):
        store.models.add(ModelRow(id, f"the {id} one", f"/bundles/{id}", {"classes": 3}))
    store.models.add(ModelRow("old", "renamed", "/moved", {"classes": 4}))
    assert {model.id: model.name for model in store.models.list()} == {
        "old": "renamed", "new": "the new one",
    }  # fmt: skip
    assert store.models.get("old").card == {"classes": 4}
    assert store.models.get("nothing") is None
    first = store.models.set_roles(active="old", shadow="new")
    assert first == store.models.roles() == Roles("old", "new", None, 0.0, 1)
    second = store.models.set_roles(
        active="new", challenger="old", challenger_share=0.1, revision=1
    )
    assert second == store.models.roles() == Roles("new", None, "old", 0.1, 2)


def test_roles_that_cannot_be(store: Store) -> None:
    store.models.add(ModelRow("m", "m", "/m", {}))
    store.models.set_roles(active="m")
    with pytest.raises(BadSetting, match="there is no model 'x' to be shadow. Add it first."):
        store.models.set_roles(active="m", shadow="x")
    with pytest.raises(BadSetting, match="the share 1.5 is not one. Use 0 to 1."):
        store.models.set_roles(active="m", challenger_share=1.5)
    with pytest.raises(Conflict, match="someone else has just changed the models. Look again."):
        store.models.set_roles(active=None, revision=0)
    with pytest.raises(Conflict, match="model 'm' is the active one. Give that to another first."):
        store.models.remove("m")
    assert store.models.roles().revision == 1
    store.models.set_roles(active=None)
    store.models.remove("m")
    store.models.remove("m")
    assert store.models.list() == ()


def test_of_two_who_change_the_models_at_once_one_is_told(store: Store) -> None:
    for id in ("a", "b"):
        store.models.add(ModelRow(id, id, "/m", {}))
    told: list[str] = []

    def change(id: str) -> None:
        try:
            store.models.set_roles(active=id, revision=0)
        except Conflict:
            told.append(id)

    in_threads(*(lambda id=id: change(id) for id in ("a", "b")))
    (late,) = told
    assert store.models.roles() == Roles("b" if late == "a" else "a", None, None, 0.0, 1)
