"""Originals beside their variants, to look at before training on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.augmentation.level import Level
from glasscase.augmentation.sheet_picture import SheetPicture
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.errors import BadSetting
from glasscase.files import write_bytes, write_text
from glasscase.pages.page import render
from glasscase.pages.thumbnail import thumbnail

CELL_PX = 176
_MOST_CHARACTERS = 220
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Variant:
    """What training would see of a product in one epoch."""

    epoch: int
    photo: Image | None
    """uint8 RGB [h, w, 3]."""
    texts: Mapping[str, str]


@dataclass(frozen=True)
class SheetProduct:
    """One product as it is, and its variants by level."""

    product: Product
    photo: Image | None
    """As the network sees it without augmentation: uint8 RGB [h, w, 3]."""
    variants: Mapping[Level, tuple[Variant, ...]]


@dataclass(frozen=True)
class ContactSheet:
    """Products and their variants. Made by `glasscase.jobs.augment.augment`."""

    products: Sequence[SheetProduct]
    problems: tuple[Problem, ...] = ()
    """Photos of these products that cannot be used."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels shown, lightest first."""
        return tuple(self.products[0].variants) if self.products else ()

    def png(self) -> bytes:
        """One picture: a row for each product and level. Products without a photo are left out.

        Raises:
            BadSetting: no product has a photo that can be used.
        """
        rows = [
            (
                f"{one.product.id}   {one.product.text}",
                level,
                [one.photo, *(variant.photo for variant in variants)],
            )
            for one in self.products
            for level, variants in one.variants.items()
            if one.photo is not None
        ]
        if not rows:
            raise BadSetting(
                "none of these products has a photo that can be used",
                "Name the folder with --photos, or make an .html sheet to see the words alone.",
            )
        picture = SheetPicture(columns=len(rows[0][2]), rows=len(rows))
        for title, level, photos in rows:
            picture.add(title, level, [photo for photo in photos if photo is not None])
        return picture.png()

    def html(self) -> str:
        """One self-contained page with the words beneath the photos; everything is escaped."""
        return render(
            "glasscase.augmentation",
            "contact_sheet.html",
            sheet=self,
            columns=1 + (len(self.products[0].variants[self.levels[0]]) if self.levels else 0),
            shown=lambda photo: thumbnail(photo, longest_px=CELL_PX),
            cut=_cut,
        )

    def save(self, path: Path | str) -> Path:
        """Write a picture or a page, by the ending of `path`: .png or .html.

        Raises:
            BadSetting: another ending, or a picture of products without photos.
            CannotWrite: the disk is full or the folder may not be written to.
        """
        place = checked_sheet(path)
        if place.suffix.lower() == ".png":
            write_bytes(place, self.png())
        else:
            write_text(place, self.html())
        return place

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the words of every variant, and which products have a photo."""
        return {
            "levels": list(self.levels),
            "products": [
                {
                    "id": one.product.id,
                    "row": one.product.row,
                    "photo": one.photo is not None,
                    "texts": dict(one.product.texts),
                    "variants": {
                        level: [{"epoch": v.epoch, "texts": dict(v.texts)} for v in variants]
                        for level, variants in one.variants.items()
                    },
                }
                for one in self.products
            ],
            "problems": [str(problem) for problem in self.problems],
        }


def checked_sheet(path: Path | str) -> Path:
    """`path`, if it ends in .png or .html. Raises `BadSetting`."""
    place = Path(path)
    if place.suffix.lower() not in (".png", ".html"):
        raise BadSetting(
            f"sheet {str(path)!r} is neither .png nor .html",
            "Choose .png for a picture, .html for a page with the words.",
        )
    return place


def _cut(text: str) -> str:
    """The beginning of a long text.

    >>> _cut("mug")
    'mug'
    """
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS].rstrip()} ..."
