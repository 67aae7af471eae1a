"""Packs from a table: brand, product, photo, height, category, own, and what people did."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from glasscase.catalog.cells import as_text
from glasscase.catalog.columns import no_such_column
from glasscase.catalog.distinct_names import distinct_names
from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.photo_folder import PhotoFolder
from glasscase.catalog.problem import Problem
from glasscase.catalog.stored_photo import holds_photo, photo_cell, stored_photos
from glasscase.catalog.tables import open_table
from glasscase.errors import BadCatalog, BadPhoto, BadSetting, TooLarge
from glasscase.nearest_names import nearest_names
from glasscase.packs.outcomes import OUTCOMES
from glasscase.packs.pack import Pack
from glasscase.packs.pack_cells import HIGHEST_MM, height_in, is_yes, outcome_in
from glasscase.settings import PhotoSettings

MOST_PACKS = 60
LONGEST_PX = 1600
"""Larger photos are shrunk to this before anything is measured."""
LEAST_PX = 32
_MOST_CHARACTERS = 80
_COLUMNS = {
    "photo": ("photo", "image", "picture", "file", "filename", "photofile", "imagefile"),
    "brand": ("brand", "brandname", "marke", "marque"),
    "product": ("product", "productname", "name", "title", "variant"),
    "height": ("heightmm", "height", "packheight", "packheightmm"),
    "variety": ("variety", "varietyname", "flavour", "flavor"),
    "category": ("category", "categorypath", "kind"),
    "own": ("own", "ours", "isown", "ownbrand"),
    **{name: (name.replace("_", ""),) for name in (*OUTCOMES, "n")},
}
"""What a column may be called, in lower case without gaps and underscores."""


@dataclass(frozen=True, slots=True, eq=False)
class GivenPack:
    """A pack as it was given."""

    pack: Pack
    photo: str
    """Name of its photo."""
    sha256: str
    """Of the photo's bytes."""
    outcomes: Mapping[str, float]
    row: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PackSet:
    """The packs of one comparison, and what could not be used."""

    packs: tuple[GivenPack, ...]
    problems: tuple[Problem, ...] = ()
    own_lost: Problem | None = None
    """Why the pack that would have been own is left out; None where it is there."""

    def with_height(self, height_mm: float) -> PackSet:
        """With this height for packs that tell none."""
        return self._each(lambda pack: replace(pack, height_mm=pack.height_mm or height_mm))

    def with_own(self, brand: str) -> PackSet:
        """With the packs of `brand` (or of this name) as own, and no others.

        Raises:
            BadSetting: no pack is called so.
        """
        wanted = brand.strip().casefold()
        names = {name.casefold(): name for one in self.packs for name in _names(one.pack) if name}
        if wanted not in names:
            near = nearest_names(brand, list(names.values()), most=1)[0]
            raise BadSetting(f"no pack is of the brand {brand[:60]!r}", f"Did you mean {near!r}?")
        return self._each(
            lambda pack: replace(pack, own=wanted in [one.casefold() for one in _names(pack)])
        )

    def with_first_own(self) -> PackSet:
        """With the first pack as own.

        Raises:
            BadCatalog: that one was left out; a rival never takes its place.
        """
        if self.own_lost is not None:
            raise BadCatalog(
                f"your own pack cannot be used ({self.own_lost})",
                "Mend it, or say whose packs are your own: --own, own=.",
            )
        first = self.packs[0].pack
        return self._each(lambda pack: replace(pack, own=pack is first))

    def _each(self, change: Callable[[Pack], Pack]) -> PackSet:
        packs = tuple(replace(one, pack=change(one.pack)) for one in self.packs)
        return replace(self, packs=packs)


@dataclass(frozen=True, slots=True)
class _Lost:
    """A pack that is left out."""

    place: int
    """Its row, or its number among the photos."""
    own: bool
    problem: Problem


@dataclass(frozen=True, slots=True)
class _Row:
    row: int | None
    photo: Photo
    brand: str = ""
    product: str = ""
    variety: str = ""
    category: str = ""
    height_mm: float | None = None
    own: bool = False
    outcomes: Mapping[str, float] | None = None


