"""The card of a detector of our own, as its file or a file beside it holds it."""

from __future__ import annotations

import json
from typing import Any

from glasscase.errors import BadDetector
from glasscase.shelf.detector import DetectorCard, MeasuredDetector

FORM = "pyramid"
"""The name of our own form of detector."""
FORM_KEY = "glasscase.form"
"""Where an ONNX file says that it is of that form."""
CARD_KEY = "glasscase.card"
"""Where it holds its card, as JSON."""
LICENCE = "Apache-2.0"


def card_of(text: str, sha256: str | None, *, where: str) -> DetectorCard:
    """The card that a detector file or a card file holds as JSON.

    Args:
        text: the JSON.
        sha256: of the detector's file; None: the card says it itself.
        where: whose card it is, for messages.

    Raises:
        BadDetector: it is not such a card.
    """
    try:
        about = json.loads(text)
        height, width = about["input_px"]
        return DetectorCard(
            name=str(about["name"]),
            form=str(about["form"]),
            licence=str(about["licence"]),
            source=str(about["source"]),
            sha256=str(about["sha256"]) if sha256 is None else sha256,
            input_px=(int(height), int(width)),
            classes=tuple(str(name) for name in about["classes"]),
            measured=_measured(about["measured"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadDetector(
            f"the card of {where} cannot be read", "Train or fetch it anew."
        ) from error


def _measured(about: Any) -> MeasuredDetector | None:
    if not about:
        return None
    right, found, true = (int(about[key]) for key in ("right", "found", "true"))
    score = float(about["score"])
    if not 0 <= right <= min(found, true) or not 0 <= score <= 1:
        raise ValueError("counts that cannot be")
    photos = tuple((int(a), int(b), int(c)) for a, b, c in about.get("photos", ()))
    on, drawn = str(about["on"]), bool(about.get("drawn", False))
    return MeasuredDetector(right, found, true, on, score, photos, drawn)
