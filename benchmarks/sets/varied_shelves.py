"""Drawn shelves of many kinds with one odd pack: a wide grid to test maps of saliency on.

Every cell is a condition (what is odd) on a setting (what the shelf is like). Beside the shelves of
`packs/odd_shelves.py`, which are all of one size, count and kind of pack, these differ in picture
and pack size, in how many packs there are, in ground, gaps, drawing, noise, light and perspective.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.packs.colour_space import lab_to_srgb
from glasscase.packs.odd_shelves import OddShelf

Draw = np.random.Generator
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """What a pack is like, in units of CIELAB and shares of its side."""

    lightness: float
    chroma: float
    hue: float
    drawing: str = "stripes"
    """`stripes`, `plain`, or `label`: a pale field and lines of words."""
    upright: bool = True
    contrast: float = 11.0
    period: float = 0.17
    size: float = 1.0
    disc: bool = False
    specks: float = 0.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What a shelf is like."""

    rows: int = 3
    columns: int = 4
    height: int = 288
    width: int = 384
    fill: tuple[float, float] = (0.76, 0.76)
    """Height and width of a pack as shares of its cell; 1 is touching."""
    jitter: float = 0.05
    ground: str = "grey"
    drawing: str = "stripes"
    noise: float = 0.6
    light: float = 0.0
    """L* that the light falls off from one side to the other."""
    lean: float = 0.0
    """Perspective: by which share the far side is lower than the near one."""
    rim: bool = False
    """The odd pack stands at the rim; else anywhere."""
    boards: bool = False
    """Packs stand on boards, as in simulated planograms."""
    unlike: float = 0.0
    """Standard deviation in L* of the lightness of packs, which differ in drawing too."""


def _hue(degrees: float) -> Callable[[Look, float, Draw], tuple[Look, Look]]:
    def pair(plain: Look, board: float, draw: Draw) -> tuple[Look, Look]:
        return plain, replace(plain, hue=plain.hue + degrees * (1 if draw.random() < 0.5 else -1))

    return pair


def _lighter(direction: int) -> Callable[[Look, float, Draw], tuple[Look, Look]]:
    def pair(plain: Look, board: float, draw: Draw) -> tuple[Look, Look]:
        step = draw.uniform(14, 18) * direction * (1 if plain.lightness > board else -1)
        return plain, replace(plain, lightness=plain.lightness + step)

    return pair


def _vivid(common: float, odd: float) -> Callable[[Look, float, Draw], tuple[Look, Look]]:
    return lambda plain, board, draw: (replace(plain, chroma=common), replace(plain, chroma=odd))


def _contrast(common: float, odd: float) -> Callable[[Look, float, Draw], tuple[Look, Look]]:
    return lambda p, board, draw: (replace(p, contrast=common), replace(p, contrast=odd))


def _drawn(plain: Look) -> Look:
    """A look whose drawing has a direction."""
    return plain if plain.drawing == "stripes" else replace(plain, drawing="stripes")


CONDITIONS: dict[str, Callable[[Look, float, Draw], tuple[Look, Look]]] = {
    "hue_30": _hue(30),
    "hue_45": _hue(45),
    "hue_60": _hue(60),
    "hue_90": _hue(90),
    "hue_120": _hue(120),
    "hue_180": _hue(180),
    "from_board": _lighter(1),
    "to_board": _lighter(-1),
    "more_chroma": _vivid(12, 36),
    "less_chroma": _vivid(36, 12),
    "orientation": lambda p, board, draw: (_drawn(p), replace(_drawn(p), upright=not p.upright)),
    "larger": lambda p, board, draw: (p, replace(p, size=1.22)),
    "disc": lambda p, board, draw: (p, replace(p, disc=True)),
    "more_contrast": _contrast(5, 15),
    "less_contrast": _contrast(15, 5),
    "clutter": lambda p, board, draw: _hue(120)(replace(p, specks=8.0), board, draw),
    "smaller": lambda p, board, draw: (p, replace(p, size=0.82)),
}
"""What is odd. Hues in degrees apart; `clutter` is a hue 120 degrees away among specks."""
FOR_AREA = ("smaller",)
"""A smaller pack has less of everything: it can be found by attention for its area alone."""
SETTINGS: dict[str, Setting] = {
    "usual": Setting(),
    "packs_6": Setting(rows=2, columns=3),
    "packs_20": Setting(rows=4, columns=5),
    "packs_30": Setting(rows=5, columns=6),
    "small_picture": Setting(height=180, width=240),
    "large_picture": Setting(height=750, width=1000),
    "portrait": Setting(rows=4, columns=3, height=384, width=288),
    "white": Setting(ground="white"),
    "dark": Setting(ground="dark"),
    "wood": Setting(ground="wood"),
    "boards": Setting(boards=True),
    "touching": Setting(fill=(1, 1), jitter=0),
    "near": Setting(fill=(0.9, 0.9), jitter=0.02),
    "far": Setting(fill=(0.55, 0.55)),
    "slim": Setting(rows=2, columns=6, fill=(0.85, 0.6)),
    "plain": Setting(drawing="plain"),
    "label": Setting(drawing="label"),
    "noise": Setting(noise=4.0),
    "uneven_light": Setting(light=16.0),
    "leaning": Setting(lean=0.25),
    "rim": Setting(rim=True),
    "unlike": Setting(unlike=7.0),
}
"""What shelves are like; the first has the look of `packs/odd_shelves.py`."""
HELD_OUT_CONDITIONS = ("hue_60", "less_chroma", "less_contrast")
HELD_OUT_SETTINGS = ("packs_20", "portrait", "dark", "far", "label", "uneven_light", "leaning")
"""Cells of these were looked at only after the map was decided upon."""
_NOT_TOGETHER = {
    ("orientation", "plain"), ("orientation", "label"), ("orientation", "unlike"),
    ("more_contrast", "plain"), ("less_contrast", "plain"), ("more_contrast", "unlike"),
    ("less_contrast", "unlike"), ("from_board", "unlike"), ("to_board", "unlike"),
    ("disc", "touching"), ("smaller", "touching"),
}  # fmt: skip
"""Where nothing would be odd, or everything."""


