"""Colours by name, so that the words of a toy product agree with its photo."""

from __future__ import annotations

import random
from dataclasses import dataclass

RGB = tuple[int, int, int]

COLOURS: dict[str, RGB] = {
    "red": (196, 48, 50),
    "coral": (238, 122, 98),
    "orange": (236, 138, 44),
    "mustard": (222, 174, 52),
    "yellow": (244, 212, 84),
    "olive": (128, 134, 62),
    "green": (66, 142, 88),
    "mint": (150, 212, 186),
    "teal": (34, 134, 140),
    "sky blue": (122, 184, 228),
    "blue": (48, 98, 184),
    "navy": (36, 50, 96),
    "purple": (118, 76, 158),
    "lilac": (190, 168, 222),
    "pink": (236, 156, 180),
    "brown": (126, 84, 56),
    "beige": (222, 202, 170),
    "cream": (244, 236, 216),
    "white": (244, 244, 242),
    "silver": (190, 194, 200),
    "grey": (132, 138, 146),
    "charcoal": (66, 70, 78),
    "black": (38, 38, 42),
}
METALS = ("silver", "grey", "charcoal", "black", "white")
CLOTH = ("plain", "plain", "striped", "dotted", "checked", "printed")
"""Patterns of cloth; plain is twice as likely."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a product looks like, whoever photographs it."""

    colour: str
    """Name of the main colour, a key of `COLOURS`."""
    accent: str
    """Name of the second colour."""
    pattern: str
    """plain, striped, dotted, checked, printed or two-tone."""
    seed: str
    """Decides the shape's details."""

    @property
    def main(self) -> RGB:
        """The main colour."""
        return COLOURS[self.colour]

    @property
    def second(self) -> RGB:
        """The second colour."""
        return COLOURS[self.accent]


def choose_look(
    dice: random.Random, *, metallic: bool, patterns: tuple[str, ...], seed: str
) -> Look:
    """A look by the dice; `metallic` keeps to the colours that devices come in (mostly)."""
    names = METALS if metallic and dice.random() < 0.8 else tuple(COLOURS)
    colour = dice.choice(names)
    others = [name for name in COLOURS if _apart(COLOURS[name], COLOURS[colour]) > 130]
    return Look(colour, dice.choice(others), dice.choice(patterns), seed)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """`one` with `share` (0 to 1) of `other`.

    >>> mix((0, 0, 0), (100, 200, 50), 0.5)
    (50, 100, 25)
    """
    r, g, b = (round(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return r, g, b


def lit(colour: RGB, light: float) -> RGB:
    """`colour` made lighter (`light` up to 1) or darker (down to -1)."""
    return mix(colour, (255, 255, 255), light) if light > 0 else mix(colour, (8, 8, 16), -light)


def _apart(one: RGB, other: RGB) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
