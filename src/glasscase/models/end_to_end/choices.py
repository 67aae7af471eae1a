"""What the settings choose for a network that learns its encoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from glasscase.settings import NetSettings


@dataclass(frozen=True)
class NetChoices:
    """The part of `settings.net` that is about end-to-end learning, with a recipe's own values."""

    side: int = 224
    unfreeze: int = 2
    layer_decay: float = 0.7
    phases: int = 1
    augment: Literal["none", "light", "medium", "heavy"] = "light"
    token_ids: bool = False

    @classmethod
    def of(cls, settings: NetSettings, **own: int | float | str) -> Self:
        """What the settings say, else the recipe's `own` values, else those above."""
        told = settings.model_dump(exclude_none=True)
        known = {name: told[name] for name in cls.__dataclass_fields__ if name in told}
        return cls(**{**own, **known})
