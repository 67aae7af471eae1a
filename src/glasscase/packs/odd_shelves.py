"""Drawn shelves on which one pack is unlike the others, to test what a saliency map can see.

Twelve packs in three rows; one is odd in a single respect. Packs stand a little off their places,
and everything else about them is drawn anew in every trial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glasscase.packs.colour_space import lab_to_srgb

CONDITIONS = {
    "hue": "another hue, equal lightness and chroma",
    "lightness": "lighter or darker, away from the board behind",
    "saturation": "of the same hue and lightness, three times the chroma",
    "orientation": "its stripes run across those of the others",
    "size": "half as large again",
    "shape": "a disc among squares of equal area",
    "contrast": "its drawing has three times the contrast",
    "clutter": "another hue, on packs and a ground full of specks",
    "mixed": "another hue, among packs of many lightnesses and stripes",
}
"""Name of each condition and what is odd in it."""
HARDER = {
    "lightness_to_board": "lighter or darker, nearer to the board behind",
    "hue_near": "another hue by 45 degrees only",
    "size_smaller": "two thirds as large",
}
"""Conditions of which more is lost: what such maps see badly or not at all."""
ROWS, COLUMNS = 3, 4
CELL_PX = 96
_STREAM = 2
_NUMBERS = {name: number for number, name in enumerate([*sorted(CONDITIONS), *HARDER])}


@dataclass(frozen=True, slots=True, eq=False)
class OddShelf:
    """A drawn shelf and which of its packs is odd."""

    image: NDArray[np.uint8]
    """uint8 RGB [h, w, 3]."""
    places: NDArray[np.int32]
    """[h, w]: which pack a pixel belongs to, -1 where there is none."""
    odd: int


@dataclass(frozen=True, slots=True)
class _Look:
    lightness: float
    chroma: float
    hue: float
    upright: bool = True
    """Whether its stripes are."""
    contrast: float = 11.0
    """L* that stripes are above or below the mean."""
    side: float = 74.0
    disc: bool = False
    specks: float = 0.0


def odd_shelf(condition: str, trial: int) -> OddShelf:
    """Shelf number `trial` of `condition`, a key of `CONDITIONS` or `HARDER`.

    The same two give the same shelf.
    """
    draw = np.random.default_rng([_NUMBERS[condition], trial, _STREAM])
    plain = _Look(draw.uniform(50, 66), draw.uniform(24, 34), draw.uniform(0, 360))
    plain = replace(plain, upright=bool(draw.random() < 0.5))
    board = draw.uniform(25, 90)
    plain, odd = _pair(condition, plain, board, draw)
    where = int(draw.integers(ROWS * COLUMNS))
    height, width = ROWS * CELL_PX, COLUMNS * CELL_PX
    lab = np.zeros((height, width, 3))
    lab[..., 0] = board
    if condition == "clutter":
        lab += _specks(draw, (height, width), 10.0)
    places = np.full((height, width), -1, np.int32)
    for number in range(ROWS * COLUMNS):
        look = odd if number == where else plain
        if condition == "mixed":
            look = replace(
                look,
                lightness=draw.uniform(46, 68),
                upright=bool(draw.random() < 0.5),
                contrast=draw.uniform(6, 14),
            )
        centre = [
            (place + 0.5) * CELL_PX + draw.uniform(-5, 5) for place in divmod(number, COLUMNS)
        ]
        inside = _outline(look, centre, lab.shape)
        lab[inside] = _painted(look, draw, lab.shape)[inside]
        places[inside] = number
    noise = draw.normal(0, 0.6, lab.shape)
    return OddShelf(lab_to_srgb(lab + noise), places, where)


def _pair(
    condition: str, plain: _Look, board: float, draw: np.random.Generator
) -> tuple[_Look, _Look]:
    other_hue = plain.hue + draw.uniform(120, 240)
    step = draw.uniform(14, 18) * (1 if plain.lightness > board else -1)
    vivid = replace(plain, chroma=12.0)
    full = replace(plain, specks=8.0)
    pairs = {
        "hue": (plain, replace(plain, hue=other_hue)),
        "lightness": (plain, replace(plain, lightness=plain.lightness + step)),
        "lightness_to_board": (plain, replace(plain, lightness=plain.lightness - step)),
        "hue_near": (plain, replace(plain, hue=plain.hue + 45)),
        "size_smaller": (plain, replace(plain, side=plain.side * 0.82)),
        "saturation": (vivid, replace(vivid, chroma=36.0)),
        "orientation": (plain, replace(plain, upright=not plain.upright)),
        "size": (plain, replace(plain, side=plain.side * 1.22)),
        "shape": (plain, replace(plain, disc=True)),
        "contrast": (replace(plain, contrast=5.0), replace(plain, contrast=15.0)),
        "clutter": (full, replace(full, hue=other_hue)),
        "mixed": (plain, replace(plain, hue=other_hue)),
    }
    return pairs[condition]


def _outline(look: _Look, centre: list[float], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    down = np.abs(np.arange(shape[0])[:, None] + 0.5 - centre[0])
    across = np.abs(np.arange(shape[1])[None, :] + 0.5 - centre[1])
    if look.disc:
        inside: NDArray[np.bool_] = down**2 + across**2 < look.side**2 / np.pi
    else:
        inside = np.maximum(down, across) < look.side / 2
    return inside


def _painted(look: _Look, draw: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A whole picture of this look, of which the outline is kept."""
    along = np.arange(shape[1])[None, :] if look.upright else np.arange(shape[0])[:, None]
    wave = np.sin(2 * np.pi * along / 13 + draw.uniform(0, 2 * np.pi))
    angle = np.radians(look.hue)
    lab = np.empty((shape[0], shape[1], 3))
    lab[..., 0] = look.lightness + look.contrast * wave
    lab[..., 1] = look.chroma * np.cos(angle)
    lab[..., 2] = look.chroma * np.sin(angle)
    return lab + _specks(draw, (shape[0], shape[1]), look.specks)


def _specks(
    draw: np.random.Generator, size: tuple[int, int], strength: float
) -> NDArray[np.float64]:
    """Specks of 6 px in all three channels, none for a strength of 0."""
    if not strength:
        return np.zeros((*size, 3))
    coarse = draw.normal(0, strength, (size[0] // 6 + 1, size[1] // 6 + 1, 3))
    fine = coarse.repeat(6, axis=0).repeat(6, axis=1)
    return fine[: size[0], : size[1]]
