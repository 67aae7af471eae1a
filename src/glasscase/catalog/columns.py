"""Which column of a table means what: told, or guessed and said aloud."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from glasscase.catalog import column_names
from glasscase.catalog.cells import as_text, listed
from glasscase.catalog.image_header import ENDINGS
from glasscase.catalog.prices import parse_price
from glasscase.catalog.stored_photo import holds_photo
from glasscase.catalog.vector_names import vector_columns
from glasscase.errors import BadCatalog

PHOTO_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)
_URL = re.compile(r"^(?:https?:)?//|^www\.", re.IGNORECASE)


@dataclass(frozen=True)
class Columns:
    """The columns of a table by their meaning; each may be missing.

    >>> print(Columns(id="sku", text=("title", "description"), label="category").describe())
    id: sku | text: title, description | photo: - | label: category | price: - | brand: -
    """

    id: str | None = None
    text: tuple[str, ...] = ()
    photo: tuple[str, ...] = ()
    label: str | None = None
    price: str | None = None
    brand: str | None = None
    image_vectors: str | None = None
    """Where vectors of the photos stand that were computed elsewhere; see `vector_names`."""
    text_vectors: str | None = None
    """The same for the words."""

    def describe(self) -> str:
        """One line saying what each column was taken for."""
        vectors = {"image vectors": self.image_vectors, "text vectors": self.text_vectors}
        if not self.names() and not any(vectors.values()):
            return "none, for the products do not come from a table"
        parts = {
            "id": self.id,
            "text": ", ".join(self.text),
            "photo": ", ".join(self.photo),
            "label": self.label,
            "price": self.price,
            "brand": self.brand,
            **{role: name for role, name in vectors.items() if name},
        }
        return " | ".join(f"{role}: {name or '-'}" for role, name in parts.items())

    def names(self) -> tuple[str, ...]:
        """Every column named, once."""
        single = (self.id, self.label, self.price, self.brand)
        named = [name for name in single if name is not None]
        return tuple(dict.fromkeys([*named, *self.text, *self.photo]))

    def among(self, names: Iterable[str]) -> Columns:
        """The same choice without what a table with columns `names` does not have.

        For a model's columns on a new file, which has no label.

        >>> Columns(id="sku", text=("title",), label="category").among(["sku", "title"]).label
        """
        known = dict.fromkeys(names)
        return Columns(
            id=self.id if self.id in known else None,
            text=tuple(name for name in self.text if name in known),
            photo=tuple(name for name in self.photo if name in known),
            label=self.label if self.label in known else None,
            price=self.price if self.price in known else None,
            brand=self.brand if self.brand in known else None,
            image_vectors=_there(self.image_vectors, known),
            text_vectors=_there(self.text_vectors, known),
        )


def guess_columns(
    names: Sequence[str],
    sample_rows: Sequence[Mapping[str, Any]],
    given: Columns | None = None,
) -> Columns:
    """What each column means: as `given`, and for the rest by its name and its first values.

    Addresses, identifiers, specifications, prices and categories are never taken as text: they
    would give the class away, or say nothing about the product.

    Args:
        names: the columns of the table, in order.
        sample_rows: some rows, by column name.
        given: what the user said; fields that are None or empty are guessed.

    Raises:
        BadCatalog: a given column does not exist; names it, the nearest, and those there are.
    """
    given = given or Columns()
    for name in given.names():
        if name not in names:
            raise no_such_column(name, names)
    told = (given.image_vectors, given.text_vectors)
    stored = tuple(n for n in names if any(holds_photo(row.get(n)) for row in sample_rows))
    taken = {*given.names(), *stored, *(n for t in told if t for n in vector_columns(t, names))}
    sample = {name: [] if name in taken else _values(sample_rows, name) for name in names}
    free = [name for name in names if name not in taken]
    label = given.label or _first(free, column_names.LABEL, sample)
    free = [name for name in free if name != label]
    priced = [name for name in free if not sample[name] or _share(sample[name], _is_price) >= 0.5]
    found = replace(
        given,
        label=label,
        id=given.id or _id_column(free, sample),
        brand=given.brand or _first(free, column_names.BRAND, sample),
        price=given.price or _first(priced, column_names.PRICE, sample),
        photo=given.photo or stored or _photo_columns(free, sample),
    )
    if given.text:
        return found
    left = [name for name in names if name not in taken and name not in found.names()]
    return replace(found, text=_text_columns(left, sample))


def id_column(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The column that names the products, by its name and its first values; None for none."""
    return _id_column(names, {name: _values(rows, name) for name in names})


