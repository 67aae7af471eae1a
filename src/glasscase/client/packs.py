"""Packs against their competitors: sent, waited for, and read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Unpack

from glasscase.client.jobs import finished, job_id
from glasscase.client.pack_answers import PackJob, Packs, PackSettings
from glasscase.client.product_form import PhotoLike, form_of
from glasscase.client.refused import Unreachable
from glasscase.client.sending import Sending


class PackScores:
    """`client.packs`."""

    def __init__(self, sending: Sending, sleep: Callable[[float], None]) -> None:
        self._sending, self._sleep = sending, sleep

    def compare(
        self,
        photos: Iterable[PhotoLike],
        *,
        about: Sequence[Mapping[str, Any]] = (),
        **settings: Unpack[PackSettings],
    ) -> Packs:
        """Score packs against one another, and wait for it.

        Args:
            photos: fronts of packs, your own first, each a path or bytes.
            about: for each photo brand, product, variety, height_mm, own and more.
            settings: see `PackSettings`.

        Raises:
            Refused: the service says why.
            Unreachable: it is not there.
            GlasscaseError: the job failed or was stopped; says why.
        """
        return self.result(self.wait(self.start(photos, about=about, **settings)))

    def start(
        self,
        photos: Iterable[PhotoLike],
        *,
        about: Sequence[Mapping[str, Any]] = (),
        **settings: Unpack[PackSettings],
    ) -> PackJob:
        """Send packs and do not wait. Raises as `compare`."""
        told: dict[str, Any] = dict(settings)
        if "weights" in told:
            told["weights"] = ",".join(f"{name}={value}" for name, value in told["weights"].items())
        if "what_if" in told:
            told["what_if"] = ",".join(told["what_if"])
        if about:
            told["about"] = json.dumps(list(about))
        made = self._sending.told("POST", "/v1/packs", **form_of(photos, told))
        return PackJob.model_validate(made)

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
