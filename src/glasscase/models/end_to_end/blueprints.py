"""The blueprints of the recipes that learn their encoders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.encoders.photo_scale import PhotoScale
from glasscase.encoders.trainable import trainable_photos
from glasscase.errors import CannotTrain
from glasscase.models.end_to_end.align_blueprint import clip_align
from glasscase.models.end_to_end.blueprint import Blueprint, Phase
from glasscase.models.end_to_end.choices import NetChoices
from glasscase.models.end_to_end.learnt_branches import LearntBranches, Products, looks, reads
from glasscase.models.end_to_end.text_cnn_branch import text_cnn_branch
from glasscase.models.training.plan import TrainingPlan
from glasscase.settings import Settings


def _finetune(products: Products, settings: Settings, work: Path) -> Blueprint:
    """Any photo and sentence encoder, the last blocks learning on."""
    from glasscase.models.nets.linear_sum import LinearSum

    branches = LearntBranches.of(products, settings, work)
    plan = TrainingPlan(
        epochs=8, batch_size=32, learning_rate=1e-3, weight_decay=0.01, schedule="cosine",
        patience=4, label_smoothing=0.05, clip_norm=1.0, class_weights=False,
    )  # fmt: skip
    return Blueprint(
        branches.photo, branches.text, LinearSum, (Phase(plan.told(settings.net)),),
        branches.frozen, branches.slow, branches.chosen, settings.encoders.image,
    )  # fmt: skip


def _se_cnn(products: Products, settings: Settings, work: Path) -> Blueprint:
    """A small network on photos alone, from random weights.

    Raises `CannotTrain` where there are none to learn from.
    """
    del work
    if not looks(products, settings):
        raise CannotTrain(
            "se-cnn learns from photos alone; there are none to learn from",
            "Name their columns or folder, leave --modality out, or take another recipe.",
        )
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
    if looks(products, settings):
        photo = trainable_photos(settings.encoders.image, download=settings.encoders.download)
        frozen = [photo.backbone]
    text = None
    if reads(products, settings):
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


BLUEPRINTS: dict[str, Callable[[Products, Settings, Path], Blueprint]] = {
    "clip-align": clip_align,
    "finetune": _finetune,
    "se-cnn": _se_cnn,
    "text-cnn": _text_cnn,
}
"""Recipe -> its blueprint for the products it is to learn from; the folder takes its files."""
