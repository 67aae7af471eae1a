"""The blueprints of the recipes that learn their encoders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasscase.catalog.product import Product
from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.encoders.photo_scale import PhotoScale
from glasscase.encoders.trainable import trainable_photos, trainable_sentences
from glasscase.models.end_to_end.blueprint import Blueprint, Phase, TextBranch
from glasscase.models.end_to_end.choices import NetChoices
from glasscase.models.end_to_end.last_blocks import last_blocks
from glasscase.models.end_to_end.text_cnn_branch import text_cnn_branch
from glasscase.models.training.plan import TrainingPlan
from glasscase.settings import Settings

Products = Sequence[Product]


def _finetune(products: Products, settings: Settings, work: Path) -> Blueprint:
    """Any photo and sentence encoder, the last blocks learning on."""
    del work
    from glasscase.models.nets.joint import MaskedSentences
    from glasscase.models.nets.linear_sum import LinearSum

    chosen = NetChoices.of(settings.net)
    names, download = settings.encoders, settings.encoders.download
    frozen: list[Any] = []
    slow: list[tuple[float, list[Any]]] = []
    photo: PhotoNetwork | None = None
    text: TextBranch | None = None
    if _looks(products, settings):
        photo = trainable_photos(names.image, download=download)
        below, groups = last_blocks(photo.backbone, chosen.unfreeze, chosen.layer_decay)
        frozen += below
        slow += groups
    if _reads(products, settings):
        network = trainable_sentences(names.text, download=download)
        below, groups = last_blocks(network.module.transformer, chosen.unfreeze, chosen.layer_decay)
        frozen += below
        slow += groups
        limit = min(settings.text.max_tokens, network.max_tokens)
        text = TextBranch(
            module=MaskedSentences(network.module, padding=0),
            dim=int(network.module.transformer.config.hidden_size),
            tokenizer=network.tokenizer,
            max_tokens=limit,
            padding=-1,
            store=network.store,
            origin=names.text,
        )
    plan = TrainingPlan(
        epochs=8, batch_size=32, learning_rate=1e-3, weight_decay=0.01, schedule="cosine",
        patience=4, label_smoothing=0.05, clip_norm=1.0, class_weights=False,
    )  # fmt: skip
    return Blueprint(
        photo, text, LinearSum, (Phase(plan.told(settings.net)),), frozen, slow, chosen,
        names.image,
    )  # fmt: skip


def _se_cnn(products: Products, settings: Settings, work: Path) -> Blueprint:
    """A small network on photos alone, from random weights."""
    del products, work
    from glasscase.models.nets.linear_sum import LinearSum
    from glasscase.models.nets.se_cnn import PooledSeCnn, SeCnn

    chosen = NetChoices.of(settings.net, side=96, augment="light")
    backbone = SeCnn()
    half = (0.5, 0.5, 0.5)
    photo = PhotoNetwork(
        backbone, PooledSeCnn(backbone), PhotoScale(chosen.side, half, half), has_maps=True,
        licence="yours",
    )  # fmt: skip
    plan = TrainingPlan(
        epochs=30, batch_size=32, learning_rate=2e-3, weight_decay=0.01, schedule="cosine",
        patience=8,
    )  # fmt: skip
    return Blueprint(
        photo, None, LinearSum, (Phase(plan.told(settings.net)),), choices=chosen,
        photo_origin="random weights",
    )  # fmt: skip


def _text_cnn(products: Products, settings: Settings, work: Path) -> Blueprint:
    """Convolutions over words beside a photo backbone; the backbone learns in a second phase."""
    from glasscase.models.nets.two_branch import JOINED, Layers, TwoBranch

    chosen = NetChoices.of(settings.net, augment="none")
    photo, frozen = None, []
    if _looks(products, settings):
        photo = trainable_photos(settings.encoders.image, download=settings.encoders.download)
        frozen = [photo.backbone]
    text = None
    if _reads(products, settings):
        text = text_cnn_branch(products, work, token_ids=chosen.token_ids)
    branches: dict[str, Layers] = {"sentence": ((128, 0.3),), "image": ((256, 0.3),)}

    def body(dims: Mapping[str, int], n_classes: int) -> Any:
        return TwoBranch(dims, n_classes, branches, JOINED)

    plan = TrainingPlan(epochs=20, batch_size=32, schedule="plateau", patience=6)
    first = Phase(plan.told(settings.net))
    second = Phase(replace(first.plan, learning_rate=0.1 * first.plan.learning_rate), thawed=True)
    return Blueprint(
        photo, text, body, (first, second)[: chosen.phases], frozen, choices=chosen,
        photo_origin=settings.encoders.image,
    )  # fmt: skip


def _looks(products: Products, settings: Settings) -> bool:
    wanted = settings.train.modality in ("both", "image")
    return wanted and any(product.photos for product in products)


def _reads(products: Products, settings: Settings) -> bool:
    wanted = settings.train.modality in ("both", "text")
    return wanted and any(product.text.strip() for product in products)


BLUEPRINTS: dict[str, Callable[[Products, Settings, Path], Blueprint]] = {
    "finetune": _finetune,
    "se-cnn": _se_cnn,
    "text-cnn": _text_cnn,
}
"""Recipe -> its blueprint for the products it is to learn from; the folder takes its files."""
