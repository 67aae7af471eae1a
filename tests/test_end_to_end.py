"""Recipes that learn their encoders: they learn, go on where stopped, and fit into a bundle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from glasscase import Catalog, Product, ProductClassifier, Settings, explain, train
from glasscase.catalog.image_decoding import decode
from glasscase.catalog.toy import toy_products
from glasscase.encoders.tokens import Tokens
from glasscase.errors import CannotTrain
from glasscase.explanations.card import card
from glasscase.models.end_to_end import joint_training
from glasscase.models.end_to_end.joint_training import Lesson, fit_joint
from glasscase.models.end_to_end.last_blocks import last_blocks
from glasscase.models.end_to_end.word_vocabulary import write_vocabulary
from glasscase.models.training.loop import Trainer

pytestmark = pytest.mark.xdist_group("end-to-end")  # its models are trained once

SMALL = {
    "finetune": {"side": 48, "epochs": 3, "unfreeze": 1, "learning_rate": 5e-3, "batch_size": 16},
    "text-cnn": {"side": 48, "epochs": 6, "learning_rate": 5e-3, "batch_size": 16},
    "se-cnn": {"side": 48, "epochs": 20, "patience": 20, "augment": "none", "batch_size": 16},
}


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of this module's own, so that no checkpoint of an earlier day is gone on from."""
    cache = tmp_path_factory.mktemp("cache")
    shared = Path(os.environ["GLASSCASE_CACHE"])
    (shared / "models").mkdir(parents=True, exist_ok=True)
    (cache / "models").symlink_to(shared / "models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSCASE_CACHE", str(cache))
        yield cache


def settings_for(recipe: str, **net: Any) -> Settings:
    return Settings(
        train={"recipe": recipe, "modality": "image" if recipe == "se-cnn" else "both"},
        net={"accelerator": "cpu", **SMALL[recipe], **net},
        loading={"workers": "none"},
    )


@pytest.fixture(scope="module")
def shop() -> Catalog:
    """72 toy products of four kinds, some without photo or words."""
    products = [p for p in toy_products(420) if p.category and p.category[-1] in KINDS]
    return Catalog(products[:72])


KINDS = ("Mugs", "Chairs", "Caps", "Lamps")


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    """Trainings by recipe: a fixture with parameters is set up again when one comes back."""
    return {}


@pytest.fixture(
    params=[
        "text-cnn",
        pytest.param("finetune", marks=pytest.mark.slow),
        pytest.param("se-cnn", marks=pytest.mark.slow),
    ]
)
def trained(request: pytest.FixtureRequest, shop: Catalog, kept: dict[str, Any]) -> Any:
    if request.param not in kept:
        kept[request.param] = train(shop, settings=settings_for(request.param))
    return kept[request.param]


def fresh(count: int = 60) -> list[Product]:
    """Products that were not learnt from, with photo and words, and the label they should have."""
    drawn = toy_products(300, seed=7)
    whole = [p for p in drawn if p.photos and p.text and p.category and p.category[-1] in KINDS]
    return whole[:count]


def accuracy(model: ProductClassifier, products: list[Product]) -> float:
    wanted = np.array([product.label for product in products])
    return float((model.predict(products) == wanted).mean())


def test_it_learns_the_toy_shop_well_above_chance(trained: Any) -> None:
    assert len(trained.model.classes_) >= 3
    assert accuracy(trained.model, fresh()) > 0.7
    assert trained.choice.winner.name == trained.model.settings.train.recipe
    assert trained.sentences[0].startswith(f"Shipped: {trained.choice.winner.name}")


def test_what_is_stored_answers_the_same(trained: Any, tmp_path: Path) -> None:
    products = fresh(12)
    trained.model.save(tmp_path / "bundle")
    loaded = ProductClassifier.load(tmp_path / "bundle")
    np.testing.assert_array_equal(
        loaded.predict_proba(products), trained.model.predict_proba(products)
    )


