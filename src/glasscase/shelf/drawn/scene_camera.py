"""How a drawn scene is photographed: light, glare, perspective, blur, grain, JPEG."""

from __future__ import annotations

import io
import random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from glasscase.shelf.drawn.scene_grounds import Size, noise

Corners = NDArray[np.float32]
"""[n, 4]: left, top, right, bottom in pixels."""
Homography = NDArray[np.float64]
"""[3, 3]: from places in the finished photo to places in the composed picture."""


def choose_view(size: Size, dice: random.Random, *, tilt: float) -> Homography:
    """A view of the composed picture that shows nothing beyond it; `tilt` 0 (straight) to 0.15."""
    wide, high = size
    lean = [dice.uniform(0, tilt) if tilt > 0 else 0.0 for _ in range(8)]
    seen = [
        (lean[0] * wide, lean[1] * high),
        (wide * (1 - lean[2]), lean[3] * high),
        (wide * (1 - lean[4]), high * (1 - lean[5])),
        (lean[6] * wide, high * (1 - lean[7])),
    ]
    return _through([(0, 0), (wide, 0), (wide, high), (0, high)], seen)


def _through(given: list[tuple[float, float]], seen: list[tuple[float, float]]) -> Homography:
    """The homography that takes four points to four others (direct linear transform)."""
    rows, right = [], []
    for (x, y), (u, v) in zip(given, seen, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    solved = np.linalg.solve(np.array(rows, float), np.array(right, float))
    return np.append(solved, 1.0).reshape(3, 3)


def seen_picture(picture: Image.Image, view: Homography) -> Image.Image:
    """The composed picture as this view shows it."""
    flat = (view / view[2, 2]).ravel()[:8]
    return picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        [float(value) for value in flat],
        Image.Resampling.BILINEAR,
    )


def seen_boxes(corners: Corners, view: Homography) -> Corners:
    """Where boxes of the composed picture are in the photo, not clipped: upright, enclosing."""
    if not len(corners):
        return corners.reshape(0, 4)
    back = np.linalg.inv(view)
    left, top, right, bottom = np.asarray(corners, float).T
    x = np.stack([left, right, right, left])
    y = np.stack([top, top, bottom, bottom])
    u, v, w = np.einsum("ij,jkn->ikn", back, np.stack([x, y, np.ones_like(x)]))
    u, v = u / w, v / w
    found = np.stack([u.min(axis=0), v.min(axis=0), u.max(axis=0), v.max(axis=0)], axis=1)
    return found.astype(np.float32)


def photographed(picture: Image.Image, dice: random.Random, *, care: float) -> Image.Image:
    """The picture under uneven light through an imperfect lens; `care` 0 (careless) to 1."""
    careless = 1 - care
    photo = _exposed(_light(picture, dice, strength=0.2 + 0.5 * careless), dice)
    if dice.random() < 0.25 * careless:
        _glare(photo, dice)
    if dice.random() < 0.5 * careless:
        photo = photo.filter(ImageFilter.GaussianBlur(dice.uniform(0.3, 1.6)))
    if dice.random() < 0.15 * careless:
        photo = _shaken(photo, dice)
    photo = _developed(photo, dice, strength=0.4 + careless)
    quality = round(92 - 60 * careless * dice.random())
    stream = io.BytesIO()
    photo.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def _light(picture: Image.Image, dice: random.Random, *, strength: float) -> Image.Image:
    """Cloudy light, and darker away from a lamp."""
    lamp = noise((32, 32), dice).point(lambda level: 255 - (255 - level) * strength)
    photo = ImageChops.multiply(picture, lamp.resize(picture.size).convert("RGB"))
    if dice.random() < 0.5:
        vignette = Image.radial_gradient("L").point(lambda level: 255 - level * strength * 0.8)
        photo = ImageChops.multiply(photo, vignette.resize(picture.size).convert("RGB"))
    return photo


def _exposed(photo: Image.Image, dice: random.Random) -> Image.Image:
    """As bright as a camera makes a scene by itself, give or take."""
    mean = float(np.asarray(photo.resize((32, 32)).convert("L"), np.float32).mean())
    gain = min(3.0, max(0.5, dice.gauss(120, 26) / max(mean, 1.0)))
    return photo.point([min(255, round(level * gain)) for level in range(256)] * 3)


def _glare(photo: Image.Image, dice: random.Random) -> None:
    """Streaks of light on a glass door, or a lamp's round reflection."""
    wide, high = photo.size
    veil = Image.new("L", photo.size)
    pen = ImageDraw.Draw(veil)
    for _ in range(dice.randint(1, 3)):
        x, broad = dice.uniform(-0.2, 1) * wide, dice.uniform(0.03, 0.2) * wide
        lean, strength = dice.uniform(-0.4, 0.4) * wide, dice.randint(40, 130)
        if dice.random() < 0.7:
            pen.polygon(
                [(x, 0), (x + broad, 0), (x + broad + lean, high), (x + lean, high)], strength
            )
        else:
            y = dice.uniform(0, 1) * high
            pen.ellipse((x, y, x + broad, y + broad), fill=strength + 90)
    photo.paste((255, 255, 255), mask=veil.filter(ImageFilter.GaussianBlur(dice.uniform(2, 12))))


def _shaken(photo: Image.Image, dice: random.Random) -> Image.Image:
    """The camera moved a little meanwhile."""
    by = (dice.randint(-4, 4), dice.randint(-2, 2))
    return Image.blend(photo, ImageChops.offset(photo, *by), 0.5)


def _developed(photo: Image.Image, dice: random.Random, *, strength: float) -> Image.Image:
    """Exposure, contrast, colour cast and grain."""
    gamma = float(np.exp(dice.gauss(0, 0.22 * strength)))
    low, high = dice.uniform(0, 40) * strength, 255 - dice.uniform(0, 30) * strength
    casts = [1 + dice.gauss(0, 0.06 * strength) for _ in range(3)]
    levels = np.linspace(0, 1, 256) ** gamma
    curves = np.concatenate([low + (high - low) * levels * cast for cast in casts])
    photo = photo.point([round(float(value)) for value in curves.clip(0, 255)])
    if dice.random() < 0.15 * strength:
        grey = photo.convert("L").convert("RGB")
        photo = Image.blend(photo, grey, dice.uniform(0.2, 0.9))
    spread = dice.choice((0, 2, 5, 10)) * strength
    if spread:
        grain = np.random.default_rng(dice.getrandbits(32))
        rough = grain.standard_normal((photo.height, photo.width, 1), dtype=np.float32) * spread
        photo = Image.fromarray((np.asarray(photo) + rough).clip(0, 255).astype(np.uint8))
    return photo
