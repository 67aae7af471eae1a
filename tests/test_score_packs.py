"""Packs from photos to a result, a page, a ledger and the shell.

Only the reader of words is a stand-in, for it takes a second a photo; tests/test_packs_page.py has
the real one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from conftest import Refused, Shell, write_table
from glasscase.catalog.photo import Photo
from glasscase.cli.pack import _show as shown
from glasscase.errors import BadSetting, GlasscaseError, MissingExtra
from glasscase.insights.fact import Ledger
from glasscase.jobs.ledgers.facts_of import ledger_of
from glasscase.jobs.pack_comparison import PackComparison
from glasscase.jobs.pack_page import PILLAR_NAMES
from glasscase.jobs.pack_sets.pack_memory import PackMemory
from glasscase.jobs.score_packs import score_packs
from glasscase.packs.drawn_front import SIX, drawn_front
from glasscase.packs.pack import Pack
from panel_reader import PanelReader
from saliency_files import SIZE, brightness

pytestmark = pytest.mark.xdist_group("score-packs")  # what it makes once is dear

FRONTS = (SIX[0], replace(SIX[3], claims=("Wholegrain",), own=False))


@pytest.fixture(scope="module", autouse=True)
def _panel_reader() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glasscase.packs.reading._reader", PanelReader)
        yield


@pytest.fixture(scope="module")
def memory() -> PackMemory:
    """What was measured by one test is known to the next."""
    return PackMemory(None)


@pytest.fixture(scope="module")
def packs() -> list[Pack]:
    """An own pack, a rival, and the rival once more under another name."""
    own, rival = (drawn_front(one, width_px=200, height_px=300) for one in FRONTS)
    return [own, rival, replace(rival, id="Twin")]


@pytest.fixture(scope="module")
def found(packs: list[Pack], memory: PackMemory) -> PackComparison:
    """The comparison of the three, with a change tried and hero checks."""
    return score_packs(
        packs, arrangements=4, what_if=["contrast=+60"], hero_profile="marketplace", memory=memory
    )


def test_every_score_has_an_interval_and_every_part_its_points(found: PackComparison) -> None:
    result = found.result
    assert (result["kind"], result["schema"], result["arrangements"]) == ("packs", 1, 4)
    for pack in result["packs"]:
        score = pack["score"]
        assert 1 <= score["low"] < score["value"] < score["high"] <= 100
        assert sum(pack["ranks"]) == pytest.approx(1, abs=1e-3)
        assert set(pack["pillars"]) == {"seen", "findable", "readable", "chosen"}
        scored = [one for one in pack["measures"] if one["points"]]
        assert len(scored) > 12
        assert all(0 <= one["anchored"] <= 100 for one in scored if one["value"] is not None)
    assert result["packs"][0]["pillars"]["chosen"]["why_not"] == (
        "neither outcomes nor a survey are given"
    )
    assert sum(result["weights"].values()) == pytest.approx(1)
    json.dumps(result, allow_nan=False)


def test_the_same_pack_twice_ties(found: PackComparison) -> None:
    assert found.result["beats"][1][2] == 0.5
    assert found.result["packs"][1]["score"] == found.result["packs"][2]["score"]


def test_a_photo_nobody_could_read_is_not_one_without_words(
    packs: list[Pack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is read when there is a reader, whatever was remembered."""
    own = [replace(packs[0], variety="Oat flakes")]
    memory = PackMemory(None)

    def checked() -> dict[str, str]:
        asked = {"arrangements": 2, "hero_profile": "mobile-ready", "memory": memory}
        (report,) = score_packs(own, **asked).result["hero"]["packs"]
        return {one["kind"]: one["verdict"] for one in report["checks"]}

    with monkeypatch.context() as without:
        without.setattr("glasscase.packs.reading._reader", _no_reader)
        without.setattr("glasscase.jobs.pack_sets.measure_packs.installed_series", lambda: None)
        told = checked()
    assert {told[kind] for kind in ("who", "what", "variety", "how_much")} == {"cannot tell"}
    told = checked()
    assert (told["who"], told["variety"], told["how_much"]) == ("pass", "pass", "fail")


