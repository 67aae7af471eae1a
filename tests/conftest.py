"""What tests share: one folder for models and vectors, one small trained model.

Encoders are exported and the model is trained once per run, by whichever process needs it first.
Set GLASSCASE_TEST_CACHE to a folder to keep the exports (not the model) from run to run.
"""

from __future__ import annotations

import csv
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from filelock import FileLock

from browsing import browser as browser
from browsing import live_service as live_service
from browsing import screenshot as screenshot
from browsing import visit as visit
from live_bundles import doubting_bundle as doubting_bundle

if TYPE_CHECKING:
    from glasscase.catalog.catalog import Catalog
    from glasscase.catalog.toy import ToyCatalogue
    from glasscase.models.classifier import ProductClassifier
    from glasscase.settings import Settings
    from glasscase.store.store import Store

for _name in ("OMP", "OPENBLAS", "MKL"):
    # Small matrices, several processes: more threads only wait for each other. Before NumPy.
    os.environ.setdefault(f"{_name}_NUM_THREADS", "1")

Shell = Callable[..., tuple[int, str, str]]
Refused = Callable[..., str]

TOY_SIZE = 120
_FIRST_EXPORTED: dict[str, tuple[Literal["text", "image"], str]] = {
    "gw0": ("text", "minilm-l6-v2"),
    "gw1": ("image", "efficientnet-lite0"),
}
"""Exporting an encoder takes a quarter of a minute: two processes make one each, and neither waits
for the other to make both."""
_OWN_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Point every process of this run at one fresh cache, so that nothing is left over."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    kept = os.environ.get("GLASSCASE_TEST_CACHE")
    folder = Path(kept or tempfile.mkdtemp(prefix="glasscase-tests-"))
    if not kept:
        config.stash[_OWN_FOLDER] = folder
    os.environ["GLASSCASE_CACHE"] = str(folder)


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of every garbage collection: it lives as long as the run."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the cache of this run."""
    folder = config.stash.get(_OWN_FOLDER, None)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def toy_settings() -> Settings:
    """Settings of the shared model: the least effort."""
    from glasscase.settings import Settings

    return Settings.read(overrides=["train.effort=quick", "train.folds=3"])


@pytest.fixture(scope="session")
def toy_shop(shared_folder: Path) -> ToyCatalogue:
    """The toy catalogue on disk, 120 products. Read it; never change it."""
    from glasscase.catalog.toy import draw_toy_catalogue

    folder = shared_folder / "toy-shop"
    with FileLock(shared_folder / "toy-shop.lock"):
        if not folder.exists():
            draw_toy_catalogue(shared_folder / "drawn", size=TOY_SIZE)
            (shared_folder / "drawn").rename(folder)
    return _shop(folder)


def _shop(folder: Path) -> ToyCatalogue:
    from glasscase.catalog.toy import ToyCatalogue

    names = ("products.csv", "new.csv", "reviews.csv", "truth.csv", "images")
    return ToyCatalogue(folder, *(folder / name for name in names), TOY_SIZE, 12)


@pytest.fixture(scope="session")
def unseen_shop(tmp_path_factory: pytest.TempPathFactory) -> ToyCatalogue:
    """Products of the toy shop's kind that no model was trained on."""
    from glasscase.catalog.toy import draw_toy_catalogue

    return draw_toy_catalogue(tmp_path_factory.mktemp("unseen") / "shop", size=240, seed=11)


@pytest.fixture(scope="session")
def toy_catalog(toy_shop: ToyCatalogue) -> Catalog:
    """The toy catalogue, read with its photos, categories cut at the leaves."""
    from glasscase.catalog.catalog import Catalog

    return Catalog.read(toy_shop.products, photos=toy_shop.images)


@pytest.fixture(scope="session")
def toy_bundle(shared_folder: Path, toy_catalog: Catalog, toy_settings: Settings) -> Path:
    """A bundle trained on the toy catalogue. Copy it before you damage it."""
    from glasscase.encoders.table import load_encoder
    from glasscase.jobs.train import train

    bundle = shared_folder / "toy-bundle"
    if own := _FIRST_EXPORTED.get(os.environ.get("PYTEST_XDIST_WORKER", "")):
        load_encoder(own[1], modality=own[0], settings=toy_settings)
    with FileLock(shared_folder / "toy-bundle.lock"):
        if not bundle.exists():
            train(toy_catalog, settings=toy_settings).model.save(bundle)
    return bundle


@pytest.fixture(scope="session")
def toy_model(toy_bundle: Path) -> ProductClassifier:
    """The model of `toy_bundle`, loaded."""
    from glasscase.models.classifier import ProductClassifier

    return ProductClassifier.load(toy_bundle)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, shared_folder: Path
) -> Iterator[str]:
    """The URL of an empty database: of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'glasscase.db'}"
        return
    from postgres_server import shared_server, why_not

    if why_not():
        pytest.skip(why_not())
    yield shared_server(shared_folder).empty_database(f"test_{os.getpid()}")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store, on each kind of database in turn."""
    from glasscase.store.store import Store

    store = Store.open(database_url)
    yield store
    store.close()


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs a command line of `glasscase`; gives exit code, stdout and stderr."""
    from glasscase.cli.main import main

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def refused(shell: Shell) -> Refused:
    """Runs a command line that must end as the user's mistake; gives its one line."""

    def run(*arguments: object) -> str:
        code, _, err = shell(*arguments)
        assert code == 2, err
        assert err.count("\n") == 1, err
        assert "Traceback" not in err
        return err

    return run


def write_table(path: Path, *rows: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path
