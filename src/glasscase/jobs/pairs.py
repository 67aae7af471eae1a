"""Make a set of image-text pairs out of a set of photos and one of texts: synthetic, said so."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.cells import as_text
from glasscase.catalog.image_header import ENDINGS, photo_format
from glasscase.catalog.pairing import Pairing, pair_up
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.tables import open_table
from glasscase.errors import BadCatalog, BadSetting, CannotWrite
from glasscase.files import new_folder, write_json, write_text
from glasscase.progress import Progress, silent

TABLE, FACTS, README, PHOTOS = "pairs.csv", "pairs.json", "README.md", "photos"
_HEADER = ("id", "photo", "text", "category", "shown_id", "told_id")
_SYNTHETIC = (
    "This set is synthetic: no photo was ever published with its text. Each pair joins a photo "
    "and a text of the same category, drawn at random."
)
_LEAKS = (
    "The same photo and the same text may stand in several rows (shown_id, told_id): keep such "
    "rows on one side of every split, or a model is judged by what it was trained on."
)
_UNFIT = (
    "What a photo and its text share is their category and nothing else, so the set can show that "
    "a program runs and how large it may grow. It cannot show what fusing adds on real products."
)


@dataclass(frozen=True)
class Pairs:
    """Pairs of a photo and a text of the same category."""

    shown: tuple[Product, ...]
    """[n]: whose photo it is."""
    told: tuple[Product, ...]
    """[n]: whose words they are."""
    pairing: Pairing
    seed: int
    asked: int
    """How many pairs were wanted."""

    def __len__(self) -> int:
        return len(self.shown)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: what was made of what, category by category."""
        return {
            "synthetic": True,
            "about": [_SYNTHETIC, _LEAKS, _UNFIT],
            "pairs": len(self),
            "asked": self.asked,
            "seed": self.seed,
            "categories": [
                {"name": one.name, "photos": one.firsts, "texts": one.seconds, "pairs": one.pairs}
                for one in self.pairing.categories
            ],
            "photo_categories_without_texts": list(self.pairing.lonely_firsts),
            "text_categories_without_photos": list(self.pairing.lonely_seconds),
        }

    def save(
        self, out: str | Path, *, sources: Mapping[str, str] | None = None
    ) -> tuple[Path, Path | None]:
        """Write `pairs.csv`, `pairs.json` and a README into the folder `out`, whole or not at all.

        Photos that are files are named as their own set names them; those that are held in memory
        (IDX files, saved datasets) are written to `out/photos`.

        Args:
            out: made anew; an earlier set of pairs there is replaced.
            sources: what the pairs were made of, by role, to be told in the README.

        Returns:
            The table, and the folder of its photos if they were written.

        Raises:
            CannotWrite: `out` holds something else, or the disk is full.
        """
        out = Path(out)
        _check_place(out)
        copied = any(product.photos[0].path is None for product in self.shown)
        with new_folder(out) as folder:
            names = _written(self.shown, folder / PHOTOS) if copied else _named(self.shown)
            facts = {**self.to_dict(), "sources": dict(sources or {}), "photos_written": copied}
            write_json(folder / FACTS, facts)
            write_text(folder / TABLE, _table(self, names))
            write_text(folder / README, _readme(facts))
        return out / TABLE, out / PHOTOS if copied else None


