"""The service removes what is past its day by itself, with the files that belonged to it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from glasscase.errors import BadStore
from glasscase.jobs.purge import purge
from glasscase.server.guard.trouble import LastingTrouble
from glasscase.server.threads.regularly import Regularly
from glasscase.server.threads.tidying import Tidying
from glasscase.store.store import Store
from serving import service_settings


@pytest.fixture
def store(tmp_path: Path):
    """A database of its own."""
    one = Store.open(f"sqlite:///{tmp_path / 'data' / 'glasscase.db'}")
    yield one
    one.close()


def test_what_is_past_its_day_goes_and_what_is_not_stays(store: Store, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    gone = store.cards.add(b"<p>old</p>", by="local", until=now - timedelta(seconds=1))
    kept = store.cards.add(b"<p>new</p>", by="local", until=now + timedelta(days=1))
    tidying = Tidying(store, service_settings(tmp_path / "data"))
    assert tidying.tidy()
    assert store.cards.get(gone) is None
    assert store.cards.get(kept) == b"<p>new</p>"
    (entry,) = [one for one in store.audit.entries(0, 10) if one.what == "purge"]
    assert entry.who == "service"
    assert entry.detail["cards"] == 1
    assert not tidying.tidy(), "nothing is left to remove, so the file is not written anew"


def test_results_of_a_job_go_with_it(store: Store, tmp_path: Path) -> None:
    job = store.jobs.add("catalogue", options={}, by="local")
    folder = tmp_path / "data" / "jobs" / job.id
    folder.mkdir(parents=True)
    (folder / "result.json").write_text("{}")
    store.jobs.ask(job.id, "cancel")
    late = service_settings(tmp_path / "data", None, "service.log_days=1")
    tidying = Tidying(store, late)
    assert not tidying.tidy()
    assert folder.exists()
    proof = purge(
        store, tmp_path / "data", log_days=1, who="test", now=datetime.now(UTC) + timedelta(days=2)
    )
    assert proof.removed.jobs == 1
    assert not folder.exists()


def test_it_is_done_again_and_again_until_it_is_closed_whatever_goes_wrong(
    caplog: pytest.LogCaptureFixture,
) -> None:
    times, enough = [], threading.Event()

    def work() -> None:
        times.append(1)
        if len(times) == 3:
            enough.set()
        raise BadStore("the database is away")

    regularly = Regularly(work, every_seconds=0.001, name="test", trouble="not_done")
    regularly.start()
    assert enough.wait(30)
    regularly.close()
    done = len(times)
    assert '{"not_done": "the database is away"}' in caplog.text
    regularly.close()
    assert len(times) == done


def test_trouble_that_lasts_is_told_once_and_other_trouble_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trouble = LastingTrouble("no_jobs", every_seconds=1000)
    for reason in ("away", "away", "away", "full", "full"):
        trouble.tell(reason)
    assert [one.told for one in caplog.records] == [{"no_jobs": "away"}, {"no_jobs": "full"}]
    often = LastingTrouble("no_jobs", every_seconds=0)
    often.tell("away")
    often.tell("away")
    assert len(caplog.records) == 4
