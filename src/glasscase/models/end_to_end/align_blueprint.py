"""The blueprint of `clip-align` with encoders that learn on, or of a CLIP that is tuned further."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from glasscase.encoders.joint_text_files import JointText, is_joint
from glasscase.encoders.named import weights_folder
from glasscase.errors import CannotTrain
from glasscase.models.end_to_end.blueprint import Blueprint, Phase
from glasscase.models.end_to_end.learnt_branches import LearntBranches, Products
from glasscase.models.training.alignment_loss import AlignmentLoss
from glasscase.models.training.plan import TrainingPlan
from glasscase.settings import EncoderSettings, Settings

_GENTLY = 0.1
"""Of the rate of encoders that were made for a body of their own."""


def clip_align(products: Products, settings: Settings, work: Path) -> Blueprint:
    """Words and photos in one space, the last blocks of both encoders learning on.

    Two encoders that do not know each other get projections of their own, which are learnt. Where
    both are halves of one CLIP or SigLIP checkpoint, its own projections and its temperature are
    what is begun with, so an untrained model tells categories by name as the checkpoint does; its
    blocks then move ten times as slowly, about as fast as CLIP is usually fine-tuned (Wortsman et
    al. 2022, "Robust fine-tuning of zero-shot models", appendix: 3e-5 and below).

    SigLIP was itself trained on single pairs (a sigmoid, Zhai et al. 2023); here it goes on with
    the symmetric InfoNCE of CLIP, in which its bias is the same for all and so falls out.

    Raises:
        CannotTrain: there are no words, or no photos.
        BadEncoder: an encoder is not here, or cannot learn.
    """
    from glasscase.models.nets.alignment import Alignment, JointAlignment, first_log_scale

    branches = LearntBranches.of(products, settings, work)
    if branches.photo is None or branches.text is None:
        lacking = "photos" if branches.photo is None else "words"
        raise CannotTrain(
            f"clip-align brings words and photos together; there are no {lacking} to learn from",
            "Name their columns or folder, leave train.modality at both, or take another recipe.",
        )
    body: Any
    body, slow = partial(Alignment, normed=True), branches.slow
    if isinstance(branches.network, JointText) and _one_checkpoint(settings.encoders):
        log_scale = first_log_scale(branches.network.log_scale)
        body = partial(JointAlignment, log_scale=log_scale)
        slow = [(_GENTLY * factor, group) for factor, group in [*slow, (0.1, [log_scale])]]
    plan = TrainingPlan(
        epochs=8, batch_size=32, learning_rate=1e-3, weight_decay=0.01, schedule="cosine",
        patience=4, label_smoothing=0.05, clip_norm=1.0, class_weights=False,
    )  # fmt: skip
    return Blueprint(
        branches.photo, branches.text, body, (Phase(plan.told(settings.net)),),
        branches.frozen, slow, branches.chosen, settings.encoders.image,
        drop=0.0, objective=AlignmentLoss,
    )  # fmt: skip


def _one_checkpoint(names: EncoderSettings) -> bool:
    """Whether both encoders are halves of one CLIP or SigLIP of transformers."""
    text, photo = (
        weights_folder(name, download=names.download) for name in (names.text, names.image)
    )
    return is_joint(text) and text.resolve() == photo.resolve()
