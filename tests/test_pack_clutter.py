"""Clutter grows with what there is to see; golden numbers, beside those of the authors' program."""

from __future__ import annotations

import numpy as np
import pytest

from glasscase.packs.clutter import clutter_measures
from glasscase.packs.clutter_congestion import feature_congestion
from glasscase.packs.clutter_subband import subband_entropy, subbands
from glasscase.packs.pack import Pack


def items(count: int, *, seed: int = 0, px: int = 256) -> np.ndarray:
    """Boxes of any colour strewn over a light ground."""
    rng = np.random.default_rng(seed)
    image = np.full((px, px, 3), 240, np.uint8)
    for _ in range(count):
        x, y = rng.integers(10, px - 30, 2)
        w, h = rng.integers(6, 20, 2)
        image[y : y + h + 1, x : x + w + 1] = rng.integers(0, 255, 3)
    return image


# number of items -> ours; a port of the authors' program says 1.2483, 1.66, 3.00, 6.74 and
# 0, 0.64, 1.71, 2.95 (it filters its pyramid with other weights than they did)
GOLDEN = {0: (1.2483, 0.0), 5: (1.6188, 0.6482), 20: (2.8529, 1.7462), 80: (6.2440, 2.9786)}


@pytest.mark.parametrize("count", GOLDEN)
def test_golden_numbers(count: int) -> None:
    congestion, entropy = GOLDEN[count]
    assert feature_congestion(items(count)).value == pytest.approx(congestion, abs=2e-3)
    assert subband_entropy(items(count)) == pytest.approx(entropy, abs=2e-3)


def test_congestion_is_where_the_items_are_and_its_parts_add_up() -> None:
    image = items(0)
    image[20:110, 20:110] = items(60, px=90)
    found = feature_congestion(image)
    assert found.map[:128, :128].mean() > 2 * found.map[128:, 128:].mean()
    assert found.colour + found.contrast + found.orientation == pytest.approx(found.value)
    grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert feature_congestion(grey).colour < found.colour


def test_what_repeats_is_told_once() -> None:
    rng = np.random.default_rng(1)
    tile = rng.integers(0, 2, (8, 8))
    woven = np.tile(tile, (32, 32))
    strewn = rng.permutation(woven.ravel()).reshape(woven.shape)
    regular, irregular = (
        subband_entropy(np.repeat((one * 200)[..., None], 3, axis=2).astype(np.uint8))
        for one in (woven, strewn)
    )
    assert regular < 0.7 * irregular


def test_the_pyramid_keeps_the_energy_it_is_given() -> None:
    rows, columns = np.mgrid[0:64, 0:64]
    for cycles in (4, 6, 8):  # along one axis: only the band of that direction answers
        wave = np.cos(2 * np.pi * cycles * columns / 64)
        energies = [float((band**2).sum() * wave.size / band.size) for band in subbands(wave)]
        upright = energies[0:12:4]
        assert sum(upright) > 10 * sum(energies[2:12:4])
    assert len(list(subbands(np.zeros((33, 47))))) == 13


def test_a_pack_is_measured_without_the_ground_around_it() -> None:
    alone = items(40)
    framed = np.full((512, 512, 3), 255, np.uint8)
    framed[128:384, 128:384] = alone
    far = {m.name: m for m in clutter_measures(Pack("a", framed))}
    expected = feature_congestion(alone).value, subband_entropy(alone)
    for measure, value in zip(far.values(), expected, strict=True):
        assert measure.value == pytest.approx(value, rel=0.03)
        assert measure.better == "band"
    for place in far["feature_congestion"].evidence:
        assert min(place.box) >= 0.2
        assert max(place.box) <= 0.8


def test_a_tiny_pack_is_not_measured() -> None:
    measures = clutter_measures(Pack("a", items(3, px=64)[:20, :20]))
    assert [m.value for m in measures] == [None, None]
    assert measures[0].why_not == (
        "the pack is smaller than 32 pixels on the photo. Use a larger photo"
    )
