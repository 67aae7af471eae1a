"""The models that answer now: swapped in whole, never while a request is half done."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path

from glasscase.catalog.product import Product
from glasscase.errors import BadBundle, NotFitted
from glasscase.models.bundle import MANIFEST
from glasscase.models.classifier import ProductClassifier


@dataclass(frozen=True)
class LiveModel:
    """A bundle in memory, warm."""

    id: str
    """First 12 hexadecimal digits of the manifest's own SHA-256."""
    name: str
    path: Path
    model: ProductClassifier

    @classmethod
    def load(cls, path: Path) -> LiveModel:
        """Check and open the bundle at `path` and let it answer once, so that it is warm.

        Raises:
            BadBundle: no bundle there, or a damaged one.
        """
        model = ProductClassifier.load(path)
        model.predictions([Product("warm-up", texts={"text": "a blue mug"})])
        return cls(model_id(path), path.resolve().name, path, model)


def model_id(path: Path) -> str:
    """The id of the bundle at `path`. Raises `BadBundle` where there is none."""
    try:
        own = json.loads((path / MANIFEST).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BadBundle(
            f"there is no bundle at {str(path)!r}", "Check the path, or train one."
        ) from None
    return str(own)[:12]


class LiveModels:
    """Which model answers. A request takes one at its start and keeps it to its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: LiveModel | None = None

    @property
    def active(self) -> LiveModel:
        """The one that answers. Raises `NotFitted` before there is one."""
        active = self._active
        if active is None:
            raise NotFitted("no model is loaded yet", "Load one: POST /v1/models.")
        return active

    @property
    def ready(self) -> bool:
        """Whether there is a model to answer."""
        return self._active is not None

    def activate(self, live: LiveModel) -> None:
        """From the next request on `live` answers."""
        with self._lock:
            self._active = live
