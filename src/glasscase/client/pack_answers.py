"""What the service answers about packs, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from glasscase.client.answers import Answer
from glasscase.client.jobs import Job
from glasscase.client.product_form import PhotoLike


class PackSettings(TypedDict, total=False):
    """How packs are to be scored; all of it may be left out."""

    own: str
    """The brand that asks."""
    category: str
    """Of a table only the packs of this category."""
    shelf_photo: PhotoLike
    """A photo of a real shelf that all packs stand on, in place of simulated ones."""
    shelf_boxes: Sequence[Sequence[float] | Mapping[str, Any]]
    """Where on it: left, top, right, bottom in pixels and the name of the pack. Without, packs are
    looked for."""
    height_mm: float
    """Of packs that tell none."""
    weights: Mapping[str, float]
    """Of seen, findable, readable and chosen."""
    what_if: Sequence[str]
    """Changes of the own pack, such as `contrast=+20`."""
    hero_profile: str
    """Check the photos as main photos: mobile-ready or marketplace."""
    arrangements: int
    """Of simulated shelves."""
    keep_days: int
    """Small pictures are kept so long."""
    seed: int


class PackJob(Job):
    """A comparison that is made, and how far it is."""


class Points(Answer):
    """Points of 100 with their 95 % interval; None where it is not scored."""

    value: float | None
    low: float | None
    high: float | None


class PackPillar(Points):
    """One pillar of a pack."""

    why_not: str
    missing: tuple[str, ...]


class ScoredPack(Answer):
    """One pack of the set."""

    id: str
    brand: str
    product: str
    variety: str = ""
    own: bool
    score: Points
    ranks: tuple[float, ...]
    """Share of draws in which it has rank 1, 2 ..."""
    pillars: dict[str, PackPillar]
    measures: tuple[dict[str, Any], ...]


class Packs(Answer):
    """Packs beside one another."""

    kind: Literal["packs"]
    packs: tuple[ScoredPack, ...]
    beats: tuple[tuple[float, ...], ...]
    """Share of draws in which the row's pack is ahead of the column's."""
    arrangements: int = 0
    """Of simulated shelves; 0: on a photo of a real one."""
    saliency: dict[str, Any] = {}
    """Which map said where eyes go: `name`, and `file` and `sha256` of a learned model."""
    sensitivity: tuple[dict[str, Any], ...]
    what_if: tuple[dict[str, Any], ...]
    not_scored: tuple[dict[str, str], ...]
    notes: tuple[str, ...]
    problems: tuple[dict[str, Any], ...]
