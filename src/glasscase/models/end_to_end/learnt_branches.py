"""A photo and a text encoder whose last blocks learn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glasscase.catalog.product import Product
from glasscase.encoders.joint_text_files import TextNetwork
from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.encoders.trainable import trainable_photos, trainable_sentences
from glasscase.errors import CannotTrain
from glasscase.models.end_to_end.blueprint import TextBranch
from glasscase.models.end_to_end.choices import NetChoices
from glasscase.models.end_to_end.last_blocks import Groups, last_blocks
from glasscase.settings import Settings

Products = Sequence[Product]


@dataclass
class LearntBranches:
    """The branches there is something to read for, and what of them learns on."""

    chosen: NetChoices
    photo: PhotoNetwork | None = None
    text: TextBranch | None = None
    network: TextNetwork | None = None
    """Behind `text`."""
    frozen: list[Any] = field(default_factory=list)
    slow: Groups = field(default_factory=list)

    @classmethod
    def of(cls, products: Products, settings: Settings, work: Path) -> LearntBranches:
        """Load the encoders of the settings in torch; `work` takes the tokeniser's file.

        Raises:
            BadEncoder: one of them is not here, or cannot learn.
            CannotTrain: `net.side` is a side that the photo network cannot look at.
        """
        names, download = settings.encoders, settings.encoders.download
        made = cls(NetChoices.of(settings.net))
        if looks(products, settings):
            made.photo = trainable_photos(names.image, download=download)
            made.chosen = _with_side(made.photo, names.image, settings)
            made._learn(made.photo.backbone)
        if reads(products, settings):
            made.network = trainable_sentences(names.text, download=download)
            made._learn(made.network.backbone)
            made.text = _text_branch(made.network, settings, work)
        return made

    def _learn(self, backbone: Any) -> None:
        frozen, groups = last_blocks(backbone, self.chosen.unfreeze, self.chosen.layer_decay)
        self.frozen += frozen
        self.slow += groups


def looks(products: Products, settings: Settings) -> bool:
    """Whether there are photos, and they are to be learnt from."""
    wanted = settings.train.modality in ("both", "image")
    return wanted and any(product.photos for product in products)


def reads(products: Products, settings: Settings) -> bool:
    """Whether there are words, and they are to be learnt from."""
    wanted = settings.train.modality in ("both", "text")
    return wanted and any(product.text.strip() for product in products)


def _with_side(photo: PhotoNetwork, name: str, settings: Settings) -> NetChoices:
    if not photo.fixed_side:
        return NetChoices.of(settings.net)
    side = photo.scale.side
    chosen = NetChoices.of(settings.net, side=side)
    if chosen.side != side:
        raise CannotTrain(
            f"the encoder {name!r} looks at photos of {side} px and no others, not of "
            f"net.side={chosen.side}",
            "Leave net.side out.",
        )
    return chosen


def _text_branch(network: TextNetwork, settings: Settings, work: Path) -> TextBranch:
    from glasscase.models.nets.joint import MaskedSentences

    return TextBranch(
        module=MaskedSentences(network.module, padding=0),
        dim=network.dim,
        tokenizer=network.tokenizer_in(work),
        max_tokens=min(settings.text.max_tokens, network.max_tokens),
        padding=-1,
        store=network.store,
        origin=settings.encoders.text,
    )
