"""What a network with attention attends to on a photo: its attention, not a shopper's.

Attention says what a network compared or let through, not which of it spoke for the class (Jain and
Wallace 2019, "Attention is not Explanation"); the heat map says that.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.explanations.heat_map import AttentionMap
from glasscase.explanations.usable_photos import usable_photos
from glasscase.models.net_head import NetHead

if TYPE_CHECKING:
    from glasscase.explanations.question import Question

NOT_SHOPPERS = "model evidence, not shopper attention"
WORDS_METHOD = f"attention of the words, mean over words and heads: {NOT_SHOPPERS}"
CHANNELS_METHOD = f"sum of the feature maps weighed by channel attention: {NOT_SHOPPERS}"


def attention_maps(question: Question) -> tuple[AttentionMap, ...]:
    """What the network attends to on the product's photos; empty where it has no attention.

    `cross-attention`: how much the words look at each place, of all photos together. `se-cnn`: how
    much its weighed channels answer at each place of each photo.
    """
    head = question.model.head
    if not isinstance(head, NetHead) or not question.features.has("image")[0]:
        return ()
    if head.net == "cross-attention":
        return _words_on_places(question, head)
    return _weighed_channels(question) if head.net == "se-cnn" else ()


def _words_on_places(question: Question, head: NetHead) -> tuple[AttentionMap, ...]:
    features = question.features
    if "image" not in head.places or not features.has("text")[0]:
        return ()
    to_places = head.view(features)["to_places"][0]
    tokens = np.asarray(features.blocks["sentence"]).reshape(len(to_places), -1).any(axis=1)
    side = isqrt(head.places["image"])
    looks = to_places[tokens].mean(axis=0).reshape(side, side)
    return (AttentionMap("", "Where the words look", looks, WORDS_METHOD),)


def _weighed_channels(question: Question) -> tuple[AttentionMap, ...]:
    """The last maps of `models.nets.se_cnn` are F_k times its excitation s_k: sum_k s_k F_k."""
    encoder = question.model.image_encoder
    assert encoder is not None
    names, images = usable_photos(question.product, encoder, question.settings.photos)
    _, maps = encoder.feature_maps(images)
    return tuple(
        AttentionMap(name, "Where the network's channels answer", shares, CHANNELS_METHOD)
        for name, shares in zip(names, map(_shares, maps.sum(axis=1)), strict=True)
    )


def _shares(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """`values`, none below 0, as parts of their sum; alike everywhere where there is none."""
    total = float(values.sum())
    return values / np.float32(total) if total > 0 else np.full_like(values, 1 / values.size)
