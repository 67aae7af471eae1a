"""Pictures of attention are coloured where attention is, and say what they are."""

from __future__ import annotations

import numpy as np

from glasscase.packs.arrangements import Scene
from glasscase.packs.attention import Attention
from glasscase.packs.attention_maps import (
    MOST_TIMES,
    TITLE,
    pack_picture,
    packed_times,
    shelf_picture,
    unpacked_times,
)


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


def test_on_a_white_ground_colours_lie_on_the_pack_and_nowhere_else() -> None:
    photo = np.full((200, 100, 3), 255, np.uint8)
    photo[100:180, 40:80] = (90, 90, 90)
    times = np.full((8, 4), 1.0, np.float32)
    times[:, 2:] = 4.0  # the right half of the pack
    drawn = np.asarray(pack_picture(photo, times, longest_px=200), np.int16)
    coloured = np.ptp(drawn, axis=2) > 10
    rows, columns = np.nonzero(coloured)
    assert coloured[140, 70]
    assert not coloured[140, 45]
    assert (rows.min() >= 95) & (rows.max() <= 184)
    assert (columns.min() >= 50) & (columns.max() <= 84)


def test_what_is_remembered_of_a_map_is_drawn_the_same() -> None:
    times = np.linspace(0, 6, 200, dtype=np.float32).reshape(10, 20)
    again = unpacked_times(packed_times(times))
    np.testing.assert_allclose(again, np.minimum(times, MOST_TIMES), atol=MOST_TIMES / 255)


def test_an_even_look_colours_nothing() -> None:
    found = some_attention()
    found.density[:] = 1 / found.density.size
    drawn = np.asarray(shelf_picture(found, longest_px=80), np.int16)[:40]
    assert np.ptp(drawn, axis=2).max() == 0
