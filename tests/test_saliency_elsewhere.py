"""What has no like elsewhere on a picture is odd; what has one in most parts is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from glasscase.packs.saliency_centre_surround import centre_surround
from glasscase.packs.saliency_elsewhere import grid_of, unlike_elsewhere


def shelf_of(colours: list[float]) -> NDArray[np.float32]:
    """Twelve squares of these values on a ground of 0, three rows: float32 [24, 32, 1]."""
    features = np.zeros((*grid_of((120, 160)), 1), np.float32)
    for number, colour in enumerate(colours):
        row, column = divmod(number, 4)
        features[8 * row + 1 : 8 * row + 7, 8 * column + 1 : 8 * column + 7] = colour
    return features


def test_what_stands_once_is_odd_and_what_stands_often_is_not() -> None:
    unlike = unlike_elsewhere(shelf_of([10.0] * 6 + [4.0] + [10.0] * 5))
    assert unlike[9:15, 17:23] == pytest.approx(4.0, abs=1e-3), "as far as from the ground"
    unlike[9:15, 17:23] = 0
    assert unlike.max() < 1e-3


def test_what_half_the_parts_hold_is_usual() -> None:
    unlike = unlike_elsewhere(shelf_of([10.0, 4.0] * 6))
    assert unlike.max() < 1e-3


def test_of_packs_that_are_all_unlike_the_one_furthest_away_is_the_oddest() -> None:
    colours = [*range(10, 21), 45]
    unlike = unlike_elsewhere(shelf_of([float(colour) for colour in colours]))
    oddest = unlike[17:23, 25:31].min()
    unlike[17:23, 25:31] = 0
    assert 0 < unlike.max() < oddest / 2


def test_a_pack_that_is_its_own_like_in_many_parts_is_odd_all_the_same() -> None:
    features = shelf_of([10.0] * 12)
    features[8:20, 12:24] = 4.0
    unlike = unlike_elsewhere(features)
    assert unlike[14, 18] == pytest.approx(4.0, abs=1e-3), "in 16 of 35 parts, but beside itself"


def test_a_lightness_that_the_rims_of_packs_have_on_average_is_odd_all_the_same() -> None:
    """Half pack, half board is as light as the odd pack, but not as even."""
    lab = np.zeros((192, 256, 3), np.float32)
    lab[..., 0] = shelf_of([-42.0] * 5 + [-27.0] + [-42.0] * 6)[..., 0].repeat(8, 0).repeat(8, 1)
    attracting = centre_surround(lab + (97, 0, 0))
    amounts = attracting.reshape(3, 64, 4, 64).sum(axis=(1, 3)).ravel()
    assert amounts.argmax() == 5
    amounts[5] /= 2
    assert amounts.argmax() == 5, "by far"


@pytest.mark.parametrize("size", [(1, 300), (300, 1), (8, 8), (90, 160)])
def test_a_picture_of_any_shape_has_a_mirror(size: tuple[int, int]) -> None:
    features = np.random.default_rng(1).normal(size=(*grid_of(size), 3)).astype(np.float32)
    unlike = unlike_elsewhere(features)
    assert unlike.shape == features.shape[:2]
    assert np.isfinite(unlike).all()
    for axis in (0, 1):
        mirrored = np.flip(unlike_elsewhere(np.flip(features, axis)), axis)
        assert mirrored == pytest.approx(unlike, abs=1e-4)
    assert unlike_elsewhere(np.full_like(features, 7.0)).max() == 0
