"""A bundle to try the service with: the toy shop, drawn and trained once."""

from __future__ import annotations

import shutil
from pathlib import Path

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.toy import draw_toy_catalogue
from glasscase.files import explained_write
from glasscase.jobs.train import train
from glasscase.models.bundle import MANIFEST
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

SHOP, BUNDLE = "demo-shop", "demo-bundle"
_SIZE = 600


def demo_bundle(folder: Path, *, size: int = _SIZE, progress: Progress = silent) -> Path:
    """The bundle `demo-bundle` in `folder`; where there is none, a shop of `size` products is drawn
    into `demo-shop` beside it and a model trained on it.

    Raises:
        CannotWrite: the disk is full, or `folder` may not be written to.
    """
    bundle, shop = folder / BUNDLE, folder / SHOP
    if (bundle / MANIFEST).is_file():
        return bundle
    with explained_write(shop):
        shutil.rmtree(shop, ignore_errors=True)  # begun and not finished
        folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_toy_catalogue(shop, size=size, progress=progress)
    settings = Settings()
    catalog = Catalog.read(
        drawn.products, photos=drawn.images, settings=settings, progress=progress
    )
    return train(catalog, settings=settings, progress=progress).model.save(bundle)
