"""Price and brand: how they are read, who reads them, and that they count where they must."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.catalog.product_vector import ProductVector
from glasscase.encoders.metadata import LONGEST_BRAND, MOST_BRANDS, MetadataEncoder
from glasscase.explanations.card import card
from glasscase.jobs.ablate import cuts_of
from glasscase.jobs.comparing.contenders import make_contender
from glasscase.jobs.comparing.head_contenders import Bench, HeadContender
from glasscase.jobs.comparing.task import prepare
from glasscase.jobs.explain import explain
from glasscase.models.bases import BASES, blocks_for, make_base
from glasscase.models.bundle import load_bundle
from glasscase.models.classifier import ProductClassifier
from glasscase.models.features import METADATA, Features
from glasscase.models.missing import any_present, modalities_of
from glasscase.models.net_head import NetHead
from glasscase.models.nets.gated import Gated
from glasscase.models.nets.table import make_net
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.shares import modality_shares
from glasscase.settings import Settings

pytestmark = pytest.mark.xdist_group("metadata")  # what it makes once is dear

CLASSES = ("Budget mugs", "Fine mugs", "Shirts", "Shoes")
BRAND_OF = {"Budget mugs": "Acme", "Fine mugs": "Royal"}


def shop(n: int = 120, *, seed: int = 0, price: bool = True, brand: bool = True) -> list[Product]:
    """Words and photo tell mugs, shirts and shoes apart; which mug it is only price and brand."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(3, 20))
    products = []
    for number in range(n):
        label = CLASSES[number % 4]
        centre = centres[max(0, number % 4 - 1)]
        said: dict[str, str | float] = {}
        if price:
            said["price"] = float(np.exp(rng.normal(4.0 if label == "Fine mugs" else 1.5, 0.4)))
        if brand:
            said["brand"] = BRAND_OF.get(label, "Nobody")
        seen = (centre + 0.3 * rng.normal(size=20)).astype(np.float32)
        vectors = {
            "text": ProductVector(seen[:8], "test"),
            "image": ProductVector(seen[8:], "test"),
        }
        products.append(
            Product(
                f"{seed}-{number}",
                {"title": f"thing {seed} {number}"},
                attributes=said,
                category=(label,),
                vectors=vectors,
            )
        )
    return products


def trained(products: list[Product]) -> ProductClassifier:
    settings = Settings.read(overrides=["encoders.lexical=no", "train.folds=3"])
    return ProductClassifier("gated", settings=settings).fit(products)


@pytest.fixture(scope="module")
def model() -> ProductClassifier:
    """Trained once; never changed."""
    return trained(shop())


def right(model: ProductClassifier, products: list[Product]) -> float:
    """Accuracy over the mugs alone."""
    mugs = [one for one in products if one.label in BRAND_OF]
    return float(np.mean(model.predict(mugs) == [one.label for one in mugs]))


def with_attributes(product: Product, **said: Any) -> Product:
    return Product(product.id, product.texts, attributes=said, vectors=product.vectors)


def test_each_number_stands_where_it_is_said() -> None:
    learnt = [
        Product("1", attributes={"price": np.e - 1, "brand": "Zed"}),
        Product("2", attributes={"price": np.e**3 - 1, "brand": " zed"}),
        Product("3", attributes={"brand": "Acme"}),
        Product("4", attributes={"brand": "ACME"}),
        Product("5", attributes={"brand": "Met once"}),
    ]
    encoder = MetadataEncoder.learnt(learnt)
    assert encoder is not None
    assert encoder.brands == ("acme", "zed")
    asked = [
        Product("1", attributes={"price": np.e - 1}),  # log(1 + price) is 1; mean 2, deviation 1
        Product("2", attributes={"price": 1e30, "brand": "Acme"}),
        Product("3", attributes={"brand": "met once"}),
        Product("4", attributes={"brand": "Never met"}),
        Product("5"),
    ]
    # price, price known, brand known, other brand, acme, zed
    np.testing.assert_allclose(
        encoder.encode(asked),
        [
            [-1, 1, 0, 0, 0, 0],
            [5, 1, 1, 0, 1, 0],
            [0, 0, 1, 1, 0, 0],
            [0, 0, 1, 1, 0, 0],
            [0, 0, 0, 0, 0, 0],
        ],
        atol=1e-6,
    )


def test_the_commonest_brands_have_columns() -> None:
    many = [
        Product("", attributes={"brand": f"brand {number:03}"})
        for number in range(MOST_BRANDS + 10)
        for _ in range(2 + (number >= 10))
    ]
    encoder = MetadataEncoder.learnt(many)
    assert encoder is not None
    assert encoder.brands == tuple(f"brand {number:03}" for number in range(10, MOST_BRANDS + 10))


