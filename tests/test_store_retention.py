"""What is past its day is gone, from the tables and from the files."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from glasscase.store.kept import KeptPhoto
from glasscase.store.retention import Purged
from glasscase.store.review_items import NewReview
from glasscase.store.store import Store
from postgres_server import shared_server
from store_rows import START, Clock, a_prediction

WORDS = "Zwetschgenmus-Kupfertopf, handbeschrieben"
LATER = START + timedelta(days=10)


@pytest.fixture
def store(database_url: str):
    store = Store.open(database_url, clock=Clock())
    yield store
    store.close()


@pytest.fixture
def in_files(store: Store, database_url: str, shared_folder: Path) -> Callable[[bytes], bool]:
    """Whether bytes are in any file of the database. Of PostgreSQL the log is left out."""
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///"))
        folder, log = path.parent, "no log"
    else:
        folder, log = Path(shared_server(shared_folder).folder) / "data", "pg_wal"

    def look(mark: bytes) -> bool:
        if log == "pg_wal":
            store._database.command("CHECKPOINT")  # what is in its memory goes to the files
        files = [path for path in folder.rglob("*") if path.is_file() and log not in path.parts]
        return any(mark in path.read_bytes() for path in files)

    return look


def keep(store: Store, id: str, words: str, photo: bytes, until: datetime) -> None:
    store.kept.keep(
        id, texts={"t": words}, attributes={},
        photos=[KeptPhoto("a", "b", photo)], until=until,
    )  # fmt: skip


def test_the_bytes_of_what_is_removed_are_gone(store: Store, in_files) -> None:
    draw = random.Random(7)
    photos = [b"<begin>" + draw.randbytes(size) + b"<end>" for size in (300, 90_000)]
    gone, stays = f"{WORDS} gone ", f"{WORDS} stays "
    for number, photo in enumerate(photos):
        keep(store, f"gone{number}", gone * 40, photo, START)
        keep(store, f"stays{number}", stays * 40, photo[::-1], LATER + timedelta(seconds=1))
    token = store.cards.add(f"<p>{gone}</p>".encode(), by="ann", until=LATER)
    marks = [gone.encode(), *(photo[50:90] for photo in photos)]
    assert all(in_files(mark) for mark in marks)

    proof = store.retention.purge_and_prove(LATER, log_days=90)

    assert proof.removed == Purged(photos=2, texts=2, predictions=0, cards=1, jobs=0)
    assert proof.left.nothing
    assert proof.holds
    assert not any(in_files(mark) for mark in marks)
    assert in_files(stays.encode())
    assert in_files(photos[1][::-1][50:90])
    assert store.cards.get(token) is None
    assert store.kept.photo("stays1", 0).data == photos[1][::-1]
    if proof.search.files:
        assert [Path(path).name for path in proof.search.files][0] == "glasscase.db"
        assert proof.search.read_bytes > 90_000
        assert proof.search.pieces >= 8


def test_copies_that_sqlite_leaves_behind_are_gone_too(tmp_path: Path) -> None:
    """Rows of many sizes move from page to page; zeros are written only where they were last."""
    store = Store.open(f"sqlite:///{tmp_path / 'glasscase.db'}")
    draw, marks = random.Random(4), []  # one of 20 seeds leaves some
    for number in range(120):
        until = START if draw.random() < 0.5 else LATER + timedelta(days=1)
        size = int(10 ** draw.uniform(1, 3.3))
        photo = f"<begin {number}>".encode() + draw.randbytes(size) + f"<end {number}>".encode()
        keep(
            store, f"{draw.getrandbits(128):032x}", f"<word {number}>" * (size // 90), photo, until
        )
        if until == START:
            marks += [photo[:14], photo[-10:]]
    assert store.retention.purge(LATER, log_days=90).photos == len(marks) // 2
    content = (tmp_path / "glasscase.db").read_bytes()
    assert [mark for mark in marks if mark in content] == []
    assert (tmp_path / "glasscase.db-wal").stat().st_size == 0
    store.close()


def test_the_proof_fails_where_bytes_stay(tmp_path: Path, monkeypatch) -> None:
    """A rewriting that does nothing is noticed; a product that is still kept is none."""
    store = Store.open(f"sqlite:///{tmp_path / 'glasscase.db'}")
    photo = random.Random(1).randbytes(5000)
    keep(store, "gone", WORDS, photo, START)
    keep(store, "stays", WORDS, photo, LATER + timedelta(days=1))
    assert store.retention.purge_and_prove(LATER, log_days=90).holds, "it is kept elsewhere too"
    keep(store, "gone", WORDS, photo[::-1], START)
    monkeypatch.setattr("glasscase.store.retention.rewrite", lambda database: None)
    proof = store.retention.purge_and_prove(LATER, log_days=90)
    assert proof.left.nothing
    assert proof.search.found > 0, "it is in the log of changes"
    assert not proof.holds
    store.close()


def test_searching_the_files_leaves_sqlites_locks_alone(tmp_path: Path) -> None:
    """Were they opened and closed in this process, its locks on them would be lost."""
    path = tmp_path / "glasscase.db"
    store, other = (Store.open(f"sqlite:///{path}") for _ in range(2))
    keep(store, "gone", WORDS, random.Random(1).randbytes(5000), START)
    assert store.jobs.list() == ()
    before = locks(path)
    assert before
    assert other.retention.purge_and_prove(LATER, log_days=90).search.pieces
    assert locks(path) >= before
    for one in (store, other):
        one.close()


def locks(path: Path) -> int:
    """How many locks this machine has on a file and its neighbours."""
    nodes = {str(one.stat().st_ino) for one in path.parent.glob(f"{path.name}*")}
    lines = Path("/proc/locks").read_text().splitlines()
    return sum(line.split()[-3].split(":")[-1] in nodes for line in lines)


def test_answers_and_closed_jobs_go_after_their_days(store: Store) -> None:
    old, edge = (a_prediction(product_id=name) for name in ("old", "edge"))
    new = a_prediction(product_id="new", made_at=START + timedelta(seconds=1))
    store.predictions.add([old, edge, new])
    for one in (old, edge, new):
        store.predictions.add_feedback(one.id, label="Cups", comment="", by="ann")
    store.reviews.add([NewReview(prediction_id=one.id, priority=1) for one in (old, edge, new)])
    (held, _) = store.reviews.hold("ann")
    store.reviews.decide(held.id, by="ann", action="choose", label="Cups")
    closed, running = (store.jobs.add("batch", options={}, by="ann") for _ in range(2))
    store.jobs.ask(closed.id, "cancel")
    day = START + timedelta(days=30, microseconds=1)

    assert store.retention.overdue(day - timedelta(microseconds=1), log_days=30).nothing
    overdue = store.retention.overdue(day, log_days=30)
    assert overdue == Purged(0, 0, predictions=2, cards=0, jobs=1, job_ids=(closed.id,))
    assert store.retention.purge(day, log_days=30) == overdue
    assert store.retention.overdue(day, log_days=30).nothing
    assert [said.product_id for said in store.predictions.feedback()] == ["new"]
    assert store.jobs.get(running.id) is not None
    open_ones = {item.product_id for item in store.reviews.open_items(9)}
    fixes = {fix.product_id for fix in store.reviews.corrections()}
    assert fixes == {held.product_id}, "what people decided stays"
    assert open_ones == {"new"} - fixes


def test_much_is_removed_piece_by_piece(store: Store, monkeypatch) -> None:
    monkeypatch.setattr("glasscase.store.retention._PIECE", 3)
    for number in range(7):
        keep(store, f"k{number}", WORDS, b"x" * 10, START)
    store.predictions.add([a_prediction() for _ in range(6)])
    removed = store.retention.purge(START + timedelta(days=99), log_days=90)
    assert removed == Purged(photos=7, texts=7, predictions=6, cards=0, jobs=0)
