"""Simulated attention: fair to all packs, the same in a mirror and in any order, and meaningful."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from glasscase.errors import BadEncoder, BadPhoto, BadSetting
from glasscase.packs.arrangements import Planogram
from glasscase.packs.attention import Attention, Looking, attention_measures, look
from glasscase.packs.cut_out import cut_out
from glasscase.packs.fixations import noticed, viewer_noise
from glasscase.packs.measure import Measure
from glasscase.packs.pack import Pack
from glasscase.packs.photo_scene import photo_scene
from glasscase.packs.popout import colour_distances

BLUE, RED = (60, 80, 150), (190, 60, 50)


def drawn(colour: tuple[int, int, int], *, height: int = 120, width: int = 90) -> NDArray[np.uint8]:
    """A carton of one colour with a pale label to the left and a dark foot."""
    image = np.full((height, width, 3), colour, np.uint8)
    image[height // 5 : height // 2, width // 8 : width // 2] = (225, 220, 205)
    image[-height // 8 :] = (40, 40, 45)
    return image


def a_set(count: int = 6, *, odd: tuple[int, int, int] = BLUE) -> list[Pack]:
    """`count` packs that differ by a little noise, of which the last has the colour `odd`."""
    draw = np.random.default_rng(3)
    packs = []
    for number in range(count):
        image = drawn(odd if number == count - 1 else BLUE).astype(np.int16)
        image = np.clip(image + draw.normal(0, 3, image.shape), 0, 255).astype(np.uint8)
        packs.append(Pack(f"pack {number}", image))
    return packs


def named(found: Attention, name: str) -> list[Measure]:
    return [next(m for m in measures if m.name == name) for measures in found.measures]


def values(found: Attention) -> list[list[float | None]]:
    return [[measure.value for measure in measures] for measures in found.measures]


def test_alike_packs_share_attention_alike() -> None:
    found = attention_measures(a_set(), arrangements=24)
    for measure in named(found, "share_of_attention"):
        assert measure.low is not None
        assert measure.high is not None
        assert measure.low - 0.01 < 1 / 6 < measure.high + 0.01
    assert sum(m.value or 0 for m in named(found, "share_of_attention")) == pytest.approx(1)
    assert found.samples["share_of_attention"].shape == (24, 6)


def test_a_pack_of_another_colour_stands_out_in_every_measure() -> None:
    found = attention_measures(
        a_set(odd=RED), arrangements=10, vector_of=lambda image: image.mean(axis=(0, 1)) - 120
    )
    for measures in zip(*found.measures, strict=True):
        assert measures[0].pillar == "seen"
        ranked = sorted(measures, key=lambda measure: measure.value or 0)
        assert ranked[-1] is measures[-1], measures[0].name
    odd, plain = named(found, "pop_out_colour")[-1], named(found, "pop_out_colour")[0]
    assert (odd.value or 0) > 20 > (plain.value or 0)


def test_order_and_mirror_change_nothing() -> None:
    packs = [replace(pack, height_mm=90.0 + 10 * n) for n, pack in enumerate(a_set(5, odd=RED))]
    found = values(attention_measures(packs, arrangements=4, seed=4))
    turned = attention_measures(packs[::-1], arrangements=4, seed=4)
    flipped = [replace(p, image=np.ascontiguousarray(p.image[:, ::-1])) for p in packs]
    mirrored = values(attention_measures(flipped, arrangements=4, seed=4))
    for one, two, three in zip(found, values(turned)[::-1], mirrored, strict=True):
        assert one[:4] == pytest.approx(two[:4], abs=1e-6)
        assert one[:4] == pytest.approx(three[:4], rel=2e-3)


def test_packs_that_look_the_same_tie_exactly() -> None:
    packs = a_set(4, odd=RED)
    twins = [*packs, replace(packs[-1], id="its twin")]
    found = values(attention_measures(twins, arrangements=4))
    assert found[-1] == found[-2]
    assert found[0] != found[-1]


def test_the_same_seed_gives_the_same_figures_and_another_does_not() -> None:
    packs = a_set(4)
    once, again = (values(attention_measures(packs, arrangements=4, seed=7)) for _ in range(2))
    assert once == again
    assert once != values(attention_measures(packs, arrangements=4, seed=8))


def test_more_facings_and_more_height_win_attention() -> None:
    packs = a_set(4)
    tall = [replace(pack, height_mm=100.0) for pack in packs[:-1]]
    found = attention_measures([*tall, replace(packs[-1], height_mm=180.0)], arrangements=10)
    shares = [measure.value or 0 for measure in named(found, "share_of_attention")]
    assert shares[-1] > 1.5 * max(shares[:-1])
    scene = Planogram.of(packs, facings=3).arrangement(0)
    assert sorted(pack for pack, _ in scene.facings) == sorted([0, 1, 2, 3] * 3)
    assert all(row == tuple(np.repeat(row[::3], 3).tolist()) for row in scene.rows)


def test_an_odd_pack_of_many_facings_is_odd_all_the_same() -> None:
    found = look(a_set(3, odd=RED), Looking(arrangements=2, facings=4))
    shares = [measure.value or 0 for measure in named(found, "share_of_attention")]
    assert shares[-1] > 1.3 * max(shares[:-1])


def test_fixations_follow_the_map_and_do_not_come_back() -> None:
    density = np.zeros((40, 40), np.float32)
    density[:20, :20], density[:20, 20:] = 0.75 / 400, 0.25 / 400
    places = np.full((40, 40), -1, np.int32)
    places[:20, :20], places[:20, 20:], places[20:] = 0, 1, 2
    noise = viewer_noise((40, 40), np.random.default_rng(0), viewers=4000)
    first = noticed(density, places, fixations=1, radius_px=30, noise=noise)
    assert first == pytest.approx([0.75, 0.25, 0], abs=0.03)
    second = noticed(density, places, fixations=2, radius_px=12, noise=noise)
    near = noticed(density, places, fixations=2, radius_px=1, noise=noise)
    assert near[1] == pytest.approx(1 - 0.75**2, abs=0.03)
    assert second[1] > near[1] + 0.05


def test_a_photo_is_one_arrangement_without_intervals() -> None:
    shelf = np.full((200, 400, 3), 190, np.uint8)
    packs = a_set(3, odd=RED)
    boxes = [(20 + 130 * n, 40, 110 + 130 * n, 160) for n in range(3)]
    for pack, (left, top, right, bottom) in zip(packs, boxes, strict=True):
        shelf[top:bottom, left:right] = pack.image
    scene = photo_scene(shelf, boxes, [0, 1, 2])
    found = attention_measures(packs, scene=scene)
    shares = named(found, "share_of_attention")
    assert max(shares, key=lambda measure: measure.value or 0) is shares[2]
    assert shares[2].low is None
    assert found.samples["share_of_attention"].shape == (1, 3)


def test_a_pack_alone_is_compared_with_nobody() -> None:
    found = attention_measures(a_set(1), arrangements=2)
    assert [measure.value for measure in found.measures[0]] == [None] * 5
    whys = {measure.why_not for measure in found.measures[0]}
    assert whys == {"there is no other pack to compare with", "no encoder of images was given"}
    assert found.density.sum() == pytest.approx(1, abs=1e-3)


def test_threads_specks_and_white_packs_are_arranged_too() -> None:
    images = [
        drawn(BLUE),
        np.full((2000, 8, 3), 120, np.uint8),
        np.full((6, 3000, 3), 40, np.uint8),
        np.full((8, 8, 3), 200, np.uint8),
        np.full((100, 80, 3), 255, np.uint8),
    ]
    packs = [Pack(str(number), image) for number, image in enumerate(images)]
    found = attention_measures([replace(packs[0], height_mm=5000.0), *packs[1:]], arrangements=2)
    assert np.isfinite(np.concatenate([v.ravel() for v in found.samples.values()])).all()
    assert {pack for pack, _ in found.scene.facings} == set(range(5))
    assert all((found.scene.places == number).any() for number in range(5))


def test_heights_that_are_not_known_are_told() -> None:
    packs = a_set(3)
    assert attention_measures(packs, arrangements=2).notes == [
        "No height is known: all packs are drawn 200 mm high."
    ]
    some = [replace(packs[0], height_mm=100.0), replace(packs[1], height_mm=120.0), packs[2]]
    assert attention_measures(some, arrangements=2).notes == [
        "The height of pack 2 is not known: drawn 110 mm high, the middle of the known ones."
    ]


def test_white_ground_is_cut_away_and_a_white_pack_is_not() -> None:
    photo = np.full((200, 200, 3), 255, np.uint8)
    photo[40:180, 60:150] = drawn(RED, height=140, width=90)
    cut = cut_out(photo)
    assert cut.image.shape == (140, 90, 3)
    assert cut.solid.all()
    assert cut_out(np.full((50, 40, 3), 255, np.uint8)).solid.shape == (50, 40)
    coloured = drawn(BLUE)
    assert cut_out(coloured).image.shape == coloured.shape


def test_colours_are_compared_by_amount_and_not_by_place() -> None:
    left, right = drawn(BLUE), np.ascontiguousarray(drawn(BLUE)[:, ::-1])
    half = drawn(BLUE)
    half[:60] = RED
    distances = colour_distances([cut_out(image) for image in (left, right, half, drawn(RED))])
    assert distances[0, 1] < 0.5
    assert 0.5 < distances[0, 2] < distances[0, 3]


@pytest.mark.parametrize(
    ("packs", "how", "said"),
    [
        ([], {}, "there is no pack to arrange. Give at least one."),
        (a_set(1), {"arrangements": 0}, "arrangements is 0. Use 1 to 10000."),
        (a_set(1), {"facings": 21}, "facings is 21. Use 1 to 20."),
        (a_set(1), {"seed": -1}, f"seed is -1. Use 0 to {2**63}."),
        (
            a_set(1) * 401,
            {},
            "401 packs are more than the 400 that one shelf may hold."
            " Compare a category at a time.",
        ),
    ],
)
def test_impossible_sets_are_refused(packs: list[Pack], how: dict[str, int], said: str) -> None:
    with pytest.raises(BadSetting) as refused:
        look(packs, Looking(**how))  # type: ignore[arg-type]
    assert str(refused.value) == said


def test_scenes_and_encoders_that_make_no_sense_are_refused() -> None:
    photo = np.zeros((50, 100, 3), np.uint8)
    with pytest.raises(BadSetting) as outside:
        photo_scene(photo, [(0, 0, 10, 10), (120, 0, 140, 20)], [0, 1])
    assert str(outside.value) == (
        "box 2 of the scene, [120, 0, 140, 20], is empty or outside of the photo."
        " The photo is 100 x 50 pixels."
    )
    scene = photo_scene(photo, [(0, 0, 10, 10)], [1])
    with pytest.raises(BadSetting, match=r"the photo's boxes name packs \[1\], of 2 packs"):
        attention_measures(a_set(2), scene=scene)
    with pytest.raises(BadEncoder, match="vectors of different lengths, of zeros or without"):
        attention_measures(a_set(2), arrangements=2, vector_of=lambda image: [float("nan")])
    with pytest.raises(BadPhoto, match=r"a picture is float64 \[2, 2\], not uint8"):
        attention_measures([Pack("a", np.zeros((2, 2)))])  # type: ignore[arg-type]