def test_gaps_one_row_and_none_at_all_are_answered(trained: Any) -> None:
    model = trained.model
    whole = fresh(3)
    only_photo = [Product(id="p", photos=product.photos) for product in whole]
    assert np.isfinite(model.predict_proba(only_photo)).all()
    if model.encoder.sentence is not None:
        only_words = [Product(id="w", texts=dict(product.texts)) for product in whole]
        assert np.isfinite(model.predict_proba(only_words)).all()
    one = model.predict_proba(whole[:1])
    np.testing.assert_allclose(one, model.predict_proba(whole)[:1], atol=1e-5)
    assert model.predict_proba([]).shape == (0, len(model.classes_))


def test_it_is_explained_like_any_other(trained: Any) -> None:
    product = fresh(1)[0]
    told = explain(trained.model, product)
    (heat,) = told.heat_maps
    assert heat.method == "Grad-CAM, exact gradient of the head"
    assert heat.values.shape[0] > 1
    assert told.neighbours
    if trained.model.encoder.sentence is not None:
        assert told.words.words
        assert {share.modality for share in told.shares} == {"text", "image"}
    if trained.choice.winner.name != "se-cnn":
        assert told.attention == ()
        return
    (attended,) = told.attention
    image = decode(product.photos[0].read(), name="photo", at_least_px=48)
    _, maps = trained.model.encoder.image.feature_maps([image])
    weighed = maps[0].sum(axis=0)
    np.testing.assert_allclose(attended.values, weighed / weighed.sum(), rtol=1e-4)
    assert attended.values.shape == heat.values.shape == (6, 6)
    assert attended.photo == heat.photo == product.photos[0].name
    page = card(told, product.photos)
    assert page.count("data:image/png") >= 3, "the photo, its heat map, and the attention"
    assert "weighed by channel attention: model evidence, not shopper attention" in page
    assert "the same whatever category is asked about" in page


def test_attention_to_channels_is_the_last_maps_times_their_weights() -> None:
    from glasscase.models.nets.se_cnn import PooledSeCnn, SeCnn

    net = SeCnn().eval()
    seen: dict[str, torch.Tensor] = {}
    last, squeeze = net.blocks[-2], net.blocks[-1]
    last.register_forward_hook(lambda _m, _g, out: seen.update(maps=out))
    squeeze.weigh.register_forward_hook(lambda _m, _g, out: seen.update(weights=out))
    with torch.no_grad():
        vectors, maps = PooledSeCnn(net)(torch.rand(2, 3, 48, 48))
    assert (maps >= 0).all()
    torch.testing.assert_close(maps, seen["maps"] * seen["weights"][:, :, None, None])
    torch.testing.assert_close(vectors, maps.mean(dim=(2, 3)))


@pytest.mark.slow
def test_the_network_in_torch_and_its_parts_in_onnx_say_the_same(
    shop: Catalog, tmp_path: Path
) -> None:
    lesson = lesson_of(shop)
    settings = settings_for("finetune", epochs=1)
    done = fit_joint("finetune", lesson, settings=settings, work=tmp_path / "work")
    products = fresh(6)
    logits, usable = done.logits(products)
    assert usable.all()
    encoder, head = done.parts(tmp_path / "encoders")
    features = encoder.encode(products).features
    np.testing.assert_allclose(head.logits(features), logits, atol=2e-3)


def lesson_of(catalog: Catalog) -> Lesson:
    labels = sorted({product.label or "" for product in catalog})
    targets = np.array([labels.index(product.label or "") for product in catalog])
    return Lesson(catalog.products, targets, len(labels))


@pytest.mark.parametrize("lacking", ["photos", "modality"])
def test_photos_alone_are_not_learnt_where_words_alone_are_asked_for(
    lacking: str, shop: Catalog, tmp_path: Path
) -> None:
    settings, lesson = settings_for("se-cnn", epochs=1), lesson_of(shop)
    if lacking == "photos":
        lesson = replace(lesson, products=[one.with_photos() for one in lesson.products])
    else:
        train = settings.train.model_copy(update={"modality": "text"})
        settings = settings.model_copy(update={"train": train})
    with pytest.raises(CannotTrain, match="se-cnn learns from photos alone; there are none"):
        fit_joint("se-cnn", lesson, settings=settings, work=tmp_path)


