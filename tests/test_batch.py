"""A batch answers every row once, whatever stops it, and keeps only what it was asked to."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from tests.parrot import Parrot

from glasscase.catalog.columns import Columns
from glasscase.catalog.product import Product
from glasscase.errors import BadCatalog, Conflict
from glasscase.jobs.batch import Batch, prediction_id, run_batch
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.jobs.batches.batch_preview import preview
from glasscase.jobs.batches.batch_state import batch_state
from glasscase.jobs.batches.batch_tidying import tidy_uploads
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.models.prediction import Prediction
from glasscase.server.threads.job_worker import JobRun, JobStopped, new_upload
from glasscase.server.work.batch_work import batch_work, room_beside
from glasscase.settings.service import LimitSettings, ServiceSettings
from glasscase.store.store import Store

LIMITS = LimitSettings()
BROKEN = 7
"""The row of the table below that has a cell too many."""


def upload_of(folder: Path, name: str, content: str | bytes) -> BatchUpload:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "received"
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    return BatchUpload.take_in(place, name, LIMITS)


def a_table(rows: int = 100) -> str:
    lines = ["sku,name"]
    for row in range(2, rows + 2):
        word = "sure" if row % 3 else "maybe"
        lines.append(f"p{row},{word} thing{',x' * (row == BROKEN)}")
    return "\n".join(lines) + "\n"


def a_batch(store: Store, upload: BatchUpload, model: Parrot, **options: object) -> Batch:
    told = BatchOptions(upload.name, **options)
    job = store.jobs.add("batch", options=told.to_dict(), by="ann", total=upload.rows)
    return Batch(job.id, "ann", told, upload, "model-1", model)


def ran(batch: Batch, store: Store, tell: Callable[[int, int], None] | None = None) -> dict:
    return run_batch(batch, store, tell=tell or (lambda *_: None), let_others=lambda: 7)


class Stopped(BaseException):
    """Somebody stops the batch."""


def stop_at(rows: int) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        del total
        if done >= rows:
            raise Stopped

    return tell


def test_every_row_has_one_answer_also_after_stops(store: Store, tmp_path: Path) -> None:
    upload = upload_of(tmp_path / "u", "shop.csv", a_table())
    model = Parrot()
    batch = a_batch(store, upload, model)
    for rows in (1, 40):
        with pytest.raises(Stopped):
            ran(batch, store, stop_at(rows))
        state = batch_state(store, store.jobs.get(batch.id))
        assert rows <= state.done < 100  # partial results are there at once
        assert (state.total, state.problems) == (100, 1)
    result = ran(batch, store)
    rows = [one.row for one in store.predictions.all_of_batch(batch.id)]
    assert rows == list(range(2, 102))
    assert sorted(model.asked) == sorted(f"p{row}" for row in rows if row != BROKEN)
    assert result["counts"] == {"accept": 66, "review": 33, "abstain": 1}
    assert (result["rows"], result["problems"], result["model"]) == (100, 1, "model-1")
    (broken,) = store.predictions.of_batch(batch.id, problems=True).rows
    assert broken.row == BROKEN
    assert broken.problem.startswith("row has 3 cells, the header has 2")


def test_a_row_that_breaks_the_model_spoils_no_other(store: Store, tmp_path: Path) -> None:
    table = "sku,name\na,sure one\nb,poison two\nc,maybe three\nd\n"
    batch = a_batch(store, upload_of(tmp_path / "u", "t.csv", table), Parrot())
    ran(batch, store)
    found = {
        one.row: (one.product_id, one.label) for one in store.predictions.all_of_batch(batch.id)
    }
    assert found == {2: ("a", "sure"), 3: ("b", None), 4: ("c", "maybe"), 5: ("", None)}
    told = store.predictions.get(prediction_id(batch.id, 3)).problem
    assert told == "This row could not be answered; that is a fault of Glasscase, not of the row."


def test_unsure_rows_come_before_people_once(store: Store, tmp_path: Path) -> None:
    batch = a_batch(store, upload_of(tmp_path / "u", "t.csv", a_table(40)), Parrot(), review=True)
    with pytest.raises(Stopped):
        ran(batch, store, stop_at(1))
    ran(batch, store)
    items = store.reviews.open_items(1000)
    assert len(items) == len({item.prediction_id for item in items}) == 13
    assert {item.batch_id for item in items} == {batch.id}
    assert {store.predictions.get(item.prediction_id).verdict for item in items} == {"review"}


def test_a_crash_before_the_queue_keeps_no_row_from_people(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = a_table(40).splitlines()
    lines[20:20] = ["one,cell,too,many"] * 50  # a piece of 32 products has 83 rows then
    upload = upload_of(tmp_path / "u", "t.csv", "\n".join(lines) + "\n")
    batch = a_batch(store, upload, Parrot(), review=True)

    def crash(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(store.reviews, "add", crash)
        with pytest.raises(Stopped):
            ran(batch, store)
    assert store.predictions.rows_done(batch.id) == 83
    ran(batch, store)
    queued = {item.prediction_id for item in store.reviews.open_items(1000)}
    unsure = [o.id for o in store.predictions.all_of_batch(batch.id) if o.verdict == "review"]
    assert queued == set(unsure)


class Asked:
    """Stands for the queue of single products."""

    def __init__(self, busy_looks: int, quiet_seconds: float) -> None:
        self.busy_looks, self.quiet_seconds = busy_looks, quiet_seconds

    @property
    def idle(self) -> bool:
        self.busy_looks -= 1
        return self.busy_looks < 0


def test_a_batch_steps_aside_while_people_ask() -> None:
    assert room_beside(Asked(0, quiet_seconds=60)) == 32
    asked = Asked(3, quiet_seconds=0.1)
    assert room_beside(asked) == 2
    assert asked.busy_looks == -1  # it waited until nobody was answered


def a_zip(place: Path, files: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(place, "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return place.read_bytes()


def a_photo(folder: Path, size: int = 900) -> bytes:
    Image.new("RGB", (size, size // 2), "teal").save(folder / "photo.png")
    return (folder / "photo.png").read_bytes()


@pytest.mark.parametrize("days", [0, 3])
def test_products_are_kept_small_and_only_when_asked(
    store: Store, tmp_path: Path, days: int
) -> None:
    photo = a_photo(tmp_path)
    table = b"sku,name,image\na,maybe one,images/1.png\nb,,2.png\n"
    data = a_zip(tmp_path / "z", {"shop/t.csv": table, "shop/images/1.png": photo})
    upload = upload_of(tmp_path / "u", "shop.zip", data)
    batch = a_batch(store, upload, Parrot(), keep_days=days)
    ran(batch, store)
    kept = store.kept.of(prediction_id(batch.id, 2))
    if not days:
        assert kept is None
        return
    assert (dict(kept.texts), kept.photos) == ({"name": "maybe one"}, 1)
    small = store.kept.photo(kept.prediction_id, 0)
    assert small.media_type == "image/jpeg"
    with Image.open(io.BytesIO(small.data)) as picture:
        assert picture.size == (512, 256)
    lost = store.predictions.get(prediction_id(batch.id, 3))
    assert "photo '2.png' is not in 'shop/images'" in lost.problem
    assert str(tmp_path) not in lost.problem


def test_photos_alone_are_numbered_and_a_broken_one_is_told(store: Store, tmp_path: Path) -> None:
    photo = a_photo(tmp_path)
    files = {f"Mugs/{number}.png": photo for number in range(40)}
    files |= {"flat.png": photo, "Mugs/broken.jpg": b"no photo", "readme.md": b"hello"}
    upload = upload_of(tmp_path / "u", "photos.zip", a_zip(tmp_path / "z", files))
    model = Parrot()
    batch = a_batch(store, upload, model)
    with pytest.raises(Stopped):
        ran(batch, store, stop_at(1))
    ran(batch, store)
    found = list(store.predictions.all_of_batch(batch.id))
    assert [one.row for one in found] == list(range(1, 43))
    assert sorted(model.asked) == sorted(set(files) - {"Mugs/broken.jpg", "readme.md"})
    assert found[-1].product_id == "Mugs/broken.jpg"
    assert "is not a photo but text" in found[-1].problem
    told = preview(model, upload, batch.options)
    assert told.columns == ()
    assert told.notes == (
        "Files of the zip that are not used: 1 ('readme.md' is neither a photo nor a table).",
    )


def test_columns_are_shown_before_anything_starts(tmp_path: Path) -> None:
    table = 'sku,words,EAN,price\n7,"Blue mug, 300 ml",4006381333931,12.50\n8,,,-1\n'
    upload = upload_of(tmp_path / "u", "t.csv", table)
    model = Parrot()
    seen = preview(model, upload, BatchOptions("t.csv", Columns(text=("words",))))
    assert [(one.name, one.role) for one in seen.columns] == [
        ("sku", "id"), ("words", "text"), ("EAN", ""), ("price", "price"),
    ]  # fmt: skip
    assert seen.columns[1].samples == ("Blue mug, 300 ml",)
    assert seen.problems[0].startswith("row 3: price '-1' is below 0")
    with pytest.raises(BadCatalog, match=r"there is no column 'wrods'. Did you mean 'words'\?"):
        preview(model, upload, BatchOptions("t.csv", Columns(text=("wrods",))))
    assert model.asked == []


def test_a_draft_begins_when_it_is_started(store: Store) -> None:
    job = store.jobs.add("batch", options={"draft": True}, by="ann", held=True)
    assert store.jobs.claim("w", kinds=["batch"], lease_seconds=9) is None
    assert store.jobs.start(job.id, options={"a": 1}, total=5).state == "waiting"
    with pytest.raises(Conflict, match="does not wait to be started"):
        store.jobs.start(job.id, options={})
    claimed = store.jobs.claim("w", kinds=["batch"], lease_seconds=9)
    assert (claimed.options, claimed.total) == ({"a": 1}, 5)
    with pytest.raises(Conflict, match="is running"):
        store.batches.forget(job.id)


def test_a_forgotten_batch_leaves_nothing_but_decisions(store: Store, tmp_path: Path) -> None:
    upload = upload_of(tmp_path / "u", "t.csv", a_table(6))
    batch = a_batch(store, upload, Parrot(), keep_days=3, review=True)
    ran(batch, store)
    first, second = (item for item in store.reviews.hold("ann"))
    store.reviews.decide(first.id, by="ann", action="accept", label="x")
    store.batches.forget(batch.id)
    assert store.jobs.get(batch.id) is None
    assert store.predictions.counts(batch.id) == {}
    assert store.kept.of(second.prediction_id) is None
    assert store.reviews.open_items(9) == []
    assert store.reviews.counts().decided == 1


def test_uploads_that_nobody_needs_go(store: Store, tmp_path: Path) -> None:
    day = 86_400
    for name, age in (("orphan", 2 * day), ("waiting", 2 * day), ("young", 0)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    store.jobs.add("batch", options={"upload": "waiting"}, by="ann")
    assert tidy_uploads(store, tmp_path) == 1
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == ["waiting", "young"]


WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from parrot import Parrot
from glasscase.jobs.batch import Batch, run_batch
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.server.threads.job_worker import JobWorker
from glasscase.store.store import Store

store = Store.open({url!r})
def work(run):
    upload = BatchUpload.open(run.upload)
    options = BatchOptions.of_dict(run.job.options)
    batch = Batch(run.job.id, run.job.by, options, upload, "m", Parrot({pause}))
    return run_batch(batch, store, tell=run.tell, let_others=lambda: 7)

worker = JobWorker(store, Path({folder!r}), lease_seconds=1.0, poll_seconds=0.05)
worker.start({{"batch": work}})
sys.stdin.read()
"""


