"""Drawings of the toy catalogue: where and how the product is, and that kinds can be told apart."""

import random
from collections import Counter
from dataclasses import replace

import imagehash
import numpy as np
import pytest

from glasscase.catalog import toy
from glasscase.catalog.toy import LEAVES, draw_placed, draw_product
from glasscase.catalog.toy_drawings import drawing, scene
from glasscase.catalog.toy_drawings.palette import COLOURS, METALS, Look
from glasscase.catalog.toy_plan import entry
from glasscase.catalog.toy_vocabulary import STRANGER_KINDS
from glasscase.errors import BadSetting


@pytest.mark.parametrize("place", drawing.PLACES)
def test_a_placed_product_stays_in_its_part_of_the_photo(place):
    for leaf in (*LEAVES, *STRANGER_KINDS):
        for seed in range(3):
            photo, (left, top, right, bottom) = draw_placed(leaf, seed=seed, place=place)
            assert photo.size == (256, 256)
            assert right - left > 30
            assert bottom - top > 25
            assert "left" not in place or right <= 128
            assert "right" not in place or left >= 128
            assert "top" not in place or bottom <= 128
            assert "bottom" not in place or top >= 128


@pytest.mark.parametrize("leaf", [*LEAVES, *STRANGER_KINDS])
def test_the_box_holds_the_product_tightly(leaf):
    """Draw the same scene without the product: all that differs lies in the box, up to its rim."""
    figure = drawing.FIGURES.get(leaf) or drawing.STRANGERS[leaf]
    bare = replace(figure, draw=lambda canvas, look, dice: None)
    for seed in range(4):
        dice = random.Random(seed)
        look, shot = figure.look(dice, seed=str(seed)), scene.choose_shot(dice)
        with_it, box = drawing.shoot(figure, look, shot)
        without, _ = drawing.shoot(bare, look, shot)
        change = np.abs(np.asarray(with_it, np.int16) - np.asarray(without, np.int16)).max(axis=2)
        down, across = np.nonzero(change > 3)
        seen = (across.min(), down.min(), across.max() + 1, down.max() + 1)
        assert box[0] <= seen[0] + 1
        assert box[1] <= seen[1] + 1
        assert seen[2] <= box[2] + 1
        assert seen[3] <= box[3] + 1
        assert np.abs(np.subtract(seen, box)).max() <= 12


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf != "Laptops"])
def test_the_colour_of_the_words_is_the_colour_of_the_photo(leaf):
    """Laptops are left out: their screens are larger than what is coloured of them."""
    figure, shot = drawing.FIGURES[leaf], scene.choose_shot(random.Random(4))
    shot = replace(shot, exposure=1.0, warmth=0.0, backdrop="plain", wall=COLOURS["grey"])
    seen = {}
    for name in ("red", "green"):
        photo, box = drawing.shoot(figure, Look(name, "charcoal", "plain", "same"), shot)
        red, green, _ = np.asarray(photo.crop(box), np.float64).reshape(-1, 3).mean(axis=0)
        seen[name] = red - green
    assert seen["red"] > seen["green"] + 10


def test_an_ambiguous_photo_does_not_depend_on_the_kind():
    for pair in drawing.LOOKALIKES:
        figures = {
            toy._figure(replace(entry(0, seed=0), leaf=leaf, case="photo_ambiguous"))
            for leaf in pair
        }
        assert len(figures) == 1


def test_kinds_look_different_even_in_the_same_colours():
    shot = scene.choose_shot(random.Random(0))
    look = Look("blue", "cream", "plain", "x")
    shapes = [
        imagehash.phash(drawing.shoot(figure, look, shot)[0])
        for figure in (*drawing.FIGURES.values(), *drawing.STRANGERS.values())
    ]
    for k, shape in enumerate(shapes):
        assert all(shape - other > 8 for other in shapes[:k])


def test_photos_vary():
    for leaf in LEAVES:
        photos = {draw_product(leaf, seed=seed).tobytes() for seed in range(6)}
        assert len(photos) == 6


def test_devices_come_mostly_in_the_colours_of_devices():
    colours = Counter(
        drawing.FIGURES["Laptops"].look(random.Random(seed), seed="").colour for seed in range(300)
    )
    assert sum(colours[name] for name in METALS) > 220


def test_unknown_names_are_explained():
    with pytest.raises(BadSetting) as caught:
        draw_product("Bicycles", seed=0)
    assert str(caught.value).startswith(
        "the toy shop has no category 'Bicycles'. Known: Mugs, Pans"
    )
    with pytest.raises(BadSetting) as caught:
        draw_placed("Mugs", seed=0, place="middle")
    assert "'middle' is not a place in the photo. Known: left, right" in str(caught.value)
