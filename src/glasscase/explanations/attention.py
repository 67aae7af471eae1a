"""Where the words look on a photo, in a network that lets them: its attention, not a shopper's.

Attention says which places a network compared with the words, not which of them spoke for the
class (Jain and Wallace 2019, "Attention is not Explanation"); the heat map says that.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from glasscase.explanations.explanation import AttentionMap
from glasscase.models.net_head import NetHead

if TYPE_CHECKING:
    from glasscase.explanations.question import Question

METHOD = "attention of the words, mean over words and heads: model evidence, not shopper attention"


def attention_map(question: Question) -> AttentionMap | None:
    """How much the words of the product look at each place of its photos, which are averaged.

    None for a network without such attention, and where words or photo are missing.
    """
    head, features = question.model.head, question.features
    if not isinstance(head, NetHead) or head.net != "cross-attention" or "image" not in head.places:
        return None
    if not features.present[0].all():
        return None
    to_places = head.view(features)["to_places"][0]
    tokens = np.asarray(features.blocks["sentence"]).reshape(len(to_places), -1).any(axis=1)
    side = isqrt(head.places["image"])
    return AttentionMap(to_places[tokens].mean(axis=0).reshape(side, side), METHOD)