def cells(*, held_out: bool) -> list[tuple[str, str]]:
    """Condition and setting of every cell that was, or was not, held out."""
    return [
        (condition, setting)
        for condition in CONDITIONS
        for setting in SETTINGS
        if (condition, setting) not in _NOT_TOGETHER
        and held_out == (condition in HELD_OUT_CONDITIONS or setting in HELD_OUT_SETTINGS)
    ]


def varied_shelf(condition: str, setting: str, trial: int, *, stream: int = 0) -> OddShelf:
    """Shelf number `trial` of a cell; the same four give the same shelf."""
    numbers = list(CONDITIONS).index(condition), list(SETTINGS).index(setting)
    draw = np.random.default_rng([*numbers, trial, stream, 7])
    how = SETTINGS[setting]
    plain = Look(draw.uniform(48, 66), draw.uniform(24, 34), draw.uniform(0, 360), how.drawing)
    plain = replace(plain, upright=bool(draw.random() < 0.5))
    lab, board = _ground(how, draw)
    common, odd = CONDITIONS[condition](plain, board, draw)
    where = _odd_place(how, draw)
    places = np.full(lab.shape[:2], -1, np.int32)
    order = [number for number in range(how.rows * how.columns) if number != where]
    for number in [*order, where]:
        look = _own(odd if number == where else common, how, draw)
        _stand(lab, places, number, look, how, draw)
    if how.light:
        fall = np.linspace(-how.light / 2, how.light / 2, how.width)
        lab[..., 0] += fall if draw.random() < 0.5 else fall[::-1]
    image = lab_to_srgb(lab + draw.normal(0, how.noise, lab.shape))
    if how.lean:
        image, places = _leaning(image, places, how.lean, flip=bool(draw.random() < 0.5))
    return OddShelf(image, places, where)


def _odd_place(how: Setting, draw: Draw) -> int:
    places = np.arange(how.rows * how.columns).reshape(how.rows, how.columns)
    if how.rim:
        inner = places[1:-1, 1:-1].ravel().tolist()
        return int(draw.choice([place for place in places.ravel() if place not in inner]))
    return int(draw.integers(places.size))


def _own(look: Look, how: Setting, draw: Draw) -> Look:
    """Of a shelf of unlike packs each has a lightness and a drawing of its own."""
    if not how.unlike:
        return look
    return replace(
        look,
        lightness=float(np.clip(look.lightness + draw.normal(0, how.unlike), 40, 75)),
        upright=bool(draw.random() < 0.5),
        contrast=draw.uniform(6, 14),
    )


