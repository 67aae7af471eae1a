"""A category added by a few examples: it answers, the others stay as they were, it is honest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conftest import Refused, Shell, write_table
from glasscase import Catalog, Product, ProductClassifier, add_category, explain
from glasscase.catalog.toy import ToyCatalogue
from glasscase.errors import BadCatalog, BadSetting
from glasscase.jobs.add_category import AddedCategory
from glasscase.models.added_head import AddedHead
from glasscase.models.calibration import Calibration
from glasscase.models.features import Features
from glasscase.models.head import softmax
from glasscase.models.linear import LinearHead
from glasscase.models.promise import Promise
from glasscase.models.prototype_fit import Trained, fit_examples
from glasscase.models.prototypes import NEVER, log_odds

TOOLS = ("garden hose", "lawn rake", "hedge shears", "watering can", "spade", "garden fork")


def tool(number: int, **changes: object) -> Product:
    name = TOOLS[number % len(TOOLS)]
    text = f"{name.title()} number {number} for the garden, rust free, for soil and plants"
    return replace(Product(id=f"g{number}", texts={"title": text}, row=number + 2), **changes)


def planted(n: int, seed: int, kinds: list[int]) -> tuple[Features, np.ndarray]:
    rng = np.random.default_rng(seed)
    kind = np.asarray(kinds)[rng.integers(0, len(kinds), n)]
    blocks = {}
    for name, dim in (("sentence", 24), ("image", 32)):
        centres = np.random.default_rng(9 + dim).normal(size=(12, dim))
        blocks[name] = np.abs(centres[kind] + 0.6 * rng.normal(size=(n, dim))).astype(np.float32)
    return Features(blocks, np.ones((n, 2), bool)), kind


@pytest.fixture(scope="module")
def head() -> AddedHead:
    """A linear head of four classes, and a fifth added by six examples."""
    features, kind = planted(240, 0, [0, 1, 2, 3])
    inner = LinearHead(("sentence", "image")).fit(features, kind, 4)
    trained = Trained.of(features, [f"c{k}" for k in kind.tolist()])
    fitted = fit_examples("b new", planted(6, 1, [7])[0], trained)
    names = ["c0", "c1", "c2", "c3"]
    return AddedHead(inner, Calibration(), [fitted.prototype], names=names, near=trained.near)


def test_of_nothing_known_an_added_category_is_as_likely_as_a_trained_one(
    head: AddedHead,
) -> None:
    nothing = planted(3, 1, [7])[0].without("text").without("image")
    found = softmax(head.logits(nothing))[:, head.names.index("b new")]
    assert found == pytest.approx(0.2)


def test_new_products_are_found_and_known_ones_stay(head: AddedHead) -> None:
    fresh, known = planted(100, 2, [7])[0], planted(200, 3, [0, 1, 2, 3])
    probs = softmax(head.logits(fresh))
    assert head.names[0] == "b new", "classes stay sorted"
    assert (probs.argmax(axis=1) == 0).mean() > 0.85
    before = softmax(head.inner.logits(known[0]))
    after = softmax(head.logits(known[0]))
    assert after.sum(axis=1) == pytest.approx(np.ones(200), abs=1e-6)
    assert after[:, 1:] == pytest.approx(before * (1 - after[:, :1]), abs=1e-5)
    assert (after.argmax(axis=1) - 1 == before.argmax(axis=1)).mean() > 0.97


@pytest.mark.parametrize("block", ["sentence", "image"])
@pytest.mark.parametrize("column", [0, 2])
def test_the_gradient_is_that_of_the_logits(head: AddedHead, block: str, column: int) -> None:
    one = planted(1, 5, [7])[0]
    cotangent = np.eye(5, dtype=np.float32)[[column]]
    found = head.gradient(one, block, cotangent)[0]
    for place in (0, 3, 11):
        sides = []
        for step in (1e-2, -1e-2):
            moved = one.blocks[block].copy()
            moved[0, place] += step
            sides.append(float(head.logits(one.replaced({block: moved}))[0, column]))
        assert found[place] == pytest.approx((sides[0] - sides[1]) / 2e-2, abs=0.02)


def test_a_missing_photo_is_a_normal_case(head: AddedHead) -> None:
    fresh = planted(100, 2, [7])[0].without("image")
    assert (head.takes(fresh) == "b new").mean() > 0.6
    nothing = fresh.without("text")
    assert set(head.takes(nothing).tolist()) == {""}


def test_one_photo_among_the_examples_is_too_few_to_look_at_photos() -> None:
    features, kind = planted(240, 0, [0, 1, 2, 3])
    trained = Trained.of(features, [f"c{k}" for k in kind.tolist()])
    examples = planted(8, 1, [7])[0].without("image", np.arange(8) > 0)
    prototype = fit_examples("x", examples, trained).prototype
    assert [*prototype.curves] == ["text"]
    fresh = planted(100, 2, [7])[0]
    assert set(prototype.patterns(fresh).tolist()) == {"text"}, "by their words alone"
    assert (log_odds(prototype, trained.near, fresh) > 0).mean() > 0.6
    assert (log_odds(prototype, trained.near, fresh.without("text")) == NEVER).all()


def test_left_out_recall_foretells_new_products() -> None:
    features, kind = planted(240, 0, [0, 1, 2, 3])
    trained = Trained.of(features, [f"c{k}" for k in kind.tolist()])
    mixed = fit_examples("x", planted(20, 4, [7, 8, 9, 10, 11])[0], trained)
    clear = fit_examples("x", planted(20, 4, [7])[0], trained)
    assert (clear.left_out > 0).mean() > 0.9 > (mixed.left_out > 0).mean()
    assert np.nanmean(clear.cohesion) > np.nanmean(mixed.cohesion) + 0.02
    overlapping = fit_examples("x", planted(20, 4, [2])[0], trained)
    assert overlapping.taken[trained.labels == "c2"].mean() > 0.1
    assert overlapping.taken[trained.labels == "c0"].mean() < 0.05
    assert clear.taken.mean() < 0.05


@pytest.fixture(scope="module")
def added(toy_model: ProductClassifier) -> AddedCategory:
    examples = [tool(i) for i in range(8)]
    promised = toy_model.with_promise(Promise(0.05, 0.95, (), 100))
    return add_category(
        promised, "Garden > Tools", [*examples, tool(20, id="again", texts=examples[0].texts)]
    )


def test_it_answers_and_says_what_was_measured(added: AddedCategory) -> None:
    assert added.examples == 8, "a copy counts once"
    first, conflict, *notes = added.sentences
    assert first.startswith("“Garden > Tools” is told by 8 examples; left out, ")
    assert "of the products of trained categories." in first
    assert conflict.startswith("It conflicts with")
    assert "Left out as near-duplicates of other examples: 1." in notes
    assert any(note.startswith("The model's promise is dropped") for note in notes)
    assert added.model.promise is None
    answer, other = added.model.predictions(
        [tool(14), Product(id="m", texts={"title": "Blue ceramic coffee mug, 300 ml"})]
    )
    assert answer.label == "Garden > Tools"
    assert answer.verdict != "accept", "nothing was promised of it"
    assert answer.reason.startswith("“Garden > Tools” was added to the trained categories: is told")
    assert answer.unknown is None
    assert other.label != "Garden > Tools"
    assert added.recall.value > 0.7
    assert added.false_takes.value < 0.1
    assert ("Garden", "Tools") in added.model.taxonomy


def test_the_bundle_keeps_it_and_a_second_one(added: AddedCategory, tmp_path: Path) -> None:
    texts = [f"Acoustic guitar number {i}, six strings, rosewood neck" for i in range(5)]
    second = add_category(
        added.model, "Music", [Product(id=str(i), texts={"t": t}) for i, t in enumerate(texts)]
    )
    model = second.model
    loaded = ProductClassifier.load(model.save(tmp_path / "bundle"))
    asked = [tool(14), Product(id="x", texts={"t": "Classical guitar with six nylon strings"})]
    assert loaded.predictions(asked) == model.predictions(asked)
    assert [one.label for one in loaded.predictions(asked)] == ["Garden > Tools", "Music"]
    assert loaded.classes_.tolist() == sorted(loaded.classes_.tolist())
    assert [one["name"] for one in loaded.card["added"]] == ["Garden > Tools", "Music"]
    assert loaded.training.trained_on([tool(0)]) == 1


def test_it_is_explained_like_any_other(added: AddedCategory) -> None:
    found = explain(added.model, tool(14))
    assert found.predicted == "Garden > Tools"
    assert "was added to the trained categories" in found.reason
    assert found.neighbours[0].label == "Garden > Tools"
    weights = found.words.distinct
    assert max(weights[word] for word in ("rust", "soil", "garden")) > abs(weights["for"])


def test_a_name_alone_is_told_by_the_known_ones(toy_model: ProductClassifier) -> None:
    found = add_category(toy_model, "Garden Tools", description="Hoses, rakes, shears and spades")
    assert found.examples == 0
    assert "known by its name alone, so nothing is measured" in found.sentences[0]
    answers = found.model.predictions([tool(i) for i in range(6)])
    assert sum(one.label == "Garden Tools" for one in answers) >= 3
    assert found.false_takes.value < 0.1


def test_what_cannot_be_added(toy_model: ProductClassifier, toy_catalog: Catalog) -> None:
    known = str(toy_model.classes_[0])
    branch = known.split(" > ")[0]
    for name, said in (
        ("  ", "the name '  ' is blank or has a blank part. Say \"Garden > Hoses\"."),
        (known, f"the model has a category {known!r} already. Give the new one another name."),
        (
            branch,
            f"{branch!r} is a branch above categories of the model. Name a category below it.",
        ),
    ):
        with pytest.raises(BadSetting) as told:
            add_category(toy_model, name, [tool(i) for i in range(5)])
        assert str(told.value) == said
    with pytest.raises(BadCatalog) as few:
        add_category(toy_model, "Tools", [tool(0), tool(1), Product(id="e")])
    assert str(few.value) == (
        "2 usable examples are too few to tell 'Tools' by. Give 5 to 20 different products, 3 at "
        "the least, or only a name and description."
    )
    trained = toy_catalog.products[4]
    with pytest.raises(BadCatalog) as seen:
        add_category(toy_model, "Tools", [*map(tool, range(5)), trained])
    assert str(seen.value) == (
        f"row {trained.row}: product {trained.id!r} was trained on in another category than "
        "'Tools' (same words and photos). Correct its label and train anew, or leave it out."
    )


def test_an_example_with_nothing_usable_is_named(toy_model: ProductClassifier) -> None:
    found = add_category(toy_model, "Tools", [*map(tool, range(6)), Product(id="e", row=9)])
    assert found.examples == 6
    assert [str(one) for one in found.problems] == [
        "row 9: product has neither words nor a photo the model can use. Leave it out."
    ]


def test_the_shell(shell: Shell, refused: Refused, toy_bundle: Path, tmp_path: Path) -> None:
    rows = [["id", "title"], *([f"g{i}", tool(i).text] for i in range(6))]
    table = write_table(tmp_path / "few.csv", *rows)
    out = tmp_path / "new"
    code, said, err = shell(
        "add-category", toy_bundle, "--name", "Garden > Tools", "--examples", table, "--out", out,
        "--json", "-q",
    )  # fmt: skip
    assert code == 0, err
    assert json.loads(said)["examples"] == 6
    code, said, err = shell("predict", out, table, "-q")
    assert code == 0, err
    assert "Garden > Tools" in said
    assert "is too few" in refused(
        "add-category", toy_bundle, "--name", "T", "--examples",
        write_table(tmp_path / "one.csv", *rows[:2]), "--out", out, "-q",
    )  # fmt: skip


def test_the_toy_shop_is_hardly_disturbed(
    added: AddedCategory, toy_model: ProductClassifier, unseen_shop: ToyCatalogue
) -> None:
    products = Catalog.read(unseen_shop.products, photos=unseen_shop.images).products[:80]
    before, after = toy_model.predict(products), added.model.predict(products)
    assert (before == after).mean() >= 0.95