def test_a_killed_worker_loses_no_row_and_doubles_none(tmp_path: Path) -> None:
    """A real process, killed with SIGKILL in the middle; another one goes on."""
    url = f"sqlite:///{tmp_path / 'glasscase.db'}"
    store = Store.open(url)
    upload_of(tmp_path / "uploads" / "one", "shop.csv", a_table(200))
    options = BatchOptions("shop.csv", upload="one").to_dict()
    job = store.jobs.add("batch", options=options, by="ann", total=200)

    def worker(pause: float) -> subprocess.Popen[bytes]:
        told = {"tests": str(Path(__file__).parent), "url": url, "folder": str(tmp_path)}
        script = WORKER.format(pause=pause, **told)
        return subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)

    first = worker(pause=0.01)
    wait_until(lambda: store.predictions.rows_done(job.id) > 0)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    done = store.predictions.rows_done(job.id)
    assert 0 < done < 200
    second = worker(pause=0.0)
    wait_until(lambda: store.jobs.get(job.id).state == "finished")
    wait_until(lambda: not (tmp_path / "uploads" / "one").exists())
    second.communicate()
    rows = [one.row for one in store.predictions.all_of_batch(job.id)]
    assert rows == list(range(2, 202))
    assert store.jobs.get(job.id).result["rows"] == 200
    assert store.jobs.get(job.id).lost == 1
    store.close()


def wait_until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not there():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


class Seat:
    """What of a service a batch works with."""

    def __init__(self, store: Store, model: Parrot) -> None:
        self.store, self.queue = store, Asked(0, quiet_seconds=0.0)
        self.settings = ServiceSettings()
        self.models = SimpleNamespace(active=SimpleNamespace(model=model, id="model-1"))


def test_a_stop_is_heard_within_a_piece(store: Store, tmp_path: Path) -> None:
    """Beside people who ask a piece takes half a minute; a service that closes has ten seconds."""
    name, folder = new_upload(tmp_path)
    upload = upload_of(folder, "a.csv", a_table(9))
    options = {**BatchOptions(upload.name).to_dict(), "upload": name}
    run = JobRun(store.jobs.add("batch", options=options, by="ann", total=9), tmp_path)

    class Stopping(Parrot):
        def predictions(self, products: Sequence[Product], **more: object) -> list[Prediction]:
            run.asked = "paused"
            return super().predictions(products, **more)

    model = Stopping()
    with pytest.raises(JobStopped):
        batch_work(Seat(store, model))(run)
    assert len(model.asked) == 2  # of the nine of this piece
    assert store.predictions.rows_done(run.job.id) == 0  # a piece is stored whole or not at all
