"""How much is changed: light, medium, heavy."""

from __future__ import annotations

from typing import Literal, get_args

from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names

Level = Literal["light", "medium", "heavy"]
LEVELS: tuple[Level, ...] = get_args(Level)


def checked_level(name: str) -> Level:
    """`name` as a level.

    Raises:
        BadSetting: there is no such level.

    >>> checked_level("medium")
    'medium'
    >>> checked_level("hevy")
    Traceback (most recent call last):
    ...
    glasscase.errors.BadSetting: there is no level 'hevy'. Did you mean 'heavy'? Levels are: \
light, medium, heavy.
    """
    for level in LEVELS:
        if name == level:
            return level
    near = nearest_names(name, LEVELS, most=1)[0]
    remedy = f"Did you mean {near!r}? Levels are: {', '.join(LEVELS)}."
    raise BadSetting(f"there is no level {name!r}", remedy)
