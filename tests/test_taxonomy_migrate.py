"""Labels and bundles brought along with a changed tree; and the verbs that do it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Refused, Shell
from glasscase import (
    Catalog,
    ProductClassifier,
    diff_trees,
    migrate_bundle,
    migrate_table,
    read_tree,
)
from glasscase.catalog.stored_taxonomy import StoredCategory, StoredTaxonomy
from glasscase.catalog.taxonomy_changes import Change, ChangeList
from glasscase.catalog.toy import ToyCatalogue
from glasscase.errors import BadCatalog, BadSetting
from glasscase.jobs.change_file import write_changes
from glasscase.models.calibration import Calibration
from glasscase.models.head import softmax
from glasscase.models.heads import head_from_state, make_head
from glasscase.models.merged_head import MergedHead
from glasscase.models.promise import CutOff, NodeCutOff, Promise
from synthetic_features import planted, with_gaps

pytestmark = pytest.mark.xdist_group("promise")


def stored(*paths: Sequence[str]) -> StoredTaxonomy:
    return StoredTaxonomy("t", "paths", "", tuple(StoredCategory(tuple(path)) for path in paths))


def change(kind: Any, before: Any, after: Any, *, certain: bool = True) -> Change:
    def split(texts: Any) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(text.split("/")) for text in texts)

    return Change(kind, split(before), split(after), certain, "said so")


OLD = stored(("Home",), ("Home", "Cups"), ("Home", "Jugs"), ("Home", "Pots"), ("Toys",))
NEW = stored(("House",), ("House", "Mugs"), ("House", "Pans"), ("House", "Woks"), ("Toys",))
CHANGES = ChangeList(
    OLD.taxonomy,
    NEW.taxonomy,
    (
        change("rename", ["Home"], ["House"]),
        change("merge", ["Home/Cups", "Home/Jugs"], ["House/Mugs"]),
        change("split", ["Home/Pots"], ["House/Pans", "House/Woks"], certain=False),
    ),
)
TABLE = (
    "id;name;category;note\r\n"
    '1;"a; b";Home >> Cups;x\r\n'
    "2;b;Home>>Jugs>>Deep;  y \r\n"
    '3;c;"Home >> Pots";"z""z"\r\n'
    "4;d;Toys;\r\n"
    "5;e;;\r\n"
    "6;f;Garden;ü\r\n"
)


def test_only_cells_of_certain_changes_are_written_anew(tmp_path: Path) -> None:
    table = tmp_path / "shop.csv"
    table.write_bytes(TABLE.encode("utf-8-sig"))
    done = migrate_table(table, CHANGES, tmp_path / "out.csv")
    expected = TABLE.replace("Home >> Cups", "House >> Mugs").replace("Home>>Jugs", "House>>Mugs")
    assert (tmp_path / "out.csv").read_bytes() == expected.encode("utf-8-sig")
    assert table.read_bytes() == TABLE.encode("utf-8-sig"), "the old one is never touched"
    assert done.changed == {
        "Home > Cups": ("House > Mugs", 1),
        "Home > Jugs > Deep": ("House > Mugs > Deep", 1),
    }
    assert (done.products, done.unchanged) == (2, 1)
    assert [(one.label, one.products) for one in done.open] == [("Garden", 1), ("Home > Pots", 1)]
    assert done.open[0].why == "'Garden' is not in the old tree"
    assert "was split into House > Pans, House > Woks" in done.open[1].why


def test_a_list_of_another_tree_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "shop.csv"
    table.write_text("id,category\n1,Garden\n2,Pets\n3,Toys\n")
    with pytest.raises(BadCatalog) as caught:
        migrate_table(table, CHANGES, tmp_path / "out.csv")
    assert str(caught.value).replace(repr(str(table)), "'T'") == (
        "the list of changes is about another tree: 2 of the 3 categories of 'T' are not in its "
        "old tree, such as 'Garden'. Make the list with this table's or bundle's own tree as the "
        "old one."
    )
    assert not (tmp_path / "out.csv").exists()
    with pytest.raises(BadSetting, match="would be overwritten"):
        migrate_table(table, CHANGES, table)


def test_nothing_takes_the_place_of_what_is_not_decided() -> None:
    swap = ChangeList(
        stored(("A",), ("B",), ("C",)).taxonomy,
        stored(("A",), ("B",), ("D",)).taxonomy,
        (
            change("rename", ["A"], ["B"]),
            change("rename", ["B"], ["D"], certain=False),
            change("rename", ["C"], ["A"]),
        ),
    )
    found = swap.moves([("A",), ("B",), ("C",)])
    assert [one.path for one in found.values()] == [None, None, None]
    assert found[("A",)].why == "would be 'B', which is itself not decided"


@pytest.fixture(scope="module")
def merged() -> tuple[Any, Any, MergedHead]:
    features, targets = planted()
    features = with_gaps(features)
    inner = make_head("linear", effort="quick", blocks=("sentence", "image"))
    rows = inner.usable(features)
    features, targets = features.take(rows), targets[rows]
    inner.fit(features, targets, 4, seed=1)
    return features, inner, MergedHead(inner, Calibration(), np.array([1, 0, 1, 2]))


def test_probabilities_of_merged_classes_add_up(merged: tuple[Any, Any, MergedHead]) -> None:
    features, inner, head = merged
    before, after = softmax(inner.logits(features)), softmax(head.logits(features))
    np.testing.assert_allclose(after[:, 0], before[:, 1], atol=1e-6)
    np.testing.assert_allclose(after[:, 1], before[:, 0] + before[:, 2], atol=1e-6)
    np.testing.assert_allclose(after[:, 2], before[:, 3], atol=1e-6)
    again = head_from_state(head.state())
    np.testing.assert_array_equal(again.logits(features), head.logits(features))


def test_its_gradient_is_that_of_its_logits(merged: tuple[Any, Any, MergedHead]) -> None:
    features, _, head = merged
    cotangent = np.tile(np.array([1.0, -1.0, 0.5], np.float32), (len(features), 1))
    exact = head.gradient(features, "sentence", cotangent)
    step, column = 0.01, 3
    ends = []
    for sign in (1, -1):
        block = features.blocks["sentence"].copy()
        block[:, column] += sign * step
        moved = replace(features, blocks={**features.blocks, "sentence": block})
        ends.append((cotangent * head.logits(moved)).sum(axis=1))
    there = features.present[:, 0]
    numeric = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(exact[there, column], numeric[there], rtol=0.02, atol=2e-3)


def listed(model: ProductClassifier, *changes: Change, new: Sequence[Sequence[str]]) -> ChangeList:
    nodes = stored(*new).taxonomy
    return ChangeList(model.taxonomy, nodes, changes)


def toy_paths(model: ProductClassifier) -> list[tuple[str, ...]]:
    """The classes; at least three of one parent."""
    return list(model.tree.paths)


def test_a_bundle_follows_renames_and_keeps_its_promise(
    toy_model: ProductClassifier, toy_catalog: Catalog, tmp_path: Path
) -> None:
    paths = toy_paths(toy_model)
    first, others = paths[0], paths[1:]
    new = (first[0], "Zzz last of all")
    changes = listed(
        toy_model,
        Change("rename", (first,), (new,), certain=True, why=""),
        new=[new, *others],
    )
    made = Promise(
        0.05, 0.95, (CutOff((" > ".join(first),), 0.7, 9, 9, 0), CutOff((), 0.9, 9, 9, 0)), 18,
        set_scores={"": 0.3, " > ".join(first): 0.2},
        above=NodeCutOff(0.9, 0.7, 0.95, 4, (3,), 0),
    )  # fmt: skip
    done = migrate_bundle(toy_model.with_promise(made), changes)
    done.model.save(tmp_path / "new")
    model = ProductClassifier.load(tmp_path / "new")
    before, after = " > ".join(first), " > ".join(new)
    assert done.renamed == {before: after}
    assert not done.open
    assert sorted(model.classes_) == list(model.classes_)
    some = toy_catalog.products[:12]
    column = {str(name): c for c, name in enumerate(model.classes_)}
    old_probs, new_probs = toy_model.predict_proba(some), model.predict_proba(some)
    for c, name in enumerate(toy_model.classes_):
        now = after if str(name) == before else str(name)
        np.testing.assert_allclose(new_probs[:, column[now]], old_probs[:, c], atol=1e-5)
    assert before not in model.training.labels
    assert new in model.taxonomy
    assert first not in model.taxonomy
    assert model.promise is not None
    assert model.promise.cut_off(after) == 0.7
    assert model.promise.cut_off(before) == 0.9
    assert model.promise.set_scores[after] == 0.2
    assert model.promise.above == made.above
    assert done.promise_note == "Its promise is kept, under the new names."
    assert any("follow a changed tree: 1 of" in line for line in model.card["summary"])
    assert toy_model.classes_[0] == before, "the old model stays as it is"


def test_a_moved_class_costs_the_promise_on_categories_above(toy_model: ProductClassifier) -> None:
    paths = toy_paths(toy_model)
    first = next(path for path in paths if len(path) > 1)
    elsewhere = next(path[0] for path in paths if path[0] != first[0])
    new = (elsewhere, *first[1:])
    changes = listed(
        toy_model, Change("move", (first,), (new,), certain=True, why=""),
        new=[new, *(path for path in paths if path != first)],
    )  # fmt: skip
    made = Promise(
        0.05, 0.95, (CutOff((), 0.9, 9, 9, 0),), 9, above=NodeCutOff(0.9, 0.9, 0.95, 4, (3,), 0)
    )
    done = migrate_bundle(toy_model.with_promise(made), changes)
    kept = done.model.promise
    assert kept is not None
    assert kept.cut_offs == made.cut_offs
    assert kept.above is None
    assert "that on categories above them is dropped, for classes moved" in done.promise_note


def test_merged_classes_add_up_and_cost_the_promise(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    one, two, *others = toy_paths(toy_model)
    new = (one[0], "Both")
    changes = listed(
        toy_model, Change("merge", (one, two), (new,), certain=True, why=""), new=[new, *others]
    )
    made = Promise(0.05, 0.95, (CutOff((), 0.9, 9, 9, 0),), 9)
    done = migrate_bundle(toy_model.with_promise(made), changes)
    assert done.merged == {" > ".join(new): (" > ".join(one), " > ".join(two))}
    assert done.model.promise is None
    assert done.promise_note.startswith("Its promise is dropped, for merged classes")
    some = toy_catalog.products[:12]
    column = [str(name) for name in done.model.classes_].index(" > ".join(new))
    sums = toy_model.predict_proba(some)[:, :2].sum(axis=1)
    np.testing.assert_allclose(done.model.predict_proba(some)[:, column], sums, atol=1e-5)
    assert done.model.taxonomy.count(new) == toy_model.taxonomy.count(
        one
    ) + toy_model.taxonomy.count(two)


def test_a_bundle_of_another_tree_is_refused(toy_model: ProductClassifier) -> None:
    with pytest.raises(BadCatalog, match="about another tree: 9 of the 12 categories of 'mine'"):
        migrate_bundle(toy_model, CHANGES, name="mine")


def test_the_verbs(
    shell: Shell, refused: Refused, toy_bundle: Path, toy_shop: ToyCatalogue, tmp_path: Path,
    toy_model: ProductClassifier,
) -> None:  # fmt: skip
    first, *others = toy_paths(toy_model)
    new = tmp_path / "new.txt"
    new.write_text(
        "\n".join(" > ".join(path) for path in [(*first[:-1], f"{first[-1]}s"), *others])
    )
    listed, page = tmp_path / "changes.json", tmp_path / "changes.html"
    code, out, err = shell("taxonomy", "diff", toy_bundle, new, "--out", listed)
    assert (code, err) == (0, "")
    assert "not certain" in out
    assert "1 renamed: 1 is left to a person." in out
    assert shell("taxonomy", "diff", toy_bundle, new, "--out", page)[0] == 0
    assert "What changed between two trees" in page.read_text(encoding="utf-8")
    values = json.loads(listed.read_text(encoding="utf-8"))
    values["changes"][0]["certain"] = True
    listed.write_text(json.dumps(values), encoding="utf-8")
    code, out, err = shell(
        "taxonomy", "migrate", listed, toy_bundle, "--out", tmp_path / "b", "--json"
    )
    assert (code, err) == (0, "")
    assert list(json.loads(out)["renamed"]) == [" > ".join(first)]
    assert f"{first[-1]}s" in ProductClassifier.load(tmp_path / "b").classes_[0]
    code, out, _ = shell(
        "taxonomy", "migrate", listed, toy_shop.products, "--out", tmp_path / "new.csv"
    )
    assert code == 0
    migrated = read_tree(tmp_path / "new.csv")
    assert not diff_trees(migrated, read_tree(new)).open, "the table now fits the new tree"
    code, out, _ = shell("taxonomy", "show", new, "--json")
    assert json.loads(out)["version"] == read_tree(new).taxonomy.version
    assert "categories" in shell("taxonomy", "show", toy_shop.products, "--level", 1)[1]
    assert "would be overwritten" in refused(
        "taxonomy", "migrate", listed, toy_bundle, "--out", toy_bundle
    )
    assert "is no list of changes" in refused(
        "taxonomy", "migrate", new, toy_bundle, "--out", tmp_path / "c"
    )
    assert "End its name in .json or .html." in refused(
        "taxonomy", "diff", new, new, "--out", tmp_path / "changes.txt"
    )
    assert "has neither categories with parents" in refused(
        "taxonomy", "show", toy_shop.new
    )  # fmt: skip


def test_the_page_escapes_what_comes_from_outside(shell: Shell, tmp_path: Path) -> None:
    old, new, page = tmp_path / "old.txt", tmp_path / "new.txt", tmp_path / "p.html"
    old.write_text("Home\n")
    new.write_text("Home\n&lt;script&gt;alert\n")
    assert shell("taxonomy", "diff", old, new, "--out", page)[0] == 0
    assert "<script>" not in page.read_text(encoding="utf-8")


def test_a_change_file_is_read_back(tmp_path: Path) -> None:
    from glasscase.jobs.change_file import read_changes

    write_changes(tmp_path / "c.json", CHANGES)
    assert read_changes(tmp_path / "c.json") == CHANGES
    with pytest.raises(BadCatalog, match="does not exist"):
        read_changes(tmp_path / "none.json")
