"""Maps of saliency find what is odd, see colour where they should, and are the same in a mirror."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from glasscase.errors import BadPhoto, BadSetting
from glasscase.packs.colour_space import lab_to_srgb, srgb_to_lab
from glasscase.packs.odd_shelves import CONDITIONS, OddShelf, odd_shelf
from glasscase.packs.saliency import MAPS, saliency
from glasscase.packs.saliency_fine_grained import fine_grained

# cv2.saliency.StaticSaliencyFineGrained of OpenCV 4.14 on `golden_picture`, every tenth pixel, 0 to
# 255. Its squares lie half a pixel aside and it rounds to bytes, so a few levels differ.
OPENCV = np.array(
    [
        [253, 231, 212, 195, 181, 173, 178, 171],
        [198, 178, 157, 134, 120, 109, 144, 222],
        [132, 112, 91, 65, 65, 47, 26, 22],
        [79, 55, 34, 58, 96, 17, 19, 26],
        [22, 9, 12, 8, 15, 33, 54, 63],
        [24, 32, 43, 55, 66, 76, 86, 98],
    ]
)


def golden_picture() -> NDArray[np.uint8]:
    y, x = np.mgrid[0:60, 0:80]
    image = np.stack([(x * 3) % 256, (y * 4) % 256, ((x + y) * 2) % 256], axis=-1)
    image[20:40, 30:50] = (220, 40, 30)
    image[5:12, 60:75] = 255
    return image.astype(np.uint8)


def first_of(shelf: OddShelf, name: str) -> bool:
    """Whether the odd pack draws most of the map called `name`."""
    density = saliency(shelf.image, name)
    amounts = np.bincount(shelf.places.ravel() + 1, density.ravel())[1:]
    return int(amounts.argmax()) == shelf.odd


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_sum_ranks_the_odd_pack_first(condition: str) -> None:
    hits = [first_of(odd_shelf(condition, trial), "sum") for trial in range(3)]
    assert sum(hits) >= (2 if condition == "mixed" else 3)


@pytest.mark.parametrize("condition", ["lightness_to_board", "hue_near"])
def test_a_pack_is_odd_among_packs_and_not_before_its_board(condition: str) -> None:
    """Nearer to the board it differs less from what is next to it, and yet from all others."""
    hits = [first_of(odd_shelf(condition, trial), "sum") for trial in range(4)]
    assert sum(hits) >= 3


def test_a_smaller_pack_is_found_by_attention_for_its_area() -> None:
    hits = 0
    for trial in range(4):
        shelf = odd_shelf("size_smaller", trial)
        where = shelf.places.ravel() + 1
        amounts = np.bincount(where, saliency(shelf.image).ravel())[1:]
        hits += int((amounts / np.bincount(where)[1:]).argmax()) == shelf.odd
    assert hits >= 3


def test_maps_of_brightness_alone_are_blind_to_a_hue_and_the_sum_is_not() -> None:
    shelves = [odd_shelf("hue", trial) for trial in range(10)]
    found = {
        name: sum(first_of(shelf, name) for shelf in shelves)
        for name in ("fine_grained", "spectral_residual_grey", "sum")
    }
    assert found["sum"] == 10
    assert found["fine_grained"] <= 5
    assert found["spectral_residual_grey"] <= 3


def test_without_its_colour_the_odd_pack_is_not_found() -> None:
    """The trials can be lost: chance is one in twelve."""
    hits = 0
    for trial in range(8):
        shelf = odd_shelf("hue", trial)
        lab = srgb_to_lab(shelf.image)
        lab[..., 1:] = 0
        hits += first_of(OddShelf(lab_to_srgb(lab), shelf.places, shelf.odd), "sum")
    assert hits <= 3


def test_the_fine_grained_map_is_opencvs() -> None:
    values = fine_grained(golden_picture())
    ours = values[::10, ::10] * 255 / values.max()
    assert np.abs(ours - OPENCV).max() <= 5
    assert np.corrcoef(ours.ravel(), OPENCV.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("name", MAPS)
def test_a_map_is_a_density_and_the_same_in_a_mirror(name: str) -> None:
    image = golden_picture()
    density = saliency(image, name)
    assert density.shape == image.shape[:2]
    assert density.dtype == np.float32
    assert density.min() >= 0
    assert density.sum() == pytest.approx(1, abs=1e-4)
    mirrored = saliency(np.ascontiguousarray(image[:, ::-1]), name)[:, ::-1]
    assert np.abs(mirrored - density).max() < 1e-3 * density.max()


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 900), (1200, 1600)])
def test_even_tiny_and_huge_pictures_have_an_even_map(name: str, size: tuple[int, int]) -> None:
    density = saliency(np.full((*size, 3), 255, np.uint8), name)
    assert density.shape == size
    assert density.max() == pytest.approx(density.min(), rel=1e-3)


def test_a_grey_photo_has_the_map_of_its_brightness() -> None:
    grey = golden_picture()[..., :1].repeat(3, axis=2)
    both = saliency(grey, "spectral_residual"), saliency(grey, "spectral_residual_grey")
    assert np.abs(both[0] - both[1]).max() < 0.01 * both[1].max()


def test_a_trace_of_colour_noise_changes_little() -> None:
    grey = golden_picture()[..., :1].repeat(3, axis=2).clip(1, 254)
    noise = np.random.default_rng(0).integers(-1, 2, grey.shape)
    tinted = saliency((grey + noise).astype(np.uint8), "spectral_residual")
    alike = np.corrcoef(tinted.ravel(), saliency(grey, "spectral_residual_grey").ravel())[0, 1]
    assert alike > 0.995


def test_what_is_no_picture_or_no_map_is_said() -> None:
    with pytest.raises(BadSetting) as no_map:
        saliency(golden_picture(), "spectral")
    assert str(no_map.value) == (
        "there is no saliency map 'spectral'; there are sum, centre_surround, spectral_residual,"
        " fine_grained, spectral_residual_grey. Use 'spectral_residual', or open a model."
    )
    with pytest.raises(BadPhoto) as no_picture:
        saliency(np.zeros((4, 4), np.uint8))
    assert str(no_picture.value) == (
        "a picture is uint8 [4, 4], not uint8 [height, width, 3]. Decode it as RGB."
    )
