"""Small photos and first words among the results of a job: only if asked, and only so long."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from glasscase.files import write_json

_NOTE = "kept_until.json"


def keep_until(folder: Path, names: Sequence[str], days: int) -> datetime:
    """Note that the files `names` in `folder` go after so many days; returns the time."""
    until = datetime.now(UTC) + timedelta(days=days)
    write_json(folder / _NOTE, {"until": until.isoformat(), "files": list(names)})
    return until


def drop_if_over(folder: Path, now: datetime | None = None) -> int:
    """Delete what is past its day in the folder of a job; returns how many files went."""
    try:
        told = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
        until = datetime.fromisoformat(told["until"])
        names = [Path(name).name for name in told["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    if (now or datetime.now(UTC)) < until:
        return 0
    gone = 0
    for name in names:
        with contextlib.suppress(OSError):
            (folder / name).unlink()
            gone += 1
    with contextlib.suppress(OSError):
        (folder / _NOTE).unlink()
    return gone


def drop_all_over(data_folder: Path, now: datetime | None = None) -> int:
    """The same for all jobs."""
    folder = data_folder / "jobs"
    jobs = list(folder.iterdir()) if folder.is_dir() else []
    return sum(drop_if_over(one, now) for one in jobs)
