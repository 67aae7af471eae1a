"""Photos with boxes, changed a little: few drawn photos become many lessons."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageFilter

from glasscase.shelf.boxes import Boxes
from glasscase.shelf.pyramid.detector_lessons import Lesson

_LEAST_LEFT = 0.4  # share of a box that must be in the photo still


def changed_lesson(lesson: Lesson, dice: random.Random) -> Lesson:
    """A part of the photo, or the photo in a larger frame, perhaps mirrored, in other light.

    Boxes follow; those cut to under 40 % are left out.
    """
    high, wide = lesson.image.shape[:2]
    zoom = dice.uniform(0.55, 1.25)
    across = max(16, round(wide * zoom * dice.uniform(0.85, 1.15)))
    down = max(16, round(high * zoom * dice.uniform(0.85, 1.15)))
    left, top = (round(dice.uniform(*sorted((0, side - part)))) for side, part in
                 ((wide, across), (high, down)))  # fmt: skip
    frame = Image.new("RGB", (across, down), (dice.randrange(60, 190),) * 3)
    frame.paste(Image.fromarray(lesson.image), (-left, -top))
    corners = lesson.boxes.corners - np.array([left, top, left, top], np.float32)
    shown = np.clip(corners, 0, [across, down, across, down]).astype(np.float32)
    share = (shown[:, 2:] - shown[:, :2]).prod(axis=1) / lesson.boxes.areas.clip(1e-6)
    shown = shown[share >= _LEAST_LEFT]
    if dice.random() < 0.5:
        frame = frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        shown[:, [0, 2]] = across - shown[:, [2, 0]]
    return Lesson(_in_other_light(frame, dice), Boxes.drawn(shown))


def shrunk(lesson: Lesson, longest_px: int) -> Lesson:
    """The lesson with a photo whose longer side is at most this long: many fit in memory."""
    high, wide = lesson.image.shape[:2]
    scale = longest_px / max(high, wide)
    if scale >= 1:
        return lesson
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    small = Image.fromarray(lesson.image).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    across, down = size[0] / wide, size[1] / high
    corners = lesson.boxes.corners * np.array([across, down, across, down], np.float32)
    return Lesson(np.array(small, np.uint8), Boxes.drawn(corners))


def _in_other_light(picture: Image.Image, dice: random.Random) -> np.ndarray:
    gamma, gains = dice.uniform(0.7, 1.4), [dice.uniform(0.85, 1.15) for _ in range(3)]
    levels = 255 * (np.arange(256) / 255) ** gamma
    curves = np.concatenate([levels * gain for gain in gains]).clip(0, 255)
    picture = picture.point([round(float(value)) for value in curves])
    if dice.random() < 0.2:
        picture = picture.filter(ImageFilter.GaussianBlur(dice.uniform(0.3, 1.5)))
    return np.array(picture, np.uint8)
