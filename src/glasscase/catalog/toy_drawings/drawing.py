"""One drawn photo of a toy product, by the name of its leaf category."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from PIL import Image

from glasscase.catalog.toy_drawings import (
    clothing,
    electronics,
    home,
    kitchen,
    lookalikes,
    scene,
    strangers,
)
from glasscase.catalog.toy_drawings.canvas import Canvas
from glasscase.catalog.toy_drawings.palette import CLOTH, Look, choose_look
from glasscase.catalog.toy_drawings.scene import Shot
from glasscase.errors import BadSetting

Draw = Callable[[Canvas, Look, random.Random], None]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """How one kind of product is drawn and stands."""

    draw: Draw
    lying: bool = False
    """Photographed from above."""
    base: float = 0.85
    """y of its foot."""
    metallic: bool = False
    turn: float = 0.0
    """How far it may be turned, degrees either way, beside the camera's own lean."""
    patterns: tuple[str, ...] = ("plain",)
    """Patterns it comes in."""

    def look(self, dice: random.Random, *, seed: str) -> Look:
        """A look that suits this kind of product."""
        return choose_look(dice, metallic=self.metallic, patterns=self.patterns, seed=seed)


_GLAZES = ("plain", "plain", "striped", "dotted", "printed", "two-tone")
FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "Mugs": Figure(kitchen.mug, base=0.7, patterns=_GLAZES),
        "Pans": Figure(kitchen.pan, base=0.45, metallic=True, turn=10),
        "Bottles": Figure(kitchen.bottle, base=0.97, patterns=_GLAZES),
        "T-Shirts": Figure(clothing.t_shirt, lying=True, turn=12, patterns=CLOTH),
        "Socks": Figure(clothing.socks, lying=True, turn=16, patterns=CLOTH),
        "Caps": Figure(clothing.cap, base=0.42, turn=6, patterns=(*CLOTH[:-1], "two-tone")),
        "Laptops": Figure(electronics.laptop, base=0.85, metallic=True, turn=3),
        "Headphones": Figure(electronics.headphones, base=0.82, metallic=True, turn=8),
        "Mice": Figure(
            electronics.mouse, lying=True, metallic=True, turn=40, patterns=("plain", "two-tone")
        ),
        "Lamps": Figure(home.lamp, base=0.95, patterns=("plain", "plain", "striped")),
        "Cushions": Figure(home.cushion, base=0.76, turn=12, patterns=CLOTH),
        "Clocks": Figure(home.clock, base=0.92, turn=3),
    }
)
LOOKALIKES: Mapping[frozenset[str], Figure] = MappingProxyType(
    {
        frozenset({"Mugs", "Bottles"}): Figure(
            lookalikes.tumbler, base=0.8, patterns=("plain", "two-tone")
        ),
        frozenset({"Pans", "Clocks"}): Figure(lookalikes.disc, lying=True, metallic=True, turn=20),
        frozenset({"T-Shirts", "Cushions"}): Figure(
            lookalikes.folded_cloth, lying=True, turn=10, patterns=CLOTH
        ),
        frozenset({"Socks", "Caps"}): Figure(lookalikes.knit_ball, base=0.62, turn=25),
        frozenset({"Headphones", "Mice"}): Figure(lookalikes.zipped_case, lying=True, turn=14),
        frozenset({"Laptops", "Lamps"}): Figure(lookalikes.carton, base=0.72),
    }
)
STRANGERS: Mapping[str, Figure] = MappingProxyType(
    {
        "Umbrellas": Figure(strangers.umbrella, base=0.95, turn=12),
        "Plants": Figure(strangers.plant, base=0.95),
        "Guitars": Figure(strangers.guitar, base=0.98, turn=10),
    }
)
PLACES: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "left": (0.25, 0.5, 0.2),
        "right": (0.75, 0.5, 0.2),
        "top": (0.5, 0.25, 0.2),
        "bottom": (0.5, 0.75, 0.2),
        "top-left": (0.25, 0.25, 0.2),
        "top-right": (0.75, 0.25, 0.2),
        "bottom-left": (0.25, 0.75, 0.2),
        "bottom-right": (0.75, 0.75, 0.2),
    }
)


def draw_product(leaf: str, *, seed: int = 0) -> Image.Image:
    """A drawn photo, RGB, 256 x 256 px, of a product of the category `leaf`.

    Raises:
        BadSetting: the toy shop has no such category.

    >>> draw_product("Mugs", seed=3).size
    (256, 256)
    """
    return _draw(leaf, seed, place=None)[0]


def draw_placed(leaf: str, *, seed: int = 0, place: str = "left") -> tuple[Image.Image, Box]:
    """A drawn photo with the product in one half or corner, and where it is.

    Args:
        leaf: a leaf category of the toy shop, or a stranger such as `Umbrellas`.
        seed: decides looks and scene.
        place: left, right, top, bottom, top-left, top-right, bottom-left or bottom-right.

    Returns:
        The photo (RGB, 256 x 256 px) and the product's box: left, top, right, bottom in px,
        right and bottom exclusive. Its shadow may reach beyond.

    Raises:
        BadSetting: no such category or place.

    >>> draw_placed("Clocks", seed=1, place="top-left")[1]
    (20, 20, 108, 108)
    """
    return _draw(leaf, seed, place=place)


def _draw(leaf: str, seed: int, *, place: str | None) -> tuple[Image.Image, Box]:
    figure = FIGURES.get(leaf) or STRANGERS.get(leaf)
    if figure is None:
        known = ", ".join((*FIGURES, *STRANGERS))
        raise BadSetting(f"the toy shop has no category {leaf!r}", f"Known: {known}.")
    if place is not None and place not in PLACES:
        raise BadSetting(f"{place!r} is not a place in the photo", f"Known: {', '.join(PLACES)}.")
    name = f"{leaf}/{seed}"
    look = figure.look(random.Random(f"look/{name}"), seed=name)
    shot = scene.choose_shot(random.Random(f"shot/{name}"))
    if place is not None:
        x, y, unit = PLACES[place]
        shot = replace(shot, view=replace(shot.view, centre=(x, y), unit=unit, angle=0.0))
        figure = replace(figure, turn=0.0)
    return shoot(figure, look, shot)


def shoot(figure: Figure, look: Look, shot: Shot) -> tuple[Image.Image, Box]:
    """The photo of a product of this look under these circumstances, and the product's box."""
    dice = random.Random(look.seed)
    turn = dice.uniform(-figure.turn, figure.turn)
    shot = replace(shot, view=replace(shot.view, angle=shot.view.angle + turn))
    picture = scene.backdrop(shot, lying=figure.lying)
    scene.cast_shadow(picture, shot, base=figure.base, lying=figure.lying)
    canvas = Canvas(scene.enlarged(picture), shot.view)
    figure.draw(canvas, look, dice)
    return scene.develop(canvas.image, shot), canvas.bounds


def jpeg(photo: Image.Image, quality: int) -> bytes:
    """The photo as JPEG bytes; the same picture gives the same bytes."""
    stream = io.BytesIO()
    photo.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
