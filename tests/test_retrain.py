"""What reviewers decide is learnt: with the old table and without, and judged fairly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.reviewing import asked_about

from conftest import Refused, Shell
from glasscase.catalog.catalog import Catalog
from glasscase.errors import BadSetting, CannotTrain
from glasscase.jobs.decisions.before_after import changed, cross_fitted
from glasscase.jobs.decisions.reviewed_products import Reviewed, reviewed_products, write_reviewed
from glasscase.jobs.register_bundle import model_id
from glasscase.jobs.retrain import retrain
from glasscase.jobs.retrain_page import save_report
from glasscase.jobs.table_source import TableSource
from glasscase.models.card_text import card_text
from glasscase.models.classifier import ProductClassifier
from glasscase.models.refitting import Refitting
from glasscase.store.review_items import NewReview
from glasscase.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'reviews.db'}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def unseen(unseen_shop) -> Catalog:
    return Catalog.read(unseen_shop.products, photos=unseen_shop.images)


def decide(store: Store, products, model: ProductClassifier, labels, by: str = "ann") -> list[str]:
    """Have `by` decide that `products` are of `labels`."""
    ids = asked_about(store, products, model.predictions(products))
    store.reviews.add([NewReview(prediction_id=id, priority=0.0) for id in ids])
    wanted = dict(zip(ids, labels, strict=True))
    for item in store.reviews.hold(by, most=len(ids)):
        label = wanted[item.prediction_id]
        store.reviews.decide(item.id, by=by, action="choose", label=label, seconds=1)
    return ids


def taught(unseen: Catalog, model: ProductClassifier, store: Store, many: int = 16) -> list:
    """Decisions that file mugs under bottles: a rule the old model does not know."""
    mugs = [one for one in unseen.products if one.label and one.label.endswith("Mugs")][:many]
    bottles = next(str(name) for name in model.classes_ if str(name).endswith("Bottles"))
    decide(store, [replace(one, id=f"new-{one.id}") for one in mugs], model, [bottles] * len(mugs))
    return mugs


def test_without_the_table_the_decisions_are_learnt(
    store: Store, unseen: Catalog, toy_model: ProductClassifier, tmp_path: Path
) -> None:
    mugs = taught(unseen, toy_model, store)
    found = retrain(toy_model, reviewed_products(store, toy_model.settings))
    assert (found.on_reviewed.products, found.on_reviewed.before) == (len(mugs), 0)
    assert found.on_reviewed.after >= len(mugs) // 2
    assert found.on_old.products == len(toy_model.training.labels)
    assert found.notes[-1] == (
        "Without the old table, what counts single words stayed as it was (words); fitted anew: "
        "image, sentence."
    )
    again = ProductClassifier.load(found.model.save(tmp_path / "new"))
    assert (again.predict(mugs) == toy_model.predict(mugs)).mean() < 0.5
    assert (again.predict(mugs) == found.model.predict(mugs)).all()
    assert "figures below are of the model before that" in card_text(again.card)
    assert "before that" not in card_text(toy_model.card)
    assert len(again.training.labels) == len(toy_model.training.labels) + len(mugs)
    assert again.predictions(mugs[:1])[0].label is not None
    assert (toy_model.predict(mugs) == [one.label for one in mugs]).mean() > 0.5  # left as it was


def test_with_the_table_everything_is_learnt_anew(
    store: Store, unseen: Catalog, toy_model: ProductClassifier, toy_shop, tmp_path: Path
) -> None:
    mugs = taught(unseen, toy_model, store)
    source = TableSource(toy_shop.products, photos=toy_shop.images)
    found = retrain(toy_model, reviewed_products(store, toy_model.settings), table=source)
    assert (found.on_reviewed.products, found.on_reviewed.before) == (len(mugs), 0)
    assert found.on_reviewed.after >= len(mugs) // 2
    assert found.on_reviewed.pair.verdict == "real"
    assert len(found.model.training.labels) == len(toy_model.training.labels) + len(mugs)
    save_report(found, tmp_path / "report.html")
    save_report(found, tmp_path / "report.json")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert found.advice in page
    assert f"{len(mugs)} decisions of reviewers" in page
    assert json.loads((tmp_path / "report.json").read_text())["advice"] == found.advice


@pytest.mark.parametrize("with_table", [True, False])
def test_an_old_label_that_reviewers_contradict_is_corrected_and_not_judged(
    store: Store, toy_model: ProductClassifier, toy_catalog, toy_shop, with_table: bool
) -> None:
    products = toy_catalog.products[:4]
    other = str(toy_model.classes_[0])
    labels = [other if one.label != other else str(toy_model.classes_[1]) for one in products]
    decide(store, products, toy_model, labels)
    source = TableSource(toy_shop.products, photos=toy_shop.images) if with_table else None
    found = retrain(toy_model, reviewed_products(store, toy_model.settings), table=source)
    assert found.relabelled == 4
    index = dict(zip(found.model.training.ids, found.model.training.labels, strict=True))
    assert [index[one.id] for one in products] == labels
    assert found.on_reviewed.products == 0
    assert found.on_reviewed.sentence == (
        "On decisions it did not learn from: there are too few to judge by."
    )
    assert found.advice.startswith("Too little was decided to tell which model is better.")


@pytest.mark.parametrize("with_table", [True, False])
def test_another_product_of_the_same_id_relabels_nothing(
    store: Store, unseen: Catalog, toy_model: ProductClassifier, toy_shop, with_table: bool
) -> None:
    known = set(toy_model.training.ids)
    others = [one for one in unseen.products if one.id in known][:3]
    labels = [str(name) for name in toy_model.classes_[:3]]
    decide(store, others, toy_model, labels)
    source = TableSource(toy_shop.products, photos=toy_shop.images) if with_table else None
    found = retrain(toy_model, reviewed_products(store, toy_model.settings), table=source)
    assert len(others) == 3
    assert found.relabelled == 0
    assert len(found.model.training.labels) == len(toy_model.training.labels) + 3


def test_nobody_is_asked_about_what_they_learnt_or_a_near_duplicate_of_it() -> None:
    groups = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7, 7])
    reviewed = np.arange(10) >= 5
    asked_of_both: list[int] = []

    class Witness:
        def right(self, learnt: np.ndarray, asked: np.ndarray) -> np.ndarray:
            assert not np.isin(groups[asked], groups[learnt]).any()
            asked_of_both.extend(asked.tolist())
            return np.full(len(asked), bool((learnt & reviewed).any()))

    without, with_ = cross_fitted(Witness(), list("abababcbab"), groups, reviewed, seed=0)
    assert sorted(asked_of_both) == sorted([*range(10), *range(10)])
    assert with_.all()
    assert not without.any()


def test_few_differences_are_said_to_be_too_few() -> None:
    right = np.array([True] * 3 + [False] * 5)
    found = changed("On decisions", right, np.ones(8, bool), groups=np.arange(8))
    assert found.sentence == (
        "On decisions: 3 of 8 right before, 8 now (5 won, 0 lost). Too few to tell: the two differ "
        "on 5 products, and it takes 6."
    )
    right = np.array([True] * 20 + [False] * 12)
    found = changed("On decisions", right, np.ones(32, bool), groups=np.arange(32))
    assert not found.too_few
    assert "12 won, 0 lost): a real gain of 37.5 points" in found.sentence
    copies = changed("On decisions", right, np.ones(32, bool), groups=np.zeros(32, np.intp))
    assert copies.pair.p_bootstrap >= found.pair.p_bootstrap


def test_decisions_become_a_table_that_trains(
    store: Store, unseen: Catalog, toy_model: ProductClassifier, tmp_path: Path
) -> None:
    mugs = taught(unseen, toy_model, store, many=3)
    reviewed = reviewed_products(store, toy_model.settings)
    odd = replace(
        reviewed.products[0],
        texts={"title": "=HYPERLINK(1)", "category": "a column of the shop's"},
        photos=reviewed.products[0].photos + reviewed.products[1].photos,
    )
    reviewed = replace(reviewed, products=(odd, *reviewed.products[1:]))
    table = write_reviewed(reviewed, tmp_path / "training")
    assert "'=HYPERLINK(1)" in table.read_text(encoding="utf-8")
    found = Catalog.read(table, photos=tmp_path / "training" / "photos")
    assert [one.label for one in found] == [one.label for one in reviewed.products]
    assert {one.id for one in found} == {f"new-{one.id}" for one in mugs}
    assert [len(one.photos) for one in found] == [2, 1, 1]
    assert found.problems == []


def test_the_last_decision_about_a_product_counts_and_lost_ones_are_told(
    store: Store, unseen: Catalog, toy_model: ProductClassifier
) -> None:
    first, second, third = (str(name) for name in toy_model.classes_[:3])
    one, other, lost = unseen.products[:3]
    decide(store, [one], toy_model, [first])
    decide(store, [one, other], toy_model, [second, third])
    (id,) = decide(store, [lost], toy_model, [first])
    store.kept.keep(
        id, texts={}, attributes={}, photos=[], until=datetime.now(UTC) - timedelta(days=1)
    )
    found = reviewed_products(store, toy_model.settings)
    assert {p.id: p.label for p in found.products} == {one.id: second, other.id: third}
    assert [fix.product_id for fix in found.gone] == [lost.id]
    notes = retrain(toy_model, found).notes
    assert notes[0] == ("1 decision could not be learnt from: photos and texts are no longer kept.")


def test_what_cannot_be_retrained_is_refused(store: Store, toy_model: ProductClassifier) -> None:
    with pytest.raises(CannotTrain, match="nothing was reviewed yet. Decide some products"):
        reviewed_products(store, toy_model.settings)
    with pytest.raises(CannotTrain, match="0 decisions that can be learnt from are too few"):
        retrain(toy_model, Reviewed((), ()))
    words = toy_model.training.features.only([])
    with pytest.raises(BadSetting, match="goes by single words, which a bundle does not keep"):
        Refitting.of(toy_model.head, words)


# -- by the shell


def test_the_shell_retrains_from_the_database_of_the_service(
    store: Store, unseen: Catalog, toy_model: ProductClassifier, toy_bundle: Path,
    tmp_path: Path, shell: Shell,
) -> None:  # fmt: skip
    taught(unseen, toy_model, store, many=4)
    new, report = tmp_path / "new", tmp_path / "report.html"
    code, out, err = shell(
        "retrain", toy_bundle, "--out", new, "--report", report, "--database", store_url(tmp_path),
        "--training-file", tmp_path / "training", "--activate", "--quiet",
    )  # fmt: skip
    assert code == 0, err
    assert out.startswith("Too little was decided") or out.startswith("The two models")
    assert "It answers from now on." in out
    assert report.is_file()
    assert (tmp_path / "training" / "corrections.csv").is_file()
    assert store.models.roles().active == model_id(new)
    assert store.audit.entries(0, 9)[-1].what == "model.retrain"


@pytest.mark.parametrize(
    ("message", "more"),
    [
        ("nothing was reviewed yet. Decide some products on the page Review.", []),
        ("a report cannot be written as 'x.pdf'. Say .html or .json.", ["--report", "x.pdf"]),
    ],
)
def test_the_shell_says_what_is_missing(
    store: Store, toy_bundle: Path, tmp_path: Path, refused: Refused, message: str, more: list
) -> None:
    said = refused(
        "retrain", toy_bundle, "--out", tmp_path / "new", "--database", store_url(tmp_path), *more
    )
    assert said == message + "\n"
    assert not (tmp_path / "new").exists()


def store_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'reviews.db'}"
