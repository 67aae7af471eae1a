"""Models are swapped without a lost or a mixed answer, and every process follows the database."""

from __future__ import annotations

import gc
import itertools
import shutil
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.live_bundles import MUG, service_of
from tests.serving import service_settings, serving

from glasscase.errors import BadBundle
from glasscase.jobs.register_bundle import let_answer, model_id, register_bundle, serve_bundle
from glasscase.models.classifier import ProductClassifier
from glasscase.server.threads.live_models import LiveModel, LiveModels, bucket
from glasscase.server.threads.model_following import ModelFollowing
from glasscase.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'glasscase.db'}")
    yield opened
    opened.close()


def test_fifty_swaps_under_load_lose_and_mix_no_answer(
    tmp_path: Path, toy_bundle: Path, doubting_bundle: Path
) -> None:
    with serving(service_settings(tmp_path, toy_bundle)) as client:
        service = service_of(client)
        first = service.models.active
        other = register_bundle(service.store, doubting_bundle)
        alone = client.post("/v1/predict", json=MUG).json()
        said = {first.id: alone["verdict"], other.id: "abstain"}
        assert alone["verdict"] != "abstain"
        over = threading.Event()

        def ask() -> list[tuple[int, str, str]]:
            found = []
            while not over.is_set():
                answer = client.post("/v1/predict", json=MUG)
                told = answer.json()
                found.append((answer.status_code, told["model"], told["verdict"]))
            return found

        with ThreadPoolExecutor(8) as threads:
            asking = [threads.submit(ask) for _ in range(8)]
            cast = service.models.cast
            pair = (LiveModel.load(doubting_bundle), first)
            for live in itertools.islice(itertools.cycle(pair), 50):
                service.models.recast(replace(cast, active=live))
                assert client.get("/readyz").json()["model"] == live.id
            over.set()
            answers = [one for future in asking for one in future.result()]
    assert {status for status, _, _ in answers} == {200}
    assert {model for _, model, _ in answers} == set(said)
    assert all(verdict == said[model] for _, model, verdict in answers)


def test_a_model_that_was_swapped_out_is_freed_with_its_last_request(
    store: Store, toy_bundle: Path, doubting_bundle: Path
) -> None:
    models = LiveModels()
    following = ModelFollowing(store, models)
    serve_bundle(store, toy_bundle)
    following.follow()
    begun = models.choose("a request that is half done")
    old = weakref.ref(begun.live.model)
    serve_bundle(store, doubting_bundle)
    following.follow()
    gc.collect()
    assert old() is not None
    assert begun.live.id == model_id(toy_bundle)
    assert models.active.id == model_id(doubting_bundle)
    del begun
    gc.collect()
    assert old() is None


def test_the_share_of_a_challenger_is_kept_and_sticks_to_the_product(
    store: Store, toy_bundle: Path, doubting_bundle: Path
) -> None:
    active = register_bundle(store, toy_bundle)
    challenger = register_bundle(store, doubting_bundle)
    store.models.set_roles(
        active=active.id, shadow=active.id, challenger=challenger.id, challenger_share=0.25
    )
    models = LiveModels()
    ModelFollowing(store, models).follow()
    keys = [f"product-{number}" for number in range(2000)]
    chosen = [models.choose(key) for key in keys]
    share = sum(one.live.id == challenger.id for one in chosen) / len(keys)
    assert 0.2 < share < 0.3
    assert [models.choose(key).live.id for key in keys] == [one.live.id for one in chosen]
    # the same everywhere: a number written down here, not one this process made
    assert bucket("product-0") == pytest.approx(0.795926561288379)
    # a model is no shadow of itself
    assert all((one.shadow is None) == (one.live.id == active.id) for one in chosen)


def test_a_bundle_that_cannot_be_loaded_leaves_the_old_model_and_is_told(
    tmp_path: Path, toy_bundle: Path, doubting_bundle: Path
) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(doubting_bundle, copied)
    with serving(service_settings(tmp_path / "data", toy_bundle)) as client:
        service = service_of(client)
        old = service.models.active.id
        other = register_bundle(service.store, copied)
        (copied / "card.json").write_text("{}")
        service.store.models.set_roles(active=other.id, shadow=other.id)
        service.following.follow()
        told = client.get("/readyz")
        assert told.status_code == 200
        assert told.json()["model"] == old
        assert told.json()["problems"] == ["active", "shadow"]
        assert "card.json" not in told.text, (
            "where a bundle lies is nobody's business without a key"
        )
        assert "'card.json' of the bundle" in service.models.cast.problems["active"]
        assert client.post("/v1/predict", json=MUG).json()["model"] == old


