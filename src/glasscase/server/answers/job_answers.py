"""Jobs as the service shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from glasscase.store.jobs import Job


class JobAnswer(BaseModel):
    """Work that takes longer than a request, and how far it is."""

    id: str
    kind: str
    state: Literal["waiting", "running", "paused", "cancelled", "finished", "failed"]
    done: int = Field(description="Steps done of what is being done now.")
    total: int | None = Field(description="Of how many; null where that is not known yet.")
    message: str = Field(description="What is being done, or why it failed.")
    name: str = Field(description="Of the file that was sent with it; empty without one.")
    made_at: datetime
    finished_at: datetime | None
    result: dict[str, Any] | None = Field(description="What came out, in short.")
    files: list[str] = Field(description="What came out: GET /v1/jobs/{id}/files/{name}.")

    @classmethod
    def of(cls, job: Job) -> JobAnswer:
        """The job of a row."""
        result = dict(job.result) if job.result is not None else None
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            done=job.done,
            total=job.total,
            message=job.message,
            name=str(job.options.get("name", "")),
            made_at=job.made_at,
            finished_at=job.finished_at,
            result=result,
            files=job_files(job),
        )


class JobsAnswer(BaseModel):
    """Some jobs."""

    jobs: list[JobAnswer] = Field(description="The newest first.")


def job_files(job: Job) -> list[str]:
    """Names of the files a finished job left."""
    files = (job.result or {}).get("files")
    return [one for one in files if isinstance(one, str)] if isinstance(files, list) else []
