"""How good a detector is on your photos, and what its figures then rest on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.catalog.problem import Problem
from glasscase.errors import BadCatalog, BadPhoto, BadSetting
from glasscase.progress import Progress, silent
from glasscase.shelf.average_precision import (
    LOOK_FROM,
    AveragePrecision,
    average_precision,
    best_score,
    measured,
)
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.detectors import open_detector
from glasscase.shelf.files.box_files import lesson_of, read_box_folder
from glasscase.shelf.measured_file import write_measured


@dataclass(frozen=True, slots=True)
class DetectorCheck:
    """What was measured."""

    detector: str
    precision: AveragePrecision
    measured: MeasuredDetector
    stored: Path | None
    """Where the measurement is kept; None: the detector is no file."""
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        counts = self.measured
        return {
            "detector": self.detector,
            **self.precision.to_dict(),
            "score": counts.score,
            "precision": counts.precision,
            "recall": counts.recall,
            "right": counts.right,
            "found_at_score": counts.found,
            "on": counts.on,
            "stored": str(self.stored) if self.stored else None,
            "problems": [str(one) for one in self.problems],
        }


def check_detector(
    detector: str,
    boxes: Path,
    *,
    form: str | None = None,
    score: float | None = None,
    progress: Progress = silent,
) -> DetectorCheck:
    """Measure a detector on a folder of photos with drawn boxes; classes do not count.

    Precision and recall at `score` are kept beside the detector's file, where shelf figures find
    them: their intervals then speak of your photos.

    Args:
        detector: `embedded`, an ONNX file, or `hf:` and a name; see `open_detector`.
        boxes: COCO, Pascal VOC, YOLO or TSV.
        form: how the file is to be read, where that is not known by itself.
        score: boxes below do not count; None: where F1 is greatest on these photos.
        progress: follows the photos.

    Raises:
        BadCatalog: the folder cannot be used.
        BadDetector: the detector cannot.
        BadSetting: an impossible score.
    """
    if score is not None and not 0 <= score <= 1:
        raise BadSetting(f"a score of {score:g} is impossible", "Use 0 to 1.")
    folder = read_box_folder(boxes)
    options: dict[str, Any] = {"score": LOOK_FROM} | ({"form": form} if form else {})
    opened = open_detector(detector, **options)
    found: list[Boxes] = []
    true: list[Boxes] = []
    problems = list(folder.problems)
    for photo in progress.track(folder.photos, total=len(folder.photos), what="Measuring"):
        try:
            lesson, told = lesson_of(photo)
        except BadPhoto as error:
            problems.append(Problem(None, "photo", error.reason, error.remedy, dropped=True))
            continue
        problems.extend(told)
        found.append(opened.detect(lesson.image))
        true.append(lesson.boxes)
    if not found:
        raise BadCatalog(
            f"no photo of {str(boxes)!r} can be used: {problems[0]}", "Give other photos."
        )
    chosen = best_score(found, true) if score is None else score
    how = "score chosen there" if score is None else "score given"
    counted = measured(found, true, score=chosen, on=f"{len(found)} photos of {boxes.name}, {how}")
    path = Path(detector).expanduser()
    stored = write_measured(path, counted, opened.card.sha256) if path.is_file() else None
    return DetectorCheck(
        detector,
        average_precision(found, true),
        counted,
        stored,
        tuple(problems),
    )
