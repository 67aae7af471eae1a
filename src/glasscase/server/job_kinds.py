"""Every kind of job the service does beside answering, and the function that does it."""

from __future__ import annotations

from collections.abc import Mapping

from glasscase.server.job_worker import Work
from glasscase.server.service import Service


def works(service: Service) -> Mapping[str, Work]:
    """Kind -> function, for this service. A new kind is one line here."""
    del service  # until the first kind needs it
    return {}
