"""Jobs of the service, waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from glasscase.client.answers import Answer
from glasscase.client.sending import Sending
from glasscase.errors import GlasscaseError

_OVER = ("finished", "failed", "cancelled")
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 5.0


class Job(Answer):
    """Work that the service does in the background, and how far it is."""

    id: str
    state: str
    message: str
    files: tuple[str, ...]


Kind = TypeVar("Kind", bound=Job)


def finished(
    job: Job | str, kind: type[Kind], sending: Sending, sleep: Callable[[float], None]
) -> Kind:
    """The job when it is finished; it is asked for again and again, ever more seldom.

    Args:
        job: which.
        kind: what its state is read as.
        sending: where it runs.
        sleep: waits so many seconds.

    Raises:
        Refused, Unreachable: as `Sending.told`.
        GlasscaseError: the job failed or was stopped; says why.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        now = kind.model_validate(sending.told("GET", f"/v1/jobs/{job_id(job)}"))
        if now.state in _OVER:
            break
        sleep(pause)
        pause = min(_LONGEST_PAUSE_SECONDS, pause * 1.5)
    if now.state != "finished":
        raise GlasscaseError(now.message or f"the job was {now.state}")
    return now


def job_id(job: Job | str) -> str:
    """The id of a job as it stands in a path."""
    return quote(job if isinstance(job, str) else job.id, safe="")
