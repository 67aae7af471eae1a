"""How much a caller may send: bytes of a body, requests per minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glasscase.server.refusals import Refused, refusal_response
from glasscase.settings.service import LimitSettings

MEGABYTE = 1_000_000
_MOST_CALLERS = 10_000


class BodyLimit:
    """Middleware: a body larger than allowed is answered 413 as soon as that is known."""

    def __init__(self, app: ASGIApp, limits: LimitSettings) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request; count its body while it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        megabytes = self._most_megabytes(scope["path"])
        most, seen = int(megabytes * MEGABYTE), 0
        refused = Refused(
            413, f"the request is larger than {megabytes:g} MB", "Send less at once.", field="body"
        )
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:
            await refusal_response(Request(scope), refused)(scope, receive, send)
            return

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise refused
            return message

        await self._app(scope, counted, send)

    def _most_megabytes(self, path: str) -> float:
        uploads = path.startswith(("/v1/batches", "/v1/models"))
        return self._limits.batch_megabytes if uploads else self._limits.max_body_megabytes


class Limiter:
    """A bucket of tokens per caller: it refills evenly, a short burst is fine."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._most = max(1.0, per_minute / 4)
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def check(self, caller: str) -> None:
        """Count one request. Raises `Refused` (429, with Retry-After) where it is one too many."""
        now = self._clock()
        with self._lock:
            tokens, before = self._left.get(caller, (self._most, now))
            tokens = min(self._most, tokens + (now - before) * self._per_second)
            if tokens < 1:
                wait = (1 - tokens) / self._per_second
                raise Refused(
                    429,
                    f"more than {60 * self._per_second:.0f} requests a minute",
                    "Wait as long as Retry-After says, or raise limits.requests_per_minute.",
                    retry_after_seconds=wait,
                )
            if len(self._left) >= _MOST_CALLERS:
                self._left.clear()
            self._left[caller] = (tokens - 1, now)
