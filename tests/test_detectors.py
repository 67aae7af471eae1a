"""Detectors by name, and what is said where there is none of that name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector_files import write_detector
from glasscase.errors import BadDetector, BadSetting
from glasscase.shelf.detectors import open_detector
from glasscase.shelf.forms.onnx_detector import OnnxDetector
from glasscase.shelf.tiling import Tiled

ROWS = np.tile(np.array([10, 10, 40, 50, 0.6, 0], np.float32), (1, 300, 1))
PHOTO = np.zeros((64, 64, 3), np.uint8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_detector(tmp_path / "bottles.onnx", {"output0": ROWS}, size=(64, 64))


def test_a_file_is_opened_by_its_path_and_cuts_large_photos(file: Path) -> None:
    detector = open_detector(str(file))
    assert isinstance(detector, Tiled)
    assert detector.card.form == "yolo10"
    assert len(detector.detect(PHOTO)) == 1
    assert len(detector.tiles(200, 300)) > 4
    assert isinstance(open_detector(str(file), tile=0), OnnxDetector)
    assert len(open_detector(str(file), tile=100).tiles(90, 150)) == 2


def test_options_reach_the_detector(file: Path) -> None:
    assert len(open_detector(str(file), score=0.7).detect(PHOTO)) == 0
    assert open_detector(str(file), form="yolo8", tile=0).card.form == "yolo8"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prompts": "bottle"}, "takes no prompts. Leave it out."),
        ({"tile": 5}, "a tile of 5 px is too small. Use at least 32, or 0."),
        ({"scores": 0.5}, "detectors have no option 'scores'. Did you mean score, form, prompts?"),
    ],
)
def test_wrong_options_are_told(options: Any, message: str, file: Path) -> None:
    with pytest.raises(BadSetting) as caught:
        open_detector(str(file), **options)
    assert str(caught.value).endswith(message)


def test_a_name_of_nothing_shows_what_is_near(file: Path) -> None:
    name = str(file.parent / "bottels.onx")
    with pytest.raises(BadDetector) as caught:
        open_detector(name)
    assert str(caught.value) == (
        f"there is no detector {name!r}. Give embedded, a file *.onnx, hf:OWNER/NAME or a folder; "
        "near are bottles.onnx."
    )
    with pytest.raises(BadDetector, match=r"^there is no detector 'embeded'. .* embedded"):
        open_detector("embeded")


def test_a_name_of_thousands_of_letters_is_told_and_not_looked_for() -> None:
    with pytest.raises(BadDetector, match="the name of a detector has at most 1000 characters"):
        open_detector("a" * 5000)