def packs_of_table(
    source: str | Path | Any,
    *,
    photos: str | Path | None = None,
    category: str | None = None,
    limits: PhotoSettings | None = None,
) -> PackSet:
    """Packs of a CSV, TSV, Parquet or JSON Lines file or a data frame, one a row.

    Columns, in any order and case: `photo` (a file below `photos`, or its bytes), and if there
    are any `brand`, `product`, `variety`, `height_mm` ("180", "18 cm"), `category`, `own` (yes or
    no), `chosen_share`, `purchase_intent`, `rating`, `sales` and `n`.

    Args:
        source: the table.
        photos: folder of the photos; None: the table's own.
        category: only packs of this one.
        limits: which photos are let in.

    Raises:
        BadCatalog: it cannot be read, has no column of photos, no usable pack, or packs of several
            categories and none was chosen.
        TooLarge: more than 60 packs.
    """
    limits = limits or PhotoSettings()
    table = open_table(source)
    columns = _columns(table.names)
    home = Path(source).parent if isinstance(source, str | Path) else Path()
    folder = PhotoFolder(photos if photos is not None else home, limits)
    rows: list[_Row] = []
    problems: list[Problem] = []
    lost: list[_Lost] = []
    for number, cells in table.rows:
        told = {field: cells.get(name) for field, name in columns.items()}
        if category is not None and (as_text(told.get("category")) or "") != category:
            continue
        if len(rows) >= MOST_PACKS:
            raise TooLarge(f"there are more than {MOST_PACKS} packs", "Compare fewer at a time.")
        own = is_yes(told.get("own"))
        found = _row(number, told, folder, problems)
        if found is None:
            lost.append(_Lost(number, own, problems[-1]))
        else:
            rows.append(found)
    if category is not None and not rows and not problems:
        raise BadCatalog(f"no pack has the category {category!r}", "Look at the column category.")
    lost += [_Lost(one.row or 0, own=False, problem=one) for one in table.problems if one.dropped]
    return _pack_set(rows, [*table.problems, *problems], limits, lost)


def packs_of_photos(
    photos: Sequence[Photo],
    *,
    told: Sequence[Mapping[str, Any]] = (),
    limits: PhotoSettings | None = None,
) -> PackSet:
    """Packs of photos, a pack each; `told` says more of each, by the names of columns.

    Raises:
        BadCatalog: no usable photo, or packs of several categories.
        TooLarge: more than 60 packs.
    """
    if len(photos) > MOST_PACKS:
        raise TooLarge(f"there are more than {MOST_PACKS} packs", "Compare fewer at a time.")
    problems: list[Problem] = []
    rows = []
    for i, photo in enumerate(photos):
        more = dict(told[i]) if i < len(told) else {}
        rows.append(_told(None, {"product": Path(photo.name).stem, **more}, photo, problems))
    return _pack_set(rows, problems, limits or PhotoSettings())


def given_packs(packs: Sequence[Pack]) -> PackSet:
    """Packs that are pictures already.

    Raises:
        BadCatalog: none, two with one id, or packs of several categories.
        TooLarge: more than 60 packs.
    """
    if len(packs) > MOST_PACKS:
        raise TooLarge(f"there are more than {MOST_PACKS} packs", "Compare fewer at a time.")
    if not packs or len({pack.id for pack in packs}) < len(packs):
        raise BadCatalog("there is no pack, or two have one id", "Give each an id of its own.")
    found = [
        GivenPack(pack, pack.id, hashlib.sha256(pack.image.tobytes()).hexdigest(), {})
        for pack in packs
    ]
    _check_categories(found)
    return PackSet(tuple(found))


def _names(pack: Pack) -> tuple[str, str]:
    return pack.brand, pack.id


def _columns(names: Sequence[str]) -> dict[str, str]:
    plain = {"".join(c for c in name.lower() if c.isalnum()): name for name in reversed(names)}
    found = {
        field: next(plain[one] for one in known if one in plain)
        for field, known in _COLUMNS.items()
        if any(one in plain for one in known)
    }
    if "photo" not in found:
        raise no_such_column("photo", names)
    return found


def _row(
    row: int, told: dict[str, Any], folder: PhotoFolder, problems: list[Problem]
) -> _Row | None:
    try:
        photo = _photo(photo_cell(told.pop("photo", None)), row, folder)
    except BadPhoto as error:
        problems.append(_problem(row, error))
        return None
    return _told(row, told, photo, problems)


def _photo(cell: Any, row: int, folder: PhotoFolder) -> Photo:
    if holds_photo(cell):
        return stored_photos(cell, f"row {row}")[0]
    name = as_text(cell)
    if name is None:
        raise BadPhoto("photo is not given", "Name a file; a pack is its photo")
    return folder.find(name)[0]


def _told(row: int | None, told: Mapping[str, Any], photo: Photo, problems: list[Problem]) -> _Row:
    outcomes: dict[str, float] = {}
    height: float | None = None
    for field in ("height", *OUTCOMES, "n"):
        cell = told.get(field)
        if as_text(cell) is None:
            continue
        value = height_in(cell) if field == "height" else outcome_in(field, cell)
        if value is None:
            shown = (as_text(cell) or "")[:40]
            problems.append(Problem(row, field, f"{shown!r} {_WRONG[field]}", _REMEDY[field]))
        elif field == "height":
            height = value
        else:
            outcomes[field] = value
    words = {name: _line(told.get(name)) for name in ("brand", "product", "variety", "category")}
    return _Row(
        row, photo, **words, height_mm=height, own=is_yes(told.get("own")), outcomes=outcomes
    )


