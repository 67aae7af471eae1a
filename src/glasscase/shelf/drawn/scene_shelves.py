"""The furniture of drawn scenes and how products stand on it: shelves, close-ups, tables, heaps."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from PIL import Image
from PIL.Image import Resampling

from glasscase.catalog.toy_drawings.palette import RGB, lit
from glasscase.shelf.drawn.scene_grounds import any_colour, clutter, ground
from glasscase.shelf.drawn.scene_letters import lettered_card
from glasscase.shelf.drawn.scene_packs import draw_pack, mirrored
from glasscase.shelf.drawn.scene_stage import Stage

Gap = tuple[float, float, float, float]
"""Left, top, right, bottom of the place where a facing is missing."""
_WIDEST_RUN = 6


@dataclass(frozen=True, slots=True)
class Board:
    """One board of a shelf."""

    row: int
    """From the top, 0 first."""
    ceiling: float
    """y of the board above."""
    floor: float
    """y of its own upper face."""
    thick: float
    colour: RGB


def pack_name(number: int) -> str:
    """The product name of a pack: `pack-0042`."""
    return f"pack-{number:04d}"


def stock_shelves(
    stage: Stage, dice: random.Random, *, boards: int, band: tuple[float, float] | None = None
) -> list[Gap]:
    """Boards from edge to edge with runs of facings, tags and some gaps; returns the gaps.

    Args:
        stage: where they are put.
        dice: decides the rest.
        boards: how many, at least one.
        band: which part of the height they take, as shares from the top; None: nearly all.
    """
    wide, high = stage.picture.size
    colour, margin = any_colour(dice), high * dice.uniform(-0.04, 0.08)
    first, last = (margin, high - margin) if band is None else (band[0] * high, band[1] * high)
    step = (last - first) / boards
    thick = max(2.0, step * dice.uniform(0.03, 0.12))
    packs = [stage.any_pack(dice) for _ in range(dice.randint(3, 6 * boards))]
    emptiness = dice.choice((0.0, 0.0, 0.05, 0.1, 0.25))
    gaps: list[Gap] = []
    for row in range(boards):
        floor = first + (row + 1) * step - thick
        board = Board(row, first + row * step, floor, thick, colour)
        _depth(stage, board, dice)
        gaps += _stock(stage, board, packs, dice, emptiness=emptiness)
        _front_edge(stage, board, dice)
    if dice.random() < 0.3:
        x, broad = dice.uniform(0, wide), wide * dice.uniform(0.008, 0.03)
        stage.rectangle((x, 0, x + broad, high), lit(colour, -0.3))
    return gaps


def _depth(stage: Stage, board: Board, dice: random.Random) -> None:
    """The inside of the shelf: the upper face of the board, shadow under the one above."""
    wide, _ = stage.picture.size
    face = (board.floor - board.ceiling) * dice.uniform(0.0, 0.16)
    stage.rectangle((0, board.floor - face, wide, board.floor), lit(board.colour, 0.15))
    fall = Image.linear_gradient("L").rotate(180).point(lambda level: level * 0.5)
    tall = max(1, round((board.floor - board.ceiling) * dice.uniform(0.2, 0.7)))
    stage.picture.paste((0, 0, 0), (0, round(board.ceiling)), fall.resize((wide, tall)))


def _stock(
    stage: Stage, board: Board, packs: list[int], dice: random.Random, *, emptiness: float
) -> list[Gap]:
    """Runs of the same product from left to right; a run may be missing, and is then a gap."""
    wide, _ = stage.picture.size
    clear = board.floor - board.ceiling - board.thick
    x, gaps = -dice.uniform(0, 0.5) * clear, []
    tight = dice.choice((0.0, 0.02, 0.06, 0.2))
    while x < wide:
        number, count = dice.choice(packs), dice.choice((1, 1, 2, 2, 3, 4, _WIDEST_RUN))
        pack = _sized(number, clear * dice.uniform(0.5, 0.96), wide * 0.6)
        high = _stack(pack, clear, dice)
        for _ in range(count):
            if x >= wide:
                break
            if dice.random() < emptiness:
                gaps.append((x, board.floor - pack.height, x + pack.width, board.floor))
            else:
                _facing(stage, pack, (x, board.floor), dice, name=(number, board.row, high))
            x += pack.width * (1 + dice.uniform(0, tight))
        x += clear * dice.uniform(0, 2 * tight)
    return gaps


def _sized(number: int, tall: float, widest: float) -> Image.Image:
    pack = draw_pack(number)
    scale = min(tall / pack.height, widest / pack.width)
    size = (max(3, round(pack.width * scale)), max(3, round(pack.height * scale)))
    return pack.resize(size, Resampling.BILINEAR, reducing_gap=2.0)


def _stack(pack: Image.Image, clear: float, dice: random.Random) -> int:
    """How many of a pack stand upon one another."""
    fits = int(clear // max(1, pack.height))
    return dice.randint(2, min(4, fits)) if fits >= 2 and dice.random() < 0.5 else 1


def _facing(
    stage: Stage,
    pack: Image.Image,
    foot: tuple[float, float],
    dice: random.Random,
    *,
    name: tuple[int, int, int],
) -> None:
    """One facing with what stands behind and upon it; `name`: pack, row, how many high."""
    number, row, high = name
    x, floor = foot
    if dice.random() < 0.4:
        behind = pack.resize((max(2, round(pack.width * 0.94)), max(2, round(pack.height * 0.95))))
        dark = Image.new("RGBA", behind.size, (0, 0, 0, 255))
        dark = Image.blend(behind.convert("RGBA"), dark, 0.45)
        dark.putalpha(behind.getchannel("A"))
        at = (round(x + pack.width * 0.04), round(floor - behind.height - pack.height * 0.06))
        stage.put(dark, at)
    for level in range(high):
        one = pack
        if dice.random() < 0.1:
            one = pack.rotate(dice.uniform(-4, 4), Resampling.BILINEAR, expand=True)
        elif dice.random() < 0.06:
            one = mirrored(pack)
        lift = level * pack.height + dice.uniform(-0.01, 0.02) * pack.height
        at = (round(x), round(floor - lift - one.height))
        stage.shadow(one, (at[0] + max(1, pack.width // 12), at[1] + 1), strength=0.45)
        stage.put(one, at, product=pack_name(number), row=row)


def _front_edge(stage: Stage, board: Board, dice: random.Random) -> None:
    """The board's edge with its price rail and tags, and sometimes a rail before the products."""
    wide, _ = stage.picture.size
    stage.rectangle((0, board.floor, wide, board.floor + board.thick), board.colour)
    if dice.random() < 0.2:
        lip = board.thick * dice.uniform(0.4, 1.4)
        stage.rectangle((0, board.floor - lip, wide, board.floor), lit(board.colour, 0.3))
    shown = dice.random()
    x = dice.uniform(0, 60)
    while shown < 0.75 and x < wide:
        tall = max(3, round(board.thick * dice.uniform(0.5, 1.2)))
        card = lettered_card(dice, (round(tall * dice.uniform(1.2, 2.4)) + 2, tall))
        stage.put(card.convert("RGBA"), (round(x), round(board.floor)))
        x += card.width + dice.uniform(0.2, 6) * tall * 2


