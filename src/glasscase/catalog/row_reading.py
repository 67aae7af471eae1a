"""One row of a table becomes one product; what cannot be used becomes problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glasscase.catalog.category_paths import CategoryPaths, cut
from glasscase.catalog.cells import as_text, listed
from glasscase.catalog.columns import Columns
from glasscase.catalog.photo import Photo
from glasscase.catalog.photo_folder import PhotoFolder
from glasscase.catalog.prices import is_below_zero, price_in
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.product_vector import ProductVector
from glasscase.catalog.stored_photo import (
    check_stored_photo,
    holds_photo,
    photo_cell,
    stored_photos,
)
from glasscase.catalog.text_cleaning import clean_counted
from glasscase.catalog.vector_columns import VectorReader
from glasscase.errors import BadPhoto
from glasscase.settings import Settings


@dataclass(frozen=True, slots=True)
class CleaningExample:
    """What cleaning did to one text."""

    product_id: str
    field: str
    before: str
    after: str
    removed_characters: int


@dataclass
class RowReader:
    """Reads rows one after the other, remembering the ids it has seen."""

    columns: Columns
    paths: CategoryPaths
    level: int | None
    settings: Settings
    photos: PhotoFolder | None = None
    vectors: list[VectorReader] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Grows as rows are read."""
    examples: list[CleaningExample] = field(default_factory=list)
    """The first 50 texts that cleaning changed by more than spaces at the ends."""
    photos_named: int = 0
    _times: dict[str, int] = field(default_factory=dict)

    def product(self, row: int, cells: Mapping[str, Any]) -> tuple[Product, int]:
        """The product of one row, and how many characters cleaning took away."""
        identity = self._identity(row, cells)
        texts, removed = self._texts(row, identity, cells)
        photos = self._photos(row, identity, cells)
        vectors = self._vectors(row, identity, cells)
        label = cells.get(self.columns.label) if self.columns.label else None
        product = Product(
            id=identity,
            texts=texts,
            photos=photos,
            attributes=self._attributes(row, identity, cells),
            category=cut(self.paths.parse(label), self.level),
            row=row,
            vectors=vectors,
        )
        if not texts and not photos and not vectors:
            self._note(row, identity, "product", "has neither words nor a usable photo",
                       "Add one of them; the model abstains.")  # fmt: skip
        return product, removed

    def _note(self, row: int, identity: str, what: str, reason: str, remedy: str) -> None:
        self.problems.append(Problem(row, what, reason, remedy, product_id=identity))

    def _identity(self, row: int, cells: Mapping[str, Any]) -> str:
        wanted = as_text(cells.get(self.columns.id)) if self.columns.id else None
        name = wanted or str(row)
        times = self._times.get(name, 0) + 1
        self._times[name] = times
        if times == 1:
            return name
        unique = f"{name}#{times}"
        while unique in self._times:
            times += 1
            unique = f"{name}#{times}"
        self._times[name], self._times[unique] = times, 1
        self._note(row, unique, "id", f"{name!r} is there already; this one is called {unique!r}",
                   "Give every product its own id.")  # fmt: skip
        return unique

    def _texts(
        self, row: int, identity: str, cells: Mapping[str, Any]
    ) -> tuple[dict[str, str], int]:
        texts: dict[str, str] = {}
        total = 0
        for name in self.columns.text:
            raw = as_text(cells.get(name))
            if raw is None:
                continue
            cleaned = clean_counted(raw, self.settings.text)
            total += cleaned.removed_characters
            if cleaned.text:
                texts[name] = cleaned.text
            if cleaned.cut_characters:
                length = len(cleaned.text) + cleaned.cut_characters
                most = self.settings.text.max_characters
                reason = f"has {length:,} characters and was cut at {most:,}"
                self._note(row, identity, name, reason,
                           "Raise text.max_characters if the rest matters.")  # fmt: skip
            if cleaned.removed_characters and len(self.examples) < 50:
                self.examples.append(
                    CleaningExample(
                        identity, name, raw[:2000], cleaned.text[:2000], cleaned.removed_characters
                    )
                )
        return texts, total

    def _vectors(
        self, row: int, identity: str, cells: Mapping[str, Any]
    ) -> dict[str, ProductVector]:
        merge_id = as_text(cells.get(self.columns.id)) if self.columns.id else None
        found: dict[str, ProductVector] = {}
        for reader in self.vectors:
            vector, problem = reader.read(row, identity, cells, merge_id)
            if vector is not None:
                found[reader.modality] = vector
            if problem is not None:
                self.problems.append(problem)
        return found

    def _photos(self, row: int, identity: str, cells: Mapping[str, Any]) -> tuple[Photo, ...]:
        named = dict.fromkeys(self._named_photos(identity, cells))
        self.photos_named += sum(isinstance(one, str) for one in named)
        most = self.settings.photos.max_per_product
        if len(named) > most:
            self._note(row, identity, "photo", f"count is {len(named)}, the first {most} are used",
                       "Raise photos.max_per_product to use more.")  # fmt: skip
        usable: list[Photo] = []
        for one in list(named)[:most]:
            try:
                photo, odd = self._checked(one)
            except BadPhoto as error:
                reason = error.reason.removeprefix("photo ")
                self._note(row, identity, "photo", reason, error.remedy)
                continue
            usable.append(photo)
            if odd:
                self._note(row, identity, "photo", odd, "It is used; rename it to be tidy.")
        return tuple(usable)

    def _named_photos(self, identity: str, cells: Mapping[str, Any]) -> list[str | Photo]:
        """Photos that stand in the row, and names of those that lie in the photo folder."""
        found: list[str | Photo] = []
        for column in self.columns.photo:
            cell = photo_cell(cells.get(column))
            if holds_photo(cell):
                found += stored_photos(cell, identity)
            elif self.photos is not None and not isinstance(cell, bytes):
                found += listed(cell)
        if self.photos is not None and not self.columns.photo and self.columns.id:
            wanted = as_text(cells.get(self.columns.id))
            there = self.photos.called(wanted) if wanted else None
            found += [there or f"{wanted}.jpg"] if wanted else []
        return found

    def _checked(self, photo: str | Photo) -> tuple[Photo, str]:
        """The photo, and what is odd about it. Raises `BadPhoto`."""
        if isinstance(photo, Photo):
            check_stored_photo(photo, self.settings.photos)
            return photo, ""
        if self.photos is None:
            raise BadPhoto(f"photo {photo!r} is in no folder that was given", "Give --photos.")
        return self.photos.find(photo)

    def _attributes(
        self, row: int, identity: str, cells: Mapping[str, Any]
    ) -> dict[str, str | float]:
        found: dict[str, str | float] = {}
        cell = cells.get(self.columns.price) if self.columns.price else None
        price = as_text(cell)
        if price is not None:
            number = price_in(cell)
            if number is None:
                wrong = "is below 0" if is_below_zero(price) else "holds no number"
                self._note(row, identity, "price", f"{price[:40]!r} {wrong}",
                           "Write it like 12.99.")  # fmt: skip
            else:
                found["price"] = number
        brand = as_text(cells.get(self.columns.brand)) if self.columns.brand else None
        if brand is not None:
            found["brand"] = brand
        return found
