"""How surely a pack is found: still itself, its brand, its variety, when it is seen unsharply.

Every pack is blurred and made small as at a glance, turned into vectors by any encoder, and
compared (cosine) with the sharp pictures of all packs of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from glasscase.packs.measure import Measure
from glasscase.packs.pack import Pack
from glasscase.packs.resizing import fitting_size, resized_image

Encode = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.floating]]
"""Images uint8 RGB [h, w, 3] -> vectors [n, d]."""

LONGEST_PX = 224
BLURS = (0.01, 0.02, 0.04)
"""Spread of the blur as shares of the longer side: from a glance to the corner of the eye."""
SMALL_PX = (64, 32, 16)
"""Longer sides it is made as small as, and then large again."""
_Z = 1.96
_NAMES = {
    "found_when_blurred": "margin",
    "brand_margin": "margin",
    "brand_block": "margin",
    "variant_separation": "margin",
    "nearest_own_brand_share": "share",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Similarities of the unsharp views of every pack to the sharp packs."""

    of_views: NDArray[np.float64]
    """[packs, views, packs]"""
    of_packs: NDArray[np.float64]
    """[packs, packs], sharp to sharp."""
    brands: list[str]
    products: list[str]
    """With their varieties."""


def findability_measures(packs: Sequence[Pack], encode: Encode) -> list[list[Measure]]:
    """Per pack, in the order given; pillar `findable`; all better the more.

    - `found_when_blurred`: how much nearer its unsharp views are to itself than to the nearest pack
      of another brand (difference of cosines, -2 to 2; above 0 it is taken for itself).
    - `brand_margin`: the same, to the nearest other pack of its own brand.
    - `nearest_own_brand_share`: in how many views a pack of its brand, other than itself, is nearer
      than any of another brand.
    - `brand_block`: how much more alike its brand's packs are among themselves than to others
      (silhouette, -1 to 1; Rousseeuw 1987, on cosine distances).
    - `variant_separation`: how much nearer its unsharp views are to itself than to the nearest
      other variety of its brand.

    Intervals are over the views (blurs and sizes), not over shoppers.

    Args:
        packs: the competitor set; a brand is `Pack.brand`, of packs without one `Pack.own`.
        encode: turns images into vectors, such as the image encoder of a model.

    Not covered: people. Vectors of a network are alike for other reasons than looks alone.
    """
    if not packs:
        return []
    seen = _seen(packs, encode)
    return [_of_pack(index, seen) for index in range(len(packs))]


def _of_pack(index: int, seen: _Seen) -> list[Measure]:
    brand, product = seen.brands[index], seen.products[index]
    others = [i for i in range(len(seen.brands)) if i != index]
    rivals = [i for i in others if seen.brands[i] != brand]
    own = [i for i in others if seen.brands[i] == brand]
    variants = [i for i in own if not product or seen.products[i] != product]
    views = seen.of_views[index]
    itself = views[:, index]
    no_rival = "the set has no pack of another brand. Add competitors"
    no_own = "the set has no other pack of this brand. Add its variants or other photos"
    found = {name: _missing(name, no_own if rivals else no_rival) for name in _NAMES}
    if rivals:
        nearest_rival = views[:, rivals].max(axis=1)
        found["found_when_blurred"] = _margin("found_when_blurred", itself - nearest_rival)
        if own:
            margins = views[:, own].max(axis=1) - nearest_rival
            found["brand_margin"] = _margin("brand_margin", margins)
            share = float((margins > 0).mean())
            name = "nearest_own_brand_share"
            found[name] = Measure(name, share, "share", "more", "findable")
            found["brand_block"] = Measure(
                "brand_block", _silhouette(index, own, rivals, seen), "margin", "more", "findable"
            )
    if variants:
        margins = itself - views[:, variants].max(axis=1)
        found["variant_separation"] = _margin("variant_separation", margins)
    else:
        why = "the set has no other variety of this brand. Add its variants"
        found["variant_separation"] = _missing("variant_separation", why)
    return list(found.values())


def _missing(name: str, why: str) -> Measure:
    return Measure.missing(name, _NAMES[name], "more", why)


def _margin(name: str, margins: NDArray[np.float64]) -> Measure:
    """The mean of the views with the interval of that mean."""
    value = float(margins.mean())
    reach = _Z * float(margins.std(ddof=1)) / np.sqrt(len(margins)) if len(margins) > 1 else 0.0
    low, high = value - float(reach), value + float(reach)
    return Measure(name, value, "margin", "more", "findable", low, high)


def _silhouette(index: int, own: list[int], rivals: list[int], seen: _Seen) -> float:
    """Rousseeuw 1987: (b - a) / max(a, b), b to the nearest other brand."""
    distance = 1 - seen.of_packs[index]
    within = float(distance[own].mean())
    brands = {seen.brands[i] for i in rivals}
    outside = min(
        float(distance[[i for i in rivals if seen.brands[i] == brand]].mean()) for brand in brands
    )
    largest = max(within, outside)
    return (outside - within) / largest if largest > 0 else 0.0


def _seen(packs: Sequence[Pack], encode: Encode) -> _Seen:
    sharp = [
        resized_image(pack.image, fitting_size(pack.image.shape, LONGEST_PX)) for pack in packs
    ]
    unsharp = [view for image in sharp for view in unsharp_views(image)]
    vectors = _unit(encode([*sharp, *unsharp]))
    of_sharp, of_unsharp = vectors[: len(packs)], vectors[len(packs) :]
    views = (of_unsharp @ of_sharp.T).reshape(len(packs), -1, len(packs))
    return _Seen(
        of_views=views,
        of_packs=of_sharp @ of_sharp.T,
        brands=[_brand(pack) for pack in packs],
        products=[" ".join(f"{pack.product} {pack.variety}".casefold().split()) for pack in packs],
    )


def unsharp_views(image: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """`image` blurred three times and made small three times, at its own size."""
    height, width = image.shape[:2]
    picture = Image.fromarray(image)
    for share in BLURS:
        yield np.asarray(picture.filter(ImageFilter.GaussianBlur(share * max(height, width))))
    for longest in SMALL_PX:
        tiny = resized_image(image, fitting_size(image.shape, longest))
        yield np.asarray(Image.fromarray(tiny).resize((width, height), Image.Resampling.BILINEAR))


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rows of length 1; a row of zeros stays one."""
    rows = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1.0)
    return unit


def _brand(pack: Pack) -> str:
    brand = " ".join(pack.brand.casefold().split())
    return brand or ("own" if pack.own else f"no brand: {pack.id}")
