"""The recipe cross-attention: tokens and places that look at each other, and what is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.encoders.table import load_encoder
from glasscase.errors import BadSetting, CannotTrain
from glasscase.explanations.grad_cam import grid_cam
from glasscase.jobs.explain import explain
from glasscase.models.classifier import ProductClassifier
from glasscase.models.features import Features
from glasscase.models.net_head import NetHead
from glasscase.models.recipes import with_recipe
from glasscase.models.training.plan import TrainingPlan
from glasscase.settings import Settings

pytestmark = pytest.mark.xdist_group("cross-attention")  # its models are trained once

TOKENS, PLACES = {"sentence": 6}, {"image": 16}
PLAN = TrainingPlan(epochs=30, patience=30, batch_size=32, clip_norm=1.0)


def cued(n: int, seed: int, *, cue: bool = True) -> tuple[Features, NDArray[np.intp], Any]:
    """Photos of 4 x 4 noisy places; one of them, anywhere, shows the class. All words are alike."""
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % 4
    marks = 3 * np.random.default_rng(100).normal(size=(4, 12))
    grid = 0.3 * rng.normal(size=(n, 16, 12))
    place = rng.integers(0, 16, n)
    if cue:
        grid[np.arange(n), place] += marks[targets]
    words = np.zeros((n, 6, 8))
    words[:, :4] = np.random.default_rng(101).normal(size=(4, 8))  # the same four tokens
    blocks = {
        "sentence": words.reshape(n, -1).astype(np.float32),
        "image": grid.reshape(n, -1).astype(np.float32),
    }
    return Features(blocks, np.ones((n, 2), bool), {**TOKENS, **PLACES}), targets, place


@pytest.fixture(scope="module")
def head() -> NetHead:
    features, targets, _ = cued(240, 1)
    return NetHead("cross-attention", plan=PLAN).fit(features, targets, 4, seed=1)


def test_it_finds_a_cue_wherever_it_lies(head: NetHead) -> None:
    features, targets, _ = cued(80, 2)
    assert (head.logits(features).argmax(axis=1) == targets).mean() > 0.9
    blind, wanted, _ = cued(80, 3, cue=False)
    assert (head.logits(blind).argmax(axis=1) == wanted).mean() < 0.5


def test_a_painted_cue_draws_the_heat_map_to_its_place(head: NetHead) -> None:
    features, targets, place = cued(40, 4)
    asked = np.eye(4, dtype=np.float32)[targets]
    slopes = head.gradient(features, "image", asked)
    grids = features.blocks["image"]
    hottest = [
        int(grid_cam(grids[i : i + 1], slopes[i], ["p"], places=16)[0].values.argmax())
        for i in range(40)
    ]
    assert np.mean(np.array(hottest) == place) > 0.75


def test_random_weights_point_nowhere() -> None:
    features, targets, _ = cued(240, 1)
    still = replace(PLAN, epochs=1, learning_rate=1e-7)
    head = NetHead("cross-attention", plan=still).fit(features, targets, 4, seed=1)
    fresh, wanted, place = cued(40, 4)
    slopes = head.gradient(fresh, "image", np.eye(4, dtype=np.float32)[wanted])
    grids = fresh.blocks["image"]
    hottest = [
        int(grid_cam(grids[i : i + 1], slopes[i], ["p"], places=16)[0].values.argmax())
        for i in range(40)
    ]
    assert np.mean(np.array(hottest) == place) < 0.5


def test_attention_weights_sum_to_one_over_what_is_there(head: NetHead) -> None:
    features = cued(6, 5)[0]
    shown = head.view(features)
    assert shown["to_places"].shape == (6, 6, 16)
    assert shown["to_tokens"].shape == (6, 16, 6)
    for weights in shown.values():
        np.testing.assert_allclose(weights.sum(axis=2), 1, atol=1e-5)
        assert (weights >= 0).all()
    assert shown["to_tokens"][:, :, 4:].max() == 0, "nobody looks at padding"
    wordless = head.view(features.without("text"))
    assert wordless["to_tokens"].max() == 0, "there is nothing to look at"


def test_padding_changes_nothing(head: NetHead) -> None:
    """What stands behind a text's end has no say, whatever the head learnt."""
    features = cued(6, 5)[0]
    slopes = head.gradient(features, "sentence", np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0, 1]])
    apart = slopes.reshape(6, 6, 8)
    assert np.abs(apart[:, :4]).max() > 0
    assert np.abs(apart[:, 4:]).max() == 0


