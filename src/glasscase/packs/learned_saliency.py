"""Learned models of saliency as ONNX files that the user fetches or exports; none is shipped.

They were trained on where people looked at photos of all kinds, not on shelves, and know faces and
words where the built-in maps know contrast only. Weights follow the licences of their makers and of
the data they were trained on (SALICON, DHF1K and others are for research): read them before
commercial use.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.encoders.onnx_session import open_session
from glasscase.errors import BadEncoder, BadSetting
from glasscase.files import file_sha256
from glasscase.nearest_names import nearest_names
from glasscase.packs.resizing import resized
from glasscase.packs.saliency import as_density, check_image

MOST_BYTES = 2_000_000_000
MOST_SIDE_PX = 4096
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class SaliencyForm:
    """What a model wants to see and what it answers."""

    size: tuple[int, int]
    """Height and width of its input in pixels; a file that fixes others is given those."""
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Taken off each channel, of 0 to 1."""
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """What each channel is divided by then."""
    keep_shape: bool = False
    """Whether the picture keeps its proportions, centred on black; else it is stretched."""
    log_density: bool = False
    """Whether the answer is the logarithm of a density; else it is a map."""
    bgr: bool = False
    """Whether blue comes first."""
    source: str = ""
    """Paper and code."""


FORMS = MappingProxyType(
    {
        "unisal": SaliencyForm(
            (288, 384),
            *_IMAGENET,
            log_density=True,
            source="R. Droste, J. Jiao and J. A. Noble, Unified image and video saliency modeling,"
            " ECCV 2020; github.com/rdroste/unisal; export with source='SALICON', static=True",
        ),
        "transalnet": SaliencyForm(
            (288, 384),
            keep_shape=True,
            source="J. Lou et al., TranSalNet: towards perceptually relevant visual saliency"
            " prediction, Neurocomputing 494 (2022); github.com/LJOVO/TranSalNet, MIT licence. Its"
            " test script hands in blue first where its training has red first: bgr=True does so",
        ),
    }
)
"""By name; any part can be set otherwise."""


class SaliencyModel:
    """A learned model; called like any `SaliencyMap`.

    Not covered: video, models that want where the viewer looked before, and centre priors: where
    one is built in, packs in the middle gain by it (planograms average that out, a photo does not).
    """

    def __init__(
        self, path: Path, form: SaliencyForm, *, form_name: str = "", fixed_size: bool = True
    ) -> None:
        """Open `path`; see `open_saliency_model`.

        `fixed_size` False: where the file fixes the size of its input, that one is taken.
        """
        self.name, self.form_name = path.name, form_name
        try:
            self._session = open_session(_checked(path), from_outside=True)
        except BadEncoder as error:
            cause = error.reason.partition("cannot be run: ")[2][:200]
            if not cause:
                raise
            reason = f"saliency model {path.name!r} cannot be run: {cause}"
            raise BadEncoder(reason, "Export it anew as one file of plain ONNX.") from error
        inputs = self._session.get_inputs()
        shape = [list(one.shape) for one in inputs]
        if len(inputs) != 1 or len(shape[0]) not in (4, 5) or "float" not in inputs[0].type:
            raise BadEncoder(
                f"saliency model {self.name!r} has inputs {shape} of {[i.type for i in inputs]}",
                "It should take one float picture, [1, 3, h, w] or [1, 1, 3, h, w]: export it so.",
            )
        if not fixed_size:
            form = dataclasses.replace(form, size=_own_size(shape[0][-2:], form.size))
        wanted = [1] * (len(shape[0]) - 3) + [3, *form.size]
        fits = [not isinstance(s, int) or s == w for s, w in zip(shape[0], wanted, strict=True)]
        if not all(fits):
            raise BadEncoder(
                f"saliency model {self.name!r} takes {shape[0]}, and its form gives {wanted}",
                f"Give size=({shape[0][-2]}, {shape[0][-1]}), or another form.",
            )
        self._input, self._shape = inputs[0].name, tuple(wanted)
        self._half = "16" in inputs[0].type
        self.form = form
        self.sha256 = file_sha256(path)

    @property
    def fingerprint(self) -> str:
        """The file's content and the form: models with one fingerprint give one map."""
        return f"{self.sha256} {dataclasses.replace(self.form, source='')}"

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 [h, w] with a sum of 1, of uint8 RGB [h, w, 3].

        Raises:
            BadPhoto: `image` is no picture.
            BadEncoder: the model fails or answers nonsense.
        """
        check_image(image)
        tensor, (top, left, height, width) = self._tensor(image)
        answer = self._plane(tensor)
        if self.form.log_density:
            answer = np.exp(answer - answer.max())
        plane = resized(answer.astype(np.float32), self.form.size)
        inside = plane[top : top + height, left : left + width]
        stretched = resized(np.ascontiguousarray(inside), (image.shape[0], image.shape[1]))
        if self.form.log_density:
            stretched = np.maximum(stretched, 0)
            return np.asarray(stretched / stretched.sum(dtype=np.float64), np.float32)
        return as_density(stretched)

    def _tensor(
        self, image: NDArray[np.uint8]
    ) -> tuple[NDArray[np.floating[Any]], tuple[int, int, int, int]]:
        """The input, and top, left, height and width of the picture in it."""
        rows, columns = self.form.size
        height, width = rows, columns
        if self.form.keep_shape:
            scale = min(rows / image.shape[0], columns / image.shape[1])
            height = min(rows, max(1, round(image.shape[0] * scale)))
            width = min(columns, max(1, round(image.shape[1] * scale)))
        picture = Image.fromarray(np.ascontiguousarray(image))
        fitted = np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))
        top, left = (rows - height) // 2, (columns - width) // 2
        canvas = np.zeros((rows, columns, 3), np.float32)
        canvas[top : top + height, left : left + width] = fitted / np.float32(255)
        if self.form.bgr:
            canvas = canvas[..., ::-1]
        scaled = (canvas - np.array(self.form.mean)) / np.array(self.form.std)
        kind = np.float16 if self._half else np.float32
        tensor = scaled.transpose(2, 0, 1).reshape(self._shape).astype(kind)
        return tensor, (top, left, height, width)

    def _plane(self, tensor: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The first answer as [h, w], or say what is wrong with it."""
        try:
            answer = np.asarray(self._session.run(None, {self._input: tensor})[0])
        except Exception as error:
            cause = str(error).splitlines()[0][:200]
            message = f"saliency model {self.name!r} fails on a picture: {cause}"
            raise BadEncoder(message, "Try another size, or export it anew.") from error
        plane = answer.squeeze()
        if plane.ndim != 2 or min(plane.shape) < 2 or max(plane.shape) > MOST_SIDE_PX:
            raise BadEncoder(
                f"saliency model {self.name!r} answers {list(answer.shape)}, not one map",
                "Export it so that its first output is the map of one picture.",
            )
        if plane.dtype.kind != "f" or not np.isfinite(plane).all():
            raise BadEncoder(
                f"saliency model {self.name!r} answers {plane.dtype} with what is no number",
                "Try form='transalnet' or 'unisal', or export it in fp32.",
            )
        return plane.astype(np.float64)


