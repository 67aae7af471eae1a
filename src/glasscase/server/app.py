"""The application: routes and middleware around one `Service`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.concurrency import run_in_threadpool
from starlette.staticfiles import StaticFiles
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from glasscase import __version__
from glasscase.errors import GlasscaseError
from glasscase.server.guard import refusals
from glasscase.server.guard.bugs import Bugs
from glasscase.server.guard.limits import BodyLimit, Limiter, is_upload
from glasscase.server.guard.metrics import Metrics, Model
from glasscase.server.guard.patience import LimitedTime
from glasscase.server.guard.request_ids import HEADER, RequestIds
from glasscase.server.guard.request_log import RequestLog, log_as_json
from glasscase.server.guard.security_headers import SecurityHeaders
from glasscase.server.pages import (
    analysis,
    api_docs,
    batch,
    catalogue,
    explanation,
    home,
    insight,
    login,
    model,
    pack,
    review,
)
from glasscase.server.pages import kpi as kpi_page
from glasscase.server.pages import shelf as shelf_page
from glasscase.server.parent_process import end_with_parent
from glasscase.server.routes import (
    batch_results,
    batches,
    cards,
    catalogues,
    categories,
    corrected,
    explain,
    health,
    insights,
    jobs,
    kpi,
    model_figures,
    models,
    packs,
    predict,
    predictions,
    products,
    retrain,
    review_queue,
    reviews,
    shelf,
    short_form,
)
from glasscase.server.service import Service
from glasscase.server.threads.explaining import Explaining
from glasscase.server.threads.job_worker import JobWorker
from glasscase.server.threads.live_models import LiveModels
from glasscase.server.threads.model_following import ModelFollowing, started
from glasscase.server.threads.prediction_log import PredictionLog
from glasscase.server.threads.prediction_queue import PredictionQueue
from glasscase.server.threads.reviewing import Reviewing
from glasscase.server.threads.shadowing import Shadowing
from glasscase.server.threads.shelves import Shelves
from glasscase.server.threads.tidying import Tidying
from glasscase.server.work.job_kinds import works
from glasscase.settings.service import ServiceSettings
from glasscase.store.store import Store

_ROUTERS = (
    health.router,
    predict.router,
    explain.router,
    predictions.router,
    products.router,
    cards.router,
    cards.shared,
    short_form.router,
    shelf.router,
    retrain.router,
    models.router,
    model_figures.router,
    corrected.router,
    insights.router,
    catalogues.router,
    packs.router,
    kpi.router,
    jobs.router,
    batches.router,
    batch_results.router,
    reviews.router,
    review_queue.router,
    categories.router,
)
_PAGES = (
    home.router,
    analysis.router,
    batch.router,
    review.router,
    catalogue.router,
    kpi_page.router,
    insight.router,
    pack.router,
    model.router,
    explanation.router,
    login.router,
    api_docs.router,
    shelf_page.router,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    """The service with `settings`, not started yet: its lifespan opens database and models.

    Several may live in one process; nothing is shared between them.
    """
    app = FastAPI(
        title="Glasscase",
        version=__version__,
        description="See-through product intelligence: which category, how sure, and why.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    refusals.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    for page in _PAGES:
        app.include_router(page, include_in_schema=False)
    static = Path(str(files("glasscase.server"))) / "static"
    app.mount("/static", StaticFiles(directory=static), name="static")
    app.add_middleware(BodyLimit, limits=settings.limits)
    app.add_middleware(LimitedTime, seconds=settings.limits.seconds, is_upload=is_upload)
    app.add_middleware(Bugs)
    if settings.service.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.service.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "X-API-Key", "Content-Type", HEADER],
        )
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog)
    app.add_middleware(RequestIds)
    if settings.service.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.service.proxies)
    return app


def create_from_environment() -> FastAPI:
    """The service with the settings of the environment (`GLASSCASE_SECTION__NAME`), logging JSON.

    For `uvicorn --factory glasscase.server.app:create_from_environment` and each of several
    processes. Raises `BadSetting`.
    """
    settings = ServiceSettings.read(environment=os.environ)
    log_as_json(settings.service.log_level)
    end_with_parent()
    return create_app(settings)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    try:
        service = await run_in_threadpool(_opened, app.state.settings)
    except GlasscaseError as error:
        app.state.failure = error
        raise
    app.state.service = service
    try:
        yield
    finally:
        await run_in_threadpool(_closed, service)


def _opened(settings: ServiceSettings) -> Service:
    store = Store.open(settings.database_url)
    models = LiveModels()
    following = ModelFollowing(store, models)
    started(following, store, settings.service.bundle)
    queue, log = PredictionQueue(settings.limits), PredictionLog(store)
    service = Service(
        settings=settings,
        store=store,
        models=models,
        following=following,
        shadowing=Shadowing(store, log, waiting=lambda: len(queue)),
        queue=queue,
        explaining=Explaining(settings.limits),
        log=log,
        limiter=Limiter(settings.limits.requests_per_minute),
        sign_ins=Limiter(settings.limits.sign_ins_per_minute),
        metrics=Metrics(),
        jobs=JobWorker(store, settings.data_folder),
        reviewing=Reviewing(store, models, settings.review),
        tidying=Tidying(store, settings),
        shelves=Shelves(settings),
    )
    service.tidying.start()
    service.jobs.start(works(service))
    _watch(service)
    return service


def _watch(service: Service) -> None:
    cast = service.models

    def models() -> list[Model]:
        roles = {"active": cast.cast.active, "shadow": cast.cast.shadow}
        roles["challenger"] = cast.cast.challenger
        return [(role, live.id, live.name) for role, live in roles.items() if live is not None]

    service.metrics.watch(
        {
            "waiting": lambda: len(service.queue),
            "explanations": lambda: len(service.explaining),
            "unwritten": lambda: len(service.log),
            "lost": lambda: service.log.lost,
        },
        models,
    )


def _closed(service: Service) -> None:
    """Answer who waits, write what is to be written, then let go."""
    service.jobs.close()
    service.tidying.close()
    service.reviewing.close()
    service.queue.close()
    service.explaining.close()
    service.following.close()
    service.shadowing.close()
    service.log.close()
    service.store.close()
