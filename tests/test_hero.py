"""Rules for main photos: each passes and fails where it should, with its place and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from drawn_packs import BLACK, WHITE, Print, drawn
from glasscase.encoders import photo_reader
from glasscase.errors import BadSetting
from glasscase.packs.hero import RULES, HeroReport, embedded_profile, hero_report, read_profiles
from glasscase.packs.hero_check import HeroCheck
from glasscase.packs.pack import Pack
from glasscase.packs.reading import read_pack

Box = tuple[int, int, int, int]
SAND = (230, 200, 120)
WORDS = [
    Print("ACORN", 260, (360, 200)),
    Print("Coffee", 200, (360, 520)),
    Print("Dark", 200, (360, 780)),
    Print("250 g", 160, (360, 1100)),
]


def report(
    prints: list[Print],
    profile: str = "marketplace",
    *,
    box: Box = (200, 40, 1400, 1560),
    extra: Box | None = None,
    ground: tuple[int, int, int] = WHITE,
    side: int = 640,
    **told: str,
) -> HeroReport:
    """A pack on its ground, with words on it, checked; places are told for a side of 1600."""
    scale = side / 1600
    placed = [
        Print(x.words, round(x.size * scale), (round(x.at[0] * scale), round(x.at[1] * scale)))
        for x in prints
    ]
    words, reader = drawn(placed, size=(side, side))
    image = np.full((side, side, 3), ground, np.uint8)
    for at in [box, *([extra] if extra else [])]:
        left, top, right, bottom = (round(edge * scale) for edge in at)
        image[top:bottom, left:right] = SAND
    image[words[..., 0] < 128] = BLACK
    pack = Pack("acorn", image, brand=told.get("brand", "Acorn"), product="Coffee")
    reading = read_pack(pack, reader=reader)
    return hero_report(pack, profile, reading=reading, variety=told.get("variety", "Dark"))


def check(found: HeroReport, kind: str) -> HeroCheck:
    return next(one for one in found.checks if one.kind == kind)


def test_a_good_photo_passes_every_rule_of_both_profiles() -> None:
    for profile in ("marketplace", "mobile-ready"):
        found = report(WORDS, profile, side=1600 if profile == "marketplace" else 640)
        assert {one.kind: one.verdict for one in found.checks if one.verdict != "pass"} == {}
        assert found.verdict == "pass"
        told = json.loads(json.dumps(found.to_dict()))
        assert told["verdict"] == "pass"
        assert {"kind", "verdict", "value", "limit", "evidence", "remedy"} <= set(told["checks"][0])


def test_a_grey_ground_fails() -> None:
    ground = check(report(WORDS, ground=(240, 240, 240)), "white_ground")
    assert (ground.verdict, ground.value) == ("fail", 0.0)
    assert ground.says == "0.0% of the rim is white; most of it is RGB 240, 240, 240"
    assert ground.remedy == "Cut the product out and put it on RGB 255, 255, 255."
    assert len(ground.evidence) == 4


def test_a_small_product_fails_and_its_box_is_shown() -> None:
    found = report([], box=(600, 500, 1000, 1100))
    fill = check(found, "fill")
    assert (fill.verdict, found.verdict) == ("fail", "fail")
    assert fill.value == pytest.approx(600 / 1600, abs=0.01)
    assert fill.evidence[0].box == pytest.approx((0.375, 0.3125, 0.625, 0.6875), abs=0.005)


def test_pixels_are_required_to_1000_and_advised_to_1600() -> None:
    found = report([], side=1200)
    sides = [one for one in found.checks if one.kind == "longest_side"]
    assert [(one.verdict, one.required) for one in sides] == [("pass", True), ("fail", False)]
    assert found.verdict == "pass"
    assert sides[1].remedy == "Export it with at least 1600 pixels; enlarging it adds no detail."


def test_words_beside_the_product_fail_and_words_on_it_do_not() -> None:
    beside = Print("NEW!", 60, (20, 60))
    text = check(report([*WORDS, beside]), "no_added_text")
    assert (text.verdict, text.value) == ("fail", 1.0)
    assert text.says == "words stand beside the product: 'NEW!'"
    assert [one.words for one in text.evidence] == ["NEW!"]
    assert check(report([*WORDS, beside]), "no_added_marks").verdict == "pass"
    assert check(report(WORDS), "no_added_text").verdict == "pass"


def test_a_badge_is_a_mark_and_a_second_pack_a_product() -> None:
    badge = report([], extra=(1450, 60, 1560, 170))
    assert check(badge, "no_added_marks").verdict == "fail"
    assert check(badge, "no_added_marks").evidence[0].box[0] > 0.9
    assert check(badge, "single_product").verdict == "pass"
    two = report([], box=(100, 100, 700, 1500), extra=(900, 100, 1500, 1500))
    assert check(two, "single_product").value == 2
    assert check(two, "single_product").verdict == "fail"
    assert check(two, "no_added_marks").verdict == "pass"


@pytest.mark.parametrize(
    ("kind", "left_out"), [("who", 0), ("what", 1), ("variety", 2), ("how_much", 3)]
)
def test_what_is_not_printed_is_missed(kind: str, left_out: int) -> None:
    found = report([one for i, one in enumerate(WORDS) if i != left_out], "mobile-ready")
    assert [one.kind for one in found.checks if one.verdict == "fail"] == [kind]
    assert check(found, kind).remedy.startswith("Show ")


def test_what_was_not_given_cannot_be_told() -> None:
    found = report(WORDS, "mobile-ready", brand="", variety="")
    assert check(found, "who").says == "the pack's brand is not given"
    assert check(found, "variety").remedy == "Give the variety."
    failing = [one.kind for one in found.checks if one.verdict == "fail"]
    assert (failing, found.verdict) == ([], "cannot tell")


def test_small_letters_fail_on_a_phone() -> None:
    small = [*WORDS[:3], Print("250 g", 30, (360, 1100))]
    found = report(small, "mobile-ready")
    letters = check(found, "letters_large_enough")
    assert letters.verdict == "fail"
    assert letters.limit == pytest.approx(0.93, abs=0.01)  # 10 minutes of arc at 320 mm
    assert 0 < (letters.value or 0) < 0.4
    assert [one.words for one in letters.evidence] == ["250 g"]
    read = check(found, "read_when_small")
    assert (read.value or 1) < (check(report(WORDS, "mobile-ready"), "read_when_small").value or 0)


def test_a_photo_of_a_room_cannot_be_judged_for_its_ground() -> None:
    rng = np.random.default_rng(0)
    pack = Pack("a", rng.integers(0, 255, (300, 300, 3)).astype(np.uint8))
    _, reader = drawn([])
    found = hero_report(pack, "marketplace", reading=read_pack(pack, reader=reader))
    told = {one.kind: one.verdict for one in found.checks}
    for kind in ("fill", "no_added_text", "no_added_marks", "single_product"):
        assert told[kind] == "cannot tell"
    assert found.verdict == "fail"  # the ground is not white, whatever stands on it
    blank = Pack("b", np.full((300, 300, 3), 255, np.uint8))
    empty = hero_report(blank, "marketplace", reading=read_pack(blank, reader=reader))
    assert check(empty, "fill").says == "nothing stands out from the ground"


def test_without_a_reader_words_cannot_be_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_reader, "installed_series", lambda: None)
    pack = Pack("a", np.full((300, 300, 3), 255, np.uint8), brand="Acorn", product="Coffee")
    found = hero_report(pack, "mobile-ready", variety="Dark")
    assert check(found, "who").verdict == "cannot tell"
    assert check(found, "how_much").says.endswith("Run: pip install 'glasscase[ocr]'")


def test_profiles_of_a_shop_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    rule = {"kind": "longest_side", "least_px": 500}
    path.write_text(json.dumps({"version": 3, "profiles": {"ours": {"checks": [rule]}}}))
    ours = read_profiles(path)["ours"]
    pack = Pack("a", np.full((600, 300, 3), 255, np.uint8))
    found = hero_report(pack, ours, reading=read_pack(pack, reader=drawn([])[1]))
    assert (found.verdict, found.profile.version) == ("pass", 3)

    def told(checks: object) -> str:
        path.write_text(json.dumps({"version": 1, "profiles": {"ours": {"checks": checks}}}))
        with pytest.raises(BadSetting) as error:
            read_profiles(path)
        return str(error.value)

    assert told([{"kind": "longest_sid"}]).startswith(
        "hero profile 'ours' has no rule 'longest_sid'. Use one of: longest_side"
    )
    assert told([{"kind": "longest_side", "least_px": float("nan")}]) == (
        "hero profile 'ours': 'least_px' of 'longest_side' is no number above 0. "
        "Give one for each of: least_px."
    )
    assert told([]) == "hero profile 'ours' has no list of 1 to 50 checks. Add 'checks'."
    path.write_text("[" * 100_000)
    with pytest.raises(BadSetting, match="are not JSON"):
        read_profiles(path)
    with pytest.raises(BadSetting, match="cannot be read: No such file"):
        read_profiles(tmp_path / "none.json")
    with pytest.raises(BadSetting, match="there is no hero profile 'market'. Use one of: market"):
        embedded_profile("market")


def test_every_rule_is_used_and_explained() -> None:
    used = {
        kind
        for name in ("mobile-ready", "marketplace")
        for kind, _, _ in embedded_profile(name).checks
    }
    assert used == set(RULES)
    page = (Path(__file__).parents[1] / "docs" / "hero.md").read_text(encoding="utf-8")
    for kind in RULES:
        assert f"`{kind}`" in page
