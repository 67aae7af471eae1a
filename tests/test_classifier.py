"""The classifier speaks scikit-learn's words, says what it lacks, and abstains with nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.toy import toy_products
from glasscase.errors import BadProduct, BadSetting, CannotTrain, NotFitted
from glasscase.models.classifier import ProductClassifier
from glasscase.models.deciding import NOTHING, Concern, Judgement, decide, decision
from glasscase.models.features import Features
from glasscase.models.tree_probabilities import ClassTree
from glasscase.settings import DecisionSettings, Settings


def written(*pairs: tuple[str, str]) -> list[Product]:
    """Products of (text, category)."""
    return [
        Product(id=str(i), texts={"title": text}, category=(category,))
        for i, (text, category) in enumerate(pairs)
    ]


MUGS_AND_LAMPS = written(
    *((f"blue ceramic mug number {i}", "Mugs") for i in range(8)),
    *((f"bright reading lamp number {i}", "Lamps") for i in range(8)),
)


@pytest.fixture(scope="module")
def words() -> ProductClassifier:
    """A model that reads words only: no encoder is run."""
    return ProductClassifier("words").fit(MUGS_AND_LAMPS)


# scikit-learn's words


def test_it_has_scikit_learns_words(words: ProductClassifier) -> None:
    assert words.classes_.tolist() == ["Lamps", "Mugs"]
    asked = written(("a lamp", "?"), ("a mug", "?"), ("mug and lamp", "?"))
    probs = words.predict_proba(asked)
    assert probs.shape == (3, 2)
    assert probs.sum(axis=1) == pytest.approx(np.ones(3))
    assert words.predict(asked).tolist() == words.classes_[probs.argmax(axis=1)].tolist()
    assert words.predict(asked)[:2].tolist() == ["Lamps", "Mugs"]


def test_parameters_make_an_equal_classifier() -> None:
    settings = Settings.read(overrides=["train.seed=3"])
    model = ProductClassifier("words", settings=settings)
    params = model.get_params()
    assert params == {"head": "words", "settings": settings}
    again = ProductClassifier(**params).fit(MUGS_AND_LAMPS)
    assert np.array_equal(
        again.predict_proba(MUGS_AND_LAMPS),
        model.fit(MUGS_AND_LAMPS).predict_proba(MUGS_AND_LAMPS),
    )


def test_fit_gives_itself_and_ignores_products_without_a_category() -> None:
    model = ProductClassifier("words")
    unlabelled = [Product(id="u", texts={"title": "a mystery"})]
    assert model.fit([*MUGS_AND_LAMPS, *unlabelled]) is model
    assert model.training.ids == tuple(product.id for product in MUGS_AND_LAMPS)


def test_nothing_asked_nothing_answered(words: ProductClassifier) -> None:
    assert words.predict([]).shape == (0,)
    assert words.predict_proba([]).shape == (0, 2)
    assert words.predictions([]) == []


def test_a_catalogue_and_a_list_of_its_products_are_the_same(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    some = toy_catalog.take(range(5))
    assert np.array_equal(toy_model.predict_proba(some), toy_model.predict_proba(some.products))


def test_predictions_and_probabilities_are_one_thing(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    some = toy_catalog.products[:12]
    probs = toy_model.predict_proba(some)
    for one, row, product in zip(toy_model.predictions(some), probs, some, strict=True):
        assert (one.id, one.row) == (product.id, product.row)
        assert one.probability == row.max()
        assert one.label == toy_model.classes_[row.argmax()]
        assert [p for _, p in one.top_k] == sorted(row, reverse=True)[:3]
        assert one.text_share + one.image_share == pytest.approx(1)


def test_the_order_and_the_company_change_nothing(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    some = list(toy_catalog.products[:6])
    together = toy_model.predict_proba(some)
    np.testing.assert_allclose(toy_model.predict_proba(some[::-1])[::-1], together, atol=1e-4)
    np.testing.assert_allclose(toy_model.predict_proba(some[2:3]), together[2:3], atol=1e-4)


def test_more_products_than_are_encoded_at_once(words: ProductClassifier) -> None:
    many = MUGS_AND_LAMPS * 70
    assert len(many) > 2 * 512
    assert np.array_equal(
        words.predict_proba(many), np.tile(words.predict_proba(MUGS_AND_LAMPS), (70, 1))
    )


# What it says when it cannot


ASKED = {
    "predict": lambda model: model.predict(MUGS_AND_LAMPS),
    "predict_proba": lambda model: model.predict_proba(MUGS_AND_LAMPS),
    "predictions": lambda model: model.predictions(MUGS_AND_LAMPS),
    "classes_": lambda model: model.classes_,
    "encode": lambda model: model.encode(MUGS_AND_LAMPS),
    "save": lambda model: model.save("never-written"),
    "with_settings": lambda model: model.with_settings(Settings()),
}


@pytest.mark.parametrize("asked", ASKED)
def test_before_training_it_says_so(asked: str, tmp_path: Path) -> None:
    with pytest.raises(NotFitted) as caught:
        ASKED[asked](ProductClassifier())
    assert str(caught.value) == "the model is not trained yet. Call fit(...) or load(...) first."
    assert not Path("never-written").exists()


def test_no_product_has_a_category() -> None:
    with pytest.raises(CannotTrain) as caught:
        ProductClassifier("words").fit([Product(id="1", texts={"title": "mug"})])
    assert str(caught.value) == "no product has a category. Name the column with --label."


def test_all_products_are_in_one_category() -> None:
    with pytest.raises(CannotTrain) as caught:
        ProductClassifier("words").fit(MUGS_AND_LAMPS[:8])
    assert str(caught.value) == (
        "all products are in one category, 'Mugs'. "
        "Add products of another category, or go one --level deeper."
    )


@pytest.mark.parametrize("head", ["words", "late"])
def test_neither_words_nor_photos(head: str) -> None:
    empty = [Product(id=str(i), category=(str(i % 2),)) for i in range(4)]
    with pytest.raises(CannotTrain) as caught:
        ProductClassifier(head).fit(empty)
    assert str(caught.value) == (
        "no product has words or a usable photo. "
        "Name the text columns with --text or the photo folder with --photos."
    )


def test_a_head_nobody_knows() -> None:
    with pytest.raises(BadSetting, match="there is no head 'oracle'"):
        ProductClassifier("oracle").fit(MUGS_AND_LAMPS)


@pytest.mark.parametrize("head", ["image", "image-linear", "photo"])
def test_a_head_that_reads_photos_alone_finds_nothing_where_there_are_none(head: str) -> None:
    with pytest.raises(CannotTrain, match="no product has words or a usable photo"):
        ProductClassifier(head).fit(MUGS_AND_LAMPS)


@pytest.mark.parametrize(
    ("head", "blocks"),
    [
        ("kernel", "sentence, image"),
        ("linear", "sentence, image"),
        ("concat", "image, sentence"),
    ],
)
def test_a_head_that_reads_both_is_refused_where_there_are_no_photos(
    head: str, blocks: str
) -> None:
    with pytest.raises(CannotTrain) as caught:
        ProductClassifier(head).fit(MUGS_AND_LAMPS)
    assert str(caught.value) == (
        f"no product has all that the head {head!r} reads: {blocks}. "
        "Choose the head 'late', which makes do with what there is."
    )


def test_products_a_head_cannot_read_are_not_learnt_from(words: ProductClassifier) -> None:
    blank = [Product(id=f"b{i}", category=("Mugs",)) for i in range(5)]
    model = ProductClassifier("words").fit([*MUGS_AND_LAMPS, *blank])
    features = words.encode(MUGS_AND_LAMPS).features
    assert np.array_equal(model.head.logits(features), words.head.logits(features))


# How sure is sure enough


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (1.0, "accept"),
        (0.9, "accept"),
        (0.8999, "review"),
        (0.4, "review"),
        (0.3999, "abstain"),
        (0.0, "abstain"),
    ],
)
def test_two_thresholds_make_the_verdict(probability: float, expected: str) -> None:
    assert decision("mug", probability, DecisionSettings()).verdict == expected


def test_thresholds_can_be_moved_after_training(words: ProductClassifier) -> None:
    asked = written(("a mug, or a lamp", "?"))
    sure = words.predictions(asked)[0].probability
    assert 0.5 <= sure < 0.99
    verdicts = []
    for accept_at, abstain_below in ((sure - 1e-3, 0), (1, 0), (1, sure + 1e-3)):
        overrides = [f"decision.accept_at={accept_at}", f"decision.abstain_below={abstain_below}"]
        moved = words.with_settings(Settings.read(overrides=overrides))
        verdicts.append(moved.predictions(asked)[0].verdict)
    assert verdicts == ["accept", "review", "abstain"]
    assert words.predictions(asked)[0].verdict == decision("mug", sure, DecisionSettings()).verdict


def test_as_many_classes_are_listed_as_asked_for(words: ProductClassifier) -> None:
    for top_k, listed in ((1, 1), (2, 2), (9, 2)):
        model = words.with_settings(Settings.read(overrides=[f"decision.top_k={top_k}"]))
        assert len(model.predictions(MUGS_AND_LAMPS[:1])[0].top_k) == listed


# What could not be used


def judged(problems: tuple[Problem, ...] = (), *concerns: Concern, usable: bool = True) -> Any:
    product = Product(id="7", row=12)
    names = np.array(["A", "B"])
    judgement = Judgement(
        np.array([[0.95, 0.05]]),
        np.array([[0.75, 0.25]]),
        np.array([usable], bool),
        [concerns],
        ClassTree.of(names, Taxonomy.from_paths([("A",), ("B",)])),
    )
    (one,) = decide([product], names, judgement, problems, DecisionSettings())
    return one


def test_problems_of_a_product_are_told_beside_its_answer() -> None:
    one = judged(
        (
            Problem(12, "photo", "'x.webp' is 41 MP.", "Shrink it.", product_id="7"),
            Problem(12, "photo", "'y.jpg' is empty", "", product_id="7"),
            Problem(13, "photo", "of another row", "", product_id="7"),
            Problem(12, "photo", "of another product", "", product_id="8"),
        )
    )
    assert one.problem == "photo 'x.webp' is 41 MP. Shrink it. photo 'y.jpg' is empty."
    assert (one.label, one.probability, one.verdict) == ("A", 0.95, "accept")
    assert (one.text_share, one.image_share, one.row) == (0.75, 0.25, 12)


def test_with_nothing_usable_it_abstains_and_says_why() -> None:
    one = judged((Problem(12, "photo", "'x' is empty", "", product_id="7"),), usable=False)
    assert one.verdict == "abstain"
    assert one.label is one.probability is one.text_share is one.image_share is None
    assert one.top_k == ()
    assert one.problem == f"photo 'x' is empty. {NOTHING}"


def test_a_concern_makes_a_sure_answer_more_cautious_and_says_why() -> None:
    look = Concern("review", "The photo is blank.")
    unlike = Concern("abstain", "It is unlike anything the model was trained on.")
    assert (judged().verdict, judged().reason) == (
        "accept", "At least 90.0 % sure (decision.accept_at)."
    )  # fmt: skip
    assert (judged((), look).verdict, judged((), look).reason) == ("review", look.reason)
    both = judged((), look, unlike)
    assert (both.verdict, both.reason) == ("abstain", f"{look.reason} {unlike.reason}")
    assert decision("A", 0.8998, DecisionSettings()).reason.startswith("Just under 90.0 % sure")
    assert decision("A", 0.89, DecisionSettings()).reason.startswith("Less than 90.0 % sure")
    unsure = decision("A", 0.1, DecisionSettings(), concerns=[look])
    assert unsure.verdict == "abstain", "a lesser concern does not soften the verdict"
    assert "abstain_below" in unsure.reason


def test_products_with_nothing_usable_get_no_answer(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    whole = next(p for p in toy_catalog.products if p.text and p.photos)
    broken = Photo("broken.jpg", data=b"<html>not a photo</html>")
    asked = [
        Product(id="empty", row=2),
        Product(id="blank", texts={"title": "  \n"}, row=3),
        replace(whole, id="broken", texts={}, photos=(broken,), row=4),
        replace(whole, id="words only", photos=(broken,), row=5),
        replace(whole, id="photo only", texts={}, row=6),
    ]
    empty, blank, unreadable, with_words, with_photo = toy_model.predictions(asked)
    for one in (empty, blank, unreadable):
        assert (one.label, one.verdict) == (None, "abstain")
        assert one.problem.endswith(NOTHING)
    assert "'broken.jpg'" in unreadable.problem
    assert "'broken.jpg'" in with_words.problem
    assert (with_words.text_share, with_words.image_share) == (1, 0)
    assert (with_photo.text_share, with_photo.image_share) == (0, 1)
    assert with_words.label is not None
    assert with_photo.label is not None
    assert with_photo.problem == ""


def test_with_nothing_late_fusion_answers_how_frequent_classes_are(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    probs = toy_model.predict_proba([Product(id="empty")])[0]
    labels = [product.label for product in toy_catalog.products]
    counts = np.array([labels.count(label) for label in toy_model.classes_])
    assert np.ptp(probs) < 0.2
    assert (np.diff(probs[np.argsort(counts, kind="stable")]) > -1e-9).all()
    assert probs.max() > probs.min()


def test_a_prediction_becomes_json(words: ProductClassifier) -> None:
    values = words.predictions(MUGS_AND_LAMPS[:1])[0].to_dict()
    assert {"id", "label", "probability", "verdict", "top_k", "problem"} <= values.keys()
    assert [set(entry) for entry in values["top_k"]] == [{"label", "probability"}] * 2


# How probabilities are made


def test_a_single_head_is_calibrated_on_products_it_did_not_see() -> None:
    shop = toy_products(96)
    model = ProductClassifier("tfidf-forest").fit(shop)
    features = model.encode(shop).features
    assert isinstance(features, Features)
    temperatures = model.temperatures(features)
    assert (temperatures[features.present.any(axis=1)] != 1.0).all()
    expected = model.head.logits(features) / temperatures[:, None]
    np.testing.assert_allclose(model.logits(features), expected, rtol=1e-6)


def test_encoders_the_head_does_not_read_are_left_out(words: ProductClassifier) -> None:
    assert words.image_encoder is None
    assert words.encoder.sentence is None
    assert set(words.encoder.lexical) == {"words"}
    assert not words.training.features.blocks, "nor are vectors kept that nobody reads"


def test_what_is_no_product_is_told(words: ProductClassifier) -> None:
    remedy = r"Give a Catalog or Products; Catalog\.read makes them of a table or data frame\."
    with pytest.raises(BadProduct, match=rf"a str is not a product\. {remedy}"):
        words.predict(["blue mug"])  # type: ignore[list-item]  # the mistake
    one = MUGS_AND_LAMPS[0]
    assert words.predict(one).tolist() == words.predict([one]).tolist() == ["Mugs"]
