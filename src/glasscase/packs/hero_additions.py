"""Whether anything was put beside the product: words, marks, a second product."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.packs.hero_check import HeroCheck, HeroView, Limits
from glasscase.packs.measure import Evidence

Box = tuple[float, float, float, float]
_SECOND_SHARE = 0.1
"""From this share of the product's box on something is a second product, no mark."""
_NOT_PLAIN = "the ground is not plain, so what is beside the product is not known"
_PLAIN_GROUND = "Use a photo on a plain ground."


def no_added_text(view: HeroView, limits: Limits) -> HeroCheck:
    """Whether words stand outside the product.

    Not covered: words laid over the product, which look like words printed on it.
    """
    kind = "no_added_text"
    if not view.product.plain:
        return HeroCheck(kind, "cannot tell", _NOT_PLAIN, remedy=_PLAIN_GROUND)
    if view.unread:
        return HeroCheck(kind, "cannot tell", view.unread, remedy="Look at it yourself.")
    beside = _words_beside(view)
    if not beside:
        return HeroCheck(kind, "pass", "no words stand beside the product", 0.0, 0.0, "count")
    told = ", ".join(repr(place.words[:40]) for place in beside[:3])
    return HeroCheck(
        kind, "fail", f"words stand beside the product: {told}", float(len(beside)), 0.0, "count",
        "Take the words off the photo; say it in the title.", evidence=tuple(beside),
    )  # fmt: skip


def no_added_marks(view: HeroView, limits: Limits) -> HeroCheck:
    """Whether logos, badges or other small things stand beside the product.

    Things of at least `least_share` of the product's box, smaller than a second product, that are
    no words. Not covered: marks laid over the product or touching it.
    """
    kind = "no_added_marks"
    if not view.product.plain:
        return HeroCheck(kind, "cannot tell", _NOT_PLAIN, remedy=_PLAIN_GROUND)
    words = [place.box for place in _words_beside(view)]
    marks = [
        box
        for box in view.product.parts[1:]
        if limits["least_share"] <= _relative(box, view) < _SECOND_SHARE
        and not any(_within(box, other) for other in [*words, view.product.parts[0]])
    ]
    if not marks:
        return HeroCheck(kind, "pass", "nothing small stands beside it", 0.0, 0.0, "count")
    places = tuple(Evidence(box, "beside the product") for box in marks)
    says = f"{len(marks)} small things stand beside the product"
    if len(marks) == 1:
        says = "something small stands beside the product"
    return HeroCheck(
        kind, "fail", says, float(len(marks)), 0.0, "count",
        "Take logos, badges and props off the photo.", evidence=places,
    )  # fmt: skip


def single_product(view: HeroView, limits: Limits) -> HeroCheck:
    """How many things of a product's size stand apart from one another; one is right.

    Not covered: products that touch or overlap, which count as one.
    """
    kind = "single_product"
    if not view.product.plain:
        return HeroCheck(kind, "cannot tell", _NOT_PLAIN, remedy=_PLAIN_GROUND)
    parts = view.product.parts
    if not parts:
        says = "nothing stands out from the ground"
        return HeroCheck(kind, "cannot tell", says, remedy="Use a photo with the product on it.")
    words = [place.box for place in _words_beside(view)]
    large = [
        box
        for box in parts
        if _relative(box, view) >= limits["least_share"]
        and not any(_within(box, other) for other in words)
    ]
    value = float(len(large))
    if len(large) == 1:
        return HeroCheck(kind, "pass", "one product is shown", value, 1.0, "count")
    places = tuple(Evidence(box, "product") for box in large)
    return HeroCheck(
        kind, "fail", f"{len(large)} things of a product's size are shown", value, 1.0, "count",
        "Show the product alone, or a multipack as it is sold.", evidence=places,
    )  # fmt: skip


def _words_beside(view: HeroView) -> list[Evidence]:
    """Lines whose middle is outside the product's own box."""
    if not view.product.parts:
        return []
    main = view.product.parts[0]
    return [line.evidence for line in view.reading.lines if not _within(line.evidence.box, main)]


def _relative(box: Box, view: HeroView) -> float:
    """Area of a box as a share of the product's."""
    return _area(box) / max(_area(view.product.parts[0]), 1e-9)


def _area(box: Sequence[float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _within(box: Box, other: Box) -> bool:
    """Whether the middle of `box` is inside `other`."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]
