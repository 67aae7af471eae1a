"""How often a detector was right, kept beside its file."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glasscase.errors import BadDetector
from glasscase.files import write_json
from glasscase.shelf.detector import MeasuredDetector


def measured_path(detector: Path) -> Path:
    """Where the measurement of a detector's file lies: `shelf.onnx.measured.json` beside it."""
    return detector.with_name(f"{detector.name}.measured.json")


def write_measured(detector: Path, measured: MeasuredDetector, sha256: str) -> Path:
    """Keep a measurement beside the file it speaks of. Raises `CannotWrite`."""
    path = measured_path(detector)
    write_json(path, {**asdict(measured), "sha256": sha256})
    return path


def read_measured(detector: Path, sha256: str) -> MeasuredDetector | None:
    """The measurement beside a detector's file; None where there is none, or where it speaks of
    another file of that name (its `sha256` differs).

    Raises:
        BadDetector: it is damaged, or says what cannot be.
    """
    path = measured_path(detector)
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > 100_000:
            raise ValueError("it is too large")
        value = json.loads(path.read_text("utf-8"))
        if value.get("sha256", sha256) != sha256:
            return None
        right, found, true = (_count(value[key], key) for key in ("right", "found", "true"))
        score = float(value["score"])
        if not math.isfinite(score) or not 0 <= score <= 1:
            raise ValueError("score is not 0 to 1")
        if right > min(found, true):
            raise ValueError("more boxes are right than were found or are there")
        photos = tuple(_photo(one) for one in value.get("photos", ()))
        on, drawn = str(value["on"])[:1000], value.get("drawn", False) is True
        return MeasuredDetector(right, found, true, on, score, photos, drawn)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise BadDetector(
            f"measurement {str(path)!r} cannot be used: {why}",
            "Measure again with glasscase detector check, or delete it.",
        ) from error


def _photo(counts: Any) -> tuple[int, int, int]:
    right, found, true = (_count(one, "a count of photos") for one in counts)
    if right > min(found, true):
        raise ValueError("on a photo more boxes are right than were found or are there")
    return right, found, true


def _count(value: Any, key: str) -> int:
    if type(value) is not int or not 0 <= value <= 10**12:
        raise ValueError(f"{key} is no count")
    return value
