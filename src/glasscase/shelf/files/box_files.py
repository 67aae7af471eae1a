"""Photos with boxes that people drew, read from the files their tools write.

Known: COCO (one JSON for all), Pascal VOC (an XML for each photo), YOLO (a TXT of shares for each
photo), and TSV (`name.bboxes.tsv`: left, top, right, bottom; names in `name.bboxes.labels.tsv`).
What a folder holds is found out by looking; a bad box or photo is told and the rest goes on.

Not covered: masks, polygons, turned boxes and COCO's crowds, which are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.problem import Problem
from glasscase.errors import BadCatalog, BadPhoto
from glasscase.settings import PhotoSettings
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.files.box_formats import (
    Drawn,
    Wrong,
    coco_boxes,
    tsv_boxes,
    voc_boxes,
    yolo_boxes,
)
from glasscase.shelf.pyramid.detector_lessons import Lesson

MOST_PHOTOS = 100_000
MOST_BOXES = 5_000
_PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
_LEAST_PX = 1.0


@dataclass(frozen=True, slots=True)
class BoxedPhoto:
    """A photo and the boxes drawn on it, not yet decoded."""

    path: Path
    drawn: tuple[Drawn, ...]
    shares: bool = False
    """Whether the boxes are in shares of the photo's sides (YOLO) instead of pixels."""


@dataclass(frozen=True, slots=True)
class BoxedPhotos:
    """The photos of a folder, sorted by name, and what could not be used."""

    photos: tuple[BoxedPhoto, ...]
    problems: tuple[Problem, ...]
    format: str
    """coco, voc, yolo or tsv."""


def read_box_folder(folder: Path) -> BoxedPhotos:
    """Photos and boxes below `folder`, in whichever known format they are.

    A photo with an empty box file is a photo without products; one without a file is left out.

    Raises:
        BadCatalog: no such folder, no known box file, several formats, or no usable photo.
    """
    if not folder.is_dir():
        raise BadCatalog(f"folder {str(folder)!r} does not exist", "Give the folder of the boxes.")
    photos = _photos(folder)
    found = {
        "coco": _files(folder, ".json"),
        "voc": _files(folder, ".xml"),
        "tsv": _files(folder, ".bboxes.tsv"),
        "yolo": [one for one in _files(folder, ".txt") if one.stem in photos],
    }
    there = [name for name, files in found.items() if files]
    if len(there) != 1:
        seen = f"boxes of several formats ({', '.join(there)})" if there else "no boxes"
        raise BadCatalog(
            f"folder {str(folder)!r} holds {seen}",
            "Give a folder with boxes in one of COCO .json, Pascal VOC .xml, YOLO .txt, "
            "or .bboxes.tsv.",
        )
    problems: list[Problem] = []
    made = list(_boxed(there[0], found[there[0]], photos, problems))
    if not made:
        first = f"; first: {problems[0]}" if problems else ""
        raise BadCatalog(f"no photo of {str(folder)!r} has usable boxes{first}", "See above.")
    made.sort(key=lambda one: one.path)
    return BoxedPhotos(tuple(made[:MOST_PHOTOS]), tuple(problems), there[0])


def lesson_of(
    photo: BoxedPhoto, limits: PhotoSettings | None = None
) -> tuple[Lesson, list[Problem]]:
    """The decoded photo with its boxes in pixels, clipped to it, and which boxes are no boxes.

    Raises:
        BadPhoto: it is missing, damaged or too large.
    """
    name = photo.path.name
    try:
        data = photo.path.read_bytes()
    except OSError as error:
        raise BadPhoto(f"photo {name!r} cannot be read", "Put it beside its boxes.") from error
    image = decode(data, name=name, limits=limits or PhotoSettings())
    high, wide = image.shape[:2]
    kept, labels, problems = [], [], []
    for one in photo.drawn[:MOST_BOXES]:
        scale = np.array([wide, high, wide, high]) if photo.shares else np.ones(4)
        box = np.array(one.corners, np.float64) * scale
        shown = np.clip(box, 0, [wide, high, wide, high])
        if (shown[2:] - shown[:2] < _LEAST_PX).any():
            reason, remedy = _unusable(box, (wide, high))
            problems.append(Problem(one.row, f"{name} box", reason, remedy, dropped=True))
            continue
        kept.append(shown)
        labels.append(one.label)
    boxes = Boxes.drawn(np.array(kept).reshape(-1, 4))
    named = tuple(labels) if any(labels) else ()
    return Lesson(image, Boxes(boxes.corners, boxes.scores, named)), problems