def _no_reader() -> PanelReader:
    raise MissingExtra("'rapidocr' is not installed", "Run: pip install 'glasscase[ocr]'")


def test_order_does_not_count(packs: list[Pack], found: PackComparison, memory: PackMemory) -> None:
    again = score_packs(packs[::-1], arrangements=4, memory=memory)
    assert [one["score"] for one in again.result["packs"][::-1]] == [
        one["score"] for one in found.result["packs"]
    ]


def test_scores_are_the_same_in_a_mirror(
    packs: list[Pack], found: PackComparison, memory: PackMemory
) -> None:
    turned = [replace(one, image=np.ascontiguousarray(one.image[:, ::-1])) for one in packs]
    result = score_packs(turned, arrangements=4, memory=memory).result
    for mirrored, straight in zip(result["packs"], found.result["packs"], strict=True):
        for pillar, points in (("seen", 3.0), ("findable", 1.0), ("readable", 1.0)):
            there, here = mirrored["pillars"][pillar], straight["pillars"][pillar]
            assert there["value"] == pytest.approx(here["value"], abs=points)


def test_a_change_is_told_with_its_interval_part_by_part(found: PackComparison) -> None:
    (edit,) = found.result["what_if"]
    assert (edit["pack"], edit["words"]) == ("Acorn Oat flakes", "contrast of words +60 %")
    change = edit["score"]["change"]
    assert change["low"] < change["value"] < change["high"]
    before = edit["score"]["before"]
    assert change["high"] - change["low"] < (before["high"] - before["low"]) / 2  # common chance
    raised = next(one for one in edit["measures"] if one["name"] == "contrast_median")
    assert raised["after"] > raised["before"]
    assert len(found.pictures["edits"]) == 1


def test_a_pack_alone_is_scored_on_the_scales_only(packs: list[Pack], memory: PackMemory) -> None:
    result = score_packs(packs[:1], arrangements=4, memory=memory).result
    assert result["percentile_part"] == 0
    assert result["packs"][0]["pillars"]["seen"]["value"] is None
    assert "there is no other pack" in result["packs"][0]["pillars"]["seen"]["why_not"]
    assert any(note.startswith("One pack alone") for note in result["notes"])


def test_the_page_and_the_table_hold_everything_and_no_markup_from_outside(
    packs: list[Pack], memory: PackMemory, tmp_path: Path
) -> None:
    evil = [packs[0], replace(packs[1], id="=cmd|<script>alert(1)</script>")]
    found = score_packs(evil, arrangements=4, memory=memory)
    page = found.save(tmp_path / "out").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "not a forecast of sales" in page
    assert "best of 2 in" in page
    table = (tmp_path / "out" / "packs.csv").read_text().splitlines()
    assert any(line.startswith("'=cmd|") for line in table)
    assert not any(line.startswith("=") for line in table)
    assert json.loads((tmp_path / "out" / "packs.json").read_text())["kind"] == "packs"


def test_every_fact_stands_where_it_says(found: PackComparison) -> None:
    ledger = ledger_of(json.loads(json.dumps(found.result)))
    assert isinstance(ledger, Ledger)
    metrics = {fact.metric for fact in ledger}
    assert "pack performance score" in metrics
    assert "chance to be ahead" in metrics
    assert "change of the score by more contrast of words" in metrics
    assert not any("rank" in metric for metric in metrics)
    assert all(fact.low is not None for fact in ledger if fact.metric == "pack performance score")