def no_such_column(name: str, names: Sequence[str]) -> BadCatalog:
    """The error for a column that is not there."""
    near = difflib.get_close_matches(name.lower(), [n.lower() for n in names], n=1, cutoff=0.5)
    nearest = next((n for n in names if near and n.lower() == near[0]), None)
    hint = f"Did you mean {nearest!r}? " if nearest else ""
    return BadCatalog(f"there is no column {name!r}", f"{hint}Columns are: {', '.join(names)}.")


def looks_like_address(value: str) -> bool:
    """Whether `value` is a web address rather than a file name.

    >>> looks_like_address("https://shop.example/a.jpg"), looks_like_address("a.jpg")
    (True, False)
    """
    return _URL.match(value.strip()) is not None


def photo_address_columns(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns named like photos that hold web addresses, which are not fetched."""
    samples = {name: _values(rows, name) for name in names}
    return [
        name
        for name in names
        if set(_words(name)) & column_names.PHOTO
        and _share(samples[name], looks_like_address) > 0.5
    ]


def _there(told: str | None, names: Iterable[str]) -> str | None:
    return told if told and vector_columns(told, names) else None


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[\W_]+|(?<=[a-z])(?=\d)", spaced.lower()) if word]


def _values(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    texts = (as_text(row.get(name)) for row in rows)
    return [text for text in texts if text is not None]


def _share(values: Sequence[str], test: Any) -> float:
    return sum(bool(test(value)) for value in values) / len(values) if values else 0.0


def _first(
    names: Sequence[str], known: Sequence[str], sample: Mapping[str, list[str]]
) -> str | None:
    joined = {"".join(_words(name)): name for name in reversed(names)}
    found = [joined[word] for word in known if word in joined]
    return next((n for n in found if _share(sample[n], looks_like_address) <= 0.5), None)


def _id_column(names: Sequence[str], sample: Mapping[str, list[str]]) -> str | None:
    """By name, then the first whose name ends in "id"; most of its values must differ."""
    unlike = [n for n in names if len(set(sample[n])) >= 0.5 * len(sample[n])]
    ending = [name for name in unlike if _words(name)[-1:] == ["id"]]
    return _first(unlike, column_names.ID, sample) or next(iter(ending), None)


def _is_price(value: str) -> bool:
    return parse_price(value) is not None


def _photo_columns(names: Sequence[str], sample: Mapping[str, list[str]]) -> tuple[str, ...]:
    def is_file(value: str) -> bool:
        return not looks_like_address(value) and any(
            part.lower().endswith(PHOTO_ENDINGS) for part in listed(value)
        )

    named = [name for name in names if set(_words(name)) & column_names.PHOTO]
    return tuple(n for n in named if not sample[n] or _share(sample[n], is_file) >= 0.5)


def _text_columns(names: Sequence[str], sample: Mapping[str, list[str]]) -> tuple[str, ...]:
    never = column_names.NEVER_TEXT | column_names.PHOTO
    usable = [n for n in names if not set(_words(n)) & never and _is_prose(sample[n], 1)]
    titles = [n for n in usable if "".join(_words(n)) in column_names.TITLE]
    titles = titles or [n for n in usable if _words(n)[-1:] in (["name"], ["title"])][:1]
    bodies = [n for n in usable if n not in titles and set(_words(n)) & column_names.BODY]
    if titles or bodies:
        return (*titles, *bodies)
    return tuple(n for n in usable if _is_prose(sample[n], 3))


def _is_prose(values: Sequence[str], least_words: int) -> bool:
    if not values:
        return least_words == 1
    words = sum(len(value.split()) for value in values) / len(values)
    wordy = _share(values, lambda value: any(c.isalpha() for c in value))
    odd = _share(values, lambda value: looks_like_address(value) or value[:2] in ('{"', '["'))
    return words >= least_words and wordy > 0.5 and odd <= 0.5