def open_saliency_model(path: str | Path, form: str, **changes: Any) -> SaliencyModel:
    """Open a learned model for `Looking(saliency=...)`.

    Args:
        path: an ONNX file.
        form: `unisal` or `transalnet`: what goes in and comes out.
        **changes: any field of `SaliencyForm` that is otherwise in this file.

    Without `size`, a file that fixes the size of its input is given that one.

    Raises:
        BadSetting: no such form or field, or a size beyond 4,096 pixels.
        BadEncoder: no such file, too large, no ONNX, or with other inputs than its form has.
    """
    if form not in FORMS:
        near = nearest_names(form, list(FORMS))[0]
        reason = f"there is no form {form!r} of saliency models; there are {', '.join(FORMS)}"
        raise BadSetting(reason, f"Did you mean {near!r}?")
    names = [field.name for field in dataclasses.fields(SaliencyForm)]
    unknown = [name for name in changes if name not in names]
    if unknown:
        raise BadSetting(
            f"saliency models have no {unknown[0]!r}", f"There are {', '.join(names)}."
        )
    changed = dataclasses.replace(FORMS[form], **changes)
    _check_form(changed)
    return SaliencyModel(Path(path), changed, form_name=form, fixed_size="size" in changes)


def _own_size(told: list[Any], usual: tuple[int, int]) -> tuple[int, int]:
    """Height and width that a file fixes; `usual` where it leaves them open or they are none."""
    height, width = told
    if not all(isinstance(side, int) and 16 <= side <= MOST_SIDE_PX for side in told):
        return usual
    return height, width


def _check_form(form: SaliencyForm) -> None:
    whole = len(form.size) == 2 and all(isinstance(side, int) for side in form.size)
    if not whole or not all(16 <= side <= MOST_SIDE_PX for side in form.size):
        remedy = f"Give height and width, 16 to {MOST_SIDE_PX} pixels each."
        raise BadSetting(f"the size of a saliency model is {form.size}", remedy)
    numbers = np.array([*form.mean, *form.std], np.float64)
    if len(numbers) != 6 or not np.isfinite(numbers).all() or not (numbers[3:] > 0).all():
        reason = f"mean and std of a saliency model are {form.mean} and {form.std}"
        raise BadSetting(reason, "Give three numbers each, std above 0.")


def _checked(path: Path) -> Path:
    if not path.is_file():
        remedy = "Fetch or export it first: docs/attention.md says how."
        raise BadEncoder(f"saliency model {str(path)!r} does not exist", remedy)
    size = path.stat().st_size
    if not 0 < size <= MOST_BYTES:
        reason = f"saliency model {path.name!r} has {size:,} bytes"
        raise BadEncoder(reason, f"It should have some, and at most {MOST_BYTES:,}.")
    return path
