"""Drawn scenes to learn from that are wilder than those of `scenes`: what photos of homes and shops
show beside packs, packs that mislead, worse light.

What is true of them is reckoned as in `scenes`; figures of shelves are tested on those, which stay
as they are.

Not covered: real packs and real rooms.
"""

from __future__ import annotations

import random

from PIL import Image
from PIL.Image import Resampling

from glasscase.errors import BadSetting
from glasscase.shelf.drawn.scene_cabinets import furnish_cabinet
from glasscase.shelf.drawn.scene_camera import choose_view
from glasscase.shelf.drawn.scene_grounds import Size, clutter, ground
from glasscase.shelf.drawn.scene_letters import lettered_card
from glasscase.shelf.drawn.scene_packs import WILD_FROM, draw_pack
from glasscase.shelf.drawn.scene_prints import leaning
from glasscase.shelf.drawn.scene_shelves import (
    Gap,
    get_in_the_way,
    heap,
    lay_table,
    pack_name,
    stock_shelves,
)
from glasscase.shelf.drawn.scene_stage import POOL, Stage
from glasscase.shelf.drawn.scene_wilds import wild_ground
from glasscase.shelf.drawn.scenes import Scene, taken

WILD_KINDS = ("shelf", "close", "near", "table", "heap", "cabinet", "empty cabinet", "empty")
"""As in `scenes`; and packs so near that they fill the photo, and cabinets with few or no packs."""
_WEIGHTS = (24, 20, 10, 8, 6, 14, 4, 14)
_TILT = 0.2


def wild_scene(
    number: int,
    *,
    seed: int = 0,
    size_px: tuple[int, int] = (480, 640),
    kind: str | None = None,
) -> Scene:
    """Scene `number` of the wild series `seed`: the same numbers, the same pixels and boxes.

    Args:
        number: which one.
        seed: of the series; another one has other scenes of other products.
        size_px: height and width of the photo, at least 32.
        kind: one of `WILD_KINDS`; by chance where not given.

    Raises:
        BadSetting: no such kind, or a photo under 32 px.

    >>> wild_scene(1, kind="empty cabinet", size_px=(60, 80)).boxes.corners.shape
    (0, 4)
    """
    if kind is not None and kind not in WILD_KINDS:
        raise BadSetting(f"{kind!r} is not a kind of scene", f"Known: {', '.join(WILD_KINDS)}.")
    if min(size_px) < 32:
        raise BadSetting(f"a scene of {size_px[1]} x {size_px[0]} px", "Take at least 32 px.")
    dice = random.Random(f"wild scene/{seed}/{number}")
    chosen = dice.choices(WILD_KINDS, _WEIGHTS)[0]
    kind = kind or chosen
    size = (size_px[1], size_px[0])
    stage = Stage(_behind(size, kind, dice), first_pack=WILD_FROM + seed * POOL)
    gaps = _furnish(stage, kind, dice)
    if dice.random() < 0.35:
        stage.picture = _cast(stage.picture, dice)
    view = choose_view(size, dice, tilt=_TILT * dice.random() ** 2)
    return taken(stage, kind, view, dice, gaps=gaps, care=dice.random() ** 0.6)


def _behind(size: Size, kind: str, dice: random.Random) -> Image.Image:
    """What is behind it all; without products nearly always something wild."""
    wild = 0.85 if kind == "empty" else 0.35
    return wild_ground(size, dice) if dice.random() < wild else ground(size, dice)


def _furnish(stage: Stage, kind: str, dice: random.Random) -> list[Gap]:
    gaps: list[Gap] = []
    if kind == "shelf":
        gaps = _shelf(stage, dice)
    elif kind == "close":
        gaps = stock_shelves(stage, dice, boards=dice.choice((1, 1, 2, 3)))
    elif kind == "near":
        _near(stage, dice)
    elif kind == "table":
        lay_table(stage, dice)
    elif kind == "heap":
        heap(stage, dice)
    elif kind == "empty":
        clutter(stage.picture, dice, pieces=dice.choice((0, 0, 4, 20)))
    else:
        furnish_cabinet(stage, dice, filled=kind == "cabinet")
    if dice.random() < 0.15:
        get_in_the_way(stage, dice)
    return gaps


def _shelf(stage: Stage, dice: random.Random) -> list[Gap]:
    """Few or many boards, as high as the photo or with a sign above and a floor below."""
    wide, high = stage.picture.size
    top, foot = dice.choice((0.0, dice.uniform(0, 0.3))), dice.choice((1.0, dice.uniform(0.7, 1)))
    gaps = stock_shelves(stage, dice, boards=dice.randint(2, 9), band=(top, foot))
    if top > 0.08 and dice.random() < 0.5:
        sign = lettered_card(dice, (round(wide * dice.uniform(0.3, 1)), round(top * high * 0.8)))
        stage.put(sign.convert("RGBA"), (round(dice.uniform(0, 0.6) * wide), 0))
    return gaps


def _near(stage: Stage, dice: random.Random) -> None:
    """One to three packs so near that they fill the photo or reach beyond it."""
    wide, high = stage.picture.size
    number, tall = stage.any_pack(dice), high * dice.uniform(0.5, 1.2)
    x, floor = dice.uniform(-0.2, 0.5) * wide, high * dice.uniform(0.8, 1.2)
    for _ in range(dice.choice((1, 1, 2, 3))):
        pack = draw_pack(number)
        scale = min(tall / pack.height, 1.1 * wide / pack.width)
        size = (max(8, round(pack.width * scale)), max(8, round(pack.height * scale)))
        pack = pack.resize(size, Resampling.BICUBIC)
        if dice.random() < 0.5:
            pack = leaning(pack, dice)
        pack = pack.rotate(dice.gauss(0, 5), Resampling.BILINEAR, expand=True)
        at = (round(x), round(floor - pack.height))
        stage.shadow(pack, (at[0] + pack.width // 12, at[1] + 4), strength=0.5)
        stage.put(pack, at, product=pack_name(number))
        x += pack.width * dice.uniform(0.9, 1.3)
        if dice.random() < 0.3:
            number = stage.any_pack(dice)


def _cast(picture: Image.Image, dice: random.Random) -> Image.Image:
    """The picture in coloured, dim or harsh light."""
    gamma = dice.uniform(0.6, 1.7)
    curves: list[int] = []
    for _ in range(3):
        gain = dice.uniform(0.72, 1.25)
        curves += [min(255, round(255 * gain * (level / 255) ** gamma)) for level in range(256)]
    return picture.point(curves)