def _unusable(box: np.ndarray, size: tuple[int, int]) -> tuple[str, str]:
    said = ", ".join(f"{value:g}" for value in box)
    if box[2] <= box[0] or box[3] <= box[1]:
        return f"({said}) has no area", "Give left, top, right, bottom in that order."
    return f"({said}) is outside the photo of {size[0]} x {size[1]} px", "Draw it anew."


def _files(folder: Path, ending: str) -> list[Path]:
    return sorted(one for one in folder.rglob(f"*{ending}") if one.is_file())


def _photos(folder: Path) -> dict[str, list[Path]]:
    """Photos by their name, and by their name without ending."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _PHOTO_ENDINGS and path.is_file():
            found.setdefault(path.stem, []).append(path)
            found.setdefault(path.name, []).append(path)
    return found


def _photo_for(file: Path, name: str, photos: dict[str, list[Path]]) -> Path | Problem:
    """The photo a box file means: beside it, else the one whose folder is nearest to its own.

    `1.jpg` may lie in several folders: a photo with another's boxes would be learnt as if they
    were its own.
    """
    parts = name.replace("\\", "/").split("/")
    named = photos.get(parts[-1]) or photos.get(Path(parts[-1]).stem) or []
    if not named:
        reason = f"speaks of photo {parts[-1]!r}, which is not there"
        return Problem(None, file.name, reason, "Add it.", dropped=True)

    def far(photo: Path) -> tuple[int, int]:
        same = 0
        for one, other in zip(reversed(photo.parts[:-1]), reversed(parts[:-1]), strict=False):
            if one != other:
                break
            same += 1
        here, there = file.parent.parts, photo.parent.parts
        shared = sum(1 for one, other in zip(here, there, strict=False) if one == other)
        return -same, len(here) + len(there) - 2 * shared

    near = sorted(named, key=far)
    if len(near) > 1 and far(near[0]) == far(near[1]):
        reason = f"speaks of photo {parts[-1]!r}, of which there are {len(near)}"
        return Problem(None, file.name, reason, "Put the right one beside it.", dropped=True)
    return near[0]


def _boxed(
    format_: str, files: list[Path], photos: dict[str, list[Path]], problems: list[Problem]
) -> Iterator[BoxedPhoto]:
    if format_ == "coco":
        yield from _of_coco(files, photos, problems)
        return
    read = {"voc": voc_boxes, "yolo": yolo_boxes, "tsv": tsv_boxes}[format_]
    for file in files:
        stem = file.name.removesuffix(".bboxes.tsv") if format_ == "tsv" else file.stem
        photo = _photo_for(file, stem, photos)
        if isinstance(photo, Problem):
            problems.append(photo)
            continue
        try:
            drawn, wrong = read(file)
        except BadCatalog as error:
            problems.append(Problem(None, file.name, error.reason, error.remedy, dropped=True))
            continue
        problems.extend(_told(file.name, wrong))
        yield BoxedPhoto(photo, tuple(drawn), shares=format_ == "yolo")


def _of_coco(
    files: list[Path], photos: dict[str, list[Path]], problems: list[Problem]
) -> Iterator[BoxedPhoto]:
    for file in files:
        by_name, wrong = coco_boxes(file)
        problems.extend(_told(file.name, wrong))
        for name, drawn in by_name.items():
            photo = _photo_for(file, name, photos)
            if isinstance(photo, Problem):
                problems.append(photo)
                continue
            yield BoxedPhoto(photo, tuple(drawn))


def _told(file: str, wrong: list[Wrong]) -> list[Problem]:
    return [
        Problem(one.row, f"{file} {one.field}".strip(), one.reason, one.remedy, dropped=True)
        for one in wrong
    ]
