"""Other people's detectors, from ONNX files of many forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadDetector, BadPhoto, BadSetting
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import DetectorCard
from glasscase.shelf.forms.detector_form import DetectorForm, Signature
from glasscase.shelf.forms.glasscase_form import GLASSCASE
from glasscase.shelf.forms.onnx_file import OnnxFile, Tensor, literal
from glasscase.shelf.forms.onnx_forms import named_form, recognised
from glasscase.shelf.forms.pyramid_card import CARD_KEY, card_of
from glasscase.shelf.measured_file import read_measured

DEFAULT_PX = 640
MOST_PX = 4096
_TYPES = {"float": np.float32, "float16": np.float16, "double": np.float64}


class OnnxDetector:
    """A detector in an ONNX file; a `Detector`.

    Its form is known by metadata and the shapes of its outputs, or given. Where a file leaves
    shapes open, it is run once on an empty photo to see them.
    Not covered: batches, turned boxes, masks and joints (their boxes are read, the rest is not).
    """

    def __init__(
        self,
        path: Path,
        *,
        form: str | None = None,
        score: float | None = None,
        input_px: int | tuple[int, int] | None = None,
    ) -> None:
        """Open `path`.

        Args:
            path: the ONNX file.
            form: a name of `onnx_forms.FORMS`; None: known by the file.
            score: boxes below are left out, 0 to 1; None: what was measured beside the file, else
                what is usual for the form.
            input_px: side, or height and width, of the input where the file leaves it open.

        Raises:
            BadDetector: the file cannot be used, or its form is not known; says what was seen.
            BadSetting: an option is impossible.
        """
        wanted = named_form(form) if form else None
        self._file = OnnxFile(path)
        self._photos, self._sizes = self._entries()
        size = self._size(input_px)
        self._signature = self._looked_at(size)
        self.form: DetectorForm = wanted or recognised(
            self._signature, file=path.name, described=self._file.described()
        )
        self._card = self._carded(path, size)
        measured = self._card.measured
        usual = measured.score if measured else self.form.score
        self._score = checked_score(usual if score is None else score)

    @property
    def card(self) -> DetectorCard:
        """What it is."""
        return self._card

    @property
    def score(self) -> float:
        """Boxes below are not looked for, 0 to 1."""
        return self._score

    def detect(self, image: NDArray[np.uint8]) -> Boxes:
        """Boxes on `image` (uint8 RGB [h, w, 3]) in its pixels, surest first.

        Raises:
            BadDetector: it fails, takes too long, or answers with something else than boxes.
            BadPhoto: `image` is no such array.
        """
        check_image(image)
        size = self._signature.size
        answers = self._file.run(self._feed(self.form.preparation.tensor(image, size)))
        view = self.form.preparation.view(image, size)
        try:
            with np.errstate(all="ignore"):
                raw = self.form.read(answers, self._signature)
                height, width = image.shape[:2]
                return raw.on_photo(
                    view, (height, width), score=self._score, names=self._file.names
                )
        except ValueError as error:
            if isinstance(error, BadDetector):
                raise
            shapes = "; ".join(f"{name} {list(one.shape)}" for name, one in answers.items())
            raise BadDetector(
                f"detector {self._file.path.name!r} cannot be read as {self.form.name}, because "
                f"{error}; its outputs are {shapes}",
                "Give another form=.",
            ) from error

    def _carded(self, path: Path, size: tuple[int, int]) -> DetectorCard:
        """Its card: what the file says of itself, and what was measured beside it."""
        told, sha256 = self._file.metadata, self._file.sha256
        card = DetectorCard(
            name=path.name,
            form=self.form.name,
            licence=told.get("license", "") or "see its source",
            source=str(path),
            sha256=sha256,
            input_px=size,
            classes=self._file.names,
        )
        if self.form is GLASSCASE and CARD_KEY in told:
            own = card_of(told[CARD_KEY], sha256, where=repr(path.name))
            card = replace(card, licence=own.licence, classes=own.classes, measured=own.measured)
        beside = read_measured(path, sha256)
        return replace(card, measured=beside) if beside else card

    def _entries(self) -> tuple[Tensor, list[Tensor]]:
        """The input for the photo, and those for its size."""
        photos = [one for one in self._file.inputs if len(one.shape) == 4]
        others = [one for one in self._file.inputs if len(one.shape) != 4]
        if len(photos) != 1 or not _is_photo(photos[0]) or not all(map(_is_size, others)):
            raise BadDetector(
                f"detector {self._file.path.name!r} does not take one photo [1, 3, height, width] "
                f"of numbers: {self._file.described()}",
                "Export it for a batch of one photo, in 32 or 16 bits.",
            )
        return photos[0], others

    def _size(self, input_px: int | tuple[int, int] | None) -> tuple[int, int]:
        """Height and width of the input: fixed by the file, asked for, told by it, or 640."""
        fixed = self._photos.shape[2:]
        asked = (input_px, input_px) if isinstance(input_px, int) else input_px
        if asked and not all(32 <= side <= MOST_PX for side in asked):
            raise BadSetting(
                f"an input of {asked[0]} x {asked[1]} px is impossible", f"Use 32 to {MOST_PX}."
            )
        told = literal(self._file.metadata.get("imgsz", ""))
        sides = asked or (told if _are_sides(told) else (DEFAULT_PX, DEFAULT_PX))
        size = tuple(
            whole if isinstance(whole, int) and whole > 0 else int(side)
            for whole, side in zip(fixed, sides, strict=True)
        )
        if asked and size != tuple(asked):
            raise BadSetting(
                f"detector {self._file.path.name!r} takes {size[0]} x {size[1]} px only, "
                f"not {asked[0]} x {asked[1]}",
                "Leave input_px out, or export it with open sides.",
            )
        if not all(1 <= side <= MOST_PX for side in size):
            raise BadDetector(
                f"detector {self._file.path.name!r} wants {size[0]} x {size[1]} px",
                f"The limit is {MOST_PX} a side.",
            )
        return size[0], size[1]

    def _looked_at(self, size: tuple[int, int]) -> Signature:
        """What is known of the file, shapes of the outputs included."""
        shapes: dict[str, tuple[Any, ...]] = {one.name: one.shape for one in self._file.outputs}
        if any(isinstance(side, str) for shape in shapes.values() for side in shape):
            empty = np.zeros((1, 3, *size), np.float32)
            shapes = {name: one.shape for name, one in self._file.run(self._feed(empty)).items()}
        inputs = {one.name: one.shape for one in self._file.inputs}
        return Signature(inputs, shapes, size, self._file.names, self._file.metadata)

    def _feed(self, photo: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """The photo, and its size or an empty mask where that is asked for: as if the photo had
        the size of the input, so that boxes come back in its pixels."""
        feed: dict[str, NDArray[Any]] = {self._photos.name: photo.astype(_TYPES[self._photos.type])}
        height, width = photo.shape[2:]
        for one in self._sizes:
            if len(one.shape) == 2:
                feed[one.name] = np.array([[width, height]], _numbers(one.type))
            else:
                feed[one.name] = np.ones((1, height, width), _numbers(one.type))
        return feed


def check_image(image: NDArray[Any]) -> None:
    """Raise `BadPhoto` unless `image` is uint8 [h, w, 3] with a pixel at least."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise BadPhoto(
            f"an image is {image.dtype} {list(image.shape)} instead of uint8 [height, width, 3]",
            "Decode it with glasscase.catalog.image_decoding.decode.",
        )


def checked_score(score: float) -> float:
    """`score` if it is 0 to 1. Raises `BadSetting`."""
    if not 0 <= score <= 1:
        raise BadSetting(f"a score of {score:g} is impossible", "Use 0 to 1.")
    return float(score)


def _numbers(type_: str) -> Any:
    return {"int32": np.int32, "int64": np.int64, "bool": np.bool_}.get(type_, np.float32)


def _is_photo(one: Tensor) -> bool:
    """Whether an input takes one photo, [1, 3, height, width], in numbers with a fraction."""
    single = one.shape[0] == 1 or isinstance(one.shape[0], str)
    coloured = one.shape[1] == 3 or isinstance(one.shape[1], str)
    return single and coloured and one.type in _TYPES


def _is_size(one: Tensor) -> bool:
    """Whether an input takes a photo's size [1, 2] or a mask of its pixels [1, height, width]."""
    size = len(one.shape) == 2 and one.shape[1] == 2 and one.type in ("int64", "int32", "float")
    mask = len(one.shape) == 3 and one.type in ("int64", "bool")
    return size or mask


def _are_sides(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(type(side) is int and 32 <= side <= MOST_PX for side in value)
    )
