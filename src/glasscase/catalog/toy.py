"""The toy catalogue: a drawn shop of any size, with hard cases whose truth is known.

Twelve leaf categories under four parents. A product depends on seed and number only, so it is
the same in a catalogue of any size, byte for byte (with the same Pillow).

Not covered: it is far easier than a real shop. A model that is good here is not good yet; a model
that is bad here is broken.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.toy_drawings import scene
from glasscase.catalog.toy_drawings.drawing import (
    FIGURES,
    LOOKALIKES,
    STRANGERS,
    Figure,
    draw_placed,
    draw_product,
    jpeg,
    shoot,
)
from glasscase.catalog.toy_drawings.palette import Look
from glasscase.catalog.toy_plan import LEAVES, Entry, Stream, entry, plan
from glasscase.catalog.toy_reviews import Review, write_reviews
from glasscase.catalog.toy_vocabulary import category_path
from glasscase.catalog.toy_words import Words, blank, retitled, write_twin_words, write_words
from glasscase.errors import BadSetting, CannotWrite
from glasscase.files import new_folder
from glasscase.progress import Progress, silent

__all__ = [
    "LEAVES",
    "ToyCatalogue",
    "draw_placed",
    "draw_product",
    "draw_toy_catalogue",
    "toy_products",
]

_OURS = {"products.csv", "new.csv", "reviews.csv", "truth.csv", "images"}


@dataclass(frozen=True, slots=True)
class ToyCatalogue:
    """Where a drawn catalogue lies."""

    folder: Path
    products: Path
    """CSV: id, title, description, price, brand, category (`Kitchen > Mugs`), photo."""
    new: Path
    """CSV of products to predict: as `products` without category; some are of no known kind."""
    reviews: Path
    """CSV: product_id, stars (1 to 5), text."""
    truth: Path
    """CSV: id, true_category, case, group; for the products of both tables."""
    images: Path
    """Folder of the photos, as the column `photo` names them."""
    size: int
    """Products in `products`."""
    new_size: int
    """Products in `new`."""


@dataclass(frozen=True, slots=True)
class _Item:
    entry: Entry
    words: Words
    reviews: tuple[Review, ...]

    @property
    def photo_name(self) -> str:
        return "" if self.entry.case == "no_photo" else f"{self.entry.id}.jpg"


def toy_products(
    size: int = 60, *, seed: int = 0, cases: bool = True, stream: Stream = "shop"
) -> list[Product]:
    """The first products of the toy catalogue in memory, with photos as JPEG bytes.

    Texts are clean (no HTML, no boilerplate). The first 12 are one of each kind, 60 hold at least
    four of each. Asked again, the same objects come back (so do not change their dictionaries).

    Args:
        size: how many.
        seed: another seed is another shop.
        cases: plant the hard cases (missing photos and texts, wrong labels ...). False: every
            product is an ordinary one with photo, text and the right category.
        stream: `shop`, or `new` for products to be predicted: without category, two of every
            twelve of no kind the shop has.

    Raises:
        BadSetting: `size` is negative.

    >>> first = toy_products(3)[0]
    >>> first.id, len(first.category), first.photos[0].data[:2]
    ('T00000', 2, b'\\xff\\xd8')
    """
    _check(size, least=0)
    planned = plan(size, seed=seed, stream=stream)
    return [_product(one if cases else _ordinary(one), seed) for one in planned]


def _ordinary(one: Entry) -> Entry:
    return Entry(one.number, one.stream, one.leaf, one.leaf, "plain")


@lru_cache(maxsize=1024)
def _product(one: Entry, seed: int) -> Product:
    item, photo = _item(one, seed), _photo(one, seed)
    words = item.words
    texts = {"title": words.title, "description": words.description}
    return Product(
        id=one.id,
        texts={name: text for name, text in texts.items() if text},
        photos=(Photo(item.photo_name, data=photo),) if photo else (),
        attributes={"price": words.price, "brand": words.brand},
        category=category_path(one.label) if one.label else None,
    )


def draw_toy_catalogue(
    folder: Path, *, size: int = 600, seed: int = 0, progress: Progress = silent
) -> ToyCatalogue:
    """Draw a shop into `folder`: tables, photos and the truth about the planted hard cases.

    Writes `products.csv`, `new.csv` (a tenth of `size`, at least 12, without categories),
    `reviews.csv`, `truth.csv` and `images/`, all or nothing. A toy catalogue that stood there
    before is replaced; a folder that holds anything else is refused.

    Args:
        folder: made if it does not exist.
        size: products in `products.csv`, at least 1.
        seed: another seed is another shop.
        progress: shows the drawing.

    Raises:
        BadSetting: `size` is below 1.
        CannotWrite: the folder holds other things, or the disk is full.
    """
    _check(size, least=1)
    folder = Path(folder)
    _refuse_strangers(folder)
    new_size = max(12, size // 10)
    planned = [*plan(size, seed=seed), *plan(new_size, seed=seed, stream="new")]
    with new_folder(folder) as fresh:
        images = fresh / "images"
        images.mkdir()
        items = []
        for one in progress.track(planned, total=len(planned), what="drawing products"):
            items.append(_item(one, seed))
            photo = _photo(one, seed)
            if photo is not None:
                (images / items[-1].photo_name).write_bytes(photo)
        _write_tables(fresh, items[:size], items[size:])
    return _catalogue(folder, size, new_size)


def _check(size: int, *, least: int) -> None:
    if size < least:
        raise BadSetting(f"a toy catalogue of size {size} cannot be drawn", f"Use {least} or more.")


def _refuse_strangers(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CannotWrite(f"{str(folder)!r} is a file", "Name a folder for the toy catalogue.")
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in _OURS)
    if foreign:
        raise CannotWrite(
            f"folder {str(folder)!r} holds other things ({foreign[0]!r} ...)",
            "The toy catalogue replaces its whole folder: name an empty or a new one.",
        )


def _item(one: Entry, seed: int) -> _Item:
    words = _words(one, seed)
    if one.case == "no_text":
        words = blank(words)
    return _Item(one, words, write_reviews(one.leaf, _dice(one, seed, "reviews")))


def _dice(one: Entry, seed: int, what: str) -> random.Random:
    return random.Random(f"{seed}/{one.stream}/{one.number}/{what}")


def _original(one: Entry, seed: int) -> Entry:
    return one if one.twin is None else entry(one.twin, seed=seed, stream=one.stream)


def _figure(one: Entry) -> Figure:
    if one.case == "photo_ambiguous":
        return next(figure for pair, figure in LOOKALIKES.items() if one.leaf in pair)
    return FIGURES.get(one.leaf) or STRANGERS[one.leaf]


def _look(one: Entry, seed: int) -> Look:
    name = f"{seed}/{one.stream}/{one.number}/details"
    return _figure(one).look(_dice(one, seed, "look"), seed=name)


def _words(one: Entry, seed: int) -> Words:
    first = _original(one, seed)
    dice = _dice(first, seed, "words")
    if one.case == "text_ambiguous":
        return write_twin_words(one.leaf, dice)
    clear = one.case == "photo_ambiguous"
    words = write_words(one.leaf, _look(first, seed), dice, clear=clear)
    return words if one.twin is None else retitled(words, _dice(one, seed, "listed again"))


def _photo(one: Entry, seed: int) -> bytes | None:
    if one.case == "no_photo":
        return None
    first = _original(one, seed)
    shot = scene.choose_shot(_dice(first, seed, "shot"))
    photo, _ = shoot(_figure(first), _look(first, seed), shot)
    if one.twin is None:
        return jpeg(photo, shot.quality)
    dice = _dice(one, seed, "shot again")
    return jpeg(scene.take_again(photo, dice), dice.choice((55, 70, 80)))


def _write_tables(folder: Path, shop: list[_Item], new: list[_Item]) -> None:
    columns = ["id", "title", "description", "price", "brand", "category", "photo"]
    _write_csv(folder / "products.csv", columns, (_row(item, labelled=True) for item in shop))
    columns.remove("category")
    _write_csv(folder / "new.csv", columns, (_row(item, labelled=False) for item in new))
    _write_csv(
        folder / "reviews.csv",
        ["product_id", "stars", "text"],
        ([item.entry.id, review.stars, review.text] for item in shop for review in item.reviews),
    )
    _write_csv(
        folder / "truth.csv",
        ["id", "true_category", "case", "group"],
        (_truth(item.entry) for item in (*shop, *new)),
    )


def _row(item: _Item, *, labelled: bool) -> list[str | float]:
    words, label = item.words, item.entry.label
    said = [words.title, words.stored_description, f"{words.price:.2f}", words.brand]
    category = [" > ".join(category_path(label)) if label else ""] if labelled else []
    return [item.entry.id, *said, *category, item.photo_name]


def _truth(one: Entry) -> list[str]:
    return [one.id, " > ".join(category_path(one.leaf)), one.case, one.group]


def _write_csv(path: Path, columns: list[str], rows: Iterable[Sequence[str | float]]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_text(stream.getvalue(), encoding="utf-8")


def _catalogue(folder: Path, size: int, new_size: int) -> ToyCatalogue:
    return ToyCatalogue(
        folder=folder,
        products=folder / "products.csv",
        new=folder / "new.csv",
        reviews=folder / "reviews.csv",
        truth=folder / "truth.csv",
        images=folder / "images",
        size=size,
        new_size=new_size,
    )
