"""Work that takes longer than a request: one job at a time, in a thread of each process.

A kind of job is a name and a function `work(run) -> result` (`job_kinds.py` has the table). The
function says how far it is through `run`, which is also a `Progress` to hand on to what it calls,
and stops where `run` raises `JobStopped`: because somebody asked, or because the service closes.
Then the job waits for the next worker, so work must bear being begun again.
"""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from glasscase.errors import BadStore, GlasscaseError
from glasscase.server.guard.trouble import LastingTrouble, tell
from glasscase.store.jobs import Heard, Job, State
from glasscase.store.store import Store

Item = TypeVar("Item")
LEASE_SECONDS = 60.0
_TRIES = 20
"""How often a job is begun again because the database failed it: it might be the job's own rows."""
_BUG = "This is a bug in Glasscase, not in your data; the service's log says more."
_AFTER: Mapping[Heard, State] = {"paused": "paused", "cancelled": "cancelled"}


class JobStopped(BaseException):
    """The job is to stop now. No `Exception`, so that no work takes it for a fault of its own."""


class JobRun:
    """A job while it is done: what was asked, where its files go, and whom to tell how far it is.

    A `Progress`: `track` counts steps, `say` shows a line. All of them raise `JobStopped`.
    """

    def __init__(self, job: Job, data_folder: Path) -> None:
        self.job = job
        self.folder = job_folder(data_folder, job.id)
        """For files that stay with the job; made by whoever writes there."""
        upload = job.options.get("upload")
        self.upload = upload_folder(data_folder, upload) if isinstance(upload, str) else None
        """What was sent with it; removed when the job is over."""
        self.asked: Heard = "running"
        """What people want of it by now."""
        self.state: tuple[int, int | None, str] = (job.done, job.total, job.message)
        """Done, of how many, and what is being done."""

    def tell(self, done: int, total: int | None = None, message: str = "") -> None:
        """Say that `done` of `total` steps are done. It costs nothing. Raises `JobStopped`."""
        if self.asked != "running":
            raise JobStopped
        before = self.state
        self.state = (done, before[1] if total is None else total, message or before[2])

    def track(self, items: Iterable[Item], *, total: int, what: str) -> Iterator[Item]:
        """Hand on `items` one by one, counting them. Raises `JobStopped`."""
        self.tell(0, total, what)
        for number, item in enumerate(items, start=1):
            yield item
            self.tell(number, total, what)

    def say(self, message: str) -> None:
        """Show one line. Raises `JobStopped`."""
        self.tell(self.state[0], None, message)


Work = Callable[[JobRun], Mapping[str, Any]]


class JobWorker:
    """Claims jobs of the kinds it knows and does them, one after the other, until it is closed."""

    def __init__(
        self,
        store: Store,
        data_folder: Path,
        *,
        lease_seconds: float = LEASE_SECONDS,
        poll_seconds: float = 1.0,
    ) -> None:
        self._store, self._folder = store, data_folder
        self._lease, self._poll = lease_seconds, poll_seconds
        self._name = f"worker-{uuid.uuid4().hex[:12]}"
        self._works: Mapping[str, Work] = {}
        self._woken, self._closing = threading.Event(), threading.Event()
        self._run: JobRun | None = None
        self._without_database: Counter[str] = Counter()
        self._no_jobs = LastingTrouble("no_jobs")
        self._thread = threading.Thread(target=self._go_on, name="jobs", daemon=True)

    def start(self, works: Mapping[str, Work]) -> None:
        """Begin to do jobs of these kinds."""
        self._works = works
        self._thread.start()

    def wake(self) -> None:
        """There is a new job: look now rather than with the next poll."""
        self._woken.set()

    def close(self, seconds: float = 10.0) -> None:
        """Stop: the job at hand is given back at its next step, to be begun again by whoever comes.

        One that takes longer than `seconds` is left; its lease runs out.
        """
        self._closing.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _go_on(self) -> None:
        while not self._closing.is_set():
            job = self._claimed()
            if job is None:
                self._woken.wait(self._poll)
                self._woken.clear()
            else:
                self._do(JobRun(job, self._folder))

    def _claimed(self) -> Job | None:
        kinds = list(self._works)
        try:
            return self._store.jobs.claim(self._name, kinds=kinds, lease_seconds=self._lease)
        except GlasscaseError as error:
            self._no_jobs.tell(error.reason)
            return None

    def _do(self, run: JobRun) -> None:
        over = threading.Event()
        heart = threading.Thread(target=self._beat, args=(run, over), name="job-lease", daemon=True)
        heart.start()
        try:
            state, message, result = self._outcome(run)
            stored = self._given_back(run, state, message, result)
        finally:
            over.set()
            heart.join()
        if not stored:  # its lease runs out, and it is done again
            return
        if run.upload is not None and state not in ("waiting", "paused"):
            shutil.rmtree(run.upload, ignore_errors=True)

    def _given_back(
        self, run: JobRun, state: State, message: str, result: Mapping[str, Any] | None
    ) -> bool:
        """Store what came of the job. Where the database is away try again as long as the lease
        may last, for hours of training are in it; False: it could not be stored."""
        end = time.monotonic() + self._lease
        while True:
            try:
                self._store.jobs.finish(
                    run.job.id, self._name, state=state, message=message, result=result
                )
            except GlasscaseError as error:
                tell({"job": run.job.id, "not_stored": error.reason})
            else:
                return True
            if self._closing.wait(self._poll) or time.monotonic() > end:
                return False

    def _outcome(self, run: JobRun) -> tuple[State, str, Mapping[str, Any] | None]:
        try:
            return "finished", "", self._works[run.job.kind](run)
        except JobStopped:
            return _AFTER.get(run.asked, "waiting"), "", None
        except BadStore as error:  # no fault of the job's: it goes on when the database is back
            tell({"job": run.job.id, "no_database": error.reason})
            self._without_database[run.job.id] += 1
            if self._without_database[run.job.id] >= _TRIES:
                return "failed", str(error), None
            self._closing.wait(self._poll)
            return _AFTER.get(run.asked, "waiting"), "", None
        except GlasscaseError as error:
            return "failed", str(error), None
        except Exception as error:  # noqa: BLE001  (a bug in one job must not end the others)
            told = {"bug": type(error).__name__, "job": run.job.id, "kind": run.job.kind}
            tell(told, error=error)
            return "failed", _BUG, None

    def _beat(self, run: JobRun, over: threading.Event) -> None:
        """Renew the lease and hand on how far the job is, while it is done."""
        every = min(self._poll, self._lease / 4)
        while not over.wait(every):
            if self._closing.is_set():
                run.asked = "lost"
                continue
            try:
                done, total, message = run.state
                heard = self._store.jobs.progress(run.job.id, self._name, done, total, message)
            except GlasscaseError as error:
                tell({"job": run.job.id, "no_lease": error.reason})
            else:
                run.asked = heard


def job_folder(data_folder: Path, id: str) -> Path:
    """Where the files of a job stay: as long as the job itself is known."""
    return data_folder / "jobs" / id


def upload_folder(data_folder: Path, name: str) -> Path:
    """Where what was sent with a job waits; `name` is what `new_upload` gave."""
    return data_folder / "uploads" / Path(name).name


def new_upload(data_folder: Path) -> tuple[str, Path]:
    """A fresh folder for what is sent with a job: its name, for `options["upload"]`, and path."""
    name = uuid.uuid4().hex
    folder = upload_folder(data_folder, name)
    folder.mkdir(parents=True)
    return name, folder
