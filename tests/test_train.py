"""Training ships what its own held-out figures speak for, and these figures are honest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.errors import CannotTrain
from glasscase.jobs import train as train_job
from glasscase.jobs.comparing import task as task_job
from glasscase.jobs.comparing.choose import BASELINES, Choice, _cross_pooled, choose
from glasscase.jobs.comparing.task import Task
from glasscase.jobs.train import Training, fitted_winner, train
from glasscase.models.classifier import ProductClassifier
from glasscase.models.confidence_curve import fit_curve
from glasscase.models.features import Features
from glasscase.models.heads import BASES, BEST, GOOD, QUICK, make_head
from glasscase.settings import Settings
from synthetic_features import planted as planted_with_all
from synthetic_features import with_gaps

READ = "photo-words"
"""The head that needs photos read for words, which nobody asked for here."""


def planted(n: int = 60, k: int = 4, **options: Any) -> tuple[Features, Any]:
    """As a catalogue comes whose photos are not read for words."""
    features, targets = planted_with_all(n, k, **options)
    return features.only([name for name in features.blocks if name != "photo_words"]), targets


def task_of(features: Features, targets: Any, *, repeats: int = 1, seed: int = 0) -> Task:
    n = len(targets)
    groups = np.arange(n)
    folds = [
        grouped_stratified_folds(targets, groups, folds=3, seed=seed + i) for i in range(repeats)
    ]
    classes = [f"class {c}" for c in range(int(targets.max()) + 1)]
    return Task(features, targets, classes, groups, folds, seed)


def catalog_of(products: list[Product], like: Catalog) -> Catalog:
    """`like` with other products."""
    return Catalog(products, columns=like.columns)


def effort(name: str) -> Settings:
    return Settings.read(overrides=[f"train.effort={name}", "train.folds=3"])


@pytest.fixture(scope="module")
def training(toy_bundle: Any, toy_catalog: Catalog, toy_settings: Settings) -> Training:
    """The toy catalogue at effort quick; `toy_bundle` has filled the cache with its vectors."""
    return train(toy_catalog, settings=toy_settings)


# The winner


def test_the_winner_is_at_least_as_accurate_as_every_other(training: Training) -> None:
    rows = training.comparison
    accuracies = [row["accuracy"]["value"] for row in rows]
    assert [row["shipped"] for row in rows] == [True] + [False] * (len(rows) - 1)
    assert accuracies == sorted(accuracies, reverse=True)
    assert {row["name"] for row in rows} == {*QUICK, "kernel", "late", "text"} - {READ}
    assert {row["family"] for row in rows} == {"text only", "photo only", "fused"}
    assert training.model.head_name == rows[0]["name"]


def test_on_the_toy_shop_fusing_helps_and_it_says_by_how_much(training: Training) -> None:
    assert training.choice.winner.family == "fused"
    assert training.choice.winner.accuracy.value > 0.85
    assert set(training.choice.gains) == {"text", "image"}
    for gain in training.choice.gains.values():
        assert gain.low < gain.value < gain.high
        assert gain.value > 0
    shipped, words, photos, kinds = training.sentences
    assert shipped.startswith("Shipped: late (fused), held-out accuracy ")
    for line, start in ((words, "The words add +"), (photos, "The photos add +")):
        assert line.startswith(start)
        assert "points of accuracy (95 % interval " in line
    assert kinds.startswith("Products unlike all it was trained on are left to a person.")


def test_a_gain_is_that_over_the_best_without_the_modality(training: Training) -> None:
    choice = training.choice
    fused, text, photo = (choice.best(f) for f in ("fused", "text only", "photo only"))
    gains = {k: gain.value for k, gain in choice.gains.items()}
    assert gains["image"] == pytest.approx(fused.accuracy.value - text.accuracy.value)
    assert gains["text"] == pytest.approx(fused.accuracy.value - photo.accuracy.value)


def test_it_is_calibrated_by_the_held_out_answers(training: Training, toy_catalog: Catalog) -> None:
    winner, model = training.choice.winner, training.model
    products = toy_catalog.labelled().products
    targets = np.searchsorted(model.classes_, [p.label for p in products])
    both = model.training.features.present.all(axis=1)
    expected = fit_curve(winner.logits[both], targets[both])
    assert model.calibration.curves["both"].to_dict() == expected.to_dict()
    assert {"both", "text", "image"} == model.calibration.curves.keys()
    texts = model.training.features.has("text")
    alone = fit_curve(winner.alone["text"][texts], targets[texts])
    assert model.calibration.curves["text"].to_dict() == alone.to_dict()


def test_the_card_tells_data_figures_and_limits(training: Training, toy_catalog: Catalog) -> None:
    card = training.model.card
    products = toy_catalog.labelled().products
    assert card["summary"] == list(training.sentences)
    assert card["data"]["products"] == len(products)
    assert card["data"]["categories"] == 12
    assert card["data"]["with_words"] == sum(bool(p.text) for p in products) < len(products)
    assert card["data"]["with_a_usable_photo"] == sum(bool(p.photos) for p in products)
    assert (card["data"]["effort"], card["data"]["seed"]) == ("quick", 0)
    assert card["candidates"] == training.comparison
    assert {e["licence"] for e in card["encoders"]} == {"Apache-2.0"}
    assert card["limits"]


@pytest.mark.parametrize(
    ("dial", "expected"),
    [
        ("quick", {*QUICK, "kernel"} - {READ}),
        ("good", {*GOOD, "kernel", "linear", "concat", *BASELINES} - {READ}),
        ("best", {*BEST, "kernel", "linear", "image-linear", "concat", *BASELINES} - {READ}),
    ],
)
def test_every_effort_judges_its_heads_and_the_fusions(dial: str, expected: set[str]) -> None:
    features, targets = planted(60, 3, noise=1.0)
    choice = choose(task_of(with_gaps(features), targets), effort=dial)
    assert set(choice.opinions) == expected <= set(BASES)
    assert {one.name for one in choice.candidates} == {*expected, "late", "text"}
    best = max(one.accuracy.value for one in choice.candidates)
    assert choice.winner.accuracy.value == best
    families = {one.name: one.family for one in choice.candidates}
    assert families["late"] == families["kernel"] == "fused"
    assert families["text"] == families["sentence"] == "text only"
    assert families["image"] == "photo only"
    assert all(families[name] == "baseline" for name in BASELINES if name in families)


def test_where_the_photos_say_nothing_the_words_are_not_made_worse() -> None:
    features, targets = planted(90, 3, noise=0.8)
    static = np.random.default_rng(5).normal(size=(90, 16)).astype(np.float32)
    choice = choose(task_of(features.replaced({"image": static}), targets), effort="quick")
    text = choice.best("text only")
    assert choice.winner.accuracy.value >= text.accuracy.value
    assert choice.best("photo only").accuracy.value < 0.5
    assert choice.gains["image"].low <= 0


def test_between_equals_the_fused_one_is_shipped() -> None:
    features, targets = planted(60, 3, noise=0.01)
    choice = choose(task_of(features, targets), effort="quick")
    perfect = [one for one in choice.candidates if one.accuracy.value == 1]
    assert {"photo only", "text only", "fused"} <= {one.family for one in perfect}
    assert choice.winner.family == "fused"


def test_an_answer_to_nothing_counts_as_wrong() -> None:
    features, targets = planted(60, 3, noise=0.01)
    gaps = np.arange(60) % 4 == 0
    choice = choose(task_of(features.without("image", gaps), targets), effort="quick")
    image = next(one for one in choice.candidates if one.name == "image")
    assert image.accuracy.value == pytest.approx(0.75)
    assert not image.correct(targets)[gaps].any()


# Honest figures


def test_no_answer_depends_on_the_labels_it_is_judged_by() -> None:
    features, targets = planted(60, 3, noise=1.0)
    task = task_of(features, targets)
    held = task.repeats[0] == 0
    turned = np.where(held, (targets + 1) % 3, targets)
    one, other = (choose(replace(task, targets=t), effort="good") for t in (targets, turned))
    for name, logits in one.opinions.items():
        assert np.array_equal(logits[held], other.opinions[name][held]), name
        assert not np.array_equal(logits[~held], other.opinions[name][~held]), name


def test_late_fusion_is_judged_by_pools_that_did_not_see_the_fold() -> None:
    features, targets = planted(60, 3, noise=1.0)
    task = task_of(features, targets, repeats=2)
    opinions = choose(task, effort="quick").opinions
    head = make_head("late", effort="quick", blocks=tuple(features.blocks))
    before = _cross_pooled(task, head, opinions)
    for repeat, folds in enumerate(task.repeats):
        held = folds == 1
        turned = np.where(held, (targets + 1) % 3, targets)
        after = _cross_pooled(replace(task, targets=turned), head, opinions)
        rows = slice(repeat * 60, (repeat + 1) * 60)
        assert np.array_equal(before.given[rows][held], after.given[rows][held])
        assert not np.array_equal(before.given[rows][~held], after.given[rows][~held])


@pytest.mark.parametrize("dial", ["quick", "good"])
def test_shuffled_labels_leave_chance(dial: str) -> None:
    features, targets = planted(200, 4)
    shuffled = np.random.default_rng(2).permutation(targets)
    choice = choose(task_of(with_gaps(features), shuffled), effort=dial)
    for one in choice.candidates:
        assert one.accuracy.value < 0.37, f"{one.name} knows what cannot be known"
    for gain in choice.gains.values():
        assert gain.low < 0.05


def test_shuffled_labels_of_the_toy_shop_leave_chance(
    training: Training, toy_catalog: Catalog, toy_settings: Settings
) -> None:
    products = list(toy_catalog.labelled().products)
    order = np.random.default_rng(1).permutation(len(products))
    groups = near_duplicate_groups(products, limits=toy_settings.photos)
    mixed = [
        replace(p, category=products[j].category) for p, j in zip(products, order, strict=True)
    ]
    first = {g: mixed[i].category for i, g in reversed(list(enumerate(groups.tolist())))}
    mixed = [replace(p, category=first[g]) for p, g in zip(mixed, groups.tolist(), strict=True)]
    found = train(catalog_of(mixed, toy_catalog), settings=toy_settings)
    assert found.choice.winner.accuracy.value < 0.25
    assert training.choice.winner.accuracy.value > 0.85
    probs = found.model.predict_proba(found_strangers())
    assert probs.max() < 0.5, "and it is not sure of anything"


def found_strangers() -> list[Product]:
    return [Product(id="s", texts={"title": "an unheard-of thing"})]


def test_near_duplicates_share_a_fold(
    toy_bundle: Any,
    toy_catalog: Catalog,
    toy_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Task] = []

    def watched(task: Task, **options: Any) -> Choice:
        seen.append(task)
        return choose(task, **options)

    monkeypatch.setattr(train_job, "choose", watched)
    train(toy_catalog, settings=toy_settings)
    (task,) = seen
    sizes = np.bincount(task.groups)
    assert (sizes > 1).any(), "the toy shop has near-duplicates"
    for group in np.flatnonzero(sizes > 1):
        for folds in task.repeats:
            assert len(np.unique(folds[task.groups == group])) == 1


_SYLLABLES = ("ba", "co", "di", "fu", "ge", "lo", "mi", "nu", "pa", "re", "so", "tu", "vy", "wo")


def nonsense(rng: np.random.Generator) -> str:
    return " ".join("".join(rng.choice(_SYLLABLES, 4)) for _ in range(4))


def test_what_can_only_be_known_from_a_duplicate_is_not_known() -> None:
    """Every text is there twice, with the same random category: learning the twin by heart would
    be right every time if twins were divided between folds."""
    rng = np.random.default_rng(3)
    texts = [nonsense(rng) for _ in range(40)]
    labels = rng.permutation(np.arange(40) % 4)
    products = [
        Product(id=f"{i}-{twin}", texts={"title": text}, category=(f"c{labels[i]}",))
        for i, text in enumerate(texts)
        for twin in range(2)
    ]
    found = train(Catalog(products), settings=effort("quick"))
    assert found.choice.winner.accuracy.value < 0.5
    by_heart = found.model.predict(products) == np.array([p.label for p in products])
    assert by_heart.mean() > 0.9, "though it has learnt them by heart"


def test_a_small_catalogue_is_divided_several_times(
    toy_bundle: Any, toy_catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):
        pass

    def stop(task: Task, **_: Any) -> Choice:
        repeats = [folds.tolist() for folds in task.repeats]
        assert len(repeats) == 3
        assert repeats[0] != repeats[1] != repeats[2]
        assert {max(folds) for folds in repeats} == {2}, "as many folds as asked for"
        assert task.over_repeats(task.targets).tolist() == task.targets.tolist() * 3
        raise Enough

    monkeypatch.setattr(train_job, "choose", stop)
    with pytest.raises(Enough):
        train(toy_catalog, settings=effort("good"))


# What is shipped


@pytest.mark.parametrize("winner", ["late", "text", "sentence", "image"])
def test_the_winner_is_fitted_on_every_product_it_can_use(winner: str) -> None:
    features, targets = planted(60, 3, noise=0.5)
    features = with_gaps(features)
    task = task_of(features, targets)
    choice = choose(task, effort="quick")
    chosen = next(one for one in choice.candidates if one.name == winner)
    candidates = (chosen, *(one for one in choice.candidates if one is not chosen))
    head = fitted_winner(
        task,
        replace(choice, candidates=candidates),
        Settings.read(overrides=["train.effort=quick"]),
    )
    assert head.name == winner
    late = tuple(name for name in QUICK if name != READ)
    names = {"late": late, "text": ("words", "sentence")}.get(winner, ())
    if not names:
        rows = head.usable(features)
        golden = make_head(winner, effort="quick", blocks=tuple(features.blocks))
        golden.fit(features.take(rows), targets[rows], 3, seed=0)
        assert np.array_equal(head.logits(features), golden.logits(features))
    for name in names:
        base = head.bases[name]
        rows = base.usable(features)
        golden = make_head(name, effort="quick", blocks=tuple(features.blocks))
        golden.fit(features.take(rows), targets[rows], 3, seed=0)
        assert np.array_equal(base.logits(features), golden.logits(features))
    fresh, wanted = planted(60, 3, noise=0.5, seed=1)
    assert (head.logits(fresh).argmax(axis=1) == wanted).mean() > 0.8


def test_the_same_seed_repeats_and_another_one_does_not() -> None:
    features, targets = planted(60, 3, noise=1.0)
    one, again = (choose(task_of(features, targets), effort="good") for _ in range(2))
    assert [c.to_dict() for c in one.candidates] == [c.to_dict() for c in again.candidates]
    for name, logits in one.opinions.items():
        assert np.array_equal(logits, again.opinions[name]), name
    other = choose(task_of(features, targets, seed=1), effort="quick")
    assert not np.array_equal(other.opinions["sentence"], one.opinions["sentence"])


# Catalogues that lack something


def lacking(catalog: Catalog, what: str) -> Catalog:
    products = [
        replace(p, photos=()) if what == "photos" else replace(p, texts={})
        for p in catalog.labelled().products
    ]
    return catalog_of(products, catalog)


@pytest.mark.parametrize(
    ("what", "family", "block"),
    [("photos", "text only", "image"), ("words", "photo only", "sentence")],
)
def test_one_modality_is_enough(
    what: str, family: str, block: str, training: Training, toy_catalog: Catalog, tmp_path: Any
) -> None:
    found = train(lacking(toy_catalog, what), settings=effort("quick"))
    assert {row["family"] for row in found.comparison} == {family}
    assert found.choice.gains == {}
    assert found.sentences[1] == (f"There is one modality only ({family}), so nothing was fused.")
    assert found.choice.winner.accuracy.value > 0.6
    assert block not in found.model.head.blocks
    loaded = ProductClassifier.load(found.model.save(tmp_path / "b"))
    whole = [p for p in toy_catalog.products if p.photos and p.text][:2]
    shares = [(1.0, 0.0) if what == "photos" else (0.0, 1.0)] * 2
    assert [(p.text_share, p.image_share) for p in loaded.predictions(whole)] == shares


def named(*pairs: tuple[str, str]) -> Catalog:
    products = [
        Product(id=str(i), texts={"title": text}, category=(category,))
        for i, (text, category) in enumerate(pairs)
    ]
    return Catalog(products)


def test_a_rare_class_is_told_and_learnt() -> None:
    rng = np.random.default_rng(0)
    mugs = [(f"blue ceramic mug {nonsense(rng)}", "Mugs") for _ in range(6)]
    lamps = [(f"bright reading lamp {nonsense(rng)}", "Lamps") for _ in range(6)]
    found = train(named(*mugs, *lamps, ("green cotton shirt", "Shirts")), settings=effort("good"))
    assert [str(problem) for problem in found.problems] == [
        "category 'Shirts' has a single product, so it is learnt but cannot be checked. "
        "Add a few more, or merge it with a neighbour."
    ]
    assert found.model.classes_.tolist() == ["Lamps", "Mugs", "Shirts"]
    assert found.to_dict()["problems"] == [str(problem) for problem in found.problems]


@pytest.mark.parametrize("dial", ["good", "best"])
def test_two_products_are_the_least(dial: str) -> None:
    found = train(
        named(("blue ceramic mug", "Mugs"), ("bright reading lamp", "Lamps")),
        settings=effort(dial),
    )
    probs = found.model.predict_proba(found_strangers())
    assert np.isfinite(probs).all()
    assert len(found.problems) == 2


def test_words_of_which_none_is_met_twice_leave_the_sentences() -> None:
    """Such as short titles of a tiny shop: there is no vocabulary to count."""
    pairs = [("blue mug", "A"), ("bright lamp", "B"), ("green shirt", "A"), ("old chair", "B")]
    found = train(named(*pairs), settings=effort("good"))
    assert {row["name"] for row in found.comparison} <= {"sentence", "characters", "text"}
    assert len(found.model.predict(found_strangers())) == 1


def test_too_little_is_refused_before_anything_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_job, "ProductEncoder", None)
    with pytest.raises(CannotTrain, match="no product has a category. Name the column with"):
        train(Catalog([Product(id="1", texts={"t": "mug"})]))
    with pytest.raises(CannotTrain, match="all products are in one category, 'Mugs'. Add products"):
        train(named(("blue mug", "Mugs"), ("red mug", "Mugs")))
    empty = [Product(id=str(i), category=(str(i),)) for i in range(3)]
    with pytest.raises(CannotTrain, match="no product has words or a usable photo. Name the text"):
        train(Catalog(empty))


def test_a_winner_no_better_than_guessing_is_not_to_be_relied_on() -> None:
    words = ("mug blue", "red mug", "oak chair", "chair of iron", "green mug", "steel chair")
    told = train(
        named(*((text, "A" if k % 2 else "B") for k, text in enumerate(words))),
        settings=effort("quick"),
    ).sentences[-1]
    assert told == (
        "Do not rely on it yet: answering 'A' to everything would be right for 50%, and it is not "
        "surely better. Add labelled products."
    )


def test_only_copies_of_one_product_cannot_be_divided() -> None:
    same = "the very same long description"
    with pytest.raises(CannotTrain) as caught:
        train(named((same, "A"), (same, "B"), (same, "A")), settings=effort("quick"))
    assert str(caught.value) == (
        "all products are near-duplicates of one another. "
        "Add products that differ in words or photo."
    )


def test_settings_of_networks_reach_the_head_that_is_shipped() -> None:
    features, targets = planted_with_all(40, 2)
    task = task_of(features, targets)
    settings = Settings.read(
        overrides=["train.effort=quick", "net.epochs=2", "net.dropout=0.15", "net.batch_size=8"]
    )
    choice = choose(task, effort="quick", asked="gated", net=settings.net)
    config = fitted_winner(task, choice, settings).state().config
    assert config["name"] == "gated"
    plan = config["plan"]
    assert (plan["epochs"], plan["dropout"], plan["batch_size"]) == (2, 0.15, 8)


def test_one_dropout_for_every_layer() -> None:
    from torch import nn

    from glasscase.models.nets.dropout import set_dropout

    net = nn.Sequential(nn.Dropout(0.1), nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.4)))
    set_dropout(net, 0.25)
    assert [layer.p for layer in net.modules() if isinstance(layer, nn.Dropout)] == [0.25, 0.25]
