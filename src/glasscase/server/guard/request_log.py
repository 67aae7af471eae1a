"""One JSON line per request, and its figures. Never photos, texts, keys or query strings."""

from __future__ import annotations

import json
import logging
import sys
import time
from traceback import format_tb
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glasscase.server.guard.metrics import Metrics
from glasscase.server.guard.request_ids import request_id

logger = logging.getLogger("glasscase.requests")
_OTHERS = ("sqlalchemy", "asyncio", "concurrent.futures")


class JsonLines(logging.Formatter):
    """A log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """`record` in one line; what was given as `extra={"told": {...}}` becomes fields."""
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        told = getattr(record, "told", None)
        line.update(told if isinstance(told, dict) else {"message": record.getMessage()})
        if record.exc_info:
            line["error"] = _where(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_as_json(level: str) -> None:
    """Let Glasscase's and uvicorn's records, and warnings of what is beneath, leave as JSON lines.

    On stderr. Call it at start.
    """
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines())
    for name in ("glasscase", "uvicorn", "uvicorn.error"):
        one = logging.getLogger(name)
        one.handlers[:] = [lines] if name != "uvicorn.error" else []
        one.propagate = name == "uvicorn.error"
        one.setLevel(level.upper())
    for name in _OTHERS:  # what they warn of shall stand in lines of JSON too
        logging.getLogger(name).handlers[:] = [lines]
    logging.getLogger("uvicorn.access").disabled = True


def _where(found: Any) -> list[str]:
    """Kind and places of an exception. Not its message: that may quote what somebody sent."""
    kind, _, places = found
    return [getattr(kind, "__name__", "?"), *(line.strip() for line in format_tb(places))]


class RequestLog:
    """Middleware: logs each request when its answer has left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on and log what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500
        metrics = _metrics(scope)
        metrics.in_flight.inc()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - started
            caller = scope.get("state", {}).get("caller")
            told = {
                "request_id": request_id(scope),
                "method": scope["method"][:16],
                "path": _template(scope),
                "status": status,
                "milliseconds": round(1000 * seconds, 2),
                "caller": getattr(caller, "id", None),
            }
            logger.info("request", extra={"told": told})
            metrics.in_flight.dec()
            metrics.note(told["path"], scope["method"], status, seconds)


def _template(scope: Scope) -> str:
    """The route's own path, with names in the place of ids; nothing of what the sender wrote."""
    route = scope.get("route")
    if route is None and scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(route, "path", "(none)"))


def _metrics(scope: Scope) -> Metrics:
    return cast(Metrics, scope["app"].state.service.metrics)
