"""The pack performance score on made-up measures: what it must and must not do."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glasscase.errors import BadSetting
from glasscase.packs.draws import (
    Draws,
    at_measured,
    beats,
    draw,
    interval,
    rank_shares,
    sensitivity,
)
from glasscase.packs.measure import Better, Measure, Pillar
from glasscase.packs.outcomes import outcome_measures
from glasscase.packs.scales import MeasureScale, Scale, embedded_scale, read_scale
from glasscase.packs.score import measure_points, percentile_part, pillar_points, score
from glasscase.packs.scored import Scored, scored

KINDS: dict[str, tuple[Pillar, Better]] = {
    "attention": ("seen", "more"),
    "pop_out": ("seen", "more"),
    "margin": ("findable", "more"),
    "contrast": ("readable", "more"),
    "claims": ("readable", "less"),
    "clutter": ("readable", "band"),
}
ANCHORS = {
    "more": ((0.0, 10.0), (0.0, 100.0)),
    "less": ((0.0, 10.0), (100.0, 0.0)),
    "band": ((0.0, 4.0, 6.0, 10.0), (0.0, 100.0, 100.0, 0.0)),
}
SCALE = Scale(
    "made up",
    1,
    {
        name: MeasureScale(name, "number", better, pillar, *ANCHORS[better], "made up")
        for name, (pillar, better) in KINDS.items()
    },
    "",
)
EVEN = dict.fromkeys(("seen", "findable", "readable", "chosen"), 0.25)


def measured(half: float | None = 1.0, **values: float | None) -> list[Measure]:
    """Measures of one pack with intervals of +- `half`."""
    found = []
    for name, (pillar, better) in KINDS.items():
        value = values.get(name, 5.0)
        if value is None:
            found.append(
                replace(Measure.missing(name, "number", better, "no photo"), pillar=pillar)
            )
        else:
            ends = (None, None) if half is None else (value - half, value + half)
            found.append(Measure(name, value, "number", better, pillar, *ends))
    return found


def table(*packs: list[Measure], keys: list[str] | None = None) -> Scored:
    return scored([f"p{i}" for i in range(len(packs))], packs, SCALE, keys=keys)


def drawn(*packs: list[Measure], draws: int = 600, seed: int = 0) -> Draws:
    return draw(table(*packs), EVEN, draws=draws, seed=seed)


def medians(*packs: list[Measure]) -> list[float]:
    return [interval(one)["value"] for one in drawn(*packs).scores.T]


@pytest.mark.parametrize("name", [name for name, (_, better) in KINDS.items() if better != "band"])
def test_it_is_monotone_in_every_measure_and_every_draw(name: str) -> None:
    rivals = [measured(attention=3.0, claims=8.0), measured(margin=7.0)]
    steps = np.linspace(-2, 12, 29)
    if KINDS[name][1] == "less":
        steps = steps[::-1]
    keys = ["p0", "p1", "p2"]
    tables = [table(measured(**{name: step}), *rivals, keys=keys) for step in steps]
    scores = np.array([draw(one, EVEN, draws=600).scores[:, 0] for one in tables])
    assert (np.diff(scores, axis=0) >= -1e-9).all()
    assert (np.diff(np.median(scores, axis=1))[4:-4] > 0).all()  # and not merely flat


def test_beyond_the_last_anchor_the_better_pack_is_still_the_better_one() -> None:
    for name, (near, far) in {
        "attention": (12, 15),
        "claims": (-2, -5),
        "pop_out": (-5, -2),
    }.items():
        lower, higher = medians(
            measured(half=0.1, **{name: near}), measured(half=0.1, **{name: far})
        )
        assert higher > lower + 1, name


def test_a_band_is_best_inside_and_falls_off_on_both_sides() -> None:
    found = [medians(measured(half=0.1, clutter=at), measured())[0] for at in (1, 3, 5, 7, 9)]
    assert found[2] == max(found)
    assert found[0] < found[1] < found[2] > found[3] > found[4]


def test_packs_measured_alike_tie_in_every_draw_and_order_does_not_count() -> None:
    packs = [measured(attention=7.0), measured(contrast=2.0), measured(attention=7.0)]
    names = ["own", "rival", "twin"]
    first = draw(scored(names, packs, SCALE), EVEN, draws=400)
    assert (first.scores[:, 0] == first.scores[:, 2]).all()
    assert beats(first.scores)[0, 2] == 0.5
    for order in itertools.permutations(range(3)):
        again = draw(
            scored([names[i] for i in order], [packs[i] for i in order], SCALE), EVEN, draws=400
        )
        for place, i in enumerate(order):
            np.testing.assert_allclose(again.scores[:, place], first.scores[:, i], rtol=1e-12)


def test_packs_that_merely_score_alike_are_drawn_independently() -> None:
    found = drawn(
        measured(half=0.5, attention=7.0), measured(half=0.5, pop_out=7.0), measured(half=0.5)
    )
    # where the others' percentiles do not reach: the anchored points of two packs at 7 and at 5
    apart = found.points[:, 0, 0], found.points[:, 1, 1]
    assert abs(np.corrcoef(*apart)[0, 1]) < 0.15
    assert beats(found.scores)[0, 1] == pytest.approx(0.5, abs=0.1)


def test_strong_pillars_do_not_make_up_for_a_weak_one() -> None:
    balanced, lopsided = medians(
        measured(half=0.1, attention=6, pop_out=6, margin=6, contrast=6, claims=4),
        measured(half=0.1, attention=9, pop_out=9, margin=9, contrast=1, claims=9, clutter=0.5),
    )
    assert balanced > lopsided
    pillars = np.array([[60.0, 60.0, 60.0], [95.0, 95.0, 5.0]])
    assert score(pillars, np.ones(3)).tolist() == pytest.approx([60.0, 35.6], abs=0.1)


def test_a_missing_part_widens_the_interval_and_is_not_filled_in() -> None:
    whole = drawn(measured(half=0.5), measured(half=0.5, attention=6.0))
    holed = drawn(measured(half=0.5, margin=None), measured(half=0.5, attention=6.0))
    widths = [np.ptp(np.quantile(one.scores[:, 0], [0.025, 0.975])) for one in (whole, holed)]
    assert widths[1] > 2 * widths[0]
    assert holed.points[:, 0, 2].min() < 15
    assert holed.points[:, 0, 2].max() > 85
    assert at_measured(table(measured(margin=None), measured()), EVEN)[0] is None
    two = drawn(measured(half=0.5, margin=None), measured(half=0.5, margin=None, attention=6.0))
    assert two.pillars.shape[2] == 2  # nobody has it: out of scope, not drawn


def test_what_is_not_scored_says_why() -> None:
    found = scored(
        ["a"], [[*measured(margin=None), Measure("sheen", 3, "x", "more", "seen")]], SCALE
    )
    told = {one.part: one.why_not for one in found.not_scored}
    assert told == {
        "margin": "no photo",
        "sheen": "the scale has no anchors for it",
        "findable": "no photo",
        "chosen": "neither outcomes nor a survey are given",
    }
    assert found.pillars == ("seen", "readable")


def test_a_pack_alone_has_anchored_points_only() -> None:
    assert percentile_part(1) == 0
    assert measure_points(np.array([[30.0, 120.0]])).tolist() == [[30.0, 100.0]]
    two = measure_points(np.array([[30.0], [70.0]]))
    assert two.ravel().tolist() == [0.75 * 30 + 0.25 * 25, 0.75 * 70 + 0.25 * 75]


def test_the_formula_can_be_followed_by_hand() -> None:
    packs = table(
        measured(half=None, attention=8, pop_out=6, margin=4, contrast=9, claims=2, clutter=5),
        measured(half=None, attention=2, pop_out=4, margin=6, contrast=1, claims=8, clutter=5),
    )
    seen = (0.75 * 80 + 0.25 * 75 + 0.75 * 60 + 0.25 * 75) / 2
    findable = 0.75 * 40 + 0.25 * 25
    readable = (0.75 * 90 + 0.25 * 75 + 0.75 * 80 + 0.25 * 75 + 0.75 * 100 + 0.25 * 50) / 3
    assert at_measured(packs, EVEN)[0] == pytest.approx((seen * findable * readable) ** (1 / 3))
    weighty = {**EVEN, "seen": 0.5}
    assert at_measured(packs, weighty)[0] == pytest.approx(
        seen**0.5 * findable**0.25 * readable**0.25
    )


def test_ranks_and_beats_are_shares_that_add_up() -> None:
    found = drawn(*(measured(half=0.8, attention=a, margin=a) for a in (3.0, 4.0, 4.5, 8.0)))
    ahead, ranks = beats(found.scores), rank_shares(found.scores)
    np.testing.assert_allclose(ahead + ahead.T, 1)
    np.testing.assert_allclose(ranks.sum(axis=0), 1)
    np.testing.assert_allclose(ranks.sum(axis=1), 1)
    assert ranks[3, 0] > 0.9
    assert 0.5 < ahead[2, 1] < 0.95


def test_sensitivity_names_the_shakiest_input_first() -> None:
    packs = [measured(half=0.2), measured(half=0.2)]
    packs[0][3] = replace(packs[0][3], low=-3.0, high=13.0)
    values = table(*packs)
    first = [one for one in sensitivity(values, draw(values, EVEN, draws=800)) if one.pack == "p0"]
    assert first[0].input == "contrast"
    assert first[0].correlation > 0.6
    assert sum(one.share for one in first) <= 1 + 1e-9


def test_another_seed_moves_the_draws_but_hardly_the_score() -> None:
    packs = [measured(), measured(attention=6.0)]
    a, b = (drawn(*packs, seed=seed, draws=4000).scores[:, 0] for seed in (0, 1))
    assert not (a == b).any()
    assert np.median(a) == pytest.approx(np.median(b), abs=0.6)


def test_weights_of_measures_in_a_pillar_are_a_mean() -> None:
    points = np.array([[100.0, 50.0, 20.0]])
    of = np.array([0, 0, 1])
    assert pillar_points(points, of, np.array([3.0, 1.0, 9.0])).tolist() == [[87.5, 20.0]]


def test_outcomes_are_told_against_a_fair_share_with_intervals() -> None:
    found = outcome_measures(
        [{"chosen_share": 0.6, "n": 100}, {"chosen_share": 0.2, "n": 100, "rating": 4.5}, {}]
    )
    own, rival, unknown = ({one.name: one for one in pack} for pack in found)
    assert own["chosen_index"].value == pytest.approx(1.5)
    assert own["chosen_index"].low == pytest.approx(0.502 / 0.4, abs=0.005)
    assert rival["rating"].low == pytest.approx(4.5 - 1.96 * (3.5 * 0.5 / 100) ** 0.5, abs=1e-3)
    assert unknown["chosen_index"].why_not == "chosen_share is not given"
    assert outcome_measures([{}, {}]) == [[], []]


def test_a_tidy_front_without_a_word_is_not_called_readable() -> None:
    tidy = Measure("feature_congestion", 3.0, "ratio", "band")
    none = Measure.missing("contrast_median", "ratio", "more", "no words were read on the photo")
    alone = scored(["a"], [[tidy, none]], embedded_scale())
    told = {one.part: one.why_not for one in alone.not_scored}
    assert "readable" not in alone.pillars
    assert told["readable"] == told["feature_congestion"] == none.why_not
    words = Measure("contrast_median", 7.0, "ratio", "more")
    beside = scored(["a", "b"], [[tidy, none], [tidy, words]], embedded_scale())
    assert set(beside.names) == {"feature_congestion", "contrast_median"}
    assert np.isnan(beside.values[0, beside.names.index("contrast_median")])


def test_the_embedded_scale_is_sound_and_says_its_sources() -> None:
    scale = embedded_scale()
    assert scale.version == 1
    assert all(one.source for one in scale.measures.values())


def test_the_docs_tell_every_anchor() -> None:
    page = (Path(__file__).parents[1] / "docs" / "packs.md").read_text(encoding="utf-8")
    for name, one in embedded_scale().measures.items():
        pairs = zip(one.values, one.points, strict=True)
        told = ", ".join(f"{value:g} → {points:g}" for value, points in pairs)
        assert f"| `{name}`" in page, name
        assert f"| {told} | {one.source} |" in page, name


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"better": "more", "anchors": [[0, 0]]},
         "has no list of 2 to 50 anchors. Add [value, points]."),
        ({"better": "best"}, "lacks 'better'. Say more, less or band."),
        ({"better": "more", "anchors": [[0, 0], [1, "x"]]},
         "has an anchor that is no [value, points]. Use two numbers."),
        ({"better": "more", "anchors": [[1, 0], [0, 9]]},
         ": its values do not go up. Put its anchors right."),
        ({"better": "more", "anchors": [[0, 0], [1, 101]]},
         ": its points are not between 0 and 100. Put its anchors right."),
        ({"better": "less", "anchors": [[0, 0], [1, 50]]},
         ": its points do not go down all the way. Put its anchors right."),
        ({"better": "band", "anchors": [[0, 0], [1, 50]]},
         ": its points do not go up and then down. Put its anchors right."),
    ],
)  # fmt: skip
def test_a_bad_scale_is_refused(tmp_path: Path, told: object, message: str) -> None:
    file = tmp_path / "s.json"
    file.write_text(json.dumps({"version": 2, "measures": {"contrast": told}}))
    with pytest.raises(BadSetting) as error:
        read_scale(file)
    joint = "" if message.startswith(":") else " "
    assert str(error.value) == f"scale {str(file)!r}: measure 'contrast'{joint}{message}"


def test_a_file_that_is_no_scale_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    for text in ("[" * 100_000, "{}", "[]", "nonsense"):
        file.write_text(text)
        with pytest.raises(BadSetting, match="scale"):
            read_scale(file)
