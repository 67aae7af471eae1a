"""Running the service in this process, or in several that share one port."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import signal
import socket

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from glasscase.errors import BadSetting, GlasscaseError
from glasscase.server.app import create_app
from glasscase.server.guard.connections import GuardedConnection
from glasscase.server.guard.request_log import log_as_json
from glasscase.server.threads.live_models import model_id
from glasscase.settings.service import ServeSettings, ServiceSettings
from glasscase.store.store import Store

logger = logging.getLogger("glasscase.server")
FACTORY = "glasscase.server.app:create_from_environment"
_BACKLOG = 1024
_KEEP_ALIVE_SECONDS = 130
"""Longer than proxies keep an idle connection (Caddy: 120), so that none is used just closed."""


def listen(settings: ServeSettings) -> socket.socket:
    """A socket on the host and port of `settings`; port 0 takes a free one.

    Raises:
        BadSetting: the port is in use, may not be used, or the host is not of this machine.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError:
        raise BadSetting(
            f"{settings.host!r} is no address of this machine", "Set service.host to one."
        ) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except PermissionError:
        listener.close()
        raise BadSetting(f"{where} may not be used", "Choose a --port above 1023.") from None
    except OSError as error:
        listener.close()
        taken = "is in use already" if "in use" in str(error) else "cannot be listened on"
        raise BadSetting(f"{where} {taken}", "Choose another --port; 0 takes a free one.") from None
    listener.set_inheritable(True)
    return listener


def address(listener: socket.socket, settings: ServeSettings) -> str:
    """Where a browser finds the service: `http://127.0.0.1:8000/`.

    >>> from glasscase.settings.service import ServeSettings
    >>> with listen(ServeSettings(port=0)) as listener:
    ...     address(listener, ServeSettings()).rpartition(":")[0]
    'http://127.0.0.1'
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}/"


def check(settings: ServiceSettings) -> None:
    """Bring the database up to date once, before processes ask it side by side.

    Raises:
        BadStore: the database cannot be used.
        BadBundle: there is no bundle where `service.bundle` says.
    """
    if settings.service.bundle:
        model_id(settings.bundle_path)
    Store.open(settings.database_url).close()


def run(settings: ServiceSettings, listener: socket.socket) -> None:
    """Answer until SIGTERM or Ctrl-C; requests that were begun are answered first.

    Raises:
        GlasscaseError: what keeps it from starting.
    """
    log_as_json(settings.service.log_level)
    check(settings)
    if settings.service.workers == 1:
        _run_here(settings, listener)
        return
    if not settings.service.database:
        logger.warning("several processes share SQLite, which has one writer: use PostgreSQL")
    os.environ.update(settings.to_environment())
    Multiprocess(_configuration(FACTORY, settings), sockets=[listener]).run()


def _run_here(settings: ServiceSettings, listener: socket.socket) -> None:
    app = create_app(settings)
    # uvicorn sends the signal that stopped it once more when all is done: leave with 0 then.
    signal.signal(signal.SIGTERM, lambda *_: None)
    logging.getLogger("uvicorn.error").addFilter(lambda _: not hasattr(app.state, "failure"))
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        uvicorn.Server(_configuration(app, settings)).run(sockets=[listener])
    failure = getattr(app.state, "failure", None)
    if isinstance(failure, GlasscaseError):
        raise failure


def _configuration(app: FastAPI | str, settings: ServiceSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.service.workers,
        http=GuardedConnection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the app itself takes a proxy's word: service.proxies
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.limits.seconds) + 5,
    )
