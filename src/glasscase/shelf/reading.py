"""What was read off one shelf photo: products, figures, and what the reading does not say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.models.prediction import Prediction
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.known.match import Match
from glasscase.shelf.reckoning.figures import ShelfFigures

SCHEMA = 1


@dataclass(frozen=True, slots=True, eq=False)
class ShelfPhoto:
    """A decoded photo."""

    name: str
    image: NDArray[np.uint8]
    """uint8 RGB [h, w, 3], turned as its EXIF says."""
    sha256: str
    """Of the stored bytes."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        height, width = self.image.shape[:2]
        return {"name": self.name, "width": width, "height": height, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Seen:
    """One product on the photo."""

    name: str
    """As figures call it: of the gallery, of the category, or `unknown`."""
    brand: str
    by: str
    """Who named it: `person`, `gallery`, `model`, `detector`, or empty."""
    match: Match | None = None
    prediction: Prediction | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        told = self.prediction
        return {
            "name": self.name,
            "brand": self.brand,
            "named_by": self.by,
            "match": None if self.match is None else self.match.to_dict(),
            "category": None
            if told is None
            else {
                "label": told.label,
                "probability": told.probability,
                "verdict": told.verdict,
                "reason": told.reason,
            },
        }


@dataclass(frozen=True, eq=False)
class ShelfReading:
    """Everything `glasscase.read_shelf` says about one photo."""

    photo: ShelfPhoto
    boxes: Boxes
    """[n] that can be reckoned with, inside the photo."""
    seen: tuple[Seen, ...]
    """[n]."""
    figures: ShelfFigures
    about: dict[str, Any]
    """`detector`, `model` and `gallery`: what they are, None for what was not there."""
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def sentence(self) -> str:
        """The reading in a sentence.

        A photo without products: `No product was found on 'x.jpg'.`, and how many a detector may
        have missed.
        """
        count, rows = len(self.seen), self.figures.rows.count
        if not count:
            most = round(self.figures.products.high)
            missed = f"; up to {_counted(most, 'product')} may have been missed" if most else ""
            return f"No product was found on {self.photo.name!r}{missed}."
        known = sum(bool(one.by) for one in self.seen)
        gaps = len(self.figures.gaps)
        return (
            f"{_counted(count, 'product')} in {_counted(rows, 'row')} on {self.photo.name!r}, "
            f"{known} recognised, {_counted(gaps, 'possible gap')}."
        )

    def to_dict(self) -> dict[str, Any]:
        """The result as plain JSON values: `{"kind": "shelf", "schema": 1, ...}`."""
        return self._result

    @cached_property
    def _result(self) -> dict[str, Any]:
        figures = self.figures.to_dict()
        placed = figures.pop("boxes")
        del figures["notes"], figures["problems"]
        products = [
            {**_without(box, "box", "label", "name"), "number": number + 1, **seen.to_dict()}
            for number, (box, seen) in enumerate(zip(placed, self.seen, strict=True))
        ]
        return {
            "kind": "shelf",
            "schema": SCHEMA,
            "sentence": self.sentence,
            "photo": self.photo.to_dict(),
            **self.about,
            "counts": {
                "boxes": len(self.seen),
                "recognised": sum(bool(one.by) for one in self.seen),
                "rows": self.figures.rows.count,
                "possible_gaps": len(self.figures.gaps),
            },
            "products": products,
            "figures": figures,
            "notes": list(self.notes),
            "problems": [
                {"row": one.row, "field": one.field, "reason": one.reason, "remedy": one.remedy}
                for one in self.problems
            ],
        }


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
