"""The formats of drawn boxes, each from one file: COCO, Pascal VOC, YOLO and TSV.

Files come from outside: their size, depth and numbers are checked before they are believed. XML
with a document type is refused, so no entity is ever expanded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from glasscase.errors import BadCatalog

MOST_BYTES = 2_000_000
"""Of a file for one photo."""
MOST_COCO_BYTES = 300_000_000
_MOST_DEPTH = 12
_REMEDY = "Correct or remove it."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box as its file says it."""

    corners: tuple[float, float, float, float]
    """Left, top, right, bottom; pixels, in YOLO shares."""
    label: str = ""
    row: int | None = None
    """Line of the file, or number of the object in it, from 1."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A box that cannot be used: where, why, what to do."""

    row: int | None
    field: str
    reason: str
    remedy: str = _REMEDY


Found = tuple[list[Drawn], list[Wrong]]


def tsv_boxes(path: Path) -> Found:
    """Lines of left, top, right, bottom in pixels; labels from `name.bboxes.labels.tsv`."""
    named = path.with_name(path.name.removesuffix(".tsv") + ".labels.tsv")
    labels = [line.strip() for line in _text(named).splitlines()] if named.is_file() else []
    drawn, wrong = _lines(path, lambda cells: (cells[:4], ""), most=4, divider="\t")
    return [
        Drawn(
            one.corners, labels[one.row - 1] if one.row and one.row <= len(labels) else "", one.row
        )
        for one in drawn
    ], wrong


def yolo_boxes(path: Path) -> Found:
    """Lines of class, centre x, centre y, width, height in shares of the photo's sides."""
    drawn, wrong = _lines(path, lambda cells: (cells[1:5], cells[0]), most=5, divider=None)
    good: list[Drawn] = []
    for one in drawn:
        x, y, wide, high = one.corners
        if max(abs(x), abs(y), wide, high) > 1.5:
            reason = f"holds {max(one.corners):g}, where shares of the photo's sides belong"
            wrong.append(Wrong(one.row, "box", reason, "Divide pixels by the photo's size."))
            continue
        sides = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        good.append(Drawn(sides, one.label, one.row))
    return good, wrong


def _lines(
    path: Path,
    split: Callable[[list[str]], tuple[Sequence[str], str]],
    *,
    most: int,
    divider: str | None,
) -> Found:
    drawn: list[Drawn] = []
    wrong: list[Wrong] = []
    for row, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        cells = line.strip().split(divider)
        if len(cells) < most:
            wrong.append(Wrong(row, "box", f"has {len(cells)} values, {most} are needed"))
            continue
        numbers, label = split(cells)
        box = _four(numbers)
        if box is None:
            wrong.append(Wrong(row, "box", f"holds {_short(line)}, which are not four numbers"))
        else:
            drawn.append(Drawn(box, label, row))
    return drawn, wrong


def voc_boxes(path: Path) -> Found:
    """The objects of a Pascal VOC annotation, in pixels.

    Raises:
        BadCatalog: it is not such an XML file, or has a document type.
    """
    text = _text(path)
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise BadCatalog("has a document type, which is refused", "Remove <!DOCTYPE ...> from it.")
    parser: Any = ElementTree.XMLParser(target=_VocObjects())
    try:
        parser.feed(text)
        objects: list[dict[str, str]] = parser.close()
    except (ElementTree.ParseError, ValueError) as error:
        raise BadCatalog(f"is not a Pascal VOC file: {error}", "Export it anew.") from error
    drawn: list[Drawn] = []
    wrong: list[Wrong] = []
    for row, one in enumerate(objects, start=1):
        box = _four([one.get(key, "") for key in ("xmin", "ymin", "xmax", "ymax")])
        if box is None:
            wrong.append(Wrong(row, "bndbox", "does not hold the four numbers xmin to ymax"))
        else:
            drawn.append(Drawn(box, one.get("name", ""), row))
    return drawn, wrong


