"""What was measured on packs before: kept by the content of photos, so a second run is quick."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.encoders.read_line import ReadLine
from glasscase.encoders.text_cache import TextCache
from glasscase.errors import CannotWrite
from glasscase.packs.attention_maps import packed_times, unpacked_times
from glasscase.packs.measure import Evidence, Measure
from glasscase.packs.pack import Pack

FORMAT = "packs 6"
"""Goes up with every change of what is measured: older figures are then measured anew."""
FOLDER = "packs"
_MOST_HERE = 600
"""Figures held in memory; the first to come goes first. Some ten thousand characters each."""


class PackMemory:
    """Figures by (what, content); a broken or locked file is as good as an empty one."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` None: nothing is kept longer than this object."""
        self._here: dict[tuple[str, str], Any] = {}
        self._cache = TextCache(folder / FOLDER) if folder is not None else None

    def recall(self, what: str, key: str, make: Callable[[], Any]) -> Any:
        """The JSON value stored for `key`, else what `make` gives, stored."""
        name = f"{FORMAT}: {what}"
        if (name, key) in self._here:
            return self._here[name, key]
        known = self._known(name, key)
        fresh = make() if known is None else known
        self._here[name, key] = fresh
        if len(self._here) > _MOST_HERE:
            self._here.pop(next(iter(self._here)))
        if known is not None:
            return known
        if self._cache is not None:
            try:
                self._cache.put_many(name, {key: json.dumps(fresh, allow_nan=False)})
            except CannotWrite:
                self._cache = None  # a full disk costs time, not the result
        return fresh

    def _known(self, name: str, key: str) -> Any:
        if self._cache is None:
            return None
        try:
            text = self._cache.get_many(name, [key]).get(key)
            return None if text is None else json.loads(text)
        except (CannotWrite, ValueError):
            return None


def pack_key(pack: Pack, *more: object) -> str:
    """SHA-256 of everything of `pack` that is measured, and of `more`."""
    told = [
        pack.brand, pack.product, pack.variety, pack.height_mm, pack.own, list(pack.image.shape),
        *more,
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
    digest.update(np.ascontiguousarray(pack.image).tobytes())
    return digest.hexdigest()


def set_key(packs: Sequence[Pack], *more: object) -> str:
    """SHA-256 of a set of packs with their ids, in this order, and of `more`."""
    told = [*((pack.id, pack_key(pack)) for pack in packs), *more]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


def measure_from(told: Mapping[str, Any]) -> Measure:
    """A measure out of `Measure.to_dict`."""
    places = tuple(Evidence(tuple(one["box"]), one["words"]) for one in told["evidence"])
    return Measure(**{**told, "evidence": places})


def line_to_dict(line: ReadLine) -> dict[str, Any]:
    """A line as JSON values."""
    return {"corners": line.corners.tolist(), "words": line.words, "score": line.score}


def line_from(told: Mapping[str, Any]) -> ReadLine:
    """A line out of `line_to_dict`."""
    return ReadLine(np.array(told["corners"], np.float64), told["words"], told["score"])


def small_map(times: np.ndarray[Any, Any], *, longest_px: int = 64) -> dict[str, Any]:
    """A map of attention [h, w] in times an even look, as few bytes."""
    from PIL import Image

    picture = Image.fromarray(packed_times(times))
    picture.thumbnail((longest_px, longest_px))
    small = np.asarray(picture, np.uint8)
    data = base64.b64encode(small.tobytes()).decode("ascii")
    return {"shape": list(small.shape), "data": data}


def map_from(told: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """A map float32 [h, w] out of `small_map`, in times an even look."""
    data = base64.b64decode(told["data"])
    return unpacked_times(np.frombuffer(data, np.uint8).reshape(told["shape"]))
