"""How much of the frame the product fills, how many pixels there are, and the frame's shape."""

from __future__ import annotations

from glasscase.packs.hero_check import HeroCheck, HeroView, Limits
from glasscase.packs.measure import Evidence


def fill(view: HeroView, limits: Limits) -> HeroCheck:
    """The longer of the product's two sides as a share of the frame's side.

    A tall bottle cannot fill a square by area, so its height counts.
    """
    limit, product = limits["least_share"], view.product
    if not product.plain:
        says = "the ground is not plain, so the product's edge is not known"
        return HeroCheck("fill", "cannot tell", says, remedy="Use a photo on a plain ground.")
    if not product.parts:
        says = "nothing stands out from the ground"
        return HeroCheck("fill", "cannot tell", says, remedy="Use a photo with the product on it.")
    left, top, right, bottom = product.parts[0]
    value = max(right - left, bottom - top)
    says = f"the product reaches over {value:.0%} of the frame"
    places = (Evidence(product.parts[0], "product"),)
    if value >= limit:
        return HeroCheck("fill", "pass", says, value, limit, "share", evidence=places)
    remedy = "Crop the ground, or take the product larger."
    return HeroCheck("fill", "fail", says, value, limit, "share", remedy, evidence=places)


def longest_side(view: HeroView, limits: Limits) -> HeroCheck:
    """Pixels of the photo's longer side."""
    height, width = view.pack.image.shape[:2]
    value, limit = float(max(height, width)), float(limits["least_px"])
    says = f"the photo has {width} x {height} pixels"
    if value >= limit:
        return HeroCheck("longest_side", "pass", says, value, limit, "px")
    remedy = f"Export it with at least {limit:.0f} pixels; enlarging it adds no detail."
    return HeroCheck("longest_side", "fail", says, value, limit, "px", remedy)


def aspect(view: HeroView, limits: Limits) -> HeroCheck:
    """Width by height of the photo, between two limits; the limit told is the one it is nearest."""
    height, width = view.pack.image.shape[:2]
    value = width / height
    least, most = limits["least"], limits["most"]
    limit = least if abs(value - least) <= abs(value - most) else most
    says = f"width by height is {value:.2f}"
    if least <= value <= most:
        return HeroCheck("aspect", "pass", says, value, limit, "ratio")
    remedy = f"Crop or pad it to between {least:g} and {most:g}."
    return HeroCheck("aspect", "fail", says, value, limit, "ratio", remedy)
