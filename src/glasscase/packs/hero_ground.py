"""Whether the ground of a photo is pure white at its rim."""

from __future__ import annotations

import numpy as np

from glasscase.packs.hero_check import HeroCheck, HeroView, Limits
from glasscase.packs.measure import Evidence

Box = tuple[float, float, float, float]


def white_ground(view: HeroView, limits: Limits) -> HeroCheck:
    """Share of the pixels at the rim that are white; JPEG may leave 253 where 255 was meant."""
    image = view.pack.image
    white = np.asarray((image >= limits["least_level"]).all(axis=2))
    edges: list[tuple[np.ndarray, Box]] = [
        (white[0], (0.0, 0.0, 1.0, 0.02)),
        (white[-1], (0.0, 0.98, 1.0, 1.0)),
        (white[:, 0], (0.0, 0.0, 0.02, 1.0)),
        (white[:, -1], (0.98, 0.0, 1.0, 1.0)),
    ]
    value = float(np.concatenate([edge for edge, _ in edges]).mean())
    limit = limits["least_share"]
    red, green, blue = view.product.ground
    says = f"{value:.1%} of the rim is white; most of it is RGB {red}, {green}, {blue}"
    if value >= limit:
        return HeroCheck("white_ground", "pass", says, value, limit, "share")
    places = tuple(Evidence(box, "not white") for edge, box in edges if float(edge.mean()) < limit)
    return HeroCheck(
        "white_ground", "fail", says, value, limit, "share",
        "Cut the product out and put it on RGB 255, 255, 255.", evidence=places,
    )  # fmt: skip
