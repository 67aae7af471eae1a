"""Jobs are done once, tell how far they are, stop when asked, and survive their worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from glasscase.errors import BadCatalog, BadStore
from glasscase.server.threads.job_worker import JobRun, JobWorker, new_upload, upload_folder
from glasscase.store.jobs import Job, State
from glasscase.store.store import Store

_TICK = 0.01


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'glasscase.db'}")
    yield opened
    opened.close()


@contextmanager
def working(
    store: Store, folder: Path, **works: Callable[[JobRun], Mapping[str, Any]]
) -> Iterator[JobWorker]:
    worker = JobWorker(store, folder, lease_seconds=5, poll_seconds=_TICK)
    worker.start(works)
    try:
        yield worker
    finally:
        worker.close()


def until(store: Store, id: str, fits: Callable[[Job], bool]) -> Job:
    """The job, as soon as it `fits`."""
    pause = threading.Event()
    for _ in range(2000):
        job = store.jobs.get(id)
        assert job is not None
        if fits(job):
            return job
        pause.wait(_TICK)
    raise AssertionError(job)


def endless(run: JobRun) -> Mapping[str, Any]:
    """Work that ends only when it is stopped."""
    for _ in run.track(iter(int, 1), total=7, what="waiting for the end"):
        threading.Event().wait(_TICK)
    return {}


def test_a_finished_job_has_its_result_and_its_upload_is_gone(store: Store, tmp_path: Path) -> None:
    name, folder = new_upload(tmp_path)
    (folder / "table.csv").write_text("a\n1\n")

    def count(run: JobRun) -> Mapping[str, Any]:
        assert run.upload is not None
        return {"lines": len((run.upload / "table.csv").read_text().splitlines())}

    with working(store, tmp_path, count=count) as worker:
        job = store.jobs.add("count", options={"upload": name}, by="local")
        worker.wake()
        job = until(store, job.id, lambda one: one.state == "finished")
    assert job.result == {"lines": 2}
    assert not folder.exists()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BadCatalog("there is no table", "Send one."), "There is no table. Send one."),
        (ZeroDivisionError(), "This is a bug in Glasscase, not in your data; the service's log"),
    ],
)
def test_a_failed_job_says_why_and_the_next_is_done(
    store: Store, tmp_path: Path, error: Exception, message: str
) -> None:
    def fail(run: JobRun) -> Mapping[str, Any]:
        raise error

    with working(store, tmp_path, fail=fail, fine=lambda run: {"fine": True}):
        first = store.jobs.add("fail", options={}, by="local")
        second = store.jobs.add("fine", options={}, by="local")
        assert until(store, second.id, lambda one: one.state == "finished").result == {"fine": True}
        failed = store.jobs.get(first.id)
    assert failed is not None
    assert failed.state == "failed"
    assert failed.message.lower().startswith(message.lower())


@pytest.mark.parametrize(("wish", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_a_running_job_tells_its_progress_and_hears_what_is_asked(
    store: Store, tmp_path: Path, wish: Any, state: str
) -> None:
    with working(store, tmp_path, endless=endless):
        job = store.jobs.add("endless", options={}, by="local")
        seen = until(store, job.id, lambda one: one.done > 2)
        assert (seen.total, seen.message) == (7, "waiting for the end")
        store.jobs.ask(job.id, wish)
        until(store, job.id, lambda one: one.state == state)


def test_closing_gives_the_job_back_and_keeps_its_upload(store: Store, tmp_path: Path) -> None:
    name, folder = new_upload(tmp_path)
    with working(store, tmp_path, endless=endless):
        job = store.jobs.add("endless", options={"upload": name}, by="local")
        until(store, job.id, lambda one: one.state == "running" and one.done > 0)
    given_back = store.jobs.get(job.id)
    assert given_back is not None
    assert (given_back.state, given_back.worker, given_back.lost) == ("waiting", None, 0)
    assert folder.exists()


def test_the_lease_is_renewed_while_work_is_silent(store: Store, tmp_path: Path) -> None:
    asked_again = threading.Event()

    def silent(run: JobRun) -> Mapping[str, Any]:
        asked_again.wait()
        return {}

    with working(store, tmp_path, silent=silent):
        job = store.jobs.add("silent", options={}, by="local")
        first = until(store, job.id, lambda one: one.lease_until is not None).lease_until
        assert first is not None
        until(store, job.id, lambda one: one.lease_until is not None and one.lease_until > first)
        asked_again.set()
        until(store, job.id, lambda one: one.state == "finished")


def test_the_name_of_an_upload_leads_nowhere_else(tmp_path: Path) -> None:
    assert upload_folder(tmp_path, "../../etc").parent == tmp_path / "uploads"


def test_a_database_that_is_away_for_a_moment_fails_no_job(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = BadStore("the database cannot be used: it is being restarted", "Wait.")
    begun: list[int] = []
    refused: list[str] = []
    finish = store.jobs.finish

    def first_without(run: JobRun) -> Mapping[str, Any]:
        begun.append(1)
        if len(begun) == 1:
            raise away
        return {"hours": 3}

    def sometimes(id: str, worker: str, *, state: State, **more: Any) -> bool:
        if refused.count(state) < 2:
            refused.append(state)
            raise away
        return finish(id, worker, state=state, **more)

    monkeypatch.setattr(store.jobs, "finish", sometimes)
    with working(store, tmp_path, train=first_without):
        job = store.jobs.add("train", options={}, by="local")
        job = until(store, job.id, lambda one: one.state in ("finished", "failed"))
    assert (job.state, job.result, job.lost) == ("finished", {"hours": 3}, 0)
    assert refused == ["waiting", "waiting", "finished", "finished"]
    assert len(begun) == 2  # the result was kept until it could be stored


def test_a_job_whose_rows_the_database_never_takes_ends(store: Store, tmp_path: Path) -> None:
    def never(run: JobRun) -> Mapping[str, Any]:
        raise BadStore("the database cannot be used: no such letter", "Look.")

    with working(store, tmp_path, never=never):
        job = store.jobs.add("never", options={}, by="local")
        job = until(store, job.id, lambda one: one.state == "failed")
    assert "no such letter" in job.message