def test_a_shelf_photo_is_used_with_boxes_and_must_show_every_pack(
    packs: list[Pack], memory: PackMemory, tmp_path: Path
) -> None:
    shelf = np.full((340, 640, 3), 120, np.uint8)
    for number, pack in enumerate(packs[:2]):
        shelf[20:320, 40 + 260 * number : 240 + 260 * number] = pack.image
    path = tmp_path / "shelf.png"
    Image.fromarray(shelf).save(path)
    edges = ["left", "top", "right", "bottom", "name"]
    rows = [["40", "20", "240", "320", "Acorn"], ["300", "20", "500", "320", "Dunmore"]]
    boxes = write_table(tmp_path / "boxes.csv", edges, *rows)
    result = score_packs(
        packs[:2], shelf_photo=path, shelf_boxes=boxes, arrangements=4, memory=memory
    ).result
    assert result["arrangements"] == 0
    assert any("on the photo 'shelf.png': one shelf" in note for note in result["notes"])
    seen = {one["name"]: one for one in result["packs"][0]["measures"]}
    assert seen["share_of_attention"]["low"] is None  # one photo has no interval
    turned = score_packs(
        packs[1::-1], shelf_photo=path, shelf_boxes=boxes, arrangements=4, memory=PackMemory(None)
    ).result
    assert turned["packs"][1]["measures"] == result["packs"][0]["measures"]
    with pytest.raises(BadSetting) as error:
        score_packs(
            packs[:2],
            shelf_photo=path,
            shelf_boxes=write_table(tmp_path / "one.csv", edges, rows[0]),
            arrangements=4,
            memory=memory,
        )
    assert str(error.value) == (
        "the shelf photo 'shelf.png' shows no 'Dunmore Porridge oats'. Give boxes with the names "
        "of packs, or leave the photo of the shelf out for simulated ones."
    )


def test_maps_of_saliency_are_told_and_not_mixed_up_in_the_memory(
    shell: Shell, packs: list[Pack], found: PackComparison, memory: PackMemory, tmp_path: Path
) -> None:
    told = f"transalnet:{brightness(tmp_path, [1, 3, *SIZE])}"
    learned = score_packs(packs, arrangements=4, memory=memory, saliency=told).result
    assert learned["saliency"]["file"] == "model.onnx"
    assert found.result["saliency"] == {"name": "sum", "file": None, "sha256": None}
    assert any("by a learned model (transalnet)" in note for note in learned["notes"])
    assert _share(learned) != _share(found.result)
    again = score_packs(packs, arrangements=4, memory=memory).result
    assert _share(again) == _share(found.result)
    for number, pack in enumerate(packs[:2]):
        Image.fromarray(pack.image).save(tmp_path / f"{number}.png")
    photos = [tmp_path / f"{number}.png" for number in range(2)]
    code, out, err = shell("pack", *photos, "--saliency", told, "--arrangements", "2", "-q")
    assert code == 0, err
    assert "learned model (transalnet)" in out


def _share(result: Mapping[str, Any]) -> float:
    return next(
        float(one["value"])
        for one in result["packs"][0]["measures"]
        if one["name"] == "share_of_attention"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"saliency": "heat"}, "there is no saliency map 'heat'; there are sum, "),
        ({"weights": {"sen": 1.0}}, "there is no pillar 'sen'. Did you mean seen?"),
        ({"weights": {"seen": -1.0}}, "the weight of seen is -1. Use 0 to 1000."),
        ({"weights": dict.fromkeys(("seen", "findable", "readable", "chosen"), 0.0)},
         "all weights are 0. Give at least one pillar some weight."),
        ({"arrangements": 1}, "arrangements is 1. Use 2 to 1000; 100 is usual."),
        ({"height_mm": 0.5}, "the height is 0.5 mm. Use 1 to 3000."),
        ({"own": "Zebra"}, "no pack is of the brand 'Zebra'. Did you mean"),
        ({"hero_profile": "mobil"}, "there is no hero profile 'mobil'."),
        ({"what_if": ["size=3"]}, "there is no edit 'size=3'."),
        ({"scale": "nowhere.json"}, "scale 'nowhere.json' cannot be read: No such file"),
        ({"encoder": "nonsense"}, "the encoder cannot be used:"),
        ({"shelf_boxes": "x.csv"}, "there are boxes but no photo of a shelf. Give it too."),
    ],
)  # fmt: skip
def test_bad_options_are_refused_in_one_line(
    packs: list[Pack], memory: PackMemory, options: dict[str, object], message: str
) -> None:
    with pytest.raises(GlasscaseError) as error:
        score_packs(packs, **{"arrangements": 4, "memory": memory, **options})
    assert str(error.value).startswith(message)


