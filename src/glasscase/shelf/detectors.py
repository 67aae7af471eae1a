"""Every detector by name: the one that comes with Glasscase, a file, a folder, the hub's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from glasscase.errors import BadDetector, BadSetting
from glasscase.nearest_names import nearest_names
from glasscase.shelf.detector import Detector
from glasscase.shelf.forms.onnx_detector import OnnxDetector, checked_score
from glasscase.shelf.hub_detector import HubDetector, checked_prompts, from_hub
from glasscase.shelf.tiling import Merge, Tiling

EMBEDDED = "embedded"
LONGEST_NAME = 1_000


class DetectorOptions(TypedDict, total=False):
    """How a detector is opened; what is left out is chosen by the detector."""

    form: str | None
    """Of an ONNX file, where it is not to be known by the file: see `onnx_forms.FORMS`."""
    score: float | None
    """Boxes below are left out, 0 to 1."""
    input_px: int | tuple[int, int] | None
    """Side, or height and width, a photo is brought to."""
    prompts: str | Sequence[str]
    """What to find, for OWLv2 and Grounding DINO."""
    tile: int | None
    """Side of tiles in pixels of the photo; 0: photos are never cut; None: chosen by their size."""
    overlap: float
    """Share of a tile that its neighbour shows too, 0 to below 0.9."""
    merge: Merge
    """What becomes of boxes of several tiles on one thing: `nms` keeps the surest, `fusion` their
    mean."""
    iou: float
    """Overlap from which boxes of several tiles are one, 0 to 1."""
    download: bool
    """Whether weights of the hub may be fetched."""


def open_detector(name: str, **options: Unpack[DetectorOptions]) -> Detector:
    """The detector `name`: "embedded", a path of an ONNX file, `hf:OWNER/NAME`, or a folder in the
    format of transformers.

    Raises:
        BadDetector: there is none, or it cannot be used; see `OnnxDetector` and `HubDetector`.
        BadSetting: an option is impossible, or is none of this kind of detector.
        MissingExtra: it needs transformers, which is not installed.
    """
    unknown = sorted(set(options) - set(DetectorOptions.__annotations__))
    if unknown:
        close = nearest_names(unknown[0], sorted(DetectorOptions.__annotations__), most=3)
        raise BadSetting(
            f"detectors have no option {unknown[0]!r}", f"Did you mean {', '.join(close)}?"
        )
    usual = Tiling()
    tiling = Tiling(
        options.get("tile"),
        options.get("overlap", usual.overlap),
        options.get("merge", usual.merge),
        options.get("iou", usual.iou),
    )
    return tiling.over(_opened(name, options))


def _opened(name: str, options: DetectorOptions) -> Detector:
    if len(name) > LONGEST_NAME:
        raise BadDetector(
            f"the name of a detector has at most {LONGEST_NAME} characters",
            f"Give {EMBEDDED}, a file *.onnx, hf:OWNER/NAME or a folder.",
        )
    path = Path(name).expanduser()
    form, prompts = options.get("form"), checked_prompts(options.get("prompts") or ())
    score, input_px = options.get("score"), options.get("input_px")
    if name == EMBEDDED:
        _refuse(name, form=form, prompts=prompts, input_px=input_px)
        return _embedded(score)
    if name.startswith("hf:") or path.is_dir():
        _refuse(name, form=form)
        folder = path
        if name.startswith("hf:"):
            folder = from_hub(name, download=options.get("download", False))
        return HubDetector(folder, name=name, score=score, input_px=input_px, prompts=prompts)
    if path.suffix.lower() == ".onnx":
        _refuse(name, prompts=prompts)
        return OnnxDetector(path, form=form, score=score, input_px=input_px)
    beside = sorted(one.name for one in path.parent.glob("*.onnx"))[:100]
    close = nearest_names(path.name, [EMBEDDED, *beside], most=3)
    raise BadDetector(
        f"there is no detector {name!r}",
        f"Give {EMBEDDED}, a file *.onnx, hf:OWNER/NAME or a folder; near are {', '.join(close)}.",
    )


def _embedded(score: float | None) -> Detector:
    from glasscase.shelf.embedded_detector import embedded_detector

    if score is None:
        return embedded_detector()
    return embedded_detector(score=checked_score(score))


def _refuse(name: str, **given: object) -> None:
    """Raise `BadSetting` for an option this kind of detector does not have."""
    for option, value in given.items():
        if value:
            raise BadSetting(f"detector {name!r} takes no {option}", "Leave it out.")
