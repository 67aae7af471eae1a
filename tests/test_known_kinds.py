"""Products unlike all that was trained on: p-values that keep their word, verdicts that follow."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from conftest import Shell
from glasscase import Catalog, Product, ProductClassifier, evaluate, explain
from glasscase.catalog.toy import ToyCatalogue
from glasscase.models.concerns import unknown_kinds
from glasscase.models.features import Features
from glasscase.models.known_kinds import KnownKinds
from glasscase.models.nearness import Nearness
from glasscase.settings import DecisionSettings, Settings

pytestmark = pytest.mark.xdist_group("toy-model")


def shop(n: int, seed: int, *, kinds: int = 4, first: int = 0) -> Features:
    """Products around `kinds` directions of their own, counted from `first`."""
    rng = np.random.default_rng(seed)
    kind = first + rng.integers(0, kinds, n)
    blocks = {}
    for name, dim in (("sentence", 24), ("image", 32)):
        centres = np.random.default_rng(7 + dim).normal(size=(20, dim))
        blocks[name] = (centres[kind] + 0.5 * rng.normal(size=(n, dim))).astype(np.float32)
    return Features(blocks, np.ones((n, 2), bool))


def test_of_known_products_no_more_are_called_unknown_than_allowed() -> None:
    """Averaged over trainings and every pattern of presence: that is what conformal p-values do."""
    flagged = {"both": 0, "text": 0, "image": 0}
    for seed in range(20):
        known = KnownKinds.learn(shop(300, seed))
        assert known is not None
        fresh = shop(200, 1000 + seed)
        shown = {"both": fresh, "text": fresh.without("image"), "image": fresh.without("text")}
        for name, features in shown.items():
            flagged[name] += int((known.p_values(features) <= 0.05).sum())
    low, high = stats.binom.interval(0.9999, 4000, 0.05)
    for name, count in flagged.items():
        assert low * 0.8 <= count <= high * 1.2, name


def test_held_out_false_alarms_foretell_those_of_new_products() -> None:
    known = KnownKinds.learn(shop(1500, 1))
    assert known is not None
    alarms, count = known.false_alarms(0.05)["both"]
    assert count == 1500
    fresh = float((known.p_values(shop(3000, 2)) <= 0.05).mean())
    assert alarms / count == pytest.approx(fresh, abs=0.02)


def test_products_of_other_kinds_have_small_p_values() -> None:
    known = KnownKinds.learn(shop(400, 1))
    assert known is not None
    strangers = shop(200, 2, first=10)
    assert (known.p_values(strangers) <= 0.02).mean() > 0.95
    assert (known.p_values(strangers.without("image")) <= 0.02).mean() > 0.8


def test_copies_do_not_make_the_rest_look_strange() -> None:
    """A shop where every product stands three times, with all but equal vectors."""
    once = shop(150, 3)
    thrice = once.take(np.repeat(np.arange(150), 3))
    groups = np.repeat(np.arange(150), 3)
    told = KnownKinds.learn(thrice, groups=groups)
    alone = KnownKinds.learn(thrice)
    assert told is not None
    assert alone is not None
    fresh = shop(600, 4)
    assert (told.p_values(fresh) <= 0.05).mean() < (alone.p_values(fresh) <= 0.05).mean()
    assert len(told.held_out["both"]) == 150, "of each group one counts"


def test_nothing_is_said_where_there_is_nothing_to_go_by() -> None:
    features = shop(100, 1)
    known = KnownKinds.learn(features.without("text"))
    assert known is not None
    assert [*known.usual] == ["image"], "no training product has words"
    values = known.p_values(features.without("image"))
    assert np.isnan(values).all()
    assert KnownKinds.learn(features.only([])) is None
    assert KnownKinds.learn(features.take(slice(0, 19))) is None, "too few to know what is usual"


def test_a_large_shop_is_compared_with_a_choice_of_its_products() -> None:
    known = KnownKinds.learn(shop(4300, 1))
    assert known is not None
    assert len(known.near) == len(known.rows) == 4000
    assert (known.p_values(shop(500, 2, first=10)) <= 0.02).mean() > 0.9


def test_similarity_is_that_of_the_neighbours_shown() -> None:
    from glasscase.explanations.neighbours import nearest

    features = shop(50, 1)
    near = Nearness.of(features).by_modality(features.take(slice(3, 4)))
    mean = (near["text"] + near["image"])[0] / 2
    shown = nearest(features.take(slice(3, 4)), features, 5)
    assert [one.row for one in shown] == np.argsort(-mean, kind="stable")[:5].tolist()
    assert shown[1].similarity == pytest.approx(float(mean[shown[1].row]), abs=1e-5)


def test_the_concern_says_how_rare_it_is() -> None:
    settings = DecisionSettings(unknown_at=0.01)
    rare, usual, silent = unknown_kinds(np.array([1 / 400, 0.02, np.nan]), settings)
    assert (usual, silent) == ((), ())
    assert rare[0].verdict == "abstain"
    assert rare[0].reason == (
        "It is unlike every product the model was trained on: of those, at most 1 in 400 is so far "
        "from the others (decision.unknown_at)."
    )
    off = DecisionSettings(unknown_at=0)
    assert unknown_kinds(np.array([1 / 400]), off) == [()]


STRANGE = Product(
    id="x", texts={"text": "Quarterly municipal tax assessment form, signed in triplicate"}
)


def test_a_bundle_abstains_from_strangers_and_keeps_that(
    toy_model: ProductClassifier, toy_bundle: Path, unseen_shop: ToyCatalogue
) -> None:
    known = toy_model.parts.known_kinds
    assert known is not None
    again = ProductClassifier.load(toy_bundle).parts.known_kinds
    assert again is not None
    assert again.usual["both"].tolist() == known.usual["both"].tolist()
    [answer] = toy_model.predictions([STRANGE])
    assert answer.verdict == "abstain"
    assert "unlike every product" in answer.reason
    assert answer.unknown is not None
    assert answer.unknown <= 0.02
    off = Settings.read(overrides=["decision.unknown_at=0"])
    [answer] = toy_model.with_settings(off).predictions([STRANGE])
    assert "unlike" not in answer.reason
    facts = toy_model.card["unknown_kinds"]["false_alarms"]["words and photo"]
    assert facts["value"] <= 0.06
    assert any("False alarms, on held-out" in line for line in toy_model.card["summary"])


def test_an_explanation_holds_it_too(toy_model: ProductClassifier) -> None:
    found = explain(toy_model, STRANGE)
    [answer] = toy_model.predictions([STRANGE])
    assert found.to_dict()["unknown"] == answer.unknown
    assert found.reason == answer.reason


def test_a_model_of_single_words_says_that_it_cannot_tell(toy_model: ProductClassifier) -> None:
    blind = ProductClassifier.of(replace(toy_model.parts, known_kinds=None))
    [answer] = blind.predictions([STRANGE])
    assert answer.unknown is None


def test_the_p_value_stands_in_files(
    shell: Shell, toy_bundle: Path, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    out = tmp_path / "answers.jsonl"
    code, _, err = shell("predict", toy_bundle, toy_shop.new, "--out", out, "-q")
    assert code == 0, err
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert all(one["unknown"] is None or 0 < one["unknown"] <= 1 for one in answers)
    assert any(one["unknown"] is not None for one in answers)


def test_a_report_counts_false_alarms_and_strangers_caught(
    toy_model: ProductClassifier, unseen_shop: ToyCatalogue
) -> None:
    catalog = Catalog.read(unseen_shop.products, photos=unseen_shop.images)
    some = [
        *catalog.products[:40],
        *(replace(STRANGE, id=f"x{i}", category=("Forms",)) for i in (1, 2)),
    ]
    report = evaluate(toy_model, Catalog(some))
    assert report.metrics["unknown_caught"].value == 1
    assert report.metrics["unknown_false_alarms"].value < 0.2
    said = next(note for note in report.notes if note.startswith("Called unlike all"))
    assert "100.0 % (95 % interval 34.2 to 100.0) of the 2 with one it does not know" in said
    assert "Called unlike all training products" in report.markdown()
