"""Packs against their competitors: sent, waited for, and read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from glasscase.client.jobs import finished, job_id
from glasscase.client.pack_answers import PackJob, Packs, PackSettings
from glasscase.client.product_form import PhotoLike, form_of, photo_part
from glasscase.client.read_file import read_file
from glasscase.client.refused import Unreachable
from glasscase.client.sending import Sending


class PackScores:
    """`client.packs`."""

    def __init__(self, sending: Sending, sleep: Callable[[float], None]) -> None:
        self._sending, self._sleep = sending, sleep

    def compare(
        self,
        photos: Iterable[PhotoLike] = (),
        *,
        about: Sequence[Mapping[str, Any]] = (),
        table: str | Path | None = None,
        **settings: Unpack[PackSettings],
    ) -> Packs:
        """Score packs against one another, and wait for it.

        Args:
            photos: fronts of packs, your own first, each a path or bytes; beside a table those it
                names.
            about: for each photo brand, product, variety, height_mm, own and more.
            table: instead of `about` a table of packs, or a zip of one and its photos. Photos in
                its folder are called by their paths from there, others by their names.
            settings: see `PackSettings`.

        Raises:
            BadPhoto, BadSetting: a file cannot be read.
            Refused: the service says why.
            Unreachable: it is not there.
            GlasscaseError: the job failed or was stopped; says why.
        """
        return self.result(self.wait(self.start(photos, about=about, table=table, **settings)))

    def start(
        self,
        photos: Iterable[PhotoLike] = (),
        *,
        about: Sequence[Mapping[str, Any]] = (),
        table: str | Path | None = None,
        **settings: Unpack[PackSettings],
    ) -> PackJob:
        """Send packs and do not wait. Raises as `compare`."""
        told: dict[str, Any] = dict(settings)
        shelf = told.pop("shelf_photo", None)
        for name in ("weights", "what_if"):
            if name in told:
                told[name] = _listed(told[name])
        if "shelf_boxes" in told:
            boxes = [dict(o) if isinstance(o, Mapping) else list(o) for o in told["shelf_boxes"]]
            told["shelf_boxes"] = json.dumps(boxes)
        if about:
            told["about"] = json.dumps(list(about))
        files = [("photos", _part(one, table)) for one in photos]
        files += [] if table is None else [("file", read_file(table))]
        files += [] if shelf is None else [("shelf_photo", photo_part(shelf))]
        form = [*form_of((), told)["files"], *files]
        return PackJob.model_validate(self._sending.told("POST", "/v1/packs", files=form))

    def wait(self, job: PackJob | str) -> PackJob:
        """The job when it is finished. Raises as `compare`."""
        return finished(job, PackJob, self._sending, self._sleep)

    def result(self, job: PackJob | str) -> Packs:
        """What came out of a finished job. Raises as `compare`."""
        told = self._sending.told("GET", f"/v1/packs/{job_id(job)}")
        if not isinstance(told, dict):
            raise Unreachable("the service answers nonsense", "Check its address.")
        return Packs.model_validate(told)

    def page(self, job: PackJob | str) -> bytes:
        """The comparison as one page of HTML, while its pictures are kept. Raises as `compare`."""
        return self._sending.raw("GET", f"/v1/jobs/{job_id(job)}/files/packs.html")


def _listed(told: Mapping[str, float] | Sequence[str]) -> str:
    if isinstance(told, Mapping):
        return ",".join(f"{name}={value}" for name, value in told.items())
    return ",".join(told)


def _part(photo: PhotoLike, table: str | Path | None) -> tuple[str, bytes]:
    """A photo, under the name by which a table knows it."""
    name, data = photo_part(photo)
    if table is None or isinstance(photo, bytes):
        return name, data
    path, home = Path(photo).resolve(), Path(table).resolve().parent
    return (path.relative_to(home).as_posix() if path.is_relative_to(home) else name), data
