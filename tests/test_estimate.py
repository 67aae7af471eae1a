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
from glasscase.jobs.estimate import estimate
from glasscase.jobs.estimating.encoding_sample import EncodingSample, encoding_sample
from glasscase.jobs.estimating.fitting_sample import FittingSample, fitting_sample, stand_ins
from glasscase.jobs.estimating.learning_sample import LearningSample, PhaseSample
from glasscase.jobs.estimating.learning_steps import (
    learning_step,
    learning_steps,
    photo_memory_bytes,
)
from glasscase.jobs.estimating.span import NOTHING, Span, extrapolated, from_pieces
from glasscase.models.training.plan import TrainingPlan
from glasscase.settings import LoadingSettings, Settings
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
    assert not list(tmp_path.glob("glasscase-*"))


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


# Learning encoders


def test_the_step_of_learning_ends_between_patience_and_all_epochs() -> None:
    epoch = Span(20.0, 10.0, 30.0)
    step = learning_step("Learning", epochs=20, patience=5, batches=10, epoch=epoch)
    assert step.seconds == Span(expected=260.0, low=60.0, high=600.0)
    short = learning_step("Learning", epochs=2, patience=5, batches=10, epoch=epoch)
    assert short.seconds == Span(expected=40.0, low=20.0, high=60.0)


def sampled(**phase: Any) -> LearningSample:
    """A recipe of one epoch: a batch of 10 takes a second, all else nothing unless it is told."""
    plan = TrainingPlan(epochs=1, batch_size=10)
    own = {"batches": [1.0, 1.0], "decoding": [0.0], "changing": [0.0], "judging": [0.0]}
    return LearningSample(
        (PhaseSample(plan, **{**own, **phase}),), side=100, export_seconds=5.0,
        encode_seconds=0.01, encoder_bytes=1000, head_bytes=10, dim=4, peak_bytes=10**6,
    )  # fmt: skip


def test_every_phase_is_a_training_of_its_own() -> None:
    one = sampled()
    slow = PhaseSample(TrainingPlan(epochs=3, batch_size=10), [2.0, 2.0], [0.0], [0.0], [0.0])
    two = LearningSample(**{**vars(one), "phases": (*one.phases, slow)})
    found = seconds_of(two)
    assert found["Learning from all products, phase 1"] == pytest.approx(90)
    assert found["Learning from all products, phase 2"] == pytest.approx(3 * 180)


def seconds_of(sample: LearningSample, **loading: Any) -> dict[str, float]:
    told = LoadingSettings(**{"workers": "none", **loading})
    steps = learning_steps(sample, 1000, folds=5, loading=told)
    return {step.name: step.seconds.expected for step in steps}


def test_learning_is_a_training_without_a_fold_its_judging_and_one_from_everything() -> None:
    assert seconds_of(sampled()) == pytest.approx(
        {
            "Learning without a fold": 72.0,  # 800 products, a tenth of them held back
            "Judging it": 0.0,
            "Learning from all products": 90.0,
            "Exporting the encoders": 5.0,
            "Encoding with them": 10.0,
        }
    )
    judging = seconds_of(sampled(judging=[0.01]))
    assert judging["Judging it"] == pytest.approx(2.0)
    assert judging["Learning from all products"] == pytest.approx(90 + 100 * 0.01)


def test_photos_are_decoded_once_as_far_as_memory_goes() -> None:
    slow = sampled(decoding=[0.1], changing=[0.02])
    whole = seconds_of(slow)["Learning from all products"]
    assert whole == pytest.approx(90 + 900 * 0.02 + 1000 * 0.08)
    none = seconds_of(slow, memory_gigabytes=0)["Learning from all products"]
    assert none == pytest.approx(90 + 900 * 0.1)
    assert photo_memory_bytes(slow, 1000, LoadingSettings()) == 3 * 1000 * 100 * 100
    assert photo_memory_bytes(slow, 10**6, LoadingSettings()) == 2e9


def test_a_long_epoch_is_stored_more_than_once() -> None:
    short = seconds_of(sampled(batches=[0.1, 0.1], beside=2.0))["Learning from all products"]
    long = seconds_of(sampled(beside=2.0))["Learning from all products"]
    assert short == pytest.approx(9 + 2)
    assert long == pytest.approx(90 + 5 * 2), "92 seconds: at the end, and every 20"


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
@pytest.mark.slow
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
    assert "Columns:" not in out
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


def test_a_recipe_that_learns_its_encoders_is_measured_and_leaves_nothing(
    toy_catalog: Catalog, toy_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glasscase.models.nets.se_cnn import SeCnn

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    trainings = toy_settings.cache.path / "trainings"
    before = files_below(trainings)
    settings = Settings(
        train={"recipe": "se-cnn", "effort": "quick"},
        net={"side": 32, "epochs": 4, "accelerator": "cpu", "batch_size": 16},
    )
    found = estimate(Catalog(toy_catalog.products[:60]), settings=settings)
    steps = {step.name: step for step in found.steps}
    whole = steps["Learning from all products"]
    assert whole.items == 4, "54 products by 16"
    assert 0 < whole.seconds.low < whole.seconds.expected < whole.seconds.high
    assert steps["Judging its rivals"].items == 1, "the photos, by an encoder as it is"
    assert "Fitting the winner" not in steps
    weights = 4 * sum(one.numel() for one in SeCnn().parameters())
    assert weights < found.bundle_bytes.expected < 2 * weights
    kept = 2 * 4 * weights + weights  # weights, the best, two moments; twice; and what is exported
    assert found.checkpoint_bytes.low < kept < found.checkpoint_bytes.high
    assert files_below(trainings) == before
    assert not list(tmp_path.glob("glasscase-*"))
