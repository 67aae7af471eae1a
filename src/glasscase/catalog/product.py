"""One product as the shop knows it: its words, its photos, its category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from glasscase.catalog.photo import Photo
from glasscase.catalog.product_vector import ProductVector


@dataclass(frozen=True, slots=True)
class Product:
    """A product. Words, photos and category may each be missing.

    >>> mug = Product(id="7", texts={"title": "Blue mug", "description": "Holds 300 ml"})
    >>> mug.text
    'Blue mug. Holds 300 ml'
    >>> mug.label is None
    True
    """

    id: str
    texts: Mapping[str, str] = field(default_factory=dict)
    """Cleaned text by field name, in the order it is read. Blank ones are left out."""
    photos: tuple[Photo, ...] = ()
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    """Such as `price` (number) and `brand`."""
    category: tuple[str, ...] | None = None
    """Path from the top of the taxonomy, cut at the level asked for."""
    row: int | None = None
    """Row of the table it came from, as a spreadsheet counts (the header is row 1)."""
    vectors: Mapping[str, ProductVector] = field(default_factory=dict)
    """Computed elsewhere, by modality (`image`, `text`): they stand in for an encoder's."""

    @property
    def text(self) -> str:
        """All words in one string, fields divided by a full stop."""
        parts = [part.strip() for part in self.texts.values() if part.strip()]
        ended = [part if part[-1] in ".!?" else f"{part}." for part in parts[:-1]]
        return " ".join([*ended, *parts[-1:]])

    @property
    def label(self) -> str | None:
        """The category as one string, `A > B`; None where it is not known."""
        return " > ".join(self.category) if self.category else None

    def with_text(self, text: str) -> Product:
        """The same product with other words (in one field)."""
        return replace(self, texts={"text": text} if text else {})

    def with_photos(self, *photos: Photo) -> Product:
        """The same product with other photos, or none."""
        return replace(self, photos=photos)
