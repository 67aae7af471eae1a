"""One space for words and photos, in which things that belong together lie close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.given import is_given
from glasscase.errors import BadSetting
from glasscase.models.features import Features
from glasscase.models.head import Head
from glasscase.models.net_head import NetHead
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.scaling import Scaling

Vectors = NDArray[np.float32]
CLIP_TEMPERATURE = 0.01
"""What CLIP's own training ends at (Radford et al. 2021, section 2.5)."""
_ALIGNED = "clip-align"


@dataclass(frozen=True)
class JointSpace:
    """Words and photos as unit vectors of one space; a cosine says how well they fit.

    Two kinds: the projections that the recipe `clip-align` learns on the shop's own products, and
    the space of one network with two halves (CLIP, SigLIP by `hf:` or `open_clip:`), which takes
    no training. Needs no torch.

    Not covered: how well a cosine is calibrated; SigLIP's own scale and bias, whose probabilities
    are of single pairs.
    """

    encoder: ProductEncoder
    project: Callable[[Features], tuple[Vectors, Vectors]]
    """Features [n] -> unit vectors [n, dim] of words and of photos; zeros where missing."""
    temperature: float
    """What cosines are divided by to become logits."""

    @classmethod
    def of(cls, encoder: ProductEncoder, head: Head) -> JointSpace:
        """The space of a fitted model.

        Raises:
            BadSetting: it has none.
        """
        sentence, image = encoder.sentence, encoder.image
        if isinstance(head, NetHead) and head.net == _ALIGNED:
            return cls(encoder, _learnt(head), head.figures["temperature"])
        if sentence is not None and image is not None and _is_one_network(sentence, image):
            return cls(encoder, _as_they_are, CLIP_TEMPERATURE)
        raise BadSetting(
            "this model has no space that words and photos share",
            "Train with --recipe clip-align, or with one CLIP or SigLIP (hf: or open_clip:) as "
            "encoders.text and encoders.image.",
        )

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors [n, dim] of bare strings.

        Raises:
            BadSetting: the model's text vectors were computed elsewhere.
        """
        if is_given(self.encoder.sentence):
            message = "the text vectors of this model were computed elsewhere"
            raise BadSetting(message, "Train with an encoder of texts to ask with words.")
        words = self.encoder.sentence.encode_texts(texts)
        photos = np.zeros((len(texts), self.encoder.image.card.dim), np.float32)
        there = np.array([[bool(text.strip()), False] for text in texts]).reshape(-1, 2)
        return self.project(Features({"sentence": words, "image": photos}, there))[0]


def _learnt(head: NetHead) -> Callable[[Features], tuple[Vectors, Vectors]]:
    def project(features: Features) -> tuple[Vectors, Vectors]:
        shown = head.view(features)
        return shown["text_vectors"], shown["image_vectors"]

    return project


def _as_they_are(features: Features) -> tuple[Vectors, Vectors]:
    scaling = Scaling(power=False)
    blocks = (np.asarray(features.blocks[name], np.float32) for name in ("sentence", "image"))
    sentence, image = map(scaling.apply, blocks)
    return sentence, image


def _is_one_network(sentence: Any, image: Any) -> bool:
    """Whether both are halves of a network that was trained to compare them."""
    text, photo = sentence.card, image.card
    joint = text.name == photo.name and text.sha256 == photo.sha256 != ""
    return bool(joint and text.dim == photo.dim)
