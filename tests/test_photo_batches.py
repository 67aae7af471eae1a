"""Batches of photos: the same bytes whoever prepares them and wherever an epoch begins."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.models.loading_choice import Kind, LoadingChoice, measured_choice
from glasscase.models.photo_batches import PhotoBatch, PhotoBatches
from glasscase.settings import Settings

SIDE = 32
HEAVY = PhotoAugmentation("heavy", 4)


def settings(workers: str, gigabytes: float = 1.0) -> Settings:
    return Settings.read(
        overrides=[f"loading.workers={workers}", f"loading.memory_gigabytes={gigabytes}"]
    )


def flat(colour: tuple[int, int, int], kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 50), colour).save(stream, kind)
    return stream.getvalue()


def batches_of(rows: Sequence[int], size: int) -> list[np.ndarray]:
    return [np.array(rows[at : at + size]) for at in range(0, len(rows), size)]


def same(ours: Sequence[PhotoBatch], theirs: Sequence[PhotoBatch]) -> bool:
    return len(ours) == len(theirs) and all(
        a.number == b.number
        and (a.rows == b.rows).all()
        and (a.photos == b.photos).all()
        and (a.present == b.present).all()
        for a, b in zip(ours, theirs, strict=True)
    )


@pytest.fixture(scope="module")
def products(toy_catalog: Catalog) -> list[Product]:
    """Toy products; two without a photo, one with a broken one, one with two."""
    found = toy_catalog.products[:24]
    found[3] = found[3].with_photos()
    found[5] = found[5].with_photos(Photo("broken.jpg", data=flat((9, 9, 9), "JPEG")[:200]))
    found[7] = found[7].with_photos(Photo("page.jpg", data=b"<html>"), *found[0].photos)
    found[9] = found[9].with_photos(
        Photo("one.png", data=flat((250, 0, 0))), Photo("two.png", data=flat((0, 0, 250)))
    )
    return found


@pytest.fixture(scope="module")
def order() -> list[np.ndarray]:
    """Shuffled rows with repeats, in batches of 5, the last one smaller."""
    return batches_of(np.random.default_rng(0).integers(0, 24, 33).tolist(), 5)


@pytest.fixture(scope="module")
def plain(products: list[Product], order: list[np.ndarray]) -> list[PhotoBatch]:
    """Epoch 2 as one thread prepares it with nothing in memory."""
    loader = PhotoBatches(products, side=SIDE, augmentation=HEAVY, settings=settings("none", 0))
    return list(loader.epoch(2, order))


def test_without_augmentation_photos_are_as_prediction_sees_them(toy_catalog: Catalog) -> None:
    loader = PhotoBatches(toy_catalog.products, side=SIDE)
    (batch,) = loader.epoch(0, [np.array([2, 0])])
    assert batch.present.tolist() == [True, True]
    for at, row in enumerate([2, 0]):
        photo = toy_catalog[row].photos[0]
        image = resize(decode(photo.read(), name="", at_least_px=SIDE), SIDE)
        assert (batch.photos[at] == image).all()


@pytest.mark.parametrize("gigabytes", [0, 1e-5, 1.0])
@pytest.mark.parametrize("workers", ["none", "threads", "processes"])
def test_the_same_bytes_whoever_prepares_them_and_whatever_is_kept(
    products: list[Product],
    order: list[np.ndarray],
    plain: list[PhotoBatch],
    workers: str,
    gigabytes: float,
) -> None:
    with PhotoBatches(
        products, side=SIDE, augmentation=HEAVY, settings=settings(workers, gigabytes)
    ) as loader:
        assert same(list(loader.epoch(2, order)), plain)
        list(loader.epoch(3, order))
        assert same(list(loader.epoch(2, order)), plain)
        assert loader.choice is not None
        assert loader.choice.kind == workers


@pytest.mark.parametrize("workers", ["none", "threads"])
def test_an_epoch_goes_on_where_it_was_left(
    products: list[Product], order: list[np.ndarray], plain: list[PhotoBatch], workers: str
) -> None:
    for start in range(len(order) + 1):
        with PhotoBatches(
            products, side=SIDE, augmentation=HEAVY, settings=settings(workers)
        ) as loader:
            assert same(list(loader.epoch(2, order, start=start)), plain[start:])


def test_an_epoch_may_be_left_in_the_middle(
    products: list[Product], order: list[np.ndarray], plain: list[PhotoBatch]
) -> None:
    with PhotoBatches(
        products, side=SIDE, augmentation=HEAVY, settings=settings("threads")
    ) as loader:
        first = next(loader.epoch(2, order))
        assert same([first], plain[:1])
        assert same(list(loader.epoch(2, order)), plain)


def test_a_product_met_again_looks_different_and_so_does_another_epoch(
    products: list[Product],
) -> None:
    loader = PhotoBatches(products, side=SIDE, augmentation=HEAVY)
    (one,) = loader.epoch(0, [np.array([0, 0, 0])])
    (two,) = loader.epoch(1, [np.array([0])])
    looks = [*one.photos, two.photos[0]]
    assert len({look.tobytes() for look in looks}) == 4


def test_several_photos_take_turns_with_augmentation_only(products: list[Product]) -> None:
    def red(augmentation: PhotoAugmentation | None) -> list[bool]:
        loader = PhotoBatches(products, side=SIDE, augmentation=augmentation)
        means = [
            batch.photos[0].mean(axis=(0, 1))
            for epoch in range(30)
            for batch in loader.epoch(epoch, [np.array([9])])
        ]
        return [bool(mean[0] > mean[2]) for mean in means]

    assert all(red(None))
    assert 5 <= sum(red(PhotoAugmentation("light"))) <= 25


def test_missing_and_broken_photos_are_not_present(products: list[Product]) -> None:
    loader = PhotoBatches(products, side=SIDE, augmentation=HEAVY, settings=settings("threads"))
    rows = np.array([3, 4, 5, 7])
    for epoch in range(4):
        (batch,) = loader.epoch(epoch, [rows])
        assert batch.present.tolist() == [False, True, False, True]
        assert not batch.photos[[0, 2]].any()
    told = [problem for problem in loader.problems if problem.product_id == products[5].id]
    assert len(told) == 1
    assert told[0].reason == "'broken.jpg' is truncated: the file ends before the picture does"
    assert told[0].row == products[5].row
    assert "is not a photo but an HTML page" in loader.problems[-1].reason
    assert len(loader.problems) == 2
    loader.close()


def test_a_photo_in_memory_is_read_once_and_only_as_many_as_fit(
    products: list[Product], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = Photo.read

    def counted(self: Photo) -> bytes:
        read.append(self.name)
        return original(self)

    monkeypatch.setattr(Photo, "read", counted)
    rows = [np.array([0]), np.array([1]), np.array([2])]
    two = 2 * SIDE * SIDE * 3 / 1e9
    loader = PhotoBatches(products, side=SIDE, settings=settings("none", two))
    for epoch in range(3):
        list(loader.epoch(epoch, rows))
    names = [products[row].photos[0].name for row in range(3)]
    assert read == [*names, names[2], names[2]]


def test_what_the_caller_does_to_a_batch_stays_with_the_caller(products: list[Product]) -> None:
    loader = PhotoBatches(products, side=SIDE)
    (batch,) = loader.epoch(0, [np.array([0])])
    before = batch.photos.copy()
    batch.photos[:] = 0
    (again,) = loader.epoch(0, [np.array([0])])
    assert (again.photos == before).all()


def test_a_process_that_dies_is_replaced_by_this_one(
    products: list[Product], order: list[np.ndarray], plain: list[PhotoBatch]
) -> None:
    with PhotoBatches(
        products, side=SIDE, augmentation=HEAVY, settings=settings("processes", 0)
    ) as loader:
        seen = []
        for batch in loader.epoch(2, order):
            seen.append(batch)
            if batch.number == 1:
                for worker in loader._workers._processes:
                    os.kill(worker._process.pid, signal.SIGKILL)
        assert same(seen, plain)


def test_a_process_that_talks_nonsense_is_never_asked_again(
    products: list[Product], order: list[np.ndarray], plain: list[PhotoBatch]
) -> None:
    with PhotoBatches(
        products, side=SIDE, augmentation=HEAVY, settings=settings("processes", 0)
    ) as loader:
        list(loader.epoch(0, order[:1]))
        worker = loader._workers._processes[0]
        worker._process.stdin.write(b"nonsense\n")
        assert same(list(loader.epoch(2, order)), plain)
        assert worker._process is None


def test_where_no_process_can_be_started_the_work_is_done_here(
    products: list[Product],
    order: list[np.ndarray],
    plain: list[PhotoBatch],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("glasscase.models.photo_worker.sys.executable", "/nowhere/python")
    with PhotoBatches(
        products, side=SIDE, augmentation=HEAVY, settings=settings("processes", 0)
    ) as loader:
        assert same(list(loader.epoch(2, order)), plain)


def test_a_plain_loader_shares_what_was_decoded(
    products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [np.array([0, 1])]
    loader = PhotoBatches(products, side=SIDE, augmentation=HEAVY, settings=settings("none"))
    expected = next(PhotoBatches(products, side=SIDE).epoch(0, rows)).photos
    list(loader.epoch(0, rows))
    monkeypatch.setattr(Photo, "read", lambda _: pytest.fail("read again"))
    assert (next(loader.plain().epoch(5, rows)).photos == expected).all()


def test_numbers_of_numpy_count_as_numbers(products: list[Product]) -> None:
    rows = [np.array([0, 1])]
    looks = [
        next(PhotoBatches(products, side=SIDE, augmentation=change).epoch(epoch, rows)).photos
        for change, epoch in [
            (HEAVY, 3), (PhotoAugmentation("heavy", np.int64(4)), np.int64(3)),
        ]
    ]  # fmt: skip
    assert (looks[0] == looks[1]).all()


def test_the_count_of_workers_can_be_told(products: list[Product]) -> None:
    told = Settings.read(overrides=["loading.workers=threads", "loading.count=3"])
    with PhotoBatches(products, side=SIDE, settings=told) as loader:
        list(loader.epoch(0, [np.array([0])]))
        assert loader.choice == LoadingChoice("threads", 3)


def test_no_process_is_left_behind(products: list[Product], order: list[np.ndarray]) -> None:
    loader = PhotoBatches(products, side=SIDE, settings=settings("processes"))
    list(loader.epoch(0, order))
    processes = [worker._process for worker in loader._workers._processes]
    assert processes
    loader.close()
    assert all(process.poll() is not None for process in processes)


# Who prepares them


class Machine:
    """Photos a second of each kind, as a clock would show them."""

    def __init__(self, **rates: float) -> None:
        self.rates = rates
        self.asked: list[tuple[str, int]] = []

    def __call__(self, kind: Kind, count: int, rows: Sequence[int]) -> float:
        self.asked.append((kind, count))
        return len(rows) / self.rates[kind]


@pytest.mark.parametrize(
    ("rates", "cores", "photos", "kind"),
    [
        ({"none": 300, "threads": 590}, 2, 5000, "threads"),
        ({"none": 300, "threads": 340}, 2, 5000, "none"),
        ({"none": 300, "threads": 2000}, 8, 50_000, "threads"),
        ({"none": 300, "threads": 900, "processes": 2300}, 8, 50_000, "processes"),
        ({"none": 300, "threads": 900, "processes": 1000}, 8, 50_000, "threads"),
        ({"none": 300, "threads": 900}, 8, 5000, "threads"),
        ({}, 8, 20, "none"),
        ({}, 1, 50_000, "none"),
    ],
)
def test_the_simplest_way_that_is_not_beaten_clearly(
    rates: dict[str, float], cores: int, photos: int, kind: str
) -> None:
    machine = Machine(**rates)
    choice = measured_choice(machine, range(photos), cores=cores)
    assert choice.kind == kind
    assert choice.count == (0 if kind == "none" else cores)
    assert {name: round(rate) for name, rate in choice.photos_per_second.items()} == rates
    assert {name for name, _ in machine.asked} == set(rates)


def test_slow_photos_are_measured_on_few() -> None:
    machine = Machine(none=4.0, threads=8.0)
    lengths = []

    def seconds(kind: Kind, count: int, rows: Sequence[int]) -> float:
        lengths.append(len(rows))
        return machine(kind, count, rows)

    measured_choice(seconds, range(1000), cores=2)
    assert set(lengths) == {8}


def test_the_choice_is_said_once_in_one_line(products: list[Product]) -> None:
    said: list[str] = []

    class Ear:
        def track(self, items, **_):
            return items

        def say(self, message: str) -> None:
            said.append(message)

    loader = PhotoBatches(products, side=SIDE, progress=Ear())
    for epoch in range(2):
        list(loader.epoch(epoch, [np.array([0])]))
    assert said == ["Photos are prepared without workers."]
    assert LoadingChoice("threads", 1).describe() == "Photos are prepared by 1 thread."
    assert LoadingChoice("processes", 1).describe() == "Photos are prepared by 1 process."


def test_measuring_leaves_no_trace_in_the_batches(
    toy_catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glasscase.models.photo_batches.usable_cores", lambda: 2)
    order = batches_of(range(len(toy_catalog)), 40)
    with PhotoBatches(toy_catalog.products, side=SIDE, augmentation=HEAVY) as measured:
        ours = list(measured.epoch(1, order))
        assert measured.choice is not None
        assert set(measured.choice.photos_per_second) == {"none", "threads"}
    plainly = PhotoBatches(
        toy_catalog.products, side=SIDE, augmentation=HEAVY, settings=settings("none")
    )
    assert same(ours, list(plainly.epoch(1, order)))
    assert replace(measured.choice, photos_per_second={}).describe()
