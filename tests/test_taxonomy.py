"""The tree of categories and its version."""

from __future__ import annotations

import json

import pytest

from glasscase.catalog.taxonomy import Taxonomy
from glasscase.errors import BadCatalog

PATHS = [("Home", "Mugs"), ("Home", "Mugs"), ("Home", "Pots"), ("Toys",), None, ()]


def test_tree():
    tree = Taxonomy.from_paths(PATHS)
    assert tree.nodes == (("Home",), ("Home", "Mugs"), ("Home", "Pots"), ("Toys",))
    assert tree.leaves == (("Home", "Mugs"), ("Home", "Pots"), ("Toys",))
    assert tree.children() == (("Home",), ("Toys",))
    assert tree.children(("Home",)) == (("Home", "Mugs"), ("Home", "Pots"))
    assert tree.children(("Toys",)) == ()
    assert tree.parent(("Home", "Mugs")) == ("Home",)
    assert tree.parent(("Home",)) is None
    assert tree.depth == 2
    assert len(tree) == 4
    assert ("Home",) in tree
    assert ("Garden",) not in tree
    assert [tree.count(path) for path in [("Home",), ("Home", "Mugs"), ("Garden",)]] == [3, 2, 0]


def test_version_follows_the_categories_and_nothing_else():
    tree = Taxonomy.from_paths(PATHS)
    assert tree.version == Taxonomy.from_paths(reversed(PATHS)).version
    assert tree.version == Taxonomy.from_paths([*PATHS, ("Toys",)]).version
    assert tree.version != Taxonomy.from_paths([*PATHS, ("Toys", "Puzzles")]).version
    assert Taxonomy.from_paths([("a", "b")]).version != Taxonomy.from_paths([("a b",)]).version


def test_a_product_may_stand_above_the_leaves():
    tree = Taxonomy.from_paths([("Home",), ("Home", "Mugs")])
    assert tree.leaves == (("Home", "Mugs"),)
    assert tree.count(("Home",)) == 2


def test_stored_and_read_back():
    tree = Taxonomy.from_paths(PATHS)
    values = json.loads(json.dumps(tree.to_dict()))
    again = Taxonomy.from_dict(values)
    assert again.nodes == tree.nodes
    assert again.count(("Home",)) == 3
    values["categories"][0]["path"] = ["House"]
    with pytest.raises(BadCatalog, match="the taxonomy says version '[0-9a-f]{12}' but is"):
        Taxonomy.from_dict(values)


def test_empty():
    tree = Taxonomy.from_paths([])
    assert (tree.nodes, tree.leaves, tree.depth, tree.children()) == ((), (), 0, ())
