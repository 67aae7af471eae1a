"""Detectors that `glasscase detector train` wrote."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.forms.detector_form import DetectorForm, Signature
from glasscase.shelf.forms.pyramid_card import FORM, FORM_KEY
from glasscase.shelf.forms.pyramid_places import PREPARATION
from glasscase.shelf.forms.raw_boxes import RawBoxes


def _fits(signature: Signature) -> bool:
    return signature.metadata.get(FORM_KEY) == FORM


def _read(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    """scores [1, n], 0 to 1; corners [1, n, 4] in pixels of the input; one class."""
    del signature
    if not {"scores", "corners"} <= set(answers):
        raise ValueError("its outputs are not scores and corners")
    scores, corners = answers["scores"].reshape(-1), answers["corners"]
    if corners.shape[-1] != 4 or corners.size != 4 * scores.size:
        raise ValueError(f"scores {scores.shape} and corners {corners.shape} do not fit")
    return RawBoxes(corners.reshape(-1, 4), scores, np.zeros(scores.size, np.intp))


GLASSCASE = DetectorForm(
    "glasscase", "what glasscase detector train writes", PREPARATION, _fits, _read, 0.3
)
