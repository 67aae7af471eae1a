"""A product detector of our own form, run in ONNX Runtime."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadDetector
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import DetectorCard
from glasscase.shelf.forms.onnx_detector import check_image, checked_score
from glasscase.shelf.forms.onnx_file import OnnxFile
from glasscase.shelf.forms.pyramid_card import CARD_KEY, FORM, FORM_KEY, card_of
from glasscase.shelf.forms.pyramid_places import INPUT_PX, PREPARATION, places
from glasscase.shelf.forms.raw_boxes import RawBoxes
from glasscase.shelf.measured_file import read_measured

LOWEST_SCORE = 0.3
"""Boxes below are left out where nothing was measured."""


class PyramidDetector:
    """Finds products of one class with a graph that `pyramid_file.detector_bytes` made.

    A `Detector`. A photo is looked at once, at 384 px: for large photos of dense shelves use
    `tiling.Tiled`. Not covered: what a product is, and products smaller than about 8 px there.
    """

    def __init__(self, file: OnnxFile, card: DetectorCard, *, score: float | None = None) -> None:
        """Wrap an opened graph.

        Args:
            file: of our form.
            card: what it is.
            score: boxes below are left out, 0 to 1; None: what the card was measured at.

        Raises:
            BadSetting: an impossible score.
        """
        usual = card.measured.score if card.measured else LOWEST_SCORE
        self._file = file
        self._card = card
        self._score = checked_score(usual if score is None else score)

    @classmethod
    def open(cls, path: Path, *, score: float | None = None) -> PyramidDetector:
        """From a file that `glasscase detector train` wrote.

        What was measured beside the file (`glasscase detector check`) counts before its card.

        Raises:
            BadDetector: it is missing, damaged, or of another form.
            BadSetting: an impossible score.
        """
        file = OnnxFile(path)  # checks sizes, operations and files beside it
        if file.metadata.get(FORM_KEY) != FORM:
            raise BadDetector(
                f"{str(path)!r} is no detector of Glasscase's own form",
                "Open it with open_detector, which knows the other forms.",
            )
        card = card_of(file.metadata.get(CARD_KEY, ""), file.sha256, where=repr(path.name))
        beside = read_measured(path, file.sha256)
        return cls(file, replace(card, measured=beside) if beside else card, score=score)

    @property
    def card(self) -> DetectorCard:
        """What it is."""
        return self._card

    @property
    def score(self) -> float:
        """Boxes below are not looked for, 0 to 1."""
        return self._score

    def detect(self, image: NDArray[np.uint8]) -> Boxes:
        """Boxes on `image` (uint8 RGB [h, w, 3]) in its pixels, surest first, no doubles.

        Raises:
            BadDetector: it answers with what are no boxes.
            BadPhoto: `image` is no such array.
        """
        check_image(image)
        size = (INPUT_PX, INPUT_PX)
        answers = self._file.run({"images": PREPARATION.tensor(image, size)})
        scores, corners = answers.get("scores"), answers.get("corners")
        count = len(places())
        if scores is None or corners is None or corners.shape != (1, count, 4):
            raise BadDetector(
                f"detector {self._card.name!r} answers with something else than {count} boxes",
                "It is damaged: train or fetch it anew.",
            )
        raw = RawBoxes(corners[0], scores.reshape(count), np.zeros(count, np.intp))
        height, width = image.shape[:2]
        return raw.on_photo(
            PREPARATION.view(image, size), (height, width), score=self._score, names=("product",)
        )
