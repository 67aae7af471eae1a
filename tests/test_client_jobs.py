"""The client waits for jobs and reads the files it sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from glasscase.client.jobs import Job, finished
from glasscase.client.read_file import read_file
from glasscase.client.sending import Sending
from glasscase.errors import BadPhoto, BadSetting, GlasscaseError


class Told:
    """A service that tells one state after the other."""

    def __init__(self, *states: str, message: str = "") -> None:
        self.states, self.message = list(states), message
        self.asked: list[str] = []

    def told(self, method: str, path: str) -> dict[str, Any]:
        self.asked.append(f"{method} {path}")
        return {"id": "a/b", "state": self.states.pop(0), "message": self.message, "files": []}


def waited(told: Told, job: Job | str = "a/b") -> tuple[Job, list[float]]:
    pauses: list[float] = []
    return finished(job, Job, cast("Sending", told), pauses.append), pauses


def test_a_job_is_asked_for_ever_more_seldom_until_it_is_finished() -> None:
    told = Told("waiting", *["running"] * 12, "finished")
    job, pauses = waited(told)
    assert job.state == "finished"
    assert set(told.asked) == {"GET /v1/jobs/a%2Fb"}
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1], len(pauses)) == (0.25, 5.0, 13)


@pytest.mark.parametrize(
    ("state", "message", "words"),
    [
        ("failed", "the column 'x' is not there", "the column 'x' is not there"),
        ("cancelled", "", "the job was cancelled"),
    ],
)
def test_a_job_that_came_to_nothing_says_why(state: str, message: str, words: str) -> None:
    with pytest.raises(GlasscaseError, match=words):
        waited(Told(state, message=message))


def test_a_file_that_cannot_be_read_is_told_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    assert read_file(tmp_path / "a.csv") == ("a.csv", b"x")
    with pytest.raises(BadSetting, match=r"^'.*b\.csv' cannot be read: No such file"):
        read_file(tmp_path / "b.csv")
    with pytest.raises(BadPhoto, match=r"^photo '.*b\.png' cannot be read: No such file"):
        read_file(tmp_path / "b.png", what="photo", error=BadPhoto)
