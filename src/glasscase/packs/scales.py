"""Anchored scales: what a measured value is worth, 0 to 100 points, with the source of each anchor.

A scale is a JSON file with a version, so that a score can be told again years later. Between two
anchors the way is straight; beyond the last ones points stay what they are.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.packs.measure import Better, Pillar

EMBEDDED = "scale_v1.json"
_MOST_BYTES = 1_000_000
_MOST_ANCHORS = 50


@dataclass(frozen=True, slots=True)
class MeasureScale:
    """What one measure is worth."""

    name: str
    unit: str
    better: Better
    pillar: Pillar | None
    """Where it counts; None: where the measure itself says."""
    values: tuple[float, ...]
    """Of the anchors, going up; in `unit`."""
    points: tuple[float, ...]
    """Of the anchors, 0 to 100: going up for `more`, down for `less`, up and then down in a band,
    whose best values may be several."""
    source: str
    """Where the anchors come from, in words."""
    title: str = ""
    """What people call it: `Contrast of words`."""
    of_all: bool = False
    """Scored only where every pack of the set has it: what a pack cannot have (a second variety of
    a brand that has one) is out of scope, not missing."""
    only_beside: bool = False
    """Scored only beside others of its pillar: a front without a word may be tidy, and yet nothing
    on it can be read."""

    def goodness(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of `values` (any shape), the first and last stretch drawn on beyond 0 and 100, so
        that of two packs beyond an anchor the better one is still the better one."""
        found = np.interp(values, self.values, self.points)
        for inner, outer in ((1, 0), (-2, -1)):
            slope = (self.points[outer] - self.points[inner]) / (
                self.values[outer] - self.values[inner]
            )
            beyond = values < self.values[0] if outer == 0 else values > self.values[-1]
            drawn_on = self.points[outer] + slope * (values - self.values[outer])
            found = np.where(beyond, drawn_on, found)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        anchors = [list(pair) for pair in zip(self.values, self.points, strict=True)]
        return {
            "title": self.title,
            "unit": self.unit,
            "better": self.better,
            "anchors": anchors,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Scale:
    """The scales of all measures."""

    name: str
    version: int
    measures: Mapping[str, MeasureScale]
    sha256: str
    """Of the file."""

    def to_dict(self) -> dict[str, Any]:
        """Which scale it is, in plain JSON values."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


@lru_cache(maxsize=1)
def embedded_scale() -> Scale:
    """The scale that comes with Glasscase (docs/packs.md tells its anchors)."""
    return _parsed(files("glasscase.packs").joinpath(EMBEDDED).read_bytes(), EMBEDDED)


def read_scale(path: str | Path) -> Scale:
    """A scale from a file like the embedded one.

    Raises:
        BadSetting: no such file, no JSON, or an anchor that makes no sense; says which.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadSetting(f"scale {str(path)!r} cannot be read: {reason}", "Check it.") from None
    if len(data) > _MOST_BYTES:
        raise BadSetting(f"scale {str(path)!r} is larger than 1 MB", "Give a file of anchors.")
    return _parsed(data, str(path))


def _parsed(data: bytes, name: str) -> Scale:
    shown = f"scale {name!r}"
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise BadSetting(f"{shown} is not JSON", "Copy the embedded one and change it.") from None
    measures = told.get("measures") if isinstance(told, dict) else None
    if not isinstance(measures, dict) or not isinstance(told.get("version"), int):
        raise BadSetting(f"{shown} lacks 'version' or 'measures'", "Copy the embedded one.")
    return Scale(
        str(told.get("name", name))[:80],
        told["version"],
        {str(key): _measure(str(key), one, shown) for key, one in measures.items()},
        hashlib.sha256(data).hexdigest(),
    )


def _measure(name: str, told: Any, shown: str) -> MeasureScale:
    where = f"{shown}: measure {name[:60]!r}"
    if not isinstance(told, dict) or told.get("better") not in get_args(Better):
        raise BadSetting(f"{where} lacks 'better'", "Say more, less or band.")
    if told.get("pillar") not in (None, *get_args(Pillar)):
        raise BadSetting(
            f"{where} has an unknown 'pillar'", f"One of {', '.join(get_args(Pillar))}."
        )
    anchors = told.get("anchors")
    if not isinstance(anchors, list) or not 2 <= len(anchors) <= _MOST_ANCHORS:
        raise BadSetting(
            f"{where} has no list of 2 to {_MOST_ANCHORS} anchors", "Add [value, points]."
        )
    if not all(
        isinstance(one, list) and len(one) == 2 and all(map(_number, one)) for one in anchors
    ):
        raise BadSetting(f"{where} has an anchor that is no [value, points]", "Use two numbers.")
    values, points = (tuple(float(one[i]) for one in anchors) for i in (0, 1))
    found = MeasureScale(
        name,
        str(told.get("unit", "")),
        told["better"],
        told.get("pillar"),
        values,
        points,
        str(told.get("source", "")),
        str(told.get("title", "")) or name.replace("_", " "),
        told.get("of_all") is True,
        told.get("only_beside") is True,
    )
    wrong = _wrong(found)
    if wrong:
        raise BadSetting(f"{where}: {wrong}", "Put its anchors right.")
    return found


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(scale: MeasureScale) -> str:
    """Why the anchors make no scale; empty where they do."""
    steps = np.diff(scale.values)
    if (steps <= 0).any():
        return "its values do not go up"
    if min(scale.points) < 0 or max(scale.points) > 100:
        return "its points are not between 0 and 100"
    signs = np.sign(np.diff(scale.points)).astype(int).tolist()
    if scale.better != "band":
        wanted = 1 if scale.better == "more" else -1
        way = "up" if wanted == 1 else "down"
        return "" if set(signs) == {wanted} else f"its points do not go {way} all the way"
    up_then_down = sorted(signs, reverse=True) == signs and {signs[0], signs[-1]} == {1, -1}
    return "" if up_then_down else "its points do not go up and then down"
