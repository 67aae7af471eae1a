"""Products unlike all a model was trained on, in groups that could be categories."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.catalog.columns import Columns
from glasscase.catalog.image_decoding import decode
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.files import write_text
from glasscase.pages.page import percent, render
from glasscase.pages.thumbnail import thumbnail

SHOWN_PHOTOS = 7
SHOWN_TEXTS = 4
MOST_GROUPS = 40
_SIZE_PX = 140
_TEXT = 110


@dataclass(frozen=True)
class UnknownGroup:
    """Some of them that resemble one another."""

    name: str
    """Proposed: the words that set them apart, or a number where there are none."""
    words: tuple[str, ...]
    products: tuple[Product, ...]
    """The most typical first."""
    cohesion: float
    """Mean cosine of each two."""
    nearest: str
    """The known category most of their nearest training products are of."""
    nearest_share: float
    """How many of those are."""

    @property
    def size(self) -> int:
        """How many products it has."""
        return len(self.products)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "words": list(self.words),
            "size": self.size,
            "cohesion": self.cohesion,
            "nearest_category": self.nearest,
            "nearest_share": self.nearest_share,
            "products": [product.id for product in self.products],
        }


@dataclass(frozen=True)
class UnknownGroups:
    """What a catalogue holds that its model does not know."""

    groups: tuple[UnknownGroup, ...]
    """Largest first."""
    alone: int
    """Products called unknown that belong to no group."""
    products: int
    """Of the whole catalogue."""
    limit: float
    """Up to which p-value a product is called unknown."""
    usual_cohesion: float
    """What nine of ten known categories reach; groups are made to reach it too."""
    columns: Columns
    """Of the model, so that examples are read as they were."""
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def called(self) -> int:
        """Products called unknown."""
        return self.alone + sum(group.size for group in self.groups)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, in plain words."""
        expected = self.limit * self.products
        first = (
            f"{self.called} of {self.products} products {'is' if self.called == 1 else 'are'} "
            "unlike all the model was trained on; "
            f"at a limit of {percent(self.limit)}, up to about {expected:.0f} would be if all were "
            "of known kinds."
        )
        if not self.groups:
            return (first, "They form no group that could be a category.", *self.notes)
        grouped = self.called - self.alone
        count = len(self.groups)
        formed = f"{grouped} form {count} group{'' if count == 1 else 's'} that could be " + (
            "a category" if count == 1 else "categories"
        )
        return (
            first,
            f"{formed}; {self.alone} belong{'s' if self.alone == 1 else ''} to none.",
            *self.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "products": self.products,
            "called_unknown": self.called,
            "limit": self.limit,
            "groups": [group.to_dict() for group in self.groups],
            "alone": self.alone,
            "usual_cohesion": self.usual_cohesion,
            "sentences": list(self.sentences),
            "problems": [str(problem) for problem in self.problems],
        }

    def page(self) -> str:
        """A self-contained HTML page; everything from outside is escaped."""
        shown = [(group, _photos(group), _texts(group)) for group in self.groups[:MOST_GROUPS]]
        files = self.file_names()
        return render("glasscase.review", "unknowns.html", found=self, shown=shown, files=files)

    def file_names(self) -> list[str]:
        """Of the table of each group."""
        return [
            f"{number:02d}-{_slug(group.name)}.csv" for number, group in enumerate(self.groups, 1)
        ]

    def save(self, page: Path | str) -> Path:
        """Write the page, and beside it a folder of one table of examples for each group.

        Raises:
            CannotWrite: the disk is full or the place may not be written to.
        """
        place = Path(page)
        write_text(place, self.page())
        folder = self.folder(place)
        for name, group in zip(self.file_names(), self.groups, strict=True):
            write_text(folder / name, examples_table(group.products, self.columns))
        return place

    @staticmethod
    def folder(page: Path) -> Path:
        """Where the tables go."""
        return page.with_name(f"{page.stem}-groups")


def examples_table(products: Sequence[Product], columns: Columns) -> str:
    """Products as CSV that `glasscase add-category --examples` reads as the model's own table."""
    fields = list(dict.fromkeys(field for product in products for field in product.texts))
    photo = columns.photo[0] if columns.photo else "image"
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([columns.id or "id", *fields, photo])
    for product in products:
        names = product.photos[0].name if product.photos else ""
        writer.writerow([product.id, *(product.texts.get(one, "") for one in fields), names])
    return stream.getvalue()


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-")[:40] or "group"


def _texts(group: UnknownGroup) -> list[str]:
    found = []
    for product in group.products:
        line = " ".join(product.text.split())
        if line:
            found.append(line if len(line) <= _TEXT else f"{line[: _TEXT - 1].rstrip(' ,')}…")
    return found[:SHOWN_TEXTS]


def _photos(group: UnknownGroup) -> list[tuple[str, str]]:
    """Id and small picture of the first that have a usable photo, each picture once."""
    found: list[tuple[str, str]] = []
    for product in group.products:
        for photo in product.photos[:1]:
            try:
                image = decode(photo.read(), name=photo.name, at_least_px=_SIZE_PX)
            except BadPhoto:  # listed among the problems
                continue
            picture = thumbnail(image, longest_px=_SIZE_PX)
            if all(picture != shown for _, shown in found):
                found.append((product.id, picture))
        if len(found) == SHOWN_PHOTOS:
            break
    return found
