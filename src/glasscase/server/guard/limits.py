"""How much a caller may send: bytes of a body, of all bodies together, requests per minute."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glasscase.server.guard.refusals import Refused, refusal_response
from glasscase.settings.service import LimitSettings

MEGABYTE = 1_000_000
_BODIES_AT_ONCE = 8
_MOST_CALLERS = 10_000
_UPLOADS = re.compile(
    r"/v1/(batches|catalogues|kpi|packs|models|models/compare|models/[^/]{1,64}/evaluate)/?"
)
_PRODUCTS = re.compile(
    r"(/v1/(predict|explain|search|cards|products/similar|catalogues/corrected|insights(/report)?)"
    r"|/predict)/?"
)
"""Requests that bring a product, or a table or result that is answered in one go."""
_COMMAND_MEGABYTES = 1.0


def is_upload(path: str) -> bool:
    """Whether what is sent to `path` goes to a file piece by piece, and may be long.

    >>> is_upload("/v1/models"), is_upload("/v1/models/roles")
    (True, False)
    """
    return _UPLOADS.fullmatch(path) is not None


def most_megabytes(path: str, limits: LimitSettings) -> float:
    """How large a request to `path` may be.

    What is neither an upload nor a product is a command of some words. FastAPI reads those whole,
    as JSON and on the event loop, before anybody is asked for a key, so they have to be small.
    """
    if is_upload(path):
        return limits.batch_megabytes
    if _PRODUCTS.fullmatch(path):
        return limits.max_body_megabytes
    return min(_COMMAND_MEGABYTES, limits.max_body_megabytes)


class BodyLimit:
    """Middleware: a body larger than allowed is answered 413 as soon as that is known.

    All bodies that are held at the same time, uploads aside, may have as many bytes as a few of
    the largest; what comes on top is answered 503.
    """

    def __init__(self, app: ASGIApp, limits: LimitSettings) -> None:
        self._app, self._limits = app, limits
        self._most_held = int(_BODIES_AT_ONCE * limits.max_body_megabytes * MEGABYTE)
        self._held = 0  # only the event loop counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request; count its body while it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = is_upload(scope["path"])
        megabytes = most_megabytes(scope["path"], self._limits)
        most, seen = int(megabytes * MEGABYTE), 0
        refused = Refused(
            413, f"the request is larger than {megabytes:g} MB", "Send less at once.", field="body"
        )
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > most):
            await refusal_response(Request(scope), refused)(scope, receive, send)
            return

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            size = len(message.get("body", b""))
            seen += size
            self._held += 0 if upload else size
            if seen > most:
                raise refused
            if not upload and self._held > self._most_held:
                raise Refused(
                    503,
                    "too much is being sent at once",
                    "Try again in a moment.",
                    retry_after_seconds=2,
                )
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            if not upload:
                self._held -= seen

    @property
    def held_bytes(self) -> int:
        """Of the bodies of all requests that are not answered yet."""
        return self._held


class Limiter:
    """A bucket of tokens per caller: it refills evenly, a short burst is fine.

    Not covered: several processes, which count apart; each caller may ask that many times as much.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._most = max(1.0, per_minute / 4)
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def __len__(self) -> int:
        """Of how many callers it knows."""
        return len(self._left)

    def check(self, caller: str) -> None:
        """Count one request. Raises `Refused` (429, with Retry-After) where it is one too many."""
        now = self._clock()
        with self._lock:
            tokens = self._tokens(caller, now)
            if tokens < 1:
                raise Refused(
                    429,
                    f"more than {60 * self._per_second:.0f} requests a minute",
                    "Wait as long as Retry-After says, or raise limits.requests_per_minute.",
                    retry_after_seconds=(1 - tokens) / self._per_second,
                )
            if len(self._left) >= _MOST_CALLERS and caller not in self._left:
                self._forget_some(now)
            self._left[caller] = (tokens - 1, now)

    def _tokens(self, caller: str, now: float) -> float:
        tokens, before = self._left.get(caller, (self._most, now))
        return min(self._most, tokens + (now - before) * self._per_second)

    def _forget_some(self, now: float) -> None:
        """Those whose bucket is full again need not be known; else the half with the most left,
        so that whoever asks too much is remembered longest."""
        left = {caller: self._tokens(caller, now) for caller in self._left}
        kept = sorted(
            (caller for caller in left if left[caller] < self._most), key=left.__getitem__
        )
        self._left = {caller: self._left[caller] for caller in kept[: _MOST_CALLERS // 2]}