def test_an_unknown_option_is_no_option(packs: list[Pack]) -> None:
    with pytest.raises(TypeError, match="score_packs has no option 'wieghts'"):
        score_packs(packs, wieghts={})


def test_the_shell_prints_chances_and_no_bare_rank(
    shell: Shell, packs: list[Pack], tmp_path: Path
) -> None:
    for name, pack in zip("ab", packs, strict=False):
        Image.fromarray(pack.image).save(tmp_path / f"{name}.png")
    table = write_table(
        tmp_path / "packs.csv",
        ["photo", "brand", "product", "height_mm", "rating", "n"],
        ["a.png", "Acorn", "Oats", "240", "4.4", "120"],
        ["b.png", "Dunmore", "Oats", "240", "3.9", "80"],
    )
    code, out, err = shell(
        "pack", table, "--own", "Acorn", "--arrangements", "4", "--weights", "findable=0", "-q"
    )
    assert code == 0, err
    assert "Acorn Oats *" in out
    assert "chosen" in out.splitlines()[0]
    assert "best in" in out.splitlines()[0]
    assert "Acorn Oats beats Dunmore Oats in " in out
    assert "Findable is not scored: its weight is 0." in out
    assert "not affiliated with any commercial score" in out
    told = shell("pack", table, "--arrangements", "4", "--json", "-q")[1]
    assert json.loads(told)["packs"][0]["outcomes"] == {"rating": 4.4, "n": 120.0}


def test_the_shell_refuses_what_is_no_pack(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"nonsense")
    assert "there is no pack that can be used (photo 'a.png'" in refused(
        "pack", tmp_path / "a.png", "--arrangements", "4"
    )
    assert "(photo 'a.png'" in refused("pack", tmp_path, "--arrangements", "4"), (
        "a folder of photos"
    )
    (tmp_path / "empty").mkdir()
    assert "empty' holds no photo. Name photos" in refused("pack", tmp_path / "empty")
    assert "cannot write" in refused("pack", tmp_path, "--out", tmp_path / "a.png")
    assert "weight 'seen' is no NAME=NUMBER" in refused(
        "pack", tmp_path / "a.png", "--weights", "seen"
    )


def test_photos_that_cannot_be_used_are_told_and_the_rest_goes_on(
    packs: list[Pack], memory: PackMemory, tmp_path: Path
) -> None:
    Image.fromarray(packs[0].image).save(tmp_path / "a.png")
    result = score_packs(
        [tmp_path / "a.png", Photo("b.png", data=b"x")], arrangements=4, memory=memory
    ).result
    assert len(result["packs"]) == 1
    assert result["problems"][0]["reason"].startswith("'b.png'")


def test_packs_of_which_nothing_is_scored_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = {"value": None, "low": None, "high": None}
    packs = [
        {"id": name, "own": name == "a", "score": nothing, "ranks": [],
         "pillars": dict.fromkeys(PILLAR_NAMES, nothing)} for name in "ab"
    ]  # fmt: skip
    rest: dict[str, list[str]] = dict.fromkeys(
        ("beats", "what_if", "sensitivity", "not_scored", "problems", "notes"), []
    )
    shown({"packs": packs, **rest, "hero": None})
    told = capsys.readouterr().out
    assert told.splitlines()[1].split() == ["a", "*", "not", "scored"]
    assert "Nothing of these packs could be scored." in told
