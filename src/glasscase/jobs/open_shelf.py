"""What a shelf is read with, opened from names and files: for the shell and the service."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from glasscase.catalog.catalog import Catalog
from glasscase.errors import BadSetting
from glasscase.jobs.make_gallery import make_gallery
from glasscase.jobs.read_shelf import ShelfReader
from glasscase.models.classifier import ProductClassifier
from glasscase.progress import Progress, silent
from glasscase.settings import Settings
from glasscase.shelf.detector import Detector
from glasscase.shelf.known.gallery import Gallery
from glasscase.shelf.known.gallery_files import load_gallery
from glasscase.shelf.reckoning.figures import ShelfQuestions
from glasscase.shelf.reckoning.planogram import Planogram
from glasscase.shelf.reckoning.shelf_tables import read_listing, read_market_shares
from glasscase.shelf.tiling import Tiling

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class ShelfSources:
    """Where detector, model and known products come from."""

    detector: str | None = "embedded"
    """None: boxes are given."""
    form: str | None = None
    prompt: str | None = None
    score: float | None = None
    """Boxes below are not looked for; None: as it was measured."""
    tiling: Tiling = Tiling()
    bundle: Path | None = None
    gallery: Path | None = None
    catalogue: Path | None = None
    catalogue_photos: Path | None = None


def open_reader(
    sources: ShelfSources, settings: Settings, *, progress: Progress = silent
) -> ShelfReader:
    """A reader of shelves.

    Raises:
        BadSetting: gallery and catalogue at once, or options that do not fit the detector.
        GlasscaseError: what opening each of them raises.
    """
    if sources.gallery is not None and sources.catalogue is not None:
        raise BadSetting("--gallery and --catalogue both name known products", "Give one of them.")
    model = None if sources.bundle is None else ProductClassifier.load(sources.bundle)
    known: Gallery | None = None
    if sources.gallery is not None:
        known = open_gallery(sources.gallery)
    elif sources.catalogue is not None:
        catalog = Catalog.read(
            sources.catalogue, photos=sources.catalogue_photos, settings=settings, progress=progress
        )
        known = make_gallery(catalog, settings=settings, progress=progress)
    reader = ShelfReader.of(
        detector=_detector(sources), model=model, gallery=known, settings=settings,
        progress=progress,
    )  # fmt: skip
    return replace(reader, tiling=sources.tiling)


def open_gallery(path: Path) -> Gallery:
    """The gallery at `path`; of a bundle, its training products (by sight, without brands).

    Raises:
        BadBundle: neither is there, or it is damaged.
        BadSetting: the bundle's model looks at no photos.
    """
    if (path / "bundle.json").is_file():
        return Gallery.of_bundle(ProductClassifier.load(path))
    return load_gallery(path)


def _detector(sources: ShelfSources) -> Detector | None:
    if sources.detector is None:
        return None
    from glasscase.shelf.detectors import DetectorOptions, open_detector

    options: DetectorOptions = {"tile": 0, "score": sources.score}  # tiles are the reader's
    if sources.form is not None:
        options["form"] = sources.form
    if sources.prompt is not None:
        options["prompts"] = [part.strip() for part in sources.prompt.split(",")]
    return open_detector(sources.detector, **options)


def open_questions(
    *,
    listing: Path | None = None,
    planogram: Path | None = None,
    market_share: Path | None = None,
    eye_level: str | None = None,
    score: float | None = None,
) -> ShelfQuestions:
    """What is asked of a shelf, from files and words; `score`: boxes below do not count.

    Raises:
        BadCatalog: a table that cannot be read, or lacks a column.
        BadSetting: weights that are no numbers, or a score beyond 0 to 1.
    """
    if score is not None and not 0 <= score <= 1:
        raise BadSetting(f"a score of {score:g} is impossible", "Use 0 to 1.")
    return ShelfQuestions(
        listing=None if listing is None else read_listing(listing),
        planogram=None if planogram is None else Planogram.read(planogram),
        market_shares=None if market_share is None else read_market_shares(market_share),
        eye_weights=None if eye_level is None else weights_of(eye_level),
        lowest_score=score,
    )


def weights_of(told: str) -> list[float]:
    """Weights of rows from the top, `1,2,1`. Raises `BadSetting`.

    >>> weights_of("0.5, 1, 1")
    [0.5, 1.0, 1.0]
    """
    try:
        weights = [float(part) for part in told.split(",")]
    except ValueError:
        weights = [math.nan]
    if len(weights) > MOST_ROWS or not all(math.isfinite(w) and w >= 0 for w in weights):
        raise BadSetting(f"{told[:60]!r} are no weights of rows", "Write one for each row: 1,2,1.")
    return weights
