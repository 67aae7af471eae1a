"""Everything one running service has: nothing of it is global."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from glasscase.server.guard.limits import Limiter
from glasscase.server.guard.metrics import Metrics
from glasscase.server.threads.explaining import Explaining
from glasscase.server.threads.job_worker import JobWorker
from glasscase.server.threads.live_models import LiveModels
from glasscase.server.threads.model_following import ModelFollowing
from glasscase.server.threads.prediction_log import PredictionLog
from glasscase.server.threads.prediction_queue import PredictionQueue
from glasscase.server.threads.reviewing import Reviewing
from glasscase.server.threads.shadowing import Shadowing
from glasscase.server.threads.shelves import Shelves
from glasscase.server.threads.tidying import Tidying
from glasscase.settings.service import ServiceSettings
from glasscase.store.store import Store

_OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Service:
    """One service: its settings, its database, its models, and who works for it."""

    settings: ServiceSettings
    store: Store
    models: LiveModels
    following: ModelFollowing
    shadowing: Shadowing
    queue: PredictionQueue
    explaining: Explaining
    log: PredictionLog
    limiter: Limiter
    sign_ins: Limiter
    metrics: Metrics
    jobs: JobWorker
    reviewing: Reviewing
    tidying: Tidying
    shelves: Shelves

    def is_own_host(self, host: str) -> bool:
        """Whether `host` (name and port) is a name of this very service."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        known = (*_OWN_NAMES, self.settings.service.host, *self.settings.service.hosts)
        return name.lower().removesuffix(".") in [one.lower() for one in known]


def service_of(request: Request) -> Service:
    """The service that `request` was sent to."""
    return cast(Service, request.app.state.service)


ServiceOf = Annotated[Service, Depends(service_of)]
