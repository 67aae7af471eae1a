"""A second bundle beside the toy's own, which answers otherwise: what tests of models share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from glasscase.catalog.catalog import Catalog
    from glasscase.models.classifier import ProductClassifier
    from glasscase.server.service import Service

MUG = {"texts": {"title": "a blue ceramic mug for coffee"}}


@pytest.fixture(scope="session")
def doubting_bundle(
    toy_catalog: Catalog, toy_model: ProductClassifier, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A small bundle that reads words alone and abstains from everything."""
    from glasscase.models.classifier import ProductClassifier
    from glasscase.settings import Settings

    told = toy_model.settings.model_dump()
    told["decision"].update(accept_at=1.0, abstain_below=0.999999)
    model = ProductClassifier("words", settings=Settings.parse(told)).fit(toy_catalog)
    parts = replace(model.parts, card=toy_model.card)
    folder = tmp_path_factory.mktemp("bundles") / "doubting"
    return ProductClassifier.of(parts).save(folder)


def service_of(client: TestClient) -> Service:
    """The service behind a client of it."""
    from glasscase.server.service import Service

    service = client.app.state.service  # type: ignore[attr-defined]
    assert isinstance(service, Service)
    return service
