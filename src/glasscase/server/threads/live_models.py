"""The models that answer now: swapped in whole, never while a request is half done.

A request chooses its models once, at its start, and holds them to its end. Nothing else holds a
model that has no role any more, so its memory is free when its last request is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from glasscase.catalog.product import Product
from glasscase.errors import BadBundle, GlasscaseError, NotFitted
from glasscase.jobs.register_bundle import model_id
from glasscase.models.classifier import ProductClassifier

__all__ = ["Chosen", "LiveModel", "LiveModels", "bucket", "model_id"]


@dataclass(frozen=True)
class LiveModel:
    """A bundle in memory, warm."""

    id: str
    """First 12 hexadecimal digits of the manifest's own SHA-256."""
    name: str
    path: Path
    model: ProductClassifier

    @classmethod
    def load(cls, path: Path, *, name: str = "") -> LiveModel:
        """Check and open the bundle at `path` and let it answer once, so that it is warm.

        Vectors of what is sent to the service are not kept in the cache of vectors.

        Raises:
            BadBundle: no bundle there, a damaged one, or one that cannot answer.
        """
        try:
            model = ProductClassifier.load(path, cached=False)
            model.predictions([Product("warm-up", texts={"text": "a blue mug"})])
        except GlasscaseError:
            raise
        except Exception as error:
            raise BadBundle(
                f"the bundle {str(path)!r} cannot answer ({type(error).__name__})",
                "Train it again, with this version of Glasscase.",
            ) from error
        return cls(model_id(path), name or path.resolve().name, path, model)


@dataclass(frozen=True)
class Chosen:
    """The models of one request."""

    live: LiveModel
    """It answers."""
    shadow: LiveModel | None
    """It answers too, unseen, afterwards."""


@dataclass(frozen=True)
class Cast:
    """Who plays which role; replaced as a whole."""

    active: LiveModel | None = None
    shadow: LiveModel | None = None
    challenger: LiveModel | None = None
    challenger_share: float = 0.0
    """Of the requests the challenger answers instead of the active one, 0 to 1."""
    revision: int = -1
    """Of the roles in the database this stands for."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Role -> why the model the database names is not here."""

    @property
    def models(self) -> dict[str, LiveModel]:
        """All that play a role, by id."""
        there = (self.active, self.shadow, self.challenger)
        return {one.id: one for one in there if one is not None}


class LiveModels:
    """Which model answers. A request takes one at its start and keeps it to its end."""

    def __init__(self) -> None:
        self._cast = Cast()

    @property
    def cast(self) -> Cast:
        """Who plays which role now."""
        return self._cast

    @property
    def active(self) -> LiveModel:
        """The one that answers. Raises `NotFitted` before there is one."""
        return _there(self._cast.active)

    @property
    def ready(self) -> bool:
        """Whether there is a model to answer."""
        return self._cast.active is not None

    def get(self, id: str) -> LiveModel | None:
        """A model with a role by its id; None for all others."""
        return self._cast.models.get(id)

    def choose(self, key: str) -> Chosen:
        """The models of a request. The same `key` (of a product) has the same as long as roles and
        share stay, in every process.

        Raises:
            NotFitted: there is none yet.
        """
        cast = self._cast  # once: what is chosen fits together
        live = _there(cast.active)
        if cast.challenger is not None and bucket(key) < cast.challenger_share:
            live = cast.challenger
        shadow = cast.shadow if cast.shadow is not live else None
        return Chosen(live, shadow)

    def recast(self, cast: Cast) -> None:
        """From the next request on these answer."""
        self._cast = cast


def bucket(key: str) -> float:
    """Where `key` falls between 0 and 1 (below 1), evenly, the same everywhere.

    >>> 0 <= bucket("p-1") < 1 and bucket("p-1") == bucket("p-1")
    True
    """
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _there(model: LiveModel | None) -> LiveModel:
    if model is None:
        raise NotFitted("no model is loaded yet", "Load one: POST /v1/models.")
    return model
