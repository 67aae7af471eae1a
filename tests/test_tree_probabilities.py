"""Probabilities along the tree, where an answer stops, and the promise on where it stops."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from conftest import Shell
from glasscase import Catalog, ProductClassifier, promise
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.toy import ToyCatalogue
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.risk_control import Wanted
from glasscase.evaluation.tree_control import promised_above, right_stops
from glasscase.jobs.explain import explain
from glasscase.models.deciding import Concern, decisions
from glasscase.models.promise import CutOff, NodeCutOff, Promise
from glasscase.models.tree_probabilities import NOWHERE, ClassTree
from glasscase.settings import DecisionSettings

pytestmark = pytest.mark.xdist_group("promise")

LABELS = ("Home", "Home > Cook > Mugs", "Home > Cook > Pots", "Home > Rugs", "Toys > Balls", "Sale")
TREE = ClassTree.of(LABELS)


def drawn(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).dirichlet(np.full(len(LABELS), 0.4), n)


def test_a_category_is_as_probable_as_its_children_and_what_stands_right_at_it() -> None:
    probs = drawn(200)
    of_nodes = TREE.probabilities(probs)
    for node, at in TREE.number.items():
        below = [TREE.number[other] for other in TREE.nodes if other[:-1] == node]
        own = probs[:, [c for c, path in enumerate(TREE.paths) if path == node]].sum(axis=1)
        np.testing.assert_allclose(of_nodes[:, at], of_nodes[:, below].sum(axis=1) + own)
    tops = [at for node, at in TREE.number.items() if len(node) == 1]
    np.testing.assert_allclose(of_nodes[:, tops].sum(axis=1), 1)


def test_a_name_that_holds_the_divider_is_one_name() -> None:
    path = ("Home", "Over > Under")
    assert ClassTree.of(["Home > Over > Under"], Taxonomy.from_paths([path])).paths == (path,)


def test_a_stop_is_the_deepest_category_sure_enough() -> None:
    probs = drawn(300, 1)
    of_nodes = TREE.probabilities(probs)
    inner = {node[:-1] for node in TREE.nodes if len(node) > 1}
    for least in (0.5, 0.8, 0.95):
        stops, sure = TREE.walk(probs).stops(least)
        for row, (at, probability) in enumerate(zip(stops.tolist(), sure, strict=True)):
            enough = [n for n in inner if of_nodes[row, TREE.number[n]] >= least]
            deepest = max(enough, key=len, default=None)
            assert (None if at == NOWHERE else TREE.nodes[at]) == deepest
            assert deepest is None or probability == of_nodes[row, TREE.number[deepest]]


def test_a_flat_model_has_nowhere_to_stop() -> None:
    stops, _ = ClassTree.of(["a", "b"]).walk(np.array([[0.6, 0.4]])).stops(0.5)
    assert stops.tolist() == [NOWHERE]


SETTINGS = DecisionSettings(accept_at=0.9, abstain_below=0.3)
UNSURE = np.array([[0.01, 0.5, 0.45, 0.02, 0.01, 0.01]])
SURE = np.array([[0.01, 0.95, 0.01, 0.01, 0.01, 0.01]])


def said(probs: Any, made: Promise | None = None, *told: Concern) -> Any:
    (one,) = decisions(probs, TREE, SETTINGS, promise=made, concerns=[told])
    return one


def test_an_answer_stops_where_it_is_sure_and_says_so() -> None:
    one = said(UNSURE)
    assert (one.verdict, one.category) == ("review", ("Home", "Cook"))
    assert one.category_probability == pytest.approx(0.95)
    assert one.reason.endswith("It is “Home > Cook” (95.0 %), unsure which kind.")
    assert said(SURE).category == ("Home", "Cook", "Mugs"), "an accepted answer is its own category"
    assert "unsure" not in said(SURE).reason
    assert said(drawn(1, 5) * 0 + 1 / 6).category == ()
    doubtful = said(UNSURE, None, Concern("review", "The photo is blank."))
    assert doubtful.category == (), "what speaks against the product speaks against all of it"


def made(above: NodeCutOff | None) -> Promise:
    return Promise(0.05, 0.95, (CutOff((), 0.9, 100, 50, 1),), 100, above=above)


def test_with_a_promise_only_what_it_covers_is_stated() -> None:
    assert said(UNSURE, made(None)).category == ()
    strict = NodeCutOff(0.97, 0.9, 0.95, 50, (3, 2), 0)
    assert said(UNSURE, made(strict)).category == ("Home",), "0.98 sure of it, 0.95 of Cook"
    assert said(UNSURE, made(replace(strict, probability=0.95))).category == ("Home", "Cook")
    assert said(UNSURE, made(replace(strict, probability=None))).category == ()
    assert said(UNSURE, made(replace(strict, below=0.5))).category == (), "0.5 is not below 0.5"
    assert said(SURE, made(strict)).category == ("Home", "Cook", "Mugs")


def test_it_is_json_and_back_and_a_promise_of_before_is_read() -> None:
    one = made(NodeCutOff(0.97, 0.9, 0.95, 50, (3, 2), 1))
    stored = json.loads(json.dumps(one.to_dict()))
    assert Promise.from_dict(stored) == one
    assert one.coverage_above == 0.05
    del stored["above"]
    assert Promise.from_dict(stored) == made(None)


DEEP = ClassTree.of(["A > a", "A > b", "B > c", "B > d"])


def shop(n: int, seed: int, *, astray: float) -> tuple[Answers, list[tuple[str, ...]]]:
    """Half of the answers sure and right; half torn between a and b, and in truth below B with the
    chance `astray`."""
    rng = np.random.default_rng(seed)
    torn = np.arange(n) % 2 == 0
    probs = np.where(torn[:, None], [0.58, 0.41, 0.005, 0.005], [0.9995, 0.0002, 0.0002, 0.0001])
    truth = np.where(torn & (rng.random(n) < 0.5), "A > b", "A > a")
    truth = np.where(torn & (rng.random(n) < astray), "B > c", truth)
    answers = Answers.pair(truth.tolist(), probs, [DEEP.label(c) for c in range(4)])
    return answers, [tuple(label.split(" > ")) for label in truth]


LEAF = Promise(0.05, 0.95, (CutOff((), 0.9, 0, 0, 0),), 0)


def test_categories_that_are_wrong_too_often_are_hardly_ever_promised() -> None:
    """Of the torn ones 6 % are wrong where 5 % may be; of all it would be 3 %."""
    found = [
        promised_above(*swapped(shop(1200, seed, astray=0.06)))
        for seed in range(60)
    ]  # fmt: skip
    loose = sum(one is not None and one.probability is not None for one in found)
    assert loose <= stats.binom.ppf(0.999, 60, 0.05)


def swapped(pair: Any) -> tuple[Any, Any, Any, Any, Any]:
    answers, paths = pair
    return answers, LEAF, DEEP, paths, Wanted(0.05)


def test_categories_that_are_right_are_promised() -> None:
    found = promised_above(*swapped(shop(600, 1, astray=0.01)))
    assert found is not None
    assert found.probability == 0.7
    assert (found.below, found.products) == (0.9, 300)
    assert found.stated_by_depth == (300,)
    assert found.wrong <= 8


def test_what_is_torn_within_a_category_is_found_beside_what_is_nearly_sure_and_wrong() -> None:
    """Of the nearly sure every fourth is in truth below B; those torn within A never are."""
    n = 800
    torn = np.arange(n) % 2 == 0
    probs = np.where(torn[:, None], [0.58, 0.41, 0.005, 0.005], [0.86, 0.1, 0.02, 0.02])
    truth = np.where(np.arange(n) % 8 == 1, "B > c", np.where(torn, "A > b", "A > a"))
    answers = Answers.pair(truth.tolist(), probs, [DEEP.label(c) for c in range(4)])
    paths = [tuple(label.split(" > ")) for label in truth]
    found = promised_above(answers, LEAF, DEEP, paths, Wanted(0.05))
    assert found is not None
    assert (found.below, found.stated, found.wrong) == (0.85, 400, 0)
    assert found.least(0.58) == found.probability
    assert found.least(0.86) is None


def test_a_kind_the_model_does_not_know_is_right_below_its_category() -> None:
    at = DEEP.number[("A",)]
    right = right_stops(DEEP, np.array([at, at, NOWHERE]), [("A", "new"), ("C",), ("C",)])
    assert right.tolist() == [True, False, True]


def test_the_shop_states_categories_above(
    shell: Shell, toy_model: ProductClassifier, toy_bundle: Path, unseen_shop: ToyCatalogue,
    tmp_path: Path,
) -> None:  # fmt: skip
    catalog = Catalog.read(unseen_shop.products, photos=unseen_shop.images)
    report = promise(toy_model, catalog, Wanted(max_error=0.1))
    above = report.promise.above
    assert above is not None
    left = [one.products - one.accepted for one in report.promise.cut_offs]
    assert above.products == sum(left), "without those left to a person for their own sake"
    assert "How far down the tree" in report.page()
    counts = [int(cells[1]) for cells in report.depths()]
    assert sum(counts) == report.promise.products

    bundle = shutil.copytree(toy_bundle, tmp_path / "bundle")
    out = tmp_path / "answers.csv"
    settings = ("--set", "decision.accept_at=0.97")
    table = ("predict", bundle, unseen_shop.products, "--photos", unseen_shop.images)
    code, said, err = shell(*table, "--quiet", "--out", out, *settings)
    assert code == 0, err
    with out.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    accepted = [row for row in rows if row["verdict"] == "accept"]
    assert accepted
    assert all(row["category"] == row["label"] for row in accepted)
    stopped = [row for row in rows if row["verdict"] != "accept" and row["category"]]
    assert stopped
    assert f"Of {len(stopped)} of these it is sure of a category above" in said
    for row in stopped:
        assert float(row["category_probability"]) >= 0.97
        assert f"It is “{row['category']}”" in row["reason"]
    one = next(p for p in catalog.products if p.id == stopped[0]["id"])
    why = explain(toy_model.with_settings(_strict(toy_model)), one)
    assert " > ".join(why.category) == stopped[0]["category"]
    assert why.to_dict()["category_probability"] == pytest.approx(
        float(stopped[0]["category_probability"])
    )


def _strict(model: ProductClassifier) -> Any:
    decision = model.settings.decision.model_copy(update={"accept_at": 0.97})
    return model.settings.model_copy(update={"decision": decision})
