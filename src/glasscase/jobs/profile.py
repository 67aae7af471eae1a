"""Look at a catalogue before a model does."""

from __future__ import annotations

from dataclasses import asdict

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import find_near_duplicates
from glasscase.encoders.token_counts import token_counts
from glasscase.profiling.class_counts import best_level, levels
from glasscase.profiling.look_alikes import LookAlikes
from glasscase.profiling.photos import look_at_photos
from glasscase.profiling.profile import Profile
from glasscase.profiling.survey import missing_fields
from glasscase.profiling.todo import to_do
from glasscase.profiling.words import Cleaning, TextLengths
from glasscase.progress import Progress, silent
from glasscase.settings import Settings


def profile(
    catalog: Catalog, *, settings: Settings | None = None, progress: Progress = silent
) -> Profile:
    """Say what is in `catalog`, what is missing, and what to do before training.

    Counts missing fields and classes at every level, measures texts (characters, and tokens as the
    sentence encoder counts them) and photos, finds near-duplicates and those filed under two
    categories, and lists every problem met while reading. `profile(catalog).save("profile/")`
    writes JSON and one HTML page.

    Args:
        catalog: as `Catalog.read` gives it; read it without `level` to see all levels.
        settings: `text`, `photos`, `encoders.text` and the seed `train.seed` count.
        progress: who is told how far it is.

    Not covered: whether labels are right, other than where near-duplicates disagree.
    """
    settings = settings or Settings()
    products = catalog.products
    texts = [product.text for product in products]
    lengths = TextLengths.of(
        texts,
        token_counts(texts, settings=settings, progress=progress).tolist(),
        max_tokens=settings.text.max_tokens * settings.text.max_windows,
    )
    photos = look_at_photos(
        products, limits=settings.photos, seed=settings.train.seed, progress=progress
    )
    found = find_near_duplicates(products, limits=settings.photos, progress=progress)
    missing, tree = missing_fields(catalog), levels(products)
    best = best_level(tree)
    look_alikes = LookAlikes.of(products, found, level=best.level if best else None)
    return Profile(
        rows=len(catalog),
        columns={**asdict(catalog.columns), "line": catalog.columns.describe()},
        missing=missing,
        levels=tree,
        texts=lengths,
        cleaning=Cleaning.of(catalog),
        photos=photos,
        look_alikes=look_alikes,
        problems=tuple(catalog.problems),
        todo=to_do(
            len(catalog), missing, tree, texts=lengths, photos=photos, look_alikes=look_alikes
        ),
    )