def weights(net: torch.nn.Module) -> bytes:
    return b"".join(value.numpy().tobytes() for value in net.state_dict().values())


@pytest.mark.parametrize("recipe", ["se-cnn", "text-cnn"])
def test_stopped_in_the_middle_it_ends_with_the_same_weights(
    recipe: str, shop: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With augmented photos and words, and for text-cnn two phases."""
    lesson = lesson_of(shop)
    phases = 2 if recipe == "text-cnn" else 1
    settings = settings_for(recipe, epochs=2, augment="medium", phases=phases, side=32)
    options: dict[str, Any] = {"settings": settings}
    whole = fit_joint(recipe, lesson, work=tmp_path / "whole", **options)
    monkeypatch.setattr("glasscase.models.training.loop.CHECKPOINT_SECONDS", 0.0)
    plain, steps = Trainer._mine, 0

    def stopping(self: Trainer, batch: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps % 4 == 0:
            raise KeyboardInterrupt
        return plain(self, batch)

    monkeypatch.setattr(Trainer, "_mine", stopping)
    for _ in range(30):
        try:
            stopped = fit_joint(recipe, lesson, work=tmp_path / "stopped", **options)
            break
        except KeyboardInterrupt:
            continue
    assert steps > 4
    assert weights(stopped.net) == weights(whole.net)


def test_frozen_blocks_stay_and_rates_fall_further_down() -> None:
    from glasscase.encoders.trainable import trainable_photos
    from glasscase.models.nets.joint import Joint

    network = trainable_photos("efficientnet-lite0", download=False).backbone
    frozen, groups = last_blocks(network, 2, 0.5)
    assert [factor for factor, _ in groups] == [0.1, 0.1, 0.05]
    last, before = list(network.blocks)[-1], list(network.blocks)[-2]
    assert {id(p) for p in groups[1][1]} == {id(p) for p in last.parameters()}
    assert {id(p) for p in groups[2][1]} == {id(p) for p in before.parameters()}
    net = Joint(torch.nn.Linear(1, 1), photo=network, frozen=frozen, slow=groups)
    learnt = {name for name, p in network.named_parameters() if p.requires_grad}
    assert learnt
    assert all(
        name.startswith(("blocks.5.", "blocks.6.", "conv_head", "classifier")) for name in learnt
    )
    assert not any("bn" in name for name in learnt), "batch norms stay"
    net.train()
    assert not network.blocks[0].training
    assert net.body.training
    everything, none = last_blocks(network, 0, 0.5)
    assert everything == [network]
    assert none == []


def test_a_transformers_layers_are_its_blocks() -> None:
    from glasscase.encoders.trainable import trainable_sentences

    transformer = trainable_sentences("minilm-l6-v2", download=False).module.transformer
    frozen, groups = last_blocks(transformer, 2, 0.5)
    held = {id(p) for module in frozen for p in module.parameters()}
    assert all(id(p) in held for p in transformer.embeddings.parameters())
    assert [len(group) for _, group in groups[1:]] == [16, 16]


# Words


def test_a_vocabulary_holds_the_commonest_words(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    write_vocabulary(["Blue mug, blue MUG", "red mug"], 4, path)
    tokens = Tokens(path, 60)
    assert [text[0] for text in tokens.windows(["mug blue chair", "青い mug"])] == [
        [2, 3, 1], [1, 1, 2],
    ]  # fmt: skip


# The architectures, counted


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_text_cnn_has_the_published_shape() -> None:
    from glasscase.models.nets.text_cnn import TextCnn

    net = TextCnn().eval()
    embedding = 15_001 * 128
    convolutions = sum(64 * 128 * width + 64 + 2 * 64 for width in (2, 3, 4))
    assert count(net) == embedding + convolutions
    ids = torch.randint(1, 15_000, (2, 9))
    assert net(ids).shape == (2, 192)
    padded = torch.nn.functional.pad(ids, (0, 70))
    torch.testing.assert_close(net(ids), net(padded))
    longer = torch.cat([padded[:, :60], ids], dim=1)
    torch.testing.assert_close(net(longer), net(padded), msg="beyond 60 tokens nothing counts")


def test_two_branch_has_the_published_shape() -> None:
    from glasscase.models.nets.two_branch import TwoBranch

    def layer(before: int, after: int) -> int:
        return before * after + after + 2 * after  # linear and batch norm

    def expected(image: int) -> int:
        text = layer(384, 256) + layer(256, 128)
        photo = layer(image, 512) + layer(512, 256)
        joined = layer(384, 256) + layer(256, 128)
        return text + photo + joined + 128 * 10 + 10

    for image in (1280, 2048):
        net = TwoBranch({"sentence": 384, "image": image}, 10)
        assert count(net) == expected(image)
    assert 1.0e6 < expected(1280) < 1.2e6
    dropouts = [m.p for m in net.modules() if isinstance(m, torch.nn.Dropout)]
    assert dropouts == [0.4, 0.3, 0.5, 0.4, 0.4, 0.3]


def test_squeeze_and_excitation_weighs_channels() -> None:
    from glasscase.models.nets.se_cnn import SeCnn, SqueezeExcitation

    block = SqueezeExcitation(16, ratio=4).eval()
    assert count(block) == 16 * 4 + 4 + 4 * 16 + 16
    maps = torch.rand(2, 16, 3, 3)
    weighed = block(maps)
    weights_of = weighed / maps
    assert bool(((weights_of > 0) & (weights_of < 1)).all())
    torch.testing.assert_close(weights_of[:, :, 0, 0], weights_of[:, :, 2, 1])
    assert SeCnn().eval()(torch.rand(1, 3, 64, 64)).shape == (1, 192, 8, 8)


def test_the_run_is_told_apart_by_everything_that_counts(shop: Catalog) -> None:
    lesson = lesson_of(shop)
    settings = settings_for("finetune")
    runs = {
        lesson.run("finetune", settings),
        lesson.run("text-cnn", settings),
        lesson.run("finetune", settings_for("finetune", side=96)),
        lesson.part(np.arange(50)).run("finetune", settings),
        joint_training.Lesson(lesson.products, lesson.targets[::-1], 4).run("finetune", settings),
    }
    assert len(runs) == 5


@pytest.mark.slow
def test_it_is_compared_with_others_on_the_same_folds(
    shop: Catalog, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glasscase import compare

    settings = Settings(
        train={"effort": "quick", "modality": "image"},
        net={"side": 32, "epochs": 2, "augment": "none", "accelerator": "cpu"},
        loading={"workers": "none"},
    )
    before = set((own_cache / "trainings").glob("*"))
    with monkeypatch.context() as patch:
        patch.setattr("glasscase.jobs.compare.stand", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            compare(shop, models=["se-cnn", "image"], settings=settings)
    after = set((own_cache / "trainings").glob("*"))
    assert len(after - before) == 3, "a checkpoint for each fold, until all is done"
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_pass", lambda *_: 1 / 0)  # nothing is learnt anew
        found = compare(shop, models=["se-cnn", "image"], settings=settings).to_dict()
    assert set((own_cache / "trainings").glob("*")) == before
    rows = {row["name"]: row for row in found["models"]}
    assert set(rows) == {"se-cnn", "image"}
    assert rows["se-cnn"]["family"] == "photo only"
    assert rows["image"]["accuracy"]["value"] > 0.7
    assert rows["se-cnn"]["train_seconds"] > rows["se-cnn"]["product_seconds"] > 0
    assert rows["se-cnn"]["disk_bytes"] > 3_000_000
