"""Models as the service shows them: which there are, who plays which role, what a card says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from glasscase.server.threads.live_models import Cast
from glasscase.store.models import ModelRow, Roles

Role = Literal["active", "shadow", "challenger"]
ROLES: tuple[Role, ...] = ("active", "shadow", "challenger")


class FigureAnswer(BaseModel):
    """A figure with its 95 % interval, all 0 to 1."""

    value: float
    low: float
    high: float


class ModelAnswer(BaseModel):
    """A model the service knows."""

    id: str = Field(description="First 12 hex digits of the SHA-256 of its manifest.")
    name: str
    roles: list[Role] = Field(description="active: answers; challenger: a share; shadow: unseen.")
    loaded: bool = Field(description="Whether the process that was asked has it in memory.")
    added_at: datetime
    head: str | None = Field(description="What was shipped, such as `late`.")
    accuracy: FigureAnswer | None = Field(
        description="Held out in training; null where it learnt from decisions since."
    )
    macro_f1: FigureAnswer | None = Field(description="As `accuracy`.")
    products: int | None = Field(description="Products it was trained on.")
    categories: int | None

    @classmethod
    def of(cls, row: ModelRow, roles: Roles, cast: Cast) -> ModelAnswer:
        """The model of `row`."""
        shipped = shipped_candidate(row.card)
        data = _mapping(row.card.get("data"))
        decisions = decisions_since(row.card)  # figures of before are those of another model
        products = _count(data.get("products"))
        return cls(
            id=row.id,
            name=row.name,
            roles=[role for role in ROLES if getattr(roles, role) == row.id],
            loaded=row.id in cast.models,
            added_at=row.added_at,
            head=_text(shipped.get("name")),
            accuracy=None if decisions else _figure(shipped.get("accuracy")),
            macro_f1=None if decisions else _figure(shipped.get("macro_f1")),
            products=None if products is None else products + decisions,
            categories=_count(data.get("categories")),
        )


class ModelsAnswer(BaseModel):
    """All models, and who answers."""

    models: list[ModelAnswer] = Field(description="The newest first.")
    active: str | None
    shadow: str | None
    challenger: str | None
    challenger_share: float = Field(description="Of the requests the challenger answers, 0 to 1.")
    revision: int = Field(description="Goes up with every change of roles.")
    problems: dict[str, str] = Field(
        description="Role -> why the model that should have it is not loaded in this process."
    )


class ModelCardAnswer(ModelAnswer):
    """A model with its card."""

    card: dict[str, Any] = Field(description="As `card.json` of the bundle has it.")


class LoadModel(BaseModel):
    """A bundle that is on the service's disk already."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        min_length=1, max_length=1000, description="A folder in the service's bundle folders."
    )
    name: str = Field("", max_length=100, description="Shown to people; else the folder's name.")


class SetRoles(BaseModel):
    """Who plays which role from now on; what is not said stays."""

    model_config = ConfigDict(extra="forbid")

    shadow: str | None = Field(None, max_length=64, description='A model\'s id; "": nobody.')
    challenger: str | None = Field(None, max_length=64, description='A model\'s id; "": nobody.')
    challenger_share: float | None = Field(
        None, ge=0, le=1, description="Of the requests the challenger answers."
    )
    revision: int | None = Field(
        None, ge=0, lt=2**53, description="What you saw; if someone was faster: 409."
    )


def models_answer(rows: Sequence[ModelRow], roles: Roles, cast: Cast) -> ModelsAnswer:
    """All models and roles."""
    return ModelsAnswer(
        models=[ModelAnswer.of(row, roles, cast) for row in rows],
        active=roles.active,
        shadow=roles.shadow,
        challenger=roles.challenger,
        challenger_share=roles.challenger_share,
        revision=roles.revision,
        problems=dict(cast.problems),
    )


def shipped_candidate(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """The candidate of a card that was shipped; empty where the card does not say."""
    candidates = card.get("candidates")
    for one in candidates if isinstance(candidates, list) else []:
        if isinstance(one, dict) and one.get("shipped") is True:
            return one
    return {}


def decisions_since(card: Mapping[str, Any]) -> int:
    """From how many decisions a model learnt after the training that its card tells of."""
    return _count(_mapping(card.get("retrained")).get("decisions")) or 0


def _figure(value: Any) -> FigureAnswer | None:
    told = _mapping(value)
    numbers = [told.get(name) for name in ("value", "low", "high")]
    if not all(isinstance(one, int | float) for one in numbers):
        return None
    return FigureAnswer(value=numbers[0], low=numbers[1], high=numbers[2])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value[:100] if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
