"""A bundle keeps what its model answered before it had seen the products, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.errors import BadBundle
from glasscase.models.classifier import ProductClassifier
from glasscase.models.held_out_answers import HeldOutAnswers


def test_training_keeps_answers_whose_share_right_is_the_cards_own(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    held_out = toy_model.parts.held_out
    assert held_out is not None
    labels = [held_out.classes[number] for number in held_out.targets]
    assert labels == [product.label for product in toy_catalog.labelled().products]
    shipped = next(one for one in toy_model.card["candidates"] if one["shipped"])
    assert held_out.right.mean() == pytest.approx(shipped["accuracy"]["value"], abs=1e-9)
    seen = toy_model.predict_proba(toy_catalog).max(axis=1)
    assert held_out.confidence.mean() < seen.mean()  # it had not seen them


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    probs = [[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]]
    made = HeldOutAnswers.of(
        ["a", "b"], [0, 0, 1], probs, usable=[True, True, False], groups=[5, 5, 9]
    )
    made.save(tmp_path)
    found = HeldOutAnswers.load(tmp_path)
    assert found is not None
    assert found.classes == ("a", "b")
    assert found.predicted.tolist() == [0, 1, -1]
    assert found.confidence == pytest.approx(np.array([0.7, 0.8, 0.0]))
    assert found.groups.tolist() == [0, 0, 1]
    assert found.right.tolist() == [True, False, False]


def test_bundles_without_are_opened_and_damaged_ones_are_not(tmp_path: Path) -> None:
    assert HeldOutAnswers.load(tmp_path) is None
    HeldOutAnswers.of(["a"], [0], [[1.0]]).save(tmp_path)
    (tmp_path / "held_out.safetensors").unlink()
    with pytest.raises(BadBundle, match=r"'held_out.safetensors' of the bundle cannot be read"):
        HeldOutAnswers.load(tmp_path)
    (tmp_path / "held_out.json").write_text('{"version": 2}')
    assert HeldOutAnswers.load(tmp_path) is None
