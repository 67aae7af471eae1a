"""Reads the words printed on a photo: RapidOCR in ONNX Runtime, without the network."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.encoders.onnx_session import usable_cores
from glasscase.encoders.read_line import ReadLine
from glasscase.errors import BadEncoder, BadPhoto, MissingExtra
from glasscase.extras import need

PACKAGE = "rapidocr"
LONGEST_PX = 1024
"""Longer sides are shrunk to this, so that a photo of any shape costs about the same."""
_MOST_ENLARGED = 3.0  # words on thumbnails are found once they are a few pixels larger
_MOST_LINES = 200
_LEAST_SCORE = 0.5  # the reader's own limit for the lines of a photo
MOST_CHARACTERS = 4_000
"""Kept of one photo; a crowded pack has some hundred."""
_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}


class PhotoReader:
    """Finds lines of words on a photo and reads them (PP-OCRv6 small, Latin and Chinese script).

    Thread-safe; one photo at a time. The models lie in the package, so nothing is ever fetched.

    Not covered: scripts such as Cyrillic, Greek, Arabic, Thai or Devanagari; curved and
    hand-written words are often missed.
    """

    def __init__(self, series: str | None = None) -> None:
        """Choose a reader; it is loaded at the first photo.

        Args:
            series: what a model was trained with, such as `3.10`; None for what is installed.

        Raises:
            MissingExtra: no reader is installed.
            BadEncoder: another series than the one wanted is installed.
        """
        here = installed_series()
        reads = f"this model reads the words on photos with {PACKAGE} {series}"
        install = f"Run: pip install '{PACKAGE}=={series}.*'"
        if here is None and series is None:
            message = f"{PACKAGE!r}, which reads the words on photos, is not installed"
            raise MissingExtra(message, "Run: pip install 'glasscase[ocr]'")
        if here is None:
            raise MissingExtra(f"{reads}, which is not installed", install)
        if series not in (None, here):
            raise BadEncoder(f"{reads}; {here} is installed", f"{install}, or train anew.")
        self.series = here
        self._engine: Any = None
        self._lock = Lock()

    @property
    def name(self) -> str:
        """Everything that decides what is read; the cache's key."""
        return f"{PACKAGE} {self.series}, {LONGEST_PX} px"

    def read(self, image: NDArray[np.uint8], *, name: str = "") -> str:
        """The words on `image` (uint8 RGB [h, w, 3]), a line each, from top to bottom.

        Raises:
            BadPhoto: the reader stumbled over it; `name` says which photo.
            BadEncoder: the package holds other models than it should.
        """
        found = self._found(image, name).txts or ()
        return "\n".join(line.strip() for line in found if line.strip())[:MOST_CHARACTERS]

    def lines(self, image: NDArray[np.uint8], *, name: str = "") -> tuple[ReadLine, ...]:
        """The same words, each line with its place on `image` and how sure the reader is.

        Raises:
            BadPhoto, BadEncoder: as `read`.
        """
        found = self._found(image, name)
        if not found.txts or found.boxes is None:
            return ()
        back = np.array(image.shape[1::-1]) / _new_size(image)
        corners = np.asarray(found.boxes, np.float64).reshape(-1, 4, 2) * back
        if not np.isfinite(corners).all():
            raise BadPhoto(f"the words on photo {name!r} have no place", "It goes on without them.")
        lines, left = [], MOST_CHARACTERS
        for words, score, corner in zip(found.txts, found.scores, corners, strict=True):
            kept = words.strip()[:left]
            if kept:
                left -= len(kept)
                lines.append(ReadLine(corner, kept, float(score)))
        return tuple(lines)

    def words_of(self, strips: Sequence[NDArray[np.uint8]]) -> tuple[str, ...]:
        """What stands on each of `strips`, pictures (uint8 RGB) of one line each, cut out.

        Nothing is searched for, so it costs a hundredth of a photo; an empty text: nothing read.

        Raises:
            BadPhoto, BadEncoder: as `read`.
        """
        if not strips:
            return ()
        pixels = [np.ascontiguousarray(strip[:, :, ::-1]) for strip in strips]
        with self._lock:
            engine = self._loaded()
            try:
                found = engine.recognize_txt(pixels)
            except Exception as error:
                message = f"cut-out lines cannot be read: {type(error).__name__}"
                raise BadPhoto(message, "It goes on without them.") from error
        scored = zip(found.txts, found.scores, strict=True)
        return tuple(words.strip() if score >= _LEAST_SCORE else "" for words, score in scored)

    def _found(self, image: NDArray[np.uint8], name: str) -> Any:
        pixels = np.ascontiguousarray(_scaled(image)[:, :, ::-1])  # it wants blue first
        with self._lock:
            engine = self._loaded()
            try:
                return engine(pixels)
            except Exception as error:
                message = f"the words on photo {name!r} cannot be read: {type(error).__name__}"
                raise BadPhoto(message, "It goes on without them.") from error

    def _loaded(self) -> Any:
        if self._engine is None:
            self._engine = _engine()
        return self._engine


def installed_series() -> str | None:
    """The first two numbers of the installed reader's version; None where there is none."""
    try:
        return ".".join(version(PACKAGE).split(".")[:2])
    except PackageNotFoundError:
        return None


def _engine() -> Any:
    rapidocr = need(PACKAGE, extra="ocr")
    folder = Path(str(rapidocr.__file__)).parent / "models"
    paths = {f"{part}.model_path": folder / name for part, name in _MODELS.items()}
    missing = next((path for path in paths.values() if not path.is_file()), None)
    if missing is not None:  # it would fetch them
        raise BadEncoder(f"{str(missing)!r} is missing", f"Reinstall {PACKAGE}.")
    threads = "EngineConfig.onnxruntime.intra_op_num_threads"
    return rapidocr.RapidOCR(
        params={
            **{key: str(path) for key, path in paths.items()},
            threads: usable_cores(),
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST_PX,
            "Det.limit_type": "max",
            "Det.limit_side_len": LONGEST_PX,
            "Det.max_candidates": _MOST_LINES,
        }
    )


def _scaled(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = _new_size(image)
    if size == (image.shape[1], image.shape[0]):
        return image
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


def _new_size(image: NDArray[np.uint8]) -> tuple[int, int]:
    """Width and height the reader sees."""
    height, width = image.shape[:2]
    factor = min(LONGEST_PX / max(height, width), _MOST_ENLARGED)
    return max(1, round(width * factor)), max(1, round(height * factor))