def _ground(how: Setting, draw: Draw) -> tuple[Floats, float]:
    """CIELAB of the empty shelf, and its lightness."""
    lightness = {"white": 97.0, "dark": 14.0, "wood": 60.0}.get(how.ground, draw.uniform(25, 90))
    lab = np.zeros((how.height, how.width, 3))
    lab[..., 0] = lightness
    if how.ground == "wood":
        rows = how.height // 3 + 1
        grain = draw.normal(0, 5, (rows, 4)).repeat(3, axis=0)[: how.height]
        along = np.linspace(0, 3, how.width)
        for row, knots in enumerate(grain):
            lab[row, :, 0] += np.interp(along, np.arange(4), knots)
        lab[..., 1:] = 12, 26
    if how.boards:
        for row in range(how.rows):
            floor = round((row + 0.5 + how.fill[0] / 2) * how.height / how.rows)
            bottom = round((row + 1) * how.height / how.rows)
            lab[floor:bottom, :, 0] += 9
            lab[bottom - 1, :, 0] -= 14
    return lab, lightness


def _stand(
    lab: Floats, places: NDArray[np.int32], number: int, look: Look, how: Setting, draw: Draw
) -> None:
    """Draw pack `number` into its cell, a little off the middle."""
    cell = np.array([how.height / how.rows, how.width / how.columns])
    middle = (np.array(divmod(number, how.columns)) + 0.5) * cell
    middle += draw.uniform(-1, 1, 2) * how.jitter * cell * (0, 1 if how.boards else 1)
    size = cell * how.fill * look.size
    if how.boards:
        middle[0] += (cell[0] * how.fill[0] - size[0]) / 2
    down = np.arange(how.height)[:, None] + 0.5 - middle[0]
    across = np.arange(how.width)[None, :] + 0.5 - middle[1]
    if look.disc:
        radius = np.sqrt(1 / np.pi)
        inside = (down / size[0]) ** 2 + (across / size[1]) ** 2 < radius**2
    else:
        inside = np.maximum(np.abs(down) / size[0], np.abs(across) / size[1]) < 0.5
    painted = _painted(look, down / size[1], across / size[1], draw, float(min(size)))
    lab[inside] = painted[inside]
    places[inside] = number


def _painted(look: Look, down: Floats, across: Floats, draw: Draw, side: float) -> Floats:
    """Every pixel of the picture as this pack would have it; places are in widths of the pack."""
    lab = np.empty((down.shape[0], across.shape[1], 3))
    angle = np.radians(look.hue)
    lab[..., 0] = look.lightness
    lab[..., 1] = look.chroma * np.cos(angle)
    lab[..., 2] = look.chroma * np.sin(angle)
    if look.drawing == "stripes":
        along = across if look.upright else down
        lab[..., 0] += look.contrast * np.sin(
            2 * np.pi * along / look.period + draw.uniform(0, 2 * np.pi)
        )
    if look.drawing == "label":
        strength = look.contrast / 11
        field = (np.abs(across) < 0.36) & (np.abs(down + 0.15) < 0.18)
        lab[field] += np.array([22 * strength, 0, 0]) - (lab[field] * [0, 0.6, 0.6])
        lines = (np.abs(across) < 0.3) & (np.abs(down - 0.2) < 0.14) & ((down * 14) % 1 < 0.5)
        lab[lines, 0] -= 25 * strength
    if look.specks:
        step = max(2, round(side / 12))
        coarse = draw.normal(
            0, look.specks, (lab.shape[0] // step + 1, lab.shape[1] // step + 1, 3)
        )
        fine = coarse.repeat(step, axis=0).repeat(step, axis=1)
        lab += fine[: lab.shape[0], : lab.shape[1]]
    return lab


def _leaning(
    image: NDArray[np.uint8], places: NDArray[np.int32], lean: float, *, flip: bool
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Seen from one side: the far side is lower; what is outside of the picture is cut off."""
    height, width = places.shape
    if flip:
        image, places = image[:, ::-1], places[:, ::-1]
    # From the place in the new picture to the one in the old: a projective map.
    drop = lean * height / 2
    new = [(0, 0), (0, height), (width, height - drop), (width, drop)]
    old = [(0, 0), (0, height), (width, height), (width, 0)]
    rows, values = [], []
    for (x, y), (u, v) in zip(new, old, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    numbers = np.linalg.solve(np.array(rows, float), np.array(values, float)).tolist()
    ground = (
        tuple(int(v) for v in np.median(image[places < 0], axis=0)) if (places < 0).any() else 0
    )
    seen = Image.fromarray(np.ascontiguousarray(image)).transform(
        (width, height), Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BICUBIC,
        fillcolor=ground,
    )  # fmt: skip
    where = Image.fromarray(np.ascontiguousarray(places + 1)).transform(
        (width, height), Image.Transform.PERSPECTIVE, numbers, Image.Resampling.NEAREST, fillcolor=0
    )
    picture, whose = np.asarray(seen, np.uint8), np.asarray(where, np.int32) - 1
    return (picture[:, ::-1], whose[:, ::-1]) if flip else (picture, whose)
