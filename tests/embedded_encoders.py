"""The embedded encoders for tests: exported once per run, by whichever process is first."""

from __future__ import annotations

from functools import cache
from typing import Any

from filelock import FileLock

from glasscase.encoders.table import load_encoder
from glasscase.settings import Settings


def _load(name: str, modality: Any) -> Any:
    settings = Settings()  # tests/conftest.py has pointed it at a folder of this run
    settings.cache.path.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.cache.path / f"{name}.lock"):
        return load_encoder(name, modality=modality, settings=settings)


@cache
def minilm() -> Any:
    return _load("minilm-l6-v2", "text")


@cache
def lite0() -> Any:
    return _load("efficientnet-lite0", "image")
