"""What the detector learns from: photos and boxes, brought to its input and turned to features.

Its backbone never learns, so a photo's features are computed once and kept in 16 bits; a whole
training then costs as much as a few epochs with the backbone in it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.files import new_folder
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.drawn.scenes import shelf_scene
from glasscase.shelf.drawn.wild_scenes import wild_scene
from glasscase.shelf.forms.pyramid_places import INPUT_PX, NOBODY, PREPARATION, assigned

SHARD_LESSONS = 50
_LEVELS = ("fine", "middle", "coarse")
_LEAST_PX = 3.0  # a box smaller than this in the input teaches nothing


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A photo and where products are on it."""

    image: NDArray[np.uint8]
    boxes: Boxes


@dataclass(frozen=True, slots=True, eq=False)
class LearntBatch:
    """Some lessons as the head learns them."""

    features: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    """[n, 40, 48, 48], [n, 112, 24, 24], [n, 320, 12, 12]."""
    answers: NDArray[np.bool_]
    """[n, p]: which places answer for a box."""
    wanted: NDArray[np.float32]
    """[m, 4]: the boxes they should give, in the order of `answers`, in pixels of the input."""


def scene_lesson(number: int, seed: int, *, wild: bool = False) -> Lesson:
    """Lesson `number` from the drawn scenes, or the wild ones: photos of many sizes and shapes."""
    dice = random.Random(f"lesson/{seed}/{number}")
    longer = round(200 * (680 / 200) ** dice.random())
    other = max(96, round(longer * dice.uniform(0.6, 1.0)))
    size = (longer, other) if dice.random() < 0.4 else (other, longer)
    draw = wild_scene if wild else shelf_scene
    scene = draw(number, seed=seed, size_px=size)
    return Lesson(scene.image, scene.boxes)


def as_input(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A photo as the network takes it: [1, 3, side, side]."""
    tensor: NDArray[np.float32] = PREPARATION.tensor(image, (INPUT_PX, INPUT_PX))
    return tensor


def in_input(lesson: Lesson) -> NDArray[np.float32]:
    """[n, 4]: the lesson's boxes in pixels of the input, without those too small to be seen."""
    view = PREPARATION.view(lesson.image, (INPUT_PX, INPUT_PX))
    corners = lesson.boxes.corners * view.scale[0] + np.array([*view.shift, *view.shift])
    sides = np.minimum(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    kept: NDArray[np.float32] = corners[sides >= _LEAST_PX].astype(np.float32)
    return kept


def write_shard(folder: Path, lessons: Iterable[Lesson], features: Any) -> None:
    """Store lessons as features and answers in `folder`, whole or not at all.

    Args:
        folder: made new.
        lessons: some, at least one.
        features: an ONNX Runtime session of `LiteFeatures`.
    """
    maps: list[list[NDArray[Any]]] = [[], [], []]
    corners, answers = [], []
    for lesson in lessons:
        found = features.run(None, {"images": as_input(lesson.image)})
        for kept, one in zip(maps, found, strict=True):
            kept.append(one.astype(np.float16))
        boxes = in_input(lesson)
        corners.append(boxes)
        answers.append(assigned(boxes))
    ends = np.cumsum([0, *(len(one) for one in corners)])
    with new_folder(folder) as fresh:
        for name, kept in zip(_LEVELS, maps, strict=True):
            np.save(fresh / f"{name}.npy", np.concatenate(kept))
        np.save(fresh / "answers.npy", np.stack(answers))
        np.save(fresh / "corners.npy", np.concatenate(corners))
        np.save(fresh / "ends.npy", ends)


class Lessons:
    """Stored lessons, read as they are needed."""

    def __init__(self, shards: Sequence[Path]) -> None:
        self._shards = [
            {name: np.load(shard / f"{name}.npy", mmap_mode="r") for name in _LEVELS}
            | {
                name: np.load(shard / f"{name}.npy", allow_pickle=False)
                for name in ("answers", "corners", "ends")
            }
            for shard in shards
        ]
        self._places = [
            (number, row)
            for number, shard in enumerate(self._shards)
            for row in range(len(shard["answers"]))
        ]

    def __len__(self) -> int:
        return len(self._places)

    def batch(self, which: Sequence[int]) -> LearntBatch:
        """These lessons together."""
        maps: list[list[NDArray[Any]]] = [[], [], []]
        answers, wanted = [], []
        for place in which:
            number, row = self._places[place]
            shard = self._shards[number]
            for kept, name in zip(maps, _LEVELS, strict=True):
                kept.append(shard[name][row])
            answer = shard["answers"][row]
            boxes = shard["corners"][shard["ends"][row] : shard["ends"][row + 1]]
            answers.append(answer != NOBODY)
            wanted.append(boxes[answer[answer != NOBODY]])
        fine, middle, coarse = (np.stack(kept).astype(np.float32) for kept in maps)
        return LearntBatch((fine, middle, coarse), np.stack(answers), np.concatenate(wanted))
