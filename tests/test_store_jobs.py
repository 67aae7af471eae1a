"""Jobs: one worker each, leases, and what people ask of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from glasscase.errors import Conflict
from glasscase.store.store import Store
from store_rows import Clock, in_threads


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    store = Store.open(database_url, clock=clock)
    yield store
    store.close()


def test_a_job_from_its_beginning_to_its_end(store: Store, clock: Clock) -> None:
    job = store.jobs.add("batch", options={"file": "a.csv"}, by="ann", total=10)
    assert (job.state, job.options, job.done) == ("waiting", {"file": "a.csv"}, 0)
    assert store.jobs.claim("w", kinds=["retrain"], lease_seconds=30) is None
    claimed = store.jobs.claim("w", kinds=["retrain", "batch"], lease_seconds=30)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.worker) == (job.id, "running", "w")
    clock.go(seconds=20)
    assert store.jobs.progress(job.id, "w", 4, message="four") == "running"
    clock.go(seconds=20)
    assert store.jobs.claim("v", kinds=["batch"], lease_seconds=30) is None, "the lease was renewed"
    assert store.jobs.finish(job.id, "w", state="finished", message="done", result={"rows": 10})
    ended = store.jobs.get(job.id)
    assert ended is not None
    assert (ended.state, ended.done, ended.total, ended.result) == ("finished", 4, 10, {"rows": 10})
    assert ended.finished_at == clock.time
    assert store.jobs.get("nothing") is None


def test_jobs_are_listed_the_newest_first_and_taken_the_oldest_first(
    store: Store, clock: Clock
) -> None:
    ids = []
    for kind in ("batch", "retrain", "batch"):
        ids.append(store.jobs.add(kind, options={}, by="ann").id)
        clock.go(seconds=1)
    assert [job.id for job in store.jobs.list()] == ids[::-1]
    assert [job.id for job in store.jobs.list("batch", most=1)] == [ids[2]]
    taken = store.jobs.claim("w", kinds=["batch", "retrain"], lease_seconds=30)
    assert taken is not None
    assert taken.id == ids[0]


def test_a_job_whose_worker_died_waits_for_another(store: Store, clock: Clock) -> None:
    job = store.jobs.add("batch", options={}, by="ann")
    store.jobs.claim("dead", kinds=["batch"], lease_seconds=30)
    store.jobs.progress(job.id, "dead", 3)
    clock.go(seconds=30)
    again = store.jobs.claim("next", kinds=["batch"], lease_seconds=30)
    assert again is not None
    assert (again.done, again.worker, again.lost) == (3, "next", 1)
    assert store.jobs.progress(job.id, "dead", 9) == "lost"
    assert not store.jobs.finish(job.id, "dead", state="finished")
    assert store.jobs.progress(job.id, "next", 4) == "running"


def test_a_job_that_kills_its_workers_fails(store: Store, clock: Clock) -> None:
    job = store.jobs.add("batch", options={}, by="ann")
    for _ in range(3):
        assert store.jobs.claim("w", kinds=["batch"], lease_seconds=30) is not None
        clock.go(seconds=31)
    assert store.jobs.claim("w", kinds=["batch"], lease_seconds=30) is None
    failed = store.jobs.get(job.id)
    assert failed is not None
    assert (failed.state, failed.message) == ("failed", "3 workers were lost while they did this.")
    assert failed.finished_at == clock.time


def test_pause_and_go_on(store: Store) -> None:
    job = store.jobs.add("batch", options={}, by="ann")
    assert store.jobs.ask(job.id, "pause").state == "paused", "nobody works at it: at once"
    assert store.jobs.claim("w", kinds=["batch"], lease_seconds=30) is None
    assert store.jobs.ask(job.id, "resume").state == "waiting"
    store.jobs.claim("w", kinds=["batch"], lease_seconds=30)
    asked = store.jobs.ask(job.id, "pause")
    assert (asked.state, asked.asked) == ("running", "pause")
    assert store.jobs.progress(job.id, "w", 2) == "paused"
    assert store.jobs.ask(job.id, "resume").asked is None, "thought better of it"
    assert store.jobs.progress(job.id, "w", 3) == "running"
    store.jobs.ask(job.id, "pause")
    assert store.jobs.finish(job.id, "w", state="paused")
    paused = store.jobs.ask(job.id, "resume")
    assert (paused.state, paused.done, paused.finished_at) == ("waiting", 3, None)


def test_cancel(store: Store, clock: Clock) -> None:
    waiting, running, dead = (store.jobs.add("batch", options={}, by="a") for _ in range(3))
    cancelled = store.jobs.ask(waiting.id, "cancel")
    assert (cancelled.state, cancelled.finished_at) == ("cancelled", clock.time)
    assert store.jobs.ask(waiting.id, "cancel").state == "cancelled", "said twice is no mistake"
    for _ in range(2):
        store.jobs.claim("w", kinds=["batch"], lease_seconds=30)
    assert store.jobs.ask(running.id, "cancel").state == "running"
    assert store.jobs.progress(running.id, "w", 1) == "cancelled"
    assert store.jobs.finish(running.id, "w", state="cancelled")
    store.jobs.ask(dead.id, "cancel")
    clock.go(seconds=31)
    assert store.jobs.claim("v", kinds=["batch"], lease_seconds=30) is None
    assert [job.state for job in store.jobs.list()] == ["cancelled"] * 3
    with pytest.raises(Conflict) as told:
        store.jobs.ask(waiting.id, "resume")
    assert str(told.value) == "a job that is cancelled cannot resume. Start a new one."
    with pytest.raises(Conflict, match="there is no job 'x'. Look at the list of jobs."):
        store.jobs.ask("x", "pause")


def test_eight_workers_never_claim_the_same(store: Store) -> None:
    jobs = {store.jobs.add("batch", options={}, by="ann").id for _ in range(24)}
    claimed: list[str] = []

    def work(name: str) -> None:
        while job := store.jobs.claim(name, kinds=["batch"], lease_seconds=30):
            claimed.append(job.id)

    in_threads(*(lambda name=f"w{n}": work(name) for n in range(8)))
    assert sorted(claimed) == sorted(jobs)