def lay_table(stage: Stage, dice: random.Random) -> None:
    """A few large products on a table or held before some ground, turned a little."""
    wide, high = stage.picture.size
    if dice.random() < 0.5:
        clutter(stage.picture, dice, pieces=dice.randint(1, 12))
    number = stage.any_pack(dice)
    count = dice.choice((1, 1, 1, 2, 3, 4))
    floor, x = high * dice.uniform(0.6, 1.05), wide * dice.uniform(0.02, 0.6 / count)
    for _ in range(count):
        if dice.random() < 0.5:
            number = stage.any_pack(dice)
        pack = _sized(number, high * dice.uniform(0.35, 1.0), wide * 0.9)
        pack = _turned(pack, dice, most=25 if dice.random() < 0.3 else 4)
        at = (round(x), round(floor - pack.height * dice.uniform(0.85, 1.0)))
        stage.shadow(pack, (at[0] + pack.width // 10, at[1] + pack.height // 20), strength=0.5)
        stage.put(pack, at, product=pack_name(number))
        x += pack.width * dice.uniform(0.75, 1.5)


def heap(stage: Stage, dice: random.Random) -> None:
    """Products lying any way round upon one another, as in a basket or a full fridge."""
    wide, high = stage.picture.size
    size = math.exp(dice.uniform(math.log(0.12), math.log(0.45))) * high
    packs = [stage.any_pack(dice) for _ in range(dice.randint(1, 8))]
    for _ in range(dice.randint(3, round(1.2 + wide * high / size**2))):
        number = dice.choice(packs)
        pack = _sized(number, size * dice.uniform(0.7, 1.2), wide * 0.6)
        pack = _turned(pack, dice, most=180)
        at = (round(dice.uniform(-0.1, 0.95) * wide), round(dice.uniform(-0.1, 0.95) * high))
        stage.shadow(pack, (at[0] + 4, at[1] + 4), strength=0.5)
        stage.put(pack, at, product=pack_name(number))


def _turned(pack: Image.Image, dice: random.Random, *, most: float) -> Image.Image:
    if most <= 0:
        return pack
    return pack.rotate(dice.uniform(-most, most), Resampling.BILINEAR, expand=True)


def get_in_the_way(stage: Stage, dice: random.Random) -> None:
    """Something before the products: a post, a poster, a plant, an arm."""
    wide, high = stage.picture.size
    reach = round(high * dice.uniform(0.08, 0.35))
    thing = ground((reach, reach), dice).convert("RGBA")
    if dice.random() < 0.4:
        thing = lettered_card(dice, (reach, max(6, reach // 2))).convert("RGBA")
    elif dice.random() < 0.6:
        thing = thing.resize((max(4, reach // 4), high)).rotate(
            dice.uniform(-40, 40), Resampling.BILINEAR, expand=True
        )
    stage.put(thing, (round(dice.uniform(-0.2, 0.9) * wide), round(dice.uniform(0, 0.8) * high)))
