"""The estimate's arithmetic, what it leaves alone, and what it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Refused, Shell
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.catalog.toy import ToyCatalogue
from glasscase.encoders.cache import VectorCache
from glasscase.encoders.cached_encoder import CachedEncoder, text_digest
from glasscase.encoders.encoder import Encoded, EncoderCard
from glasscase.jobs.encoding_sample import EncodingSample, encoding_sample
from glasscase.jobs.estimate import estimate, learning_step
from glasscase.jobs.fitting_sample import FittingSample, fitting_sample, stand_ins
from glasscase.jobs.span import NOTHING, Span, extrapolated, from_pieces
from glasscase.settings import Settings
from synthetic_features import planted


class FakeClock:
    """Stands still but where `spend` moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        self.now += seconds


class SlowEncoder:
    """Takes a tenth of a second a text by the fake clock."""

    card = EncoderCard("slow", "text", 4, "none", "test", "0")

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.asked: list[str] = []

    def encode(self, products: list[Product], *, progress: Any = None) -> Encoded:
        self.clock.spend(0.1 * len(products))
        self.asked += [product.text for product in products]
        return Encoded(np.ones((len(products), 4), np.float32), np.ones(len(products), bool))


def texts(count: int) -> list[Product]:
    return [Product(id=str(i), texts={"title": f"text {i}"}) for i in range(count)]


# Spans


def test_pieces_of_the_same_rate_leave_only_the_machine() -> None:
    span = from_pieces([1.0, 2.0], [10, 20], 1000)
    assert (span.expected, span.low, span.high) == pytest.approx((100, 85, 115))


def test_pieces_that_differ_make_a_wider_range() -> None:
    span = from_pieces([1.0, 3.0], [10, 10], 100)
    error = 2 * np.std([0.1, 0.3], ddof=1) / np.sqrt(2)
    assert span.expected == pytest.approx(20)
    assert span.high == pytest.approx(1.15 * (0.2 + error) * 100)
    assert span.low == pytest.approx(0)


def test_a_power_is_carried_on_but_never_beyond_what_is_known() -> None:
    cubic = [(100, 1.0), (200, 8.0)]
    assert extrapolated(cubic, 400, (1.0, 3.0)).expected == pytest.approx(64)
    assert extrapolated(cubic, 400, (1.0, 2.0)).expected == pytest.approx(32)
    assert extrapolated([(100, 1.0), (200, 1.0)], 400, (1.0, 2.0)).expected == pytest.approx(2)
    assert extrapolated([(100, 1.0)], 400, (1.0, 2.0)).expected == pytest.approx(8)
    smaller = extrapolated([(100, 1.0)], 50, (1.0, 2.0))
    assert smaller.low < smaller.expected < smaller.high


# Encoding


def test_only_what_is_missing_is_measured_and_counted(tmp_path: Path) -> None:
    clock, products = FakeClock(), texts(200)
    inner = SlowEncoder(clock)
    cache = VectorCache(tmp_path, 10**9)
    known = {text_digest(one.text): np.zeros(4, np.float32) for one in products[:150]}
    cache.put_many(inner.card, known)
    found = encoding_sample("sentence", CachedEncoder(inner, cache), products, clock=clock)
    assert (found.missing, found.items) == (50, 200)
    assert found.seconds.expected == pytest.approx(5.0)
    assert found.seconds.high == pytest.approx(1.15 * 5.0)
    assert len(set(inner.asked)) == 50
    assert not set(inner.asked) & {one.text for one in products[:150]}
    assert found.cache_bytes.expected == pytest.approx(1.1 * 50 * (4 * 4 + 180))
    assert cache.known(inner.card, list(known)) == set(known)
    assert cache.known(inner.card, [text_digest(products[160].text)]) == set()


def test_of_many_a_sample_stands_for_all_and_same_texts_count_once(tmp_path: Path) -> None:
    clock = FakeClock()
    inner = SlowEncoder(clock)
    encoder = CachedEncoder(inner, VectorCache(tmp_path, 10**9))
    found = encoding_sample("sentence", encoder, [*texts(3000), *texts(10)], clock=clock)
    assert found.missing == 3000
    assert found.seconds.expected == pytest.approx(300.0)
    assert len(inner.asked) == 65, "one to open the network, then 64"
    assert not list(tmp_path.iterdir())


def test_an_encoder_that_costs_money_is_not_asked(tmp_path: Path) -> None:
    class Paid(SlowEncoder):
        def encode_texts(self, texts: list[str]) -> Any:
            raise AssertionError

        batches = announce = account = encode_texts

    inner = Paid(FakeClock())
    encoder = CachedEncoder(inner, VectorCache(tmp_path, 10**9))
    found = encoding_sample("sentence", encoder, texts(20), clock=inner.clock)
    assert inner.asked == []
    assert found.seconds == NOTHING
    assert found.note == "slow costs money and was not asked, so its time is not included."


