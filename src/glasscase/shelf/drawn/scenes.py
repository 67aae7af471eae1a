"""Drawn photos of shelves with known truth: to learn detection from, and to test figures with.

The idea of learning to detect from cut-outs pasted on grounds is of Dwibedi, Misra and Hebert,
"Cut, Paste and Learn" (ICCV 2017); packs, shelves and grounds are drawn here by our own code.

Not covered: real packs. A detector that is good here is not good on photos yet; measure it there.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.drawn.scene_camera import choose_view, photographed, seen_boxes, seen_picture
from glasscase.shelf.drawn.scene_grounds import Size, clutter, ground
from glasscase.shelf.drawn.scene_shelves import Gap, get_in_the_way, heap, lay_table, stock_shelves
from glasscase.shelf.drawn.scene_stage import POOL, Stage

KINDS = ("shelf", "close", "table", "heap", "empty")
"""A whole shelf, a few boards from near, a few large products, a heap, and no product at all."""
_WEIGHTS = (40, 22, 20, 10, 8)
_LEAST_SEEN = 0.4
_LEAST_PX = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A composed photo and the truth about it."""

    image: NDArray[np.uint8]
    """RGB [h, w, 3]."""
    boxes: Boxes
    """Where products are: whole, as if nothing hid them, but clipped to the photo; those hidden
    or beyond the photo by more than 60 % are left out."""
    row: NDArray[np.int64]
    """[n]: the board each stands on, 0 at the top; 0 where there are no boards."""
    product: tuple[str, ...]
    """[n]: which product each is; facings of one product have one name."""
    gaps: NDArray[np.float32]
    """[m, 4]: where a facing is missing (left, top, right, bottom), at least half in the photo."""
    kind: str
    """One of `KINDS`."""


def shelf_scene(
    number: int,
    *,
    seed: int = 0,
    size_px: tuple[int, int] = (480, 640),
    kind: str | None = None,
    tilt: float = 0.1,
    care: float | None = None,
) -> Scene:
    """Scene `number` of the series `seed`: the same numbers, the same pixels and boxes.

    Args:
        number: which one.
        seed: of the series; another one has other scenes of other products.
        size_px: height and width of the photo.
        kind: one of `KINDS`; by chance where not given, most of them shelves.
        tilt: how far from straight it may be photographed, 0 to 0.15.
        care: of the photographer, 0 (dim, blurred, grainy) to 1; by chance where not given.

    Raises:
        BadSetting: no such kind, or a photo under 32 px.

    >>> scene = shelf_scene(1, kind="shelf", size_px=(120, 160))
    >>> scene.image.shape, len(scene.boxes) == len(scene.row) == len(scene.product)
    ((120, 160, 3), True)
    """
    if kind is not None and kind not in KINDS:
        raise BadSetting(f"{kind!r} is not a kind of scene", f"Known: {', '.join(KINDS)}.")
    if min(size_px) < 32:
        raise BadSetting(f"a scene of {size_px[1]} x {size_px[0]} px", "Take at least 32 px.")
    dice = random.Random(f"scene/{seed}/{number}")
    chosen = dice.choices(KINDS, _WEIGHTS)[0]
    kind = kind or chosen
    size = (size_px[1], size_px[0])
    stage = Stage(ground(size, dice), first_pack=seed * POOL)
    gaps = _furnish(stage, kind, dice)
    view = choose_view(size, dice, tilt=tilt * dice.random())
    carefulness = dice.random() if care is None else care
    return taken(stage, kind, view, dice, gaps=gaps, care=carefulness)


def taken(
    stage: Stage,
    kind: str,
    view: NDArray[np.float64],
    dice: random.Random,
    *,
    gaps: list[Gap],
    care: float,
) -> Scene:
    """The photo of a stage as `view` shows it, with the truth about it.

    Args:
        stage: with all that stands on it.
        kind: what the scene is called.
        view: from `choose_view`.
        dice: decides light and lens.
        gaps: places in the composed picture where a facing is missing.
        care: of the photographer, 0 (careless) to 1.
    """
    size = stage.picture.size
    photo = photographed(seen_picture(stage.picture, view), dice, care=care)
    corners, kept = _truth(stage, view, size)
    standing = [one for one, keep in zip(stage.standing, kept, strict=True) if keep]
    return Scene(
        image=np.array(photo, np.uint8),
        boxes=Boxes.drawn(corners[kept]),
        row=np.array([one.row for one in standing], np.int64),
        product=tuple(one.product for one in standing),
        gaps=_gaps_in_sight(np.array(gaps, np.float32).reshape(-1, 4), view, size),
        kind=kind,
    )


def _furnish(stage: Stage, kind: str, dice: random.Random) -> list[Gap]:
    gaps: list[Gap] = []
    if kind == "shelf":
        gaps = stock_shelves(stage, dice, boards=dice.randint(2, 6))
    elif kind == "close":
        gaps = stock_shelves(stage, dice, boards=dice.choice((1, 1, 2)))
    elif kind == "table":
        lay_table(stage, dice)
    elif kind == "heap":
        heap(stage, dice)
    else:
        clutter(stage.picture, dice, pieces=dice.randint(0, 40))
    if dice.random() < 0.15:
        get_in_the_way(stage, dice)
    return gaps


def _truth(
    stage: Stage, view: NDArray[np.float64], size: Size
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Boxes of all that stands, clipped to the photo, and which of them count as seen."""
    whole = np.array([one.box for one in stage.standing], np.float32).reshape(-1, 4)
    shown, inside = _clipped(seen_boxes(whole, view), size)
    in_picture = _clipped(whole, size)[1]
    seen = stage.seen_shares() * np.minimum(1.0, inside / np.maximum(in_picture, 1e-6))
    sides = np.minimum(shown[:, 2] - shown[:, 0], shown[:, 3] - shown[:, 1])
    return shown, (seen >= _LEAST_SEEN) & (sides >= _LEAST_PX)


def _clipped(
    corners: NDArray[np.float32], size: Size
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Boxes clipped to the photo, and which share of each was inside."""
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    edge = np.array([*size, *size], np.float32)
    shown = np.clip(corners, 0, edge).astype(np.float32)
    left = (shown[:, 2] - shown[:, 0]) * (shown[:, 3] - shown[:, 1])
    return shown, (left / np.maximum(areas, 1e-6)).astype(np.float64)


def _gaps_in_sight(
    gaps: NDArray[np.float32], view: NDArray[np.float64], size: Size
) -> NDArray[np.float32]:
    shown, inside = _clipped(seen_boxes(gaps, view), size)
    return shown[inside >= 0.5]
