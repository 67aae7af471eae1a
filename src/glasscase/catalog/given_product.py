"""One product as somebody hands it over: texts by name, photos as bytes, attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glasscase.catalog.distinct_names import distinct_names
from glasscase.catalog.photo import Photo
from glasscase.catalog.prices import is_below_zero, price_in
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.stored_photo import check_stored_photo
from glasscase.catalog.text_cleaning import clean_counted
from glasscase.settings import PhotoSettings, Settings


@dataclass(frozen=True)
class GivenProduct:
    """The product, and what of it could not be used."""

    product: Product
    problems: tuple[Problem, ...] = ()


def given_product(
    name: str,
    *,
    texts: Mapping[str, str],
    attributes: Mapping[str, str],
    photos: Sequence[Photo],
    settings: Settings,
    limits: PhotoSettings,
) -> GivenProduct:
    """A product of what was handed over, its words cleaned, its photos' headers checked.

    Args:
        name: its id; may be empty.
        texts: words by field name, in the order they are read.
        attributes: `price` (a number is read out of it) and others such as `brand`.
        photos: at most as many as a product may have.
        settings: of the model that will read it; `text` counts.
        limits: what photos are let in.

    Raises:
        BadPhoto: a photo is too large, or none; it was handed over on purpose.
    """
    problems: list[Problem] = []
    cleaned: dict[str, str] = {}
    for field, text in texts.items():
        found = clean_counted(text, settings.text)
        if found.text:
            cleaned[field] = found.text
        if found.cut_characters:
            reason = f"was cut, {found.cut_characters:,} characters are left out"
            problems.append(Problem(None, field, reason, "Send the words that matter."))
    names = distinct_names([photo.name for photo in photos])
    stored = tuple(
        Photo(called, photo.path, photo.data) for called, photo in zip(names, photos, strict=True)
    )
    for photo in stored:
        check_stored_photo(photo, limits)
    known, noted = _attributes(attributes)
    product = Product(id=name, texts=cleaned, photos=stored, attributes=known)
    return GivenProduct(product, (*problems, *noted))


def _attributes(given: Mapping[str, str]) -> tuple[dict[str, str | float], list[Problem]]:
    known: dict[str, str | float] = {}
    problems = []
    for name, value in given.items():
        if name != "price":
            known[name] = value
            continue
        price = price_in(value)
        if price is not None:
            known[name] = price
        elif value.strip():
            why = "is below zero" if is_below_zero(value) else f"{value[:40]!r} is no number"
            problems.append(Problem(None, "price", why, "Send it as 12.50."))
    return known, problems
