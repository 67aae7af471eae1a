"""Photos changed a little: by seed, epoch, product and view, never by order; in three levels."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest

from glasscase.augmentation.draws import Draws
from glasscase.augmentation.level import LEVELS
from glasscase.augmentation.photo_changes import Move, blurred, colour_matrix, erased, moved
from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.errors import BadSetting

WHITE, RED, BLUE = (255, 255, 255), (200, 30, 20), (20, 40, 210)
IDENTITY = Move(1.0, 1.0, 0.0)


@pytest.fixture
def photo() -> np.ndarray:
    """White, with a red square on the left and a blue bar at the bottom right."""
    image = np.full((80, 100, 3), 255, np.uint8)
    image[30:50, 15:35] = RED
    image[60:70, 60:95] = BLUE
    return image


def centre(image: np.ndarray, colour: tuple[int, int, int]) -> tuple[float, float]:
    """Mean column and row of the pixels near `colour`."""
    near = np.abs(image.astype(int) - colour).max(axis=2) < 60
    rows, columns = np.nonzero(near)
    return float(columns.mean()), float(rows.mean())


def test_the_same_parts_give_the_same_numbers_and_any_other_part_gives_others() -> None:
    numbers = {
        parts: tuple(Draws(*parts).many(4))
        for parts in [(7, "a", 1), (7, "a", 2), (8, "a", 1), (7, "a1"), ("7", "a", 1), (7, "a", 11)]
    }
    assert len(set(numbers.values())) == len(numbers)
    assert tuple(Draws(7, "a", 1).many(4)) == numbers[7, "a", 1]


def test_a_variant_does_not_depend_on_what_was_asked_before(photo: np.ndarray) -> None:
    change = PhotoAugmentation("heavy", 5)
    alone = change(photo, epoch=3, key="mug")
    for epoch in (1, 2):
        change(photo, epoch=epoch, key="sock")
    assert (change(photo, epoch=3, key="mug") == alone).all()


def test_another_process_gives_the_same_bytes(photo: np.ndarray) -> None:
    code = (
        "import numpy as np, hashlib\n"
        "from glasscase.augmentation.photos import PhotoAugmentation\n"
        "image = np.full((80, 100, 3), 255, np.uint8)\n"
        f"image[30:50, 15:35] = {RED}\n"
        f"image[60:70, 60:95] = {BLUE}\n"
        "image = PhotoAugmentation('heavy', 5)(image, epoch=3, key='mug', view=1)\n"
        "print(hashlib.sha256(image.tobytes()).hexdigest())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = PhotoAugmentation("heavy", 5)(photo, epoch=3, key="mug", view=1)
    assert run.stdout.strip() == sha256(here.tobytes()).hexdigest()


@pytest.mark.parametrize("level", LEVELS)
def test_seed_epoch_product_and_view_each_give_another_variant(
    photo: np.ndarray, level: str
) -> None:
    variants = [
        PhotoAugmentation(level, seed)(photo, epoch=epoch, key=key, view=view)
        for seed, epoch, key, view in [
            (0, 0, "a", 0), (1, 0, "a", 0), (0, 1, "a", 0), (0, 0, "b", 0), (0, 0, "a", 1),
        ]
    ]  # fmt: skip
    assert len({variant.tobytes() for variant in variants}) == 5
    for variant in variants:
        assert variant.shape == photo.shape
        assert variant.dtype == np.uint8


def test_the_photo_itself_is_not_touched(photo: np.ndarray) -> None:
    before = photo.copy()
    photo.flags.writeable = False
    for epoch in range(20):
        PhotoAugmentation("heavy")(photo, epoch=epoch, key="a")
    assert (photo == before).all()


def test_each_level_changes_more_than_the_one_before(photo: np.ndarray) -> None:
    def change(level: str) -> float:
        augment = PhotoAugmentation(level, mirror=False)
        variants = [augment(photo, epoch=epoch, key="a") for epoch in range(60)]
        return float(np.mean([np.abs(v.astype(int) - photo).mean() for v in variants]))

    light, medium, heavy = (change(level) for level in LEVELS)
    assert light * 1.5 < medium < heavy / 1.3


@pytest.mark.parametrize(
    ("level", "mirror", "share"),
    [
        ("light", None, 0), ("medium", None, 0), ("heavy", None, 0.5),
        ("light", True, 0.5), ("heavy", False, 0),
    ],
)  # fmt: skip
def test_print_reads_backwards_only_at_heavy_or_when_asked(
    level: str, mirror: bool | None, share: float
) -> None:
    image = np.full((80, 80, 3), 60, np.uint8)
    image[:, 40:] = 190
    augment = PhotoAugmentation(level, mirror=mirror)
    looks = [augment(image, epoch=epoch, key="a") for epoch in range(200)]
    # Whatever the light and whatever lies on it: half of the pixels of each side tell.
    mirrored = np.mean([np.median(x[:, :40]) > np.median(x[:, 40:]) for x in looks])
    assert mirrored == pytest.approx(share, abs=0.1 if share else 0)


def test_no_move_changes_nothing(photo: np.ndarray) -> None:
    assert (np.asarray(moved(photo, IDENTITY)) == photo).all()


def test_a_mirror_is_a_mirror(photo: np.ndarray) -> None:
    turned = np.asarray(moved(photo, Move(1.0, 1.0, 0.0, mirrored=True)))
    assert (turned == photo[:, ::-1]).all()


def test_looking_at_half_the_photo_doubles_the_product(photo: np.ndarray) -> None:
    near = np.asarray(moved(photo, Move(0.5, 0.5, 0.0, right=-0.25, down=0.0)))
    column, row = centre(near, RED)  # 24.5, 39.5 in the photo; the window starts at 0, 20
    assert column == pytest.approx(2 * 25 - 0.5, abs=0.6)
    assert row == pytest.approx(2 * (40 - 20) - 0.5, abs=0.6)


def test_turning_clockwise_brings_the_left_up(photo: np.ndarray) -> None:
    column, row = centre(np.asarray(moved(photo, Move(1.0, 1.0, 90.0))), RED)
    # 25 left of the middle becomes 25 above it
    assert column == pytest.approx(49.5, abs=0.6)
    assert row == pytest.approx(39.5 - 25, abs=0.6)


def test_a_mirrored_variant_is_the_mirror_of_the_other(photo: np.ndarray) -> None:
    plain = np.asarray(moved(photo, Move(1.1, 0.9, 10.0, 0.05, 0.02)))
    mirrored = np.asarray(moved(photo, Move(1.1, 0.9, 10.0, 0.05, 0.02, mirrored=True)))
    assert np.abs(mirrored[:, ::-1].astype(int) - plain).max() <= 1


def test_what_comes_in_from_outside_has_the_colour_of_the_border() -> None:
    image = np.full((40, 40, 3), (240, 230, 220), np.uint8)
    image[10:30, 10:30] = 0
    image[0, :10] = 0  # the border is not all of one colour
    far = np.asarray(moved(image, Move(2.0, 2.0, 30.0)))
    assert far[0, 0].tolist() == [240, 230, 220]
    assert far[-1, -1].tolist() == [240, 230, 220]


def applied(matrix: tuple[float, ...], colour: tuple[int, int, int]) -> list[float]:
    rows = np.array(matrix).reshape(3, 4)
    return (rows[:, :3] @ np.array(colour) + rows[:, 3]).round(3).tolist()


def test_the_colour_matrix_does_what_its_words_say() -> None:
    assert applied(colour_matrix(1.2, 1, 1, 0), (100, 50, 200)) == [120, 60, 240]
    assert applied(colour_matrix(1, 0.5, 1, 0), (127, 27, 227)) == [127.25, 77.25, 177.25]
    luma = 0.299 * 100 + 0.587 * 50 + 0.114 * 200
    assert applied(colour_matrix(1, 1, 0, 0), (100, 50, 200)) == [round(luma, 3)] * 3
    assert applied(colour_matrix(1, 1, 1, 0.1), (100, 50, 200)) == [110, 50, 180]


def test_a_rectangle_stays_inside(photo: np.ndarray) -> None:
    picture = moved(photo, IDENTITY)
    covered = np.asarray(erased(picture, (0.2, 0.5), (1.0, 0.0), (1, 2, 3)))
    assert (covered[:40, 80:] == (1, 2, 3)).all()
    assert (covered[40:] == photo[40:]).all()
    assert (covered[:40, :80] == photo[:40, :80]).all()


def test_blur_softens_an_edge_and_keeps_the_mean(photo: np.ndarray) -> None:
    soft = np.asarray(blurred(moved(photo, IDENTITY), 2.0)).astype(int)
    assert np.abs(np.diff(soft, axis=1)).max() < np.abs(np.diff(photo.astype(int), axis=1)).max()
    assert soft.mean() == pytest.approx(photo.mean(), abs=0.5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_the_smallest_photos_go_through(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    for epoch in range(30):
        assert PhotoAugmentation("heavy")(image, epoch=epoch, key="a").shape == image.shape


def test_a_level_that_does_not_exist_is_told() -> None:
    with pytest.raises(BadSetting) as caught:
        PhotoAugmentation("strong")
    assert str(caught.value).startswith("there is no level 'strong'. Did you mean")
    assert str(caught.value).endswith("Levels are: light, medium, heavy.")


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_anything_but_an_image_is_refused(image: np.ndarray) -> None:
    with pytest.raises(TypeError, match=r"an image is uint8 \[h, w, 3\], not"):
        PhotoAugmentation("light")(image, epoch=0, key="a")
