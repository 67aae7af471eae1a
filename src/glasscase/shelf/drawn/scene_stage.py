"""Where products are put one over another, and how much of each is still seen."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from glasscase.catalog.toy_drawings.palette import RGB

POOL = 6000
"""How many different packs the scenes of one series are drawn from."""
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """A product on the stage."""

    product: str
    row: int
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels; may reach beyond the picture."""
    whole_px: int
    """How many pixels it covers, seen or not, in the picture or beyond."""


@dataclass(slots=True)
class Stage:
    """A picture that remembers for each pixel which product is in front there."""

    picture: Image.Image
    first_pack: int = 0
    """The packs of a series are numbered from here on."""
    standing: list[Standing] = field(default_factory=list)
    _front: NDArray[np.int16] = field(init=False)

    def __post_init__(self) -> None:
        wide, high = self.picture.size
        self._front = np.full((high, wide), _NOBODY, np.int16)

    def any_pack(self, dice: random.Random) -> int:
        """The number of a pack that may stand here."""
        return self.first_pack + dice.randrange(POOL)

    def put(
        self, cut_out: Image.Image, place: tuple[int, int], *, product: str = "", row: int = 0
    ) -> None:
        """Put a cut-out (RGBA) with its upper left corner at `place`, over all that is there.

        Without `product` it is no product: it only hides what is behind.
        """
        mask = cut_out.getchannel("A")
        self.picture.paste(cut_out, place, mask)
        solid = np.asarray(mask) > 127
        whole = int(solid.sum())
        number = _NOBODY
        if product and whole:
            rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
            box = (
                place[0] + int(columns[0]),
                place[1] + int(rows[0]),
                place[0] + int(columns[-1]) + 1,
                place[1] + int(rows[-1]) + 1,
            )
            number = len(self.standing)
            self.standing.append(Standing(product, row, box, whole))
        self._hide(solid, place, number)

    def shadow(self, cut_out: Image.Image, place: tuple[int, int], *, strength: float) -> None:
        """Darken what is behind a cut-out that will stand at `place`; `strength` 0 to 1."""
        small = cut_out.getchannel("A").resize((12, 12)).resize(cut_out.size)
        self.picture.paste((0, 0, 0), place, small.point(lambda level: level * strength))

    def rectangle(self, frame: tuple[float, float, float, float], colour: RGB) -> None:
        """Draw a board, a post or a rail in front of all that is there."""
        left, top, right, bottom = (round(value) for value in frame)
        if right <= left or bottom <= top:
            return
        ImageDraw.Draw(self.picture).rectangle((left, top, right - 1, bottom - 1), fill=colour)
        self._hide(np.ones((bottom - top, right - left), bool), (left, top), _NOBODY)

    def seen_shares(self) -> NDArray[np.float64]:
        """How much of each product is in the picture and not hidden, [n], 0 to 1."""
        counts = np.bincount(self._front.ravel() + 1, minlength=len(self.standing) + 1)[1:]
        whole = np.array([one.whole_px for one in self.standing], float)
        shares: NDArray[np.float64] = counts[: len(whole)] / np.maximum(whole, 1)
        return shares

    def _hide(self, solid: NDArray[np.bool_], place: tuple[int, int], number: int) -> None:
        high, wide = self._front.shape
        x, y = place
        left, top = max(0, -x), max(0, -y)
        right, bottom = min(solid.shape[1], wide - x), min(solid.shape[0], high - y)
        if left < right and top < bottom:
            part = self._front[y + top : y + bottom, x + left : x + right]
            part[solid[top:bottom, left:right]] = number