class _VocObjects:
    """Collects the objects of a VOC file while it is parsed; no tree is built."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text: list[str] = []
        self._objects: list[dict[str, str]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        del attributes
        self._path.append(tag)
        self._text = []
        if len(self._path) > _MOST_DEPTH:
            raise ValueError(f"elements are nested more than {_MOST_DEPTH} deep")
        if len(self._path) == 1 and tag != "annotation":
            raise ValueError(f"it begins with <{_short(tag)}> instead of <annotation>")
        if self._path == ["annotation", "object"]:
            self._objects.append({})

    def data(self, text: str) -> None:
        """Text within an element."""
        self._text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        value = "".join(self._text).strip()
        self._text = []
        inside = self._path[1:-1]
        if inside in (["object"], ["object", "bndbox"]) and self._objects:
            self._objects[-1][tag] = value
        self._path.pop()

    def close(self) -> list[dict[str, str]]:
        """What was collected."""
        return self._objects


def coco_boxes(path: Path) -> tuple[dict[str, list[Drawn]], list[Wrong]]:
    """Boxes by the file name of their photo, from a COCO file of detections, in pixels.

    Raises:
        BadCatalog: it is not such a file.
    """
    try:
        stored = json.loads(_text(path, most=MOST_COCO_BYTES))
        images = {one["id"]: str(one["file_name"]) for one in stored["images"]}
        annotations = list(stored["annotations"])
        names = {one["id"]: str(one["name"]) for one in stored.get("categories", [])}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadCatalog(
            f"{path.name!r} is not a COCO file: {type(error).__name__} {error}"[:300],
            "It needs images (id, file_name) and annotations (image_id, bbox).",
        ) from error
    found: dict[str, list[Drawn]] = {name: [] for name in images.values()}
    wrong: list[Wrong] = []
    for row, one in enumerate(annotations, start=1):
        reason = _coco_box(one, row, images, names, found)
        if reason:
            wrong.append(Wrong(row, "annotation", reason))
    return found, wrong


def _coco_box(
    one: Any,
    row: int,
    images: dict[Any, str],
    names: dict[Any, str],
    found: dict[str, list[Drawn]],
) -> str:
    """Keep one annotation; returns why not, or nothing."""
    if not isinstance(one, dict):
        return "is not an object"
    if one.get("iscrowd") == 1:
        return "is a crowd, which is left out"
    image, category = one.get("image_id"), one.get("category_id")
    if not isinstance(image, int | str) or image not in images:
        return f"speaks of image {_short(str(image))}, which is not among images"
    given = one.get("bbox")
    box = _four(given) if isinstance(given, list) and len(given) == 4 else None
    if box is None:
        return "has a bbox that is not four numbers"
    x, y, wide, high = box
    label = names.get(category, "") if isinstance(category, int | str) else ""
    found[images[image]].append(Drawn((x, y, x + wide, y + high), label, row))
    return ""


def _four(values: Sequence[Any]) -> tuple[float, float, float, float] | None:
    """Four finite numbers, or nothing."""
    if len(values) != 4 or any(isinstance(value, bool) for value in values):
        return None
    try:
        left, top, right, bottom = (float(value) for value in values)
    except (ValueError, TypeError, OverflowError):
        return None
    box = (left, top, right, bottom)
    return box if all(math.isfinite(value) and abs(value) < 1e7 for value in box) else None


def _text(path: Path, *, most: int = MOST_BYTES) -> str:
    try:
        size = path.stat().st_size
        if size > most:
            raise BadCatalog(
                f"{path.name!r} is {size / 1e6:.0f} MB, the limit is {most / 1e6:.0f} MB",
                "Split it.",
            )
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadCatalog(f"{path.name!r} cannot be read: {error.strerror}", "") from error
    except UnicodeDecodeError as error:
        raise BadCatalog(f"{path.name!r} is not UTF-8 text", "Save it as UTF-8.") from error


def _short(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return repr(plain if len(plain) <= 40 else f"{plain[:37]}...")
