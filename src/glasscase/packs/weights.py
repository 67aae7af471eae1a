"""The weights of the pillars: near equal unless somebody says otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping

from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names
from glasscase.packs.scored import PILLARS


def pillar_weights(told: Mapping[str, float] | None) -> dict[str, float]:
    """A weight for each pillar, 0 or more; those not told are 1. 0 leaves a pillar out.

    Raises:
        BadSetting: an unknown pillar, a weight below 0 or no number, or all of them 0.

    >>> pillar_weights({"seen": 2})
    {'seen': 2.0, 'findable': 1.0, 'readable': 1.0, 'chosen': 1.0}
    """
    weights: dict[str, float] = dict.fromkeys(PILLARS, 1.0)
    for name, value in (told or {}).items():
        if name not in weights:
            near = nearest_names(name, list(PILLARS), most=1)[0]
            raise BadSetting(
                f"there is no pillar {name[:40]!r}",
                f"Did you mean {near}? There are {', '.join(PILLARS)}.",
            )
        if not math.isfinite(value) or not 0 <= value <= 1000:
            raise BadSetting(f"the weight of {name} is {value:g}", "Use 0 to 1000.")
        weights[name] = float(value)
    if not any(weights.values()):
        raise BadSetting("all weights are 0", "Give at least one pillar some weight.")
    return weights


def parsed_weights(text: str) -> dict[str, float]:
    """Weights out of `seen=2,chosen=0`. Raises `BadSetting`.

    >>> parsed_weights("seen=2, chosen=0")
    {'seen': 2.0, 'chosen': 0.0}
    """
    found: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, number = part.partition("=")
        try:
            found[name.strip().lower()] = float(number)
        except ValueError:
            raise BadSetting(
                f"weight {part[:40]!r} is no NAME=NUMBER", "Write seen=1,findable=1,readable=2."
            ) from None
    return found
