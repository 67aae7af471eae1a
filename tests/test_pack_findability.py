"""Found again when seen unsharply: itself, its brand, its variety; and what cannot be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from glasscase.packs.findability import findability_measures, unsharp_views
from glasscase.packs.measure import Measure
from glasscase.packs.pack import Pack

RED, BLUE, GREEN = (200, 30, 20), (20, 40, 210), (20, 150, 40)


def pack(name: str, brand: str, colour: tuple[int, int, int], band: int = 255) -> Pack:
    """A pack of one colour with a lighter or darker field on it."""
    image = np.full((90, 60, 3), colour, np.uint8)
    image[30:50, 10:50] = band
    return Pack(name, image, brand=brand, product=name)


def encode(images: Sequence[np.ndarray]) -> np.ndarray:
    """Colours of 6 x 6 fields, less grey."""
    small = [Image.fromarray(image).resize((6, 6), Image.Resampling.BOX) for image in images]
    return np.stack([np.asarray(one, float).ravel() - 128 for one in small])


def measured(packs: Sequence[Pack]) -> list[dict[str, Measure]]:
    return [{m.name: m for m in found} for found in findability_measures(packs, encode)]


SET = [
    pack("acorn dark", "Acorn", RED),
    pack("acorn mild", "acorn ", RED, 90),
    pack("birch", "Birch", BLUE),
    pack("cedar", "Cedar", GREEN),
]


def test_a_brand_of_one_colour_is_found_and_its_varieties_are_near() -> None:
    dark, mild, birch, _ = measured(SET)
    for one in (dark, mild):
        assert one["nearest_own_brand_share"].value == 1
        assert (one["brand_margin"].low or 0) > 0.3
        assert (one["brand_block"].value or 0) > 0.5
        separation = one["variant_separation"].value
        assert separation is not None
        assert 0 < separation < (one["found_when_blurred"].value or 0)
        assert all(m.pillar == "findable" and m.better == "more" for m in one.values())
    assert birch["found_when_blurred"].value is not None


def test_a_rival_that_looks_the_same_costs_the_margin() -> None:
    copied = [*SET, pack("copycat", "Dogwood", RED, 100)]
    before, after = measured(SET)[1], measured(copied)[1]
    for name in ("found_when_blurred", "brand_margin", "brand_block"):
        assert (after[name].value or 0) < (before[name].value or 0) - 0.2
    assert after["nearest_own_brand_share"].value == 0


def test_varieties_that_look_alike_are_not_told_apart() -> None:
    twins = [SET[0], pack("acorn mild", "Acorn", RED), *SET[2:]]
    assert abs(measured(twins)[0]["variant_separation"].value or 0) < 0.02


def test_varieties_of_one_product_are_varieties() -> None:
    named = [
        replace(SET[0], product="Oats", variety="Dark"),
        replace(SET[1], product="Oats", variety="Mild"),
        *SET[2:],
    ]
    told = [one["variant_separation"].value for one in measured(named)]
    assert told == [one["variant_separation"].value for one in measured(SET)]
    same = [replace(one, product="Oats", variety="") for one in SET[:2]]
    assert measured([*same, *SET[2:]])[0]["variant_separation"].value is None


def test_order_does_not_matter() -> None:
    there, back = measured(SET), measured(SET[::-1])[::-1]
    for one, other in zip(there, back, strict=True):
        assert [m.value for m in one.values()] == pytest.approx([m.value for m in other.values()])


def test_what_a_set_cannot_say_is_said() -> None:
    birch = measured(SET)[2]
    assert birch["brand_margin"].value is None
    assert birch["brand_margin"].why_not == (
        "the set has no other pack of this brand. Add its variants or other photos"
    )
    assert birch["variant_separation"].why_not == (
        "the set has no other variety of this brand. Add its variants"
    )
    (alone,) = measured(SET[:1])
    assert {m.why_not for m in alone.values()} == {
        "the set has no pack of another brand. Add competitors",
        "the set has no other variety of this brand. Add its variants",
    }
    assert findability_measures([], encode) == []
    nameless = [Pack("1", SET[0].image, own=True), Pack("2", SET[1].image, own=True), SET[2]]
    assert measured(nameless)[0]["brand_margin"].value is not None


def test_views_keep_their_size_and_lose_detail() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (120, 90, 3)).astype(np.uint8)
    views = list(unsharp_views(image))
    assert all(view.shape == image.shape for view in views)
    blurred, small = views[:3], views[3:]
    for group in (blurred, small):
        spreads = [float(view.std()) for view in group]
        assert spreads == sorted(spreads, reverse=True)
