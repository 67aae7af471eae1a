"""The product detector that comes with Glasscase: no network, no torch, a few megabytes.

It learnt on drawn scenes only (`scenes.py`), so no photo and no brand of anybody is in it; how
good it is on real photos is in docs/experiments.md, and is made better by your own boxes with
`glasscase detector train --boxes`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from glasscase.errors import BadDetector
from glasscase.shelf.detector import DetectorCard
from glasscase.shelf.forms.onnx_file import OnnxFile
from glasscase.shelf.forms.pyramid_card import card_of
from glasscase.shelf.pyramid.pyramid_detector import PyramidDetector

FOLDER = Path(__file__).parent / "embedded"
GRAPH = "detector.onnx"
CARD = "card.json"


def embedded_detector(*, score: float | None = None) -> PyramidDetector:
    """The embedded one-class product detector.

    Args:
        score: boxes below are left out, 0 to 1; None: the score it was measured at.

    Raises:
        BadDetector: its files are missing or are not the ones that came with Glasscase.
        BadSetting: an impossible score.

    >>> embedded_detector().card.classes
    ('product',)
    """
    file, card = _opened(FOLDER)
    return PyramidDetector(file, card, score=score)


@lru_cache(maxsize=2)
def _opened(folder: Path) -> tuple[OnnxFile, DetectorCard]:
    try:
        text = (folder / CARD).read_text(encoding="utf-8")
    except OSError as error:
        raise BadDetector("the embedded detector is missing", "Reinstall glasscase.") from error
    file = OnnxFile(folder / GRAPH)
    card = card_of(text, None, where="the embedded detector")
    if file.sha256 != card.sha256:
        raise BadDetector(
            "the embedded detector is not the one its card speaks of", "Reinstall glasscase."
        )
    return file, card
