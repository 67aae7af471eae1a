"""Recipes by name or from a file, and what is said about the one that was asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Refused, Shell
from glasscase import Settings
from glasscase.catalog.toy import ToyCatalogue
from glasscase.errors import BadSetting
from glasscase.models.bases import BASES
from glasscase.models.end_to_end.blueprints import BLUEPRINTS
from glasscase.models.recipes import RECIPES, recipe_named, with_recipe


def test_every_recipe_can_be_made() -> None:
    assert [recipe.name for recipe in RECIPES][0] == "late"
    learning = {
        recipe.name for recipe in RECIPES if recipe.learns_encoders or recipe.learns_if_unfrozen
    }
    assert learning == set(BLUEPRINTS)
    for recipe in RECIPES:
        if not recipe.learns_encoders:
            assert recipe.head in {*BASES, "late", "text", "photo"}
        Settings.parse({name: dict(part) for name, part in recipe.settings.items()})


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadSetting, match=r"no recipe 'two-brnch'. Did you mean 'two-branch'\?"):
        recipe_named("two-brnch")


def test_what_the_user_sets_goes_before_what_the_recipe_sets() -> None:
    recipe, settings = with_recipe(Settings(train={"recipe": "image-only"}))
    assert (recipe.head, settings.train.modality) == ("photo", "image")
    _, told = with_recipe(Settings(train={"recipe": "image-only", "modality": "both"}))
    assert told.train.modality == "both"


def test_a_recipe_file_builds_on_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[train]\nrecipe = "two-branch"\nseed = 3\n[net]\nepochs = 7\n')
    recipe, settings = with_recipe(Settings(train={"recipe": str(path)}, net={"epochs": 2}))
    assert recipe.name == settings.train.recipe == "two-branch"
    assert (settings.train.seed, settings.net.epochs) == (3, 2)
    other = tmp_path / "other.toml"
    other.write_text(f'[train]\nrecipe = "{path}"\n')
    with pytest.raises(BadSetting, match="builds on another file. Name a recipe of"):
        with_recipe(Settings(train={"recipe": str(other)}))
    with pytest.raises(BadSetting, match="'none.toml' does not exist"):
        with_recipe(Settings(train={"recipe": "none.toml"}))


def test_the_shell_lists_them(shell: Shell) -> None:
    code, out, err = shell("recipes", "--json")
    assert (code, err) == (0, "")
    assert [one["name"] for one in json.loads(out)] == [recipe.name for recipe in RECIPES]
    words = shell("recipes")[1]
    for recipe in RECIPES:
        assert recipe.what in words
        assert f"When: {recipe.use}" in words


def test_what_was_asked_for_is_shipped_and_what_did_better_is_named(
    shell: Shell, refused: Refused, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    asked = (
        "train", toy_shop.products, "--photos", toy_shop.images, "--effort", "quick",
        "--set", "train.folds=2", "--quiet", "--out", tmp_path / "bundle",
    )  # fmt: skip
    code, out, _ = shell(*asked, "--recipe", "tfidf-rbf", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["winner"] == "tfidf-rbf"
    assert [row["name"] for row in told["candidates"] if row["shipped"]] == ["tfidf-rbf"]
    best = told["candidates"][0]
    if best["name"] != "tfidf-rbf":
        assert f"It was asked for; {best['name']}" in " ".join(told["sentences"])
    about = json.loads((tmp_path / "bundle" / "bundle.json").read_text())
    assert about["settings"]["train"]["recipe"] == "tfidf-rbf"
    assert "there is no recipe 'tfidf'. Did you mean 'tfidf-" in refused(
        *asked, "--recipe", "tfidf"
    )