def pairs(
    photos: Catalog,
    texts: Catalog,
    *,
    size: int = 10_000,
    seed: int = 0,
    mapping: Mapping[str, Sequence[str]] | None = None,
    progress: Progress = silent,
) -> Pairs:
    """Join photos and texts within their categories; see `pair_up` for how they are drawn.

    Args:
        photos: products with a category; the first photo of each counts.
        texts: products, reviews or other texts with a category.
        size: how many pairs.
        seed: the same seed gives the same pairs.
        mapping: category of the photos -> categories of the texts, where the names differ.
        progress: is told of categories without a partner.

    Raises:
        BadSetting: a size below 1.
        BadCatalog: no category is on both sides.

    Not covered: whether a text suits its photo beyond the category.
    """
    if size < 1:
        raise BadSetting(f"{size} pairs cannot be made", "Use --size 1 or more.")
    shown = [product for product in photos if product.photos and product.label]
    told = [product for product in texts if product.text.strip() and product.label]
    made = pair_up(
        [str(product.label) for product in shown],
        [str(product.label) for product in told],
        size=size,
        seed=seed,
        mapping=mapping,
    )
    if not made.pairs:
        raise BadCatalog(
            f"no category has both photos ({_some(made.lonely_firsts)}) "
            f"and texts ({_some(made.lonely_seconds)})",
            "Say which go together in a table of two columns, and give it with --map.",
        )
    for what, names in (("photos", made.lonely_firsts), ("texts", made.lonely_seconds)):
        if names:
            progress.say(f"Categories of {what} without a partner: {_some(names)}.")
    if len(made.pairs) < size:
        progress.say(f"Only {len(made.pairs):,} different pairs can be made, not {size:,}.")
    first = tuple(shown[i] for i, _ in made.pairs)
    return Pairs(first, tuple(told[j] for _, j in made.pairs), made, seed, size)


def read_mapping(path: Path) -> dict[str, list[str]]:
    """Which categories go together, from a table: the first column names one of the photos, the
    second one of the texts; a name may stand in several rows.

    Raises:
        BadCatalog: it cannot be read, or has less than two columns.
    """
    table = open_table(path)
    if len(table.names) < 2:
        raise BadCatalog(
            f"{str(path)!r} has one column", "Write two: category of the photos, of the texts."
        )
    found: dict[str, list[str]] = {}
    for _, cells in table.rows:
        one, other = (as_text(cells.get(name)) for name in table.names[:2])
        if one and other:
            found.setdefault(one, []).append(other)
    return {name: list(dict.fromkeys(others)) for name, others in found.items()}


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "none") + more


def _check_place(out: Path) -> None:
    empty = out.is_dir() and not any(out.iterdir())
    if out.exists() and not empty and not (out / FACTS).is_file():
        raise CannotWrite(f"{str(out)!r} exists and is no set of pairs", "Choose another --out.")


def _named(shown: Sequence[Product]) -> list[str]:
    """What the photo column says: a name that would be divided stands in a list."""
    names = [product.photos[0].name for product in shown]
    return [json.dumps([name]) if set(name) & set("|;,[") else name for name in names]


def _written(shown: Sequence[Product], folder: Path) -> list[str]:
    """Write every photo once; the name of each [n]."""
    folder.mkdir()
    names: dict[Photo, str] = {}
    for product in shown:
        photo = product.photos[0]
        if photo not in names:
            data = photo.read()
            kind = photo_format(data)
            names[photo] = f"{len(names):06d}{ENDINGS[kind][0] if kind else ''}"
            (folder / names[photo]).write_bytes(data)  # the folder around it appears as a whole
    return [names[product.photos[0]] for product in shown]


def _table(made: Pairs, names: Sequence[str]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_HEADER)
    for number, (shown, told, name) in enumerate(
        zip(made.shown, made.told, names, strict=True), start=1
    ):
        category = " > ".join(shown.category or ())
        writer.writerow([f"pair-{number:06d}", name, told.text, category, shown.id, told.id])
    return stream.getvalue()


def _readme(facts: Mapping[str, Any]) -> str:
    lines = ["# Image-text pairs", "", *(f"{line}\n" for line in facts["about"])]
    lines += [f"{facts['pairs']:,} pairs, seed {facts['seed']}. Made of:", ""]
    lines += [f"- {role}: {source}" for role, source in facts["sources"].items()]
    lines += ["", "| category | photos | texts | pairs |", "|---|---|---|---|"]
    for one in facts["categories"]:
        name = one["name"].replace("|", "\\|")
        lines.append(f"| {name} | {one['photos']} | {one['texts']} | {one['pairs']} |")
    for role in ("photo_categories_without_texts", "text_categories_without_photos"):
        if facts[role]:
            lines += ["", f"{role.replace('_', ' ').capitalize()}: {', '.join(facts[role])}."]
    licence = "The licences of both sources hold for what was taken from each."
    return "\n".join([*lines, "", licence, ""])