def test_without_price_and_brand_there_is_no_block() -> None:
    assert MetadataEncoder.learnt([]) is None
    assert MetadataEncoder.learnt(shop(8, price=False, brand=False)) is None
    assert MetadataEncoder.learnt([Product("1", attributes={"price": "ask us"})]) is None


def test_a_stored_encoder_gives_the_same_numbers() -> None:
    encoder = MetadataEncoder.learnt(shop())
    assert encoder is not None
    stored = MetadataEncoder.from_state(json.loads(json.dumps(encoder.state())))
    fresh = shop(40, seed=1)
    assert np.array_equal(stored.encode(fresh), encoder.encode(fresh))
    assert stored.encode(fresh).any()


PRICES = [
    float("nan"),
    float("inf"),
    -float("inf"),
    -5,
    0,
    "abc",
    "-5",
    "",
    None,
    10**400,
    [1],
    b"x",
]
BRANDS: list[Any] = [
    "Ac\x00me", "Ac\x1b[2Jme", "x" * 10_000, "x" * (LONGEST_BRAND + 1), "", "  ", "nan", None,
    float("nan"), "a\nb",
]  # fmt: skip


@pytest.mark.parametrize("price", PRICES)
def test_a_price_that_makes_no_sense_is_not_known(price: Any) -> None:
    encoder = MetadataEncoder.learnt(shop())
    assert encoder is not None
    assert not encoder.encode([Product("1", attributes={"price": price})]).any()


@pytest.mark.parametrize("brand", BRANDS, ids=range(len(BRANDS)))
def test_a_brand_that_is_no_name_is_not_known(brand: Any) -> None:
    encoder = MetadataEncoder.learnt(shop())
    assert encoder is not None
    assert not encoder.encode([Product("1", attributes={"brand": brand})]).any()


def test_hostile_values_break_no_training_and_no_answer(model: ProductClassifier) -> None:
    products = shop(60)
    spoilt = [
        Product(
            one.id,
            one.texts,
            attributes={"price": PRICES[i % len(PRICES)], "brand": BRANDS[i % len(BRANDS)]},  # type: ignore[dict-item]  # on purpose
            category=one.category,
            vectors=one.vectors,
        )
        for i, one in enumerate(products)
    ]
    unknown = model.predict_proba([with_attributes(one) for one in products])
    assert np.array_equal(model.predict_proba(spoilt), unknown)
    assert trained(spoilt).head.blocks == ("sentence", "image")
    mixed = trained(spoilt[:20] + products[20:])
    assert np.isfinite(mixed.predict_proba(spoilt)).all()


@pytest.mark.parametrize("said", ["price", "brand"])
def test_what_only_price_or_brand_tells_is_learnt(said: str) -> None:
    kinds = {"price": said == "price", "brand": said == "brand"}
    model = trained(shop(400, **kinds))
    fresh = shop(80, seed=1, **kinds)
    assert right(model, fresh) >= 0.9
    without = trained(shop(400, price=False, brand=False))
    assert right(without, fresh) <= 0.7, "words and photo alone cannot tell"


def test_other_attributes_are_another_answer(model: ProductClassifier) -> None:
    mug = shop(4, seed=5)[0]
    cheap = with_attributes(mug, price=4.0, brand="ACME")
    fine = with_attributes(mug, price="$ 65.00", brand="royal")
    assert model.predict([cheap, fine]).tolist() == ["Budget mugs", "Fine mugs"]


def test_an_unseen_brand_and_unknown_metadata_leave_the_rest_of_the_answer(
    model: ProductClassifier,
) -> None:
    fresh = shop(80, seed=1)
    others = [one for one in fresh if one.label not in BRAND_OF]
    for said in ({"brand": "Never heard of"}, {}):
        answers = model.predict([with_attributes(one, **said) for one in others])
        assert (answers == [one.label for one in others]).mean() >= 0.95
    mugs = [with_attributes(one) for one in fresh if one.label in BRAND_OF]
    assert set(model.predict(mugs).tolist()) <= set(BRAND_OF)


def test_price_and_brand_alone_are_nothing_to_judge_by(model: ProductClassifier) -> None:
    bare = Product("1", attributes={"price": 4.0, "brand": "Acme"})
    features = model.encode([bare]).features
    assert features.blocks[METADATA].any()
    assert not model.usable(features)[0]
    assert np.isfinite(model.logits(features)).all()
    (told,) = model.predictions([bare])
    assert (told.verdict, told.text_share, told.image_share) == ("abstain", None, None)


