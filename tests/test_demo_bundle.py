"""The bundle of `glasscase serve --demo`: trained once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.jobs import demo_bundle as module
from glasscase.jobs.demo_bundle import demo_bundle
from glasscase.models.classifier import ProductClassifier


def test_it_is_drawn_and_trained_once(
    tmp_path: Path, toy_model: ProductClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained_on: list[int] = []

    def train(catalog: Catalog, **_: Any) -> Any:
        trained_on.append(len(catalog.products))
        return SimpleNamespace(model=toy_model)

    monkeypatch.setattr(module, "train", train)
    (tmp_path / "demo-shop").mkdir()
    (tmp_path / "demo-shop" / "products.csv").write_text("half a", encoding="utf-8")
    bundle = demo_bundle(tmp_path, size=24)
    assert demo_bundle(tmp_path, size=24) == bundle == tmp_path / "demo-bundle"
    assert trained_on == [24]
    assert list(ProductClassifier.load(bundle).classes_) == list(toy_model.classes_)
    assert len((tmp_path / "demo-shop" / "products.csv").read_text("utf-8").splitlines()) == 25
