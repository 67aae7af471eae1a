"""What shelf photos are read with: detector and gallery, opened at the first photo and kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasscase.errors import BadSetting
from glasscase.jobs.open_shelf import open_gallery
from glasscase.jobs.read_shelf import ShelfReader, gallery_encoder
from glasscase.models.classifier import ProductClassifier
from glasscase.settings import PhotoSettings, Settings
from glasscase.settings.service import ServiceSettings
from glasscase.shelf.detector import Detector
from glasscase.shelf.detectors import open_detector
from glasscase.shelf.tiling import Tiling


class Shelves:
    """Readers of shelf photos. Thread-safe; nothing of what is sent is kept, vectors neither."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._tiling = Tiling(**settings.shelf.model_dump(exclude={"score"}))
        self._lock = threading.Lock()
        self._detector: Detector | None = None
        self._known: ShelfReader | None = None

    @property
    def has_gallery(self) -> bool:
        """Whether products are recognised."""
        return bool(self._settings.service.gallery)

    def reader(
        self, model: ProductClassifier | None, *, drawn: bool, tiling: Mapping[str, Any]
    ) -> ShelfReader:
        """A reader with `model`. Blocks.

        Args:
            model: says categories.
            drawn: boxes are given, so no detector is needed.
            tiling: what the caller said of `Tiling`; the rest is as the settings say.

        Raises:
            BadDetector, BadBundle, BadEncoder: what the settings name cannot be opened.
            BadTiling: `tiling` is impossible.
        """
        with self._lock:
            if self._known is None:
                self._known = self._opened()
            if not drawn and self._detector is None:
                self._detector = open_detector(
                    self._settings.service.detector, tile=0, score=self._settings.shelf.score
                )
        return replace(
            self._known, model=model, detector=None if drawn else self._detector,
            tiling=replace(self._tiling, **tiling),
        )  # fmt: skip

    def lowest_score(self, reader: ShelfReader, asked: float | None) -> float | None:
        """The score from which boxes count; None: as the detector was measured.

        Raises:
            BadSetting: `asked` is lower than what this service looks for.
        """
        if asked is None:
            return self._settings.shelf.score
        looked_for = float(getattr(reader.detector, "score", 0.0))
        if asked < looked_for:
            raise BadSetting(
                f"boxes with a score below {looked_for:g} are not looked for here",
                "Say that or more; whoever runs the service sets shelf.score.",
            )
        return asked

    def _opened(self) -> ShelfReader:
        limits = self._settings.limits
        photos = PhotoSettings(
            max_megapixels=limits.max_megapixels, max_megabytes=limits.max_photo_megabytes
        )
        settings = Settings().model_copy(update={"photos": photos})
        if not self.has_gallery:
            return ShelfReader(settings=settings)
        gallery = open_gallery(Path(self._settings.service.gallery).expanduser())
        encoder = gallery_encoder(gallery, None, settings, cached=False)
        gallery.check_encoder(encoder)
        return ShelfReader(gallery=gallery, encoder=encoder, settings=settings)