_WRONG = {
    "height": f"is no height of 1 to {HIGHEST_MM:g} mm",
    "chosen_share": "is no share of 0 to 1",
    "purchase_intent": "is no share of 0 to 1",
    "rating": "is no rating of 1 to 5",
    "sales": "is no amount of 0 or more",
    "n": "is no number of 1 or more",
}
_REMEDY = {
    "height": "Write millimetres, or 18 cm.",
    "chosen_share": "Write 0.34 or 34 %.",
    "purchase_intent": "Write 0.34 or 34 %.",
    "rating": "Write stars, such as 4.3.",
    "sales": "Write one number.",
    "n": "Write how many people or ratings stand behind the figure.",
}


def _pack_set(
    rows: Sequence[_Row],
    problems: list[Problem],
    limits: PhotoSettings,
    before: Sequence[_Lost] = (),
) -> PackSet:
    found: list[GivenPack] = []
    lost, first_used = list(before), math.inf
    seen: dict[tuple[str, str, str, str], int | None] = {}
    for number, one in enumerate(rows):
        place = number if one.row is None else one.row
        try:
            given = _given(one, limits)
        except BadPhoto as error:
            problems.append(_problem(one.row, error))
            lost.append(_Lost(place, one.own, problems[-1]))
            continue
        first_used = min(first_used, place)
        same = (given.sha256, one.brand, one.product, one.variety)
        if same in seen:
            where = f"row {seen[same]}" if seen[same] is not None else "one before it"
            reason = f"{one.photo.name!r} is the same pack as {where}"
            problems.append(Problem(one.row, "pack", reason, "It is left out.", dropped=True))
            continue
        seen[same] = one.row
        found.append(given)
    if not found:
        first = f" ({problems[0]})" if problems else ""
        raise BadCatalog(f"there is no pack that can be used{first}", "Give photos of packs.")
    _check_categories(found)
    ids = distinct_names([one.pack.id for one in found])
    packs = (
        replace(one, pack=replace(one.pack, id=id)) for one, id in zip(found, ids, strict=True)
    )
    lost.sort(key=lambda one: (not one.own, one.place))
    own = next((one.problem for one in lost if one.own or one.place < first_used), None)
    return PackSet(tuple(packs), tuple(problems), own)


def _given(row: _Row, limits: PhotoSettings) -> GivenPack:
    image = decode(row.photo.read(), name=row.photo.name, limits=limits, at_least_px=LONGEST_PX)
    height, width = image.shape[:2]
    if min(height, width) < LEAST_PX:
        raise BadPhoto(
            f"photo {row.photo.name!r} has {width} x {height} pixels, the least is {LEAST_PX}",
            "Use a larger one.",
        )
    if max(height, width) > LONGEST_PX:
        picture = Image.fromarray(image)
        picture.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
        image = np.array(picture, np.uint8)
    more = "" if row.variety.casefold() in row.product.casefold() else row.variety
    told = f"{row.product} ".casefold().startswith(f"{row.brand} ".casefold())
    named = " ".join(one for one in ("" if told else row.brand, row.product, more) if one)
    pack = Pack(
        named or Path(row.photo.name).stem[:_MOST_CHARACTERS] or "pack",
        image,
        row.brand,
        row.product,
        row.category,
        row.height_mm,
        row.own,
        row.variety,
    )
    return GivenPack(pack, row.photo.name, row.photo.digest(), row.outcomes or {}, row.row)


def _check_categories(packs: Sequence[GivenPack]) -> None:
    counts: dict[str, int] = {}
    for one in packs:
        if one.pack.category:
            counts[one.pack.category] = counts.get(one.pack.category, 0) + 1
    if len(counts) > 1:
        told = ", ".join(f"{name!r} ({n})" for name, n in sorted(counts.items()))
        raise BadCatalog(
            f"the packs are of different categories: {told}",
            "Packs compete within one: choose it with --category, or put one file each.",
        )


def _problem(row: int | None, error: BadPhoto) -> Problem:
    reason = error.reason.removeprefix("photo ")
    return Problem(
        row, "photo", reason, f"{error.remedy.rstrip('.')}; it is left out.", dropped=True
    )


def _line(cell: Any) -> str:
    """One printable line of at most 80 characters."""
    text = as_text(cell) or ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_MOST_CHARACTERS]
