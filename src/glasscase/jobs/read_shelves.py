"""Read many shelf photos: a result for each, a summary of all; one bad photo stops nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.catalog.distinct_names import distinct_names
from glasscase.errors import GlasscaseError
from glasscase.files import write_bytes, write_json, write_text
from glasscase.jobs.read_shelf import ShelfReader
from glasscase.progress import Progress, silent
from glasscase.shelf.annotated import annotated_bytes
from glasscase.shelf.files.box_table import box_table
from glasscase.shelf.reading import ShelfReading
from glasscase.shelf.reckoning.figures import ShelfQuestions
from glasscase.shelf.report import shelf_page

SUMMARY = "summary.csv"
_COLUMNS = (
    "photo", "products", "products_low", "products_high", "recognised", "rows", "possible_gaps",
    "on_shelf_availability", "planogram_position", "problem",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShelfOutcome:
    """What became of one photo."""

    photo: Path
    reading: ShelfReading | None
    error: GlasscaseError | None = None
    files: tuple[Path, ...] = ()

    def line(self) -> dict[str, Any]:
        """For the summary table."""
        line: dict[str, Any] = dict.fromkeys(_COLUMNS)
        line |= {"photo": self.photo.name, "problem": "" if self.error is None else str(self.error)}
        if self.reading is None:
            return line
        told = self.reading.to_dict()
        figures, counts = told["figures"], told["counts"]
        products = figures["products"]
        return line | {
            "products": round(products["value"]),
            "products_low": round(products["low"]),
            "products_high": round(products["high"]),
            "recognised": counts["recognised"],
            "rows": counts["rows"],
            "possible_gaps": counts["possible_gaps"],
            "on_shelf_availability": _value(figures["availability"], "share"),
            "planogram_position": _value(figures["planogram"], "position"),
        }


def read_shelves(
    photos: Sequence[Path],
    reader: ShelfReader,
    *,
    asked: ShelfQuestions | None = None,
    boxes: Any = None,
    out: Path | None = None,
    progress: Progress = silent,
) -> Iterator[ShelfOutcome]:
    """Read `photos` one by one and hand on what became of each; write its files to `out`.

    With `out` each photo gets `NAME.json`, `NAME.csv`, `NAME.html` and `NAME.annotated.jpg`, and
    all of them `summary.csv`. A photo that cannot be read is told and does not stop the rest.
    Pixels are not kept: of a past outcome only its result is.

    Raises:
        CannotWrite: the disk is full.
    """
    stems = distinct_names([photo.stem for photo in photos])
    lines = []
    for photo, stem in zip(photos, stems, strict=True):
        try:
            reading = reader.read(photo, boxes=boxes, asked=asked, progress=progress)
        except GlasscaseError as error:
            outcome = ShelfOutcome(photo, None, error)
        else:
            files = () if out is None else save_reading(reading, out, stem)
            outcome = ShelfOutcome(photo, reading, None, files)
        lines.append(outcome.line())
        yield outcome
    if out is not None and len(lines) > 1:
        write_text(out / SUMMARY, summary_table(lines))


def save_reading(reading: ShelfReading, out: Path, stem: str) -> tuple[Path, ...]:
    """Write picture, boxes, result and page of `reading` to the folder `out`. `CannotWrite`."""
    result, image = reading.to_dict(), reading.photo.image
    places = tuple(out / f"{stem}{end}" for end in (".html", ".annotated.jpg", ".csv", ".json"))
    write_text(places[0], shelf_page(image, result))
    write_bytes(places[1], annotated_bytes(image, result))
    write_text(places[2], box_table([result]))
    write_json(places[3], result)
    return places


def summary_table(lines: Sequence[Mapping[str, Any]]) -> str:
    """CSV with a line for each photo."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, list(lines[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(lines)
    return stream.getvalue()


def _value(figure: Any, name: str) -> Any:
    return figure[name]["value"] if figure else None
