"""A comparison of packs as the service answers it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class PointsAnswer(BaseModel):
    """Points of 100 with their 95 % interval; null where it is not scored."""

    model_config = ConfigDict(extra="allow")

    value: float | None
    low: float | None
    high: float | None


class PillarAnswer(PointsAnswer):
    """One pillar of a pack."""

    why_not: str = Field(description="Why it is not scored; empty where it is.")
    missing: list[str] = Field(description="Parts drawn from their whole range.")


class PackAnswer(BaseModel):
    """One pack of the set."""

    model_config = ConfigDict(extra="allow")

    id: str
    brand: str
    product: str
    own: bool
    score: PointsAnswer
    ranks: list[float] = Field(description="Share of draws in which it has rank 1, 2 ...")
    pillars: dict[str, PillarAnswer]
    measures: list[dict[str, Any]] = Field(description="Every figure; see docs/packs.md.")


class PacksAnswer(BaseModel):
    """Packs beside one another."""

    model_config = ConfigDict(extra="allow")

    kind: Literal["packs"]
    packs: list[PackAnswer]
    beats: list[list[float]] = Field(
        description="Share of draws in which the row's pack is ahead of the column's."
    )
    arrangements: int = Field(0, description="Of simulated shelves; 0: on a photo of a real shelf.")
    saliency: dict[str, Any] = Field(
        default_factory=dict,
        description="Which map said where eyes go: name, and file and sha256 of a learned model.",
    )
    sensitivity: list[dict[str, Any]]
    what_if: list[dict[str, Any]]
    not_scored: list[dict[str, str]]
    notes: list[str]
    problems: list[dict[str, Any]]
