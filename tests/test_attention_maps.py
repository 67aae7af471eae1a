"""Pictures of attention are coloured where attention is, and say what they are."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from glasscase.packs.arrangements import Scene
from glasscase.packs.attention import Attention
from glasscase.packs.attention_maps import TITLE, pack_picture, shelf_picture
from glasscase.pages.thumbnail import png


def some_attention() -> Attention:
    """All attention on the left half of a grey shelf of one pack."""
    density = np.zeros((40, 80), np.float32)
    density[:, :40] = 1 / 1600
    places = np.zeros((40, 80), np.int32)
    scene = Scene(np.full((40, 80, 3), 128, np.uint8), places, ((0, (0, 0, 80, 40)),), 1.0)
    return Attention([[]], {}, scene, density, [np.asarray(density * density.size)])


def test_the_shelf_is_coloured_where_attention_is_above_an_even_look() -> None:
    drawn = np.asarray(shelf_picture(some_attention(), longest_px=400), np.int16)
    left, right = drawn[100, 100], drawn[100, 300]
    assert np.ptp(right) == 0
    assert np.ptp(left) > 10
    assert drawn.shape[0] > 200, "the legend stands below"
    assert (drawn[200:] < 100).any()
    assert TITLE == "attention (simulated)"


def test_a_small_pack_has_a_legend_that_can_be_read() -> None:
    image = np.full((30, 10, 3), 200, np.uint8)
    found = some_attention()
    picture = pack_picture(image, found, 0, longest_px=90)
    assert picture.width >= 260
    with Image.open(io.BytesIO(png(picture))) as stored:
        assert stored.size == picture.size


def test_an_even_look_colours_nothing() -> None:
    found = some_attention()
    found.density[:] = 1 / found.density.size
    drawn = np.asarray(shelf_picture(found, longest_px=80), np.int16)[:40]
    assert np.ptp(drawn, axis=2).max() == 0