def test_another_bundle_at_the_same_path_is_not_taken_for_the_old_one(
    store: Store, tmp_path: Path, toy_bundle: Path, doubting_bundle: Path
) -> None:
    place = tmp_path / "model"
    shutil.copytree(toy_bundle, place)
    row = serve_bundle(store, place)
    shutil.rmtree(place)
    shutil.copytree(doubting_bundle, place)
    models = LiveModels()
    ModelFollowing(store, models).follow()
    assert not models.ready
    expected = f"there is another bundle at {str(place)!r} now: {model_id(place)!r}, not {row.id!r}"
    assert models.cast.problems == {"active": expected}


def test_two_processes_follow_one_database(
    tmp_path: Path, toy_bundle: Path, doubting_bundle: Path
) -> None:
    url = f"service.database=sqlite:///{tmp_path / 'shared.db'}"
    first = service_settings(tmp_path / "one", toy_bundle, url)
    second = service_settings(tmp_path / "two", None, url)
    with serving(first) as one, serving(second) as two:
        assert two.get("/readyz").json()["model"] == model_id(toy_bundle)
        serve_bundle(service_of(one).store, doubting_bundle)
        wanted, pause = model_id(doubting_bundle), threading.Event()
        for client in (one, two):
            for _ in range(300):
                if client.get("/readyz").json()["model"] == wanted:
                    break
                pause.wait(0.05)
            assert client.get("/readyz").json()["model"] == wanted


def test_a_later_choice_is_not_undone_by_the_settings_but_by_the_command(
    tmp_path: Path, toy_bundle: Path, doubting_bundle: Path
) -> None:
    settings = service_settings(tmp_path, toy_bundle)
    with serving(settings) as client:
        assert service_of(client).models.active.id == model_id(toy_bundle)
        serve_bundle(service_of(client).store, doubting_bundle)
    with serving(settings) as client:
        assert service_of(client).models.active.id == model_id(doubting_bundle)
    let_answer(settings.database_url, toy_bundle)
    with serving(settings) as client:
        assert service_of(client).models.active.id == model_id(toy_bundle)


def test_a_bundle_the_database_has_never_seen_answers_at_once(
    tmp_path: Path, toy_bundle: Path, doubting_bundle: Path
) -> None:
    with serving(service_settings(tmp_path, toy_bundle)):
        pass
    with serving(service_settings(tmp_path, doubting_bundle)) as client:
        assert service_of(client).models.active.id == model_id(doubting_bundle)


def test_a_shadow_answers_afterwards_and_stands_beside(
    tmp_path: Path, toy_bundle: Path, doubting_bundle: Path
) -> None:
    with serving(service_settings(tmp_path, toy_bundle)) as client:
        service = service_of(client)
        shadow = register_bundle(service.store, doubting_bundle)
        active = service.models.active.id
        service.store.models.set_roles(active=active, shadow=shadow.id)
        service.following.follow()
        told = client.post("/v1/predict", json=MUG).json()
        assert told["model"] == active
        service.shadowing.settle()
        stored = service.store.predictions.get(told["prediction_id"])
        assert stored is not None
        assert stored.shadow is not None
        assert (stored.shadow["model"], stored.shadow["verdict"]) == (shadow.id, "abstain")
        (pair,) = service.store.shadows.pairs(active, shadow.id)
        assert (pair.label, pair.shadow_label, pair.decided) == (told["label"],) * 2 + (None,)
        assert service.store.shadows.pairs(shadow.id, active) == []


def test_a_bundle_that_loads_but_cannot_answer_is_refused(
    toy_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(ProductClassifier, "predictions", broken)
    with pytest.raises(BadBundle, match=r"cannot answer \(RuntimeError\)\. Train it again"):
        LiveModel.load(toy_bundle)