# Fitting


def test_fits_grow_until_one_takes_long_enough() -> None:
    clock = FakeClock()
    features, targets = planted(900, 3, noise=1.0)

    class Square:
        """Takes n^2 microseconds."""

        kind = "kernel"

        def usable(self, part: Any) -> Any:
            return np.ones(len(part), bool)

        def fit(self, part: Any, *_: Any) -> None:
            clock.spend(1e-6 * len(part) ** 2)

        def logits(self, part: Any) -> None:
            """Takes no time."""

        def state(self) -> Any:
            class State:
                config = {"kind": "kernel"}
                arrays = {"weights": np.zeros(1000, np.float32)}
                graphs: dict[str, bytes] = {}

            return State

    found = fitting_sample(Square, features, targets, n_classes=3, clock=clock)  # type: ignore[arg-type]
    assert [n for n, _ in found.seconds] == [200, 400, 800]
    assert [seconds for _, seconds in found.seconds] == pytest.approx([0.04, 0.16, 0.64])
    assert found.fit_seconds(1600).expected == pytest.approx(2.56)
    assert found.stored_bytes[-1] == (800, 4000.0)


def test_a_kernel_grows_no_faster_than_its_products_once_it_has_landmarks() -> None:
    one = FittingSample("kernel", ((1000, 1.0), (2000, 4.0)), ((1000, 1.0),), ((1000, 1.0),))
    assert one.fit_seconds(8000).expected == pytest.approx(64)
    assert one.fit_seconds(80_000).expected == pytest.approx(640)


def test_stand_ins_are_of_the_class_and_nothing_where_nothing_is() -> None:
    vectors = np.array([[0.0, 0.0], [10.0, 10.0]], np.float32)
    sample = EncodingSample("image", NOTHING, 2, 2, NOTHING, 2, np.array([0, 1]), vectors)
    targets = np.array([0, 1, 1, 0, 2])
    present = np.array([[1, 1], [1, 1], [1, 1], [1, 0], [1, 1]], bool)
    block = stand_ins([sample], {}, targets, present=present).blocks["image"]
    assert (block[1:3] > 4).all()
    assert (np.abs(block[0]) < 5).all()
    assert not block[3].any()


def test_the_step_of_learning_ends_between_patience_and_all_epochs() -> None:
    step = learning_step(1000, epochs=20, patience=5, batch_size=100, seconds_per_batch=2.0)
    assert step.seconds == Span(expected=260.0, low=120.0, high=400.0)


# The whole


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_settings: Settings) -> Path:
    """A cache that has the exported encoders and nothing else."""
    folder = tmp_path / "cache"
    shutil.copytree(toy_settings.cache.path / "models", folder / "models")
    monkeypatch.setenv("GLASSCASE_CACHE", str(folder))
    return folder


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("toy_model")
def test_a_dry_run_writes_nothing_and_says_how_it_knows(
    toy_shop: ToyCatalogue, own_cache: Path, shell: Shell, tmp_path: Path
) -> None:
    before, temporary = files_below(tmp_path), files_below(toy_shop.folder)
    line = ["train", toy_shop.products, "--photos", toy_shop.images, "--dry-run", "-q"]
    code, out, err = shell(*line, "--effort", "quick")
    assert code == 0, err
    for words in ("Reading texts", "Looking at photos", "Judging heads on the folds", "All ",
                  "Memory at the highest", "Nothing was trained."):  # fmt: skip
        assert words in out
    assert files_below(tmp_path) == before
    assert files_below(toy_shop.folder) == temporary
    code, out, _ = shell(*line, "--effort", "quick", "--json", "--out", tmp_path / "bundle")
    found = json.loads(out)
    assert not (tmp_path / "bundle").exists()
    spans = [found["seconds"], found["memory_bytes"], found["cache_bytes"], found["bundle_bytes"]]
    assert all(0 < one["low"] <= one["expected"] <= one["high"] for one in spans)
    total = sum(step["seconds"]["expected"] for step in found["steps"])
    assert found["seconds"]["expected"] == pytest.approx(total)
    fits = next(step for step in found["steps"] if step["what"] == "fits")
    assert fits["items"] == 3 * 4, "three folds of words, sentence, image and kernel"


def test_what_is_in_the_cache_takes_no_time(toy_catalog: Catalog, toy_settings: Settings) -> None:
    found = {step.name: step for step in estimate(toy_catalog, settings=toy_settings).steps}
    assert found["Reading texts"].seconds == NOTHING
    assert found["Looking at photos"].items == 0


def test_out_is_needed_but_for_a_dry_run(toy_shop: ToyCatalogue, refused: Refused) -> None:
    assert refused("train", toy_shop.products) == (
        "it is not said where the bundle goes. Say --out FOLDER.\n"
    )