def test_it_is_no_modality(model: ProductClassifier) -> None:
    features = model.encode(shop(8, seed=2)).features
    assert modalities_of([METADATA]) == ()
    assert modalities_of(model.head.blocks) == ("text", "image")
    nothing = features.without("text").without("image")
    assert np.array_equal(nothing.blocks[METADATA], features.blocks[METADATA])
    assert not any_present(nothing, model.head.blocks).any()
    assert nothing.there(METADATA).all()
    chosen = np.zeros(8, np.intp)
    shares = modality_shares(model.probabilities, features, chosen)
    assert shares.shape == (8, 2)
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_other_words_and_many_rows_keep_price_and_brand() -> None:
    products = [Product(str(i), {"title": "blue mug"}, attributes={"price": 5.0}) for i in range(3)]
    settings = Settings.read(overrides=["train.modality=text"])
    encoder = ProductEncoder.fit(products, settings, blocks=("words", METADATA))
    one = encoder.encode(products[:1]).features
    for many in (encoder.with_texts(one, ["mug", "", "blue"]), one.shown(3)):
        assert np.array_equal(many.blocks[METADATA], np.repeat(one.blocks[METADATA], 3, axis=0))


def test_a_bundle_answers_the_same(model: ProductClassifier, tmp_path: Path) -> None:
    fresh = shop(40, seed=3)
    stored = ProductClassifier.load(model.save(tmp_path / "bundle"))
    assert stored.head.blocks == ("sentence", "image", METADATA)
    np.testing.assert_allclose(stored.predict_proba(fresh), model.predict_proba(fresh), atol=1e-5)
    assert right(stored, fresh) >= 0.9
    assert "metadata.json" in {path.name for path in (tmp_path / "bundle").iterdir()}


def test_the_gradient_to_it_is_that_of_differences(model: ProductClassifier) -> None:
    features = model.encode(shop(3, seed=4)).features
    cotangent = np.tile(np.array([[1, -1, 0, 0]], np.float32), (3, 1))
    exact = model.head.gradient(features, METADATA, cotangent)
    step = np.float32(4e-3)
    for column in range(exact.shape[1]):
        moved = np.zeros_like(exact)
        moved[:, column] = step
        block = features.blocks[METADATA]
        high, low = (
            model.head.logits(features.replaced({METADATA: block + sign * moved}))
            for sign in (1, -1)
        )
        measured = ((high - low) * cotangent).sum(axis=1) / (2 * step)
        np.testing.assert_allclose(measured, exact[:, column], atol=0.05 * np.abs(exact).max())


def test_it_costs_nothing_where_nobody_reads_it(tmp_path: Path) -> None:
    assert METADATA not in blocks_for([name for name in BASES if name != "gated"])
    assert METADATA in blocks_for(["late", "gated"])
    products = shop(24)
    settings = Settings.read(overrides=["encoders.lexical=no", "train.folds=3"])
    catalog = Catalog(products)
    unread = prepare(catalog, settings, heads=("late",))
    assert unread.encoder.metadata is None
    assert METADATA not in unread.task.features.blocks
    assert METADATA in prepare(catalog, settings, heads=("gated",)).task.features.blocks
    plain = ProductClassifier("kernel", settings=settings).fit(products)
    plain.save(tmp_path / "bundle")
    assert not (tmp_path / "bundle" / "metadata.json").exists()
    assert load_bundle(tmp_path / "bundle", cached=False).encoder.metadata is None


def test_it_is_a_part_that_can_be_taken_away() -> None:
    settings = Settings.read(overrides=["encoders.lexical=no", "train.folds=3"])
    ready = prepare(Catalog(shop(24)), settings, heads=("gated",))
    whole = make_contender("gated", Bench(ready.task, {}), effort="quick")
    cuts = {cut.part: cut for cut in cuts_of(whole)}
    assert cuts.keys() == {"sentence", "image", METADATA}
    assert cuts["image"].kinds == ("block", "modality")
    assert (cuts[METADATA].kinds, cuts[METADATA].left) == (("block",), ("sentence", "image"))
    rest = cuts[METADATA].rest
    assert isinstance(rest, HeadContender)
    assert rest.make().name == "gated"
    assert METADATA not in rest.bench.task.features.blocks
    assert rest.bench.task.features.present.all(), "words and photos are still there"


def test_a_network_fitted_again_reads_what_is_there_now() -> None:
    features, targets = synthetic(metadata=True)
    head = make_base("gated")
    assert isinstance(head, NetHead)
    assert head.fit(features, targets, 2).blocks == ("sentence", "image", METADATA)
    assert head.fit(features.only(["sentence", "image"]), targets, 2).blocks == (
        "sentence",
        "image",
    )