def test_the_shares_of_every_epoch_show_that_it_listens_to_photos_alone(head: NetHead) -> None:
    """All words are alike: what is learnt collapses onto the photos, and that is seen."""
    last = head.history.epochs[-1]
    assert last.image_share is not None
    assert last.image_share > 0.99
    assert last.text_share == pytest.approx(1 - last.image_share, abs=1e-3)
    assert NetHead.from_state(head.state()).history == head.history


def test_without_tokens_and_places_it_is_refused() -> None:
    features, targets, _ = cued(12, 1)
    with pytest.raises(CannotTrain, match="these encoders give none. Train with --recipe cross-at"):
        NetHead("cross-attention").fit(replace(features, places={}), targets, 4)


def test_the_recipe_has_as_many_weights_as_it_says() -> None:
    from glasscase.models.nets.table import make_net

    dims, places = {"sentence": 32 * 384, "image": 49 * 320}, {"sentence": 32, "image": 49}
    net = make_net("cross-attention", dims, 10, places=places)
    attention = 2 * 4 * 129 * 128
    wanted = 385 * 128 + 321 * 128 + 49 * 128 + attention + 2 * 256 + 257 * 128 + 129 * 10
    assert sum(parameter.numel() for parameter in net.parameters()) == wanted  # 0.3 M


def test_the_token_encoder_is_minilm_word_by_word() -> None:
    settings = Settings()
    tokens: Any = load_encoder("minilm-l6-v2-tokens", modality="text", settings=settings)
    whole: Any = load_encoder("minilm-l6-v2", modality="text", settings=settings)
    texts = ["a blue mug", "cap", "mug " * 200]
    vectors = tokens.encode_texts(texts)
    assert vectors.shape == (3, 32 * 384)
    assert tokens.card.preprocessing["max_windows"] == 1
    apart = vectors.reshape(3, 32, 384)
    assert apart.any(axis=2).sum(axis=1).tolist() == [5, 3, 32]
    mean = Features({"sentence": vectors}, np.ones((3, 2), bool), {"sentence": 32}).pooled()
    mean = mean.blocks["sentence"]
    mean = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    np.testing.assert_allclose(mean[:2], whole.encode_texts(texts[:2]), atol=1e-5)


def test_the_grid_encoder_gives_the_maps_of_the_network_place_by_place() -> None:
    import torch

    from glasscase.encoders.embedded import lite0_network

    grid: Any = load_encoder("efficientnet-lite0-grid", modality="image", settings=Settings())
    picture = np.random.default_rng(0).integers(0, 256, (224, 224, 3)).astype(np.uint8)
    found = grid.encode_images([picture]).reshape(7, 7, 320)
    network = lite0_network()
    with torch.no_grad():
        pixels = torch.tensor(picture).permute(2, 0, 1)[None] / 127.5 - 1
        maps = network.blocks(network.bn1(network.conv_stem(pixels)))[0].numpy()
    np.testing.assert_allclose(found, maps.transpose(1, 2, 0), atol=1e-3)


@pytest.fixture(scope="module")
def bundle(toy_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    told = ["train.recipe=cross-attention", "train.folds=2", "net.epochs=8", "net.patience=3"]
    settings = with_recipe(Settings.read(overrides=told))[1]
    model = ProductClassifier("cross-attention", settings=settings)
    return model.fit(toy_catalog).save(tmp_path_factory.mktemp("crossed") / "bundle")


def test_a_bundle_predicts_explains_and_stays_small(bundle: Path, toy_catalog: Catalog) -> None:
    model = ProductClassifier.load(bundle)
    products = [one for one in toy_catalog if one.photos and one.text][:20]
    assert (model.predict(products) == [one.label for one in products]).mean() > 0.8
    assert model.training.features.dims == {"sentence": 384, "image": 320}
    told = explain(model, products[0])
    (heat,) = told.heat_maps
    assert (heat.values.shape, heat.method) == ((7, 7), "Grad-CAM, mean gradient over the places")
    (attention,) = told.attention
    assert attention.values.sum() == pytest.approx(1, abs=1e-4)
    assert "model evidence, not shopper attention" in attention.method
    assert told.to_dict()["attention"][0]["unit"] == "share of attention"
    assert told.neighbours[0].id == products[0].id
    assert {share.modality for share in told.shares} == {"text", "image"}
    settings = Settings.parse({**model.settings.model_dump(), "explain": {"layer": "blocks.6"}})
    with pytest.raises(BadSetting, match="reads the places of its own last maps"):
        explain(model, products[0], settings=settings)


def test_one_modality_is_enough(bundle: Path) -> None:
    model = ProductClassifier.load(bundle)
    told = explain(model, Product(id="1", texts={"title": "a mug"}))
    assert told.attention == ()
    assert told.heat_note == "There is no usable photo, so there is nothing to point at."
    assert model.predictions([Product(id="2")])[0].verdict == "abstain"
