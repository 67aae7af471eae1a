"""How the boards of a shelf slope on a photo: tilted, or seen from the side.

Bottoms of products on one board lie on a line. Of all views that are tried (a slope, and how much
it changes from the top of the photo to its bottom) the one is taken under which bottoms fall
together best.

Source: a search over a family of lines is a Hough transform (Duda and Hart 1972, Comm. ACM 15,
11-15); sharpness is the energy of the smoothed histogram of crossings.
Not covered: boards that slope by more than 14 degrees; curved boards (wide-angle lenses).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SLOPES = np.linspace(-0.25, 0.25, 51)
_FANS = np.linspace(-0.3, 0.3, 13)
_BLUR = 0.08  # of the median height of boxes: how far bottoms on one board scatter
_MOST_CELLS = 5_000


@dataclass(frozen=True, slots=True)
class BoardSlopes:
    """Boards are lines `y = c + (slope + fan * c') * x`, with x in pixels from the middle of the
    photo, c the crossing of the middle in pixels and c' that from the middle in photo heights."""

    slope: float
    """Tangent of the tilt in the middle of the photo, positive where the right is lower."""
    fan: float
    """How much the slope grows from the top of the photo to its bottom."""
    height: float
    width: float

    def crossings(self, x: Floats, y: Floats) -> Floats:
        """[n]: where the boards through these points cross the middle of the photo, in pixels."""
        aside = x - self.width / 2
        bend = self.fan * aside / self.height
        return np.asarray((y - self.slope * aside + bend * self.height / 2) / (1 + bend))

    def slope_at(self, crossing: float) -> float:
        """Slope of the board that crosses the middle of the photo there."""
        return self.slope + self.fan * (crossing - self.height / 2) / self.height


def board_slopes(
    x: Floats, y: Floats, typical_height: float, image_size: tuple[int, int]
) -> tuple[BoardSlopes, float]:
    """The view under which points (x, y) [n] fall together on lines best, and how sharply: 0 to 1.

    Fewer than three points have no view of their own: level boards. The plainer of two equally
    good views is taken, since a few boxes fit many.
    """
    height, width = float(image_size[0]), float(image_size[1])
    blur = max(_BLUR * typical_height, 1e-6)
    best = BoardSlopes(0.0, 0.0, height, width)
    most = float(_sharpness(best.crossings(x, y)[None], blur)[0])
    if len(x) < 3:
        return best, most
    for fan in _FANS:
        views = [BoardSlopes(float(slope), float(fan), height, width) for slope in _SLOPES]
        price = 1 + 0.2 * np.abs(_SLOPES) + 0.4 * abs(fan)
        sharp = _sharpness(np.stack([view.crossings(x, y) for view in views]), blur) / price
        if sharp.max() > most + 1e-9:
            best, most = views[int(np.argmax(sharp))], float(sharp.max())
    return best, most


def _sharpness(crossings: Floats, blur: float) -> Floats:
    """[views]: share of all pairs that fall together, from crossings [views, n]: 1 where all do,
    1/n where none do."""
    views, size = crossings.shape
    first = crossings.min(axis=1, keepdims=True)
    cells = np.minimum(np.floor((crossings - first) / blur), _MOST_CELLS).astype(np.int64)
    wide = int(cells.max()) + 1
    place = cells + wide * np.arange(views)[:, None]
    counts = np.bincount(place.ravel(), minlength=views * wide).reshape(views, wide)
    together = (counts * counts).sum(axis=1) + (counts[:, 1:] * counts[:, :-1]).sum(axis=1)
    return np.asarray(together / size**2, np.float64)
