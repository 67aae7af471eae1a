"""What reviewers decided, with the products it is about: read from the store, written to a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from glasscase.catalog.cells import safe_cell
from glasscase.catalog.distinct_names import distinct_names
from glasscase.catalog.product import Product
from glasscase.errors import CannotTrain
from glasscase.files import new_folder
from glasscase.jobs.decisions.correction_table import COLUMNS, correction_values
from glasscase.jobs.decisions.kept_product import kept_product
from glasscase.models.training_index import content_key
from glasscase.progress import Progress, silent
from glasscase.settings import Settings
from glasscase.store.review_items import Correction
from glasscase.store.store import Store

TABLE, PHOTOS = "corrections.csv", "photos"


@dataclass(frozen=True)
class Reviewed:
    """Decisions that can be learnt from."""

    products: tuple[Product, ...]
    """With the category that people decided."""
    corrections: tuple[Correction, ...]
    """[n], of each product."""
    gone: tuple[Correction, ...] = ()
    """Decisions whose product is no longer kept."""

    @property
    def changed(self) -> int:
        """How many of them say something else than the model did."""
        return sum(one.label != one.label_before for one in self.corrections)


def reviewed_products(
    store: Store,
    settings: Settings,
    *,
    since: datetime | None = None,
    progress: Progress = silent,
) -> Reviewed:
    """All decided products that are still kept; of several decisions about one the last counts.

    Raises:
        CannotTrain: nothing was decided.
    """
    decided = list(store.reviews.corrections(since))
    if not decided:
        raise CannotTrain("nothing was reviewed yet", "Decide some products on the page Review.")
    last: dict[tuple[str, str], tuple[Product, Correction]] = {}
    gone = []
    for one in progress.track(decided, total=len(decided), what="Reading what was reviewed"):
        product = kept_product(store, one.prediction_id, settings=settings, name=one.product_id)
        if product is None:
            gone.append(one)
            continue
        product = replace(product, category=tuple(one.label.split(" > ")))
        last[product.id, content_key(product)] = (product, one)
    products, corrections = zip(*last.values(), strict=True) if last else ((), ())
    return Reviewed(tuple(products), tuple(corrections), tuple(gone))


def write_reviewed(reviewed: Reviewed, folder: Path) -> Path:
    """Write the products as a table with a folder of photos, to train by; returns the table.

    The table says of every row where it comes from (`source`) and who decided. Both appear whole
    or not at all.

    Raises:
        CannotWrite: the disk is full, or the place may not be written to; what stood there stays.
    """
    fields = list(dict.fromkeys(name for one in reviewed.products for name in one.texts))
    attributes = list(dict.fromkeys(name for one in reviewed.products for name in one.attributes))
    most = max((len(one.photos) for one in reviewed.products), default=0)
    photos = ["photo", *(f"photo_{number}" for number in range(2, most + 1))]
    heads = distinct_names([*COLUMNS, "source", *photos, *fields, *attributes])
    with new_folder(folder) as fresh:
        (fresh / PHOTOS).mkdir()
        with (fresh / TABLE).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(heads)
            for number, (product, one) in enumerate(
                zip(reviewed.products, reviewed.corrections, strict=True), start=1
            ):
                names = _written(product, number, fresh / PHOTOS)
                cells: Iterable[str] = [
                    *correction_values(one).values(), "review",
                    *names, *[""] * (len(photos) - len(names)),
                    *(product.texts.get(name, "") for name in fields),
                    *(str(product.attributes.get(name, "")) for name in attributes),
                ]  # fmt: skip
                writer.writerow([safe_cell(cell) for cell in cells])
    return folder / TABLE


def _written(product: Product, number: int, folder: Path) -> Sequence[str]:
    """Under names of our own: what a sender called them is no path."""
    names = []
    for place, photo in enumerate(product.photos, start=1):
        name = f"{number:06d}-{place}.{_ending(photo.read())}"
        (folder / name).write_bytes(photo.read())
        names.append(name)
    return names


def _ending(data: bytes) -> str:
    from glasscase.catalog.image_header import photo_format

    kind = (photo_format(data) or "jpeg").lower()
    return {"jpeg": "jpg", "mpo": "jpg"}.get(kind, kind)
