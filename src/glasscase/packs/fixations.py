"""Where eyes go one after the other on a map of saliency: draws without coming back at once.

Source: C. Koch and S. Ullman (1985) and L. Itti and C. Koch, "A saliency-based search mechanism for
overt and covert shifts of visual attention", Vision Research 40 (2000), 1489-1506: the winner takes
all, then its place is inhibited and the next one wins. There the winner is certain; here each
place wins with a probability proportional to its saliency, as people differ. A place is inhibited
as far as the fovea sees, for all fixations that follow.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

CELL_PX = 4
"""Fixations fall on a grid of this step."""
VIEWERS = 64
"""Simulated viewers of each arrangement."""


def fovea_px(pixels_per_mm: float, *, distance_mm: float, fovea_degrees: float) -> float:
    """Radius in pixels that the fovea sees at once.

    >>> round(fovea_px(1.0, distance_mm=1000, fovea_degrees=5), 1)
    43.7
    """
    return pixels_per_mm * distance_mm * math.tan(math.radians(fovea_degrees / 2))


def noticed(
    density: NDArray[np.float32],
    places: NDArray[np.int32],
    *,
    fixations: int,
    radius_px: float,
    noise: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Share of viewers whose first `fixations` fixations include each pack: float64 [packs].

    Args:
        density: float32 [h, w], what each pixel attracts.
        places: [h, w] number of the pack, -1 for none; packs are numbered from 0.
        fixations: how many each viewer makes.
        radius_px: of the disc that is inhibited around every fixation.
        noise: float32 [viewers, rows, columns] from `viewer_noise`.
    """
    cells = density.shape[0] // CELL_PX, density.shape[1] // CELL_PX
    weights = _cell_sums(density, cells).ravel()
    at = _cell_places(places, cells).ravel()
    rows, columns = (axis.ravel() for axis in np.indices(cells))
    # An exponential clock in each cell rings first in proportion to its rate; what is left after
    # one has rung is again such a race. So one noise field serves all fixations.
    clocks = noise.reshape(len(noise), -1) / np.maximum(weights, 1e-12)
    seen = np.zeros((len(noise), int(places.max()) + 2), np.bool_)
    reach = (radius_px / CELL_PX) ** 2
    viewers = np.arange(len(noise))
    for step in range(fixations):
        first = clocks.argmin(axis=1)
        seen[viewers, at[first]] = True
        if step + 1 < fixations:
            away = (rows - rows[first, None]) ** 2 + (columns - columns[first, None]) ** 2
            clocks[away <= reach] = np.inf
    share: NDArray[np.float64] = seen[:, :-1].mean(axis=0)
    return share


def viewer_noise(
    shape: tuple[int, int], draw: np.random.Generator, *, viewers: int = VIEWERS
) -> NDArray[np.float32]:
    """Exponential noise float32 [viewers, rows, columns] for a scene of `shape` in pixels."""
    cells = viewers, shape[0] // CELL_PX, shape[1] // CELL_PX
    return draw.standard_exponential(cells, dtype=np.float32)


def _cell_sums(density: NDArray[np.float32], cells: tuple[int, int]) -> NDArray[np.float32]:
    cut = _centred(density, cells)
    blocks = cut.reshape(cells[0], CELL_PX, cells[1], CELL_PX)
    return np.asarray(blocks.sum(axis=(1, 3)), np.float32)


def _cell_places(places: NDArray[np.int32], cells: tuple[int, int]) -> NDArray[np.int32]:
    """The pack in the middle of each cell: of its four middle pixels the highest number.

    All four are asked so that a scene in a mirror has its cells in a mirror.
    """
    blocks = _centred(places, cells).reshape(cells[0], CELL_PX, cells[1], CELL_PX)
    middle = slice(CELL_PX // 2 - 1, CELL_PX // 2 + 1)
    return np.asarray(blocks[:, middle, :, middle].max(axis=(1, 3)), np.int32)


def _centred(plane: NDArray[np.generic], cells: tuple[int, int]) -> NDArray[np.generic]:
    """The middle of [h, w] that whole cells cover."""
    top = (plane.shape[0] - cells[0] * CELL_PX) // 2
    left = (plane.shape[1] - cells[1] * CELL_PX) // 2
    return plane[top : top + cells[0] * CELL_PX, left : left + cells[1] * CELL_PX]
