"""The torch networks behind encoders, to learn on from."""

from __future__ import annotations

from glasscase.encoders.embedded import lite0_photo_network, minilm_network
from glasscase.encoders.joint_text_files import TextNetwork, load_text
from glasscase.encoders.named import weights_folder
from glasscase.encoders.photo_network import PhotoNetwork


def trainable_photos(name: str, *, download: bool) -> PhotoNetwork:
    """The network of the image encoder called `name`, as `load_encoder` is given it.

    Raises:
        BadEncoder: its weights are not here, or are of no kind known here.
        MissingExtra: torch, timm or transformers is not installed.
    """
    if name == "efficientnet-lite0":
        return lite0_photo_network()
    return PhotoNetwork.from_folder(weights_folder(name, download=download), name=name)


def trainable_sentences(name: str, *, download: bool) -> TextNetwork:
    """The network of the text encoder called `name`. Raises as `trainable_photos`."""
    if name == "minilm-l6-v2":
        return minilm_network()
    return load_text(weights_folder(name, download=download))
