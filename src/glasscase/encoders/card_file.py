"""An encoder's card as a file beside its graph."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from glasscase.encoders.encoder import EncoderCard
from glasscase.errors import BadEncoder
from glasscase.files import write_json

CARD = "card.json"
GRAPH = "graph.onnx"
"""Names of the two files every stored encoder has."""


def write_card(folder: Path, card: EncoderCard) -> None:
    """Write `card` into `folder`. Raises `CannotWrite` when that is not possible."""
    write_json(folder / CARD, asdict(card))


def read_card(folder: Path) -> EncoderCard:
    """The card in `folder`.

    Raises:
        BadEncoder: there is none, or it is not a card.
    """
    path = folder / CARD
    try:
        return EncoderCard(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        message = f"folder {str(folder)!r} holds no {CARD}"
        raise BadEncoder(message, "It is not a stored encoder.") from None
    except (OSError, ValueError, TypeError) as error:
        message = f"{str(path)!r} is not an encoder's card: {error}"
        raise BadEncoder(message, "Restore it or make the encoder anew.") from error