def synthetic(*, metadata: bool) -> tuple[Features, NDArray[np.intp]]:
    rng = np.random.default_rng(0)
    blocks: dict[str, Any] = {
        "sentence": rng.normal(size=(12, 6)).astype(np.float32),
        "image": np.abs(rng.normal(size=(12, 6))).astype(np.float32),
    }
    if metadata:
        blocks[METADATA] = np.eye(2, 5, dtype=np.float32)[np.arange(12) % 2]
    return Features(blocks, np.ones((12, 2), bool)), np.arange(12) % 2


def test_the_weights_are_those_of_the_table() -> None:
    def counted(net: Any) -> int:
        return sum(parameter.numel() for parameter in net.parameters())

    dims = {"sentence": 384, "image": 1280, METADATA: 68}
    projections = sum(dim * 256 + 256 + 2 * 256 for dim in dims.values())
    gate, classes = 3 * 256 * 3 + 3, 256 * 128 + 128 + 128 * 7 + 7
    assert counted(make_net("gated", dims, 7)) == projections + gate + classes


def test_the_gate_gives_nothing_to_what_is_not_known() -> None:
    import torch

    net = Gated({"sentence": 4, METADATA: 3}, [0, None], 2).eval()
    sentence, present = torch.randn(2, 4), torch.ones(2, 2)
    nothing = torch.zeros(2, 3)
    with torch.no_grad():
        net.gate.weight[:, 256:] = 0  # the gate itself looks at the sentence alone
        before = net([sentence, nothing], present)
        for parameter in net.projections[1].parameters():
            parameter.add_(3.0)  # whatever is made of zeros
        assert torch.equal(net([sentence, nothing], present), before)
        known = net([sentence, nothing + 1], present)
        assert not torch.allclose(known, before)


def test_in_training_it_is_lost_as_often_as_a_modality() -> None:
    import torch

    dims = {"sentence": 4, METADATA: 3}
    net = make_net("gated", dims, 2).train()
    blocks, present = [torch.ones(4000, 4), torch.ones(4000, 3)], torch.ones(4000, 2)
    torch.manual_seed(0)
    read = net.scaled(blocks, present)[1].any(dim=1).float().mean()
    assert float(read) == pytest.approx(0.75, abs=0.03)
    assert net.eval().scaled(blocks, present)[1].all()


def test_the_explanation_says_what_price_and_brand_changed(model: ProductClassifier) -> None:
    mug = next(one for one in shop(seed=5) if one.label == "Fine mugs")
    why = explain(model, mug)
    told = why.metadata
    assert told is not None
    assert told.known == ("price", "brand")
    bare = model.predict_proba([with_attributes(mug)])[0]
    assert told.probability_without == pytest.approx(bare[1], abs=1e-6)
    assert why.metadata_points > 10
    assert f"The price and brand make it {why.metadata_points:.0f} points more probable" in (
        why.sentence
    )
    assert why.to_dict()["metadata"]["predicted_without"] == CLASSES[int(bare.argmax())]
    assert json.loads(json.dumps(why.to_dict()))["metadata"]["known"] == ["price", "brand"]
    assert {share.modality for share in why.shares} == {"text", "image"}
    expected = why.probability / (1 - why.probability)
    assert why.log_odds == pytest.approx(np.log(expected), abs=1e-3), "base and shares still add up"
    page = card(why)
    assert f"{why.metadata_points:+.1f} points of probability" in page
    assert "(price and brand alone)" in page


def test_the_explanation_says_which_answer_price_and_brand_turned(
    model: ProductClassifier,
) -> None:
    turned = 0
    for mug in [one for one in shop(seed=5) if one.label in BRAND_OF][:8]:
        why = explain(model, mug)
        assert why.metadata is not None
        if why.metadata.predicted_without != why.predicted:
            turned += 1
            assert f"; the model would say “{why.metadata.predicted_without}”)" in why.sentence
    assert turned, "words and photo cannot tell which mug it is"


def test_only_what_is_known_is_named(model: ProductClassifier, tmp_path: Path) -> None:
    mug = shop(seed=5)[0]
    brand = explain(model, with_attributes(mug, brand="Acme", price="abc"))
    assert "The brand make" in brand.sentence
    unknown = explain(model, with_attributes(mug))
    assert unknown.metadata is None
    assert "price" not in unknown.sentence
    assert "(nothing given)" in card(unknown)
    settings = Settings.read(overrides=["encoders.lexical=no", "train.folds=3"])
    other = ProductClassifier("kernel", settings=settings).fit(shop(24))
    assert explain(other, mug).metadata is None
