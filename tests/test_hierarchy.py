"""Figures along the tree of categories."""

from __future__ import annotations

import json

import numpy as np
import pytest

from conftest import Shell
from glasscase import Catalog, ProductClassifier, evaluate
from glasscase.catalog.toy import ToyCatalogue
from glasscase.evaluation.hierarchy import Placed, hierarchy, tree_distance

pytestmark = pytest.mark.xdist_group("promise")

TRUE = [("A", "a", "x"), ("A", "a", "y"), ("A", "b"), ("B", "c")]
SAID = [("A", "a", "x"), ("A", "a", "x"), ("B", "c"), ()]
PLACED = Placed(
    TRUE, SAID, [("A", "a", "x"), ("A", "a"), ("B",), ()], [True, False, False, False]
)  # fmt: skip


def test_distance_goes_over_the_lowest_common_category() -> None:
    found = [tree_distance(a, t) for a, t in zip(SAID, TRUE, strict=True)]
    assert found == [0, 2, 4, 2]


def test_figures_are_those_counted_by_hand() -> None:
    found = hierarchy(PLACED)
    metrics = {name: one.value for name, one in found.metrics.items()}
    # In common 3 + 2 + 0 + 0; said 3 + 3 + 2 + 0; true 3 + 3 + 2 + 2.
    assert metrics["hierarchical_precision"] == pytest.approx(5 / 8)
    assert metrics["hierarchical_recall"] == pytest.approx(5 / 10)
    assert metrics["hierarchical_f1"] == pytest.approx(10 / 18)
    assert metrics["tree_distance"] == pytest.approx(8 / 4)
    # Stated: in common 3 + 2 + 0 + 0 of 3 + 2 + 1 + 0.
    assert metrics["stated_precision"] == pytest.approx(5 / 6)
    assert metrics["stated_recall"] == pytest.approx(5 / 10)
    assert metrics["stated_distance"] == pytest.approx((0 + 1 + 3 + 2) / 4)
    assert [row.accuracy.value for row in found.levels] == [2 / 4, 2 / 4, 1 / 2]
    assert [(row.products, row.exactly) for row in found.levels] == [(4, 0), (4, 2), (2, 2)]
    assert found.levels[1].distance.value == 3
    assert found.levels[2].distance.value == 1
    stops = {row.what: (row.products, row.right.value) for row in found.stops}
    assert stops["the answer itself"] == (1, 1)
    assert stops["a category of level 2"] == (1, 1)
    assert stops["a category of level 1"] == (1, 0)
    assert stops["nothing"][0] == 1


def test_one_level_is_plain_accuracy() -> None:
    true, said = [("a",), ("b",), ("b",)], [("a",), ("a",), ("b",)]
    found = hierarchy(Placed(true, said, said, [True] * 3))
    assert found.metrics["hierarchical_f1"].value == pytest.approx(2 / 3)
    assert found.metrics["tree_distance"].value == pytest.approx(2 / 3)


def test_intervals_hold_the_figure_and_are_drawn_by_groups() -> None:
    many = Placed(TRUE * 30, SAID * 30, list(PLACED.stated) * 30, list(PLACED.accepted) * 30)
    alone = hierarchy(many).metrics["tree_distance"]
    assert alone.low < alone.value < alone.high
    together = hierarchy(many, groups=np.repeat(np.arange(12), 10).tolist())
    grouped = together.metrics["tree_distance"]
    assert grouped.high - grouped.low != alone.high - alone.low


def test_a_report_has_it_and_a_flat_one_does_not(
    toy_model: ProductClassifier, toy_bundle: object, unseen_shop: ToyCatalogue, shell: Shell
) -> None:
    catalog = Catalog.read(unseen_shop.products, photos=unseen_shop.images)
    report = evaluate(toy_model, catalog)
    stored = json.loads(json.dumps(report.to_dict()))
    assert sum(row["products"] for row in stored["tree"]["stops"]) == report.count
    first = stored["tree"]["levels"][0]["accuracy"]["value"]
    last = stored["tree"]["levels"][-1]["accuracy"]["value"]
    assert first >= last == pytest.approx(stored["metrics"]["accuracy"]["value"], abs=0.02)
    accepted = next(row for row in stored["by_verdict"] if row["name"] == "accept")
    assert stored["tree"]["stops"][0]["right"] == accepted["accuracy"]
    assert "How far off, along the tree?" in report.html()
    assert "## What can be stated" in report.markdown()
    assert "Hierarchical precision" in report.markdown()
    shell_said = shell(
        "evaluate", toy_bundle, unseen_shop.products, "--photos", unseen_shop.images, "--quiet"
    )[1]
    assert "the answer itself" in shell_said
    assert "tree distance, 0 is right" in shell_said
