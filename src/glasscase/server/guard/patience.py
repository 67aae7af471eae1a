"""How long one request is worth working for: until its time is up, or its sender has gone away.

Only waiting is cut short: for the rest of a body, for a turn of the model, for an explanation. What
changes something is never broken off half-way, so that nothing is changed without being noted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glasscase.server.guard.refusals import Refused

Result = TypeVar("Result")

_UPLOADS_TIMES = 20  # a body of 500 MB takes longer than one of 40
GONE = 499
"""The status that is logged where nobody reads the answer any more."""


class Patience:
    """Of one request."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._end = asyncio.get_running_loop().time() + seconds
        self._rest: asyncio.Task[Message] | None = None

    async def receive(self) -> Message:
        """The next piece of the request, as ASGI has it.

        Raises:
            Refused: 408, the body does not come in time.
        """
        if self._rest is not None:
            return await asyncio.shield(self._rest)
        try:
            async with asyncio.timeout_at(self._end):
                message = await self._receive()
        except TimeoutError:
            raise Refused(
                408, f"the request did not arrive within {self._seconds:g} s", "Send it again."
            ) from None
        if message["type"] == "http.request" and not message.get("more_body", False):
            # Whoever waits from now on learns that the sender has gone.
            self._rest = asyncio.create_task(_until_gone(self._receive))
        return message

    async def wait(self, answer: asyncio.Future[Result]) -> Result:
        """The result of `answer`, which is cancelled where it is not wanted any more.

        Raises:
            Refused: 503 its time is up, or 499 the sender has gone.
        """
        left = self._end - asyncio.get_running_loop().time()
        wanted: set[asyncio.Future[Result] | asyncio.Task[Message]] = {answer}
        if self._rest is not None:
            wanted.add(self._rest)
        try:
            await asyncio.wait(wanted, timeout=max(0.0, left), return_when="FIRST_COMPLETED")
            if answer.done():
                return answer.result()
        finally:
            answer.cancel()
        if self._rest is not None and self._rest.done():
            raise Refused(GONE, "the sender has gone away", code="gone")
        raise too_slow(self._seconds)

    def over(self) -> None:
        """The request is answered."""
        if self._rest is not None:
            self._rest.cancel()


def too_slow(seconds: float) -> Refused:
    """503: there was no answer in time."""
    return Refused(
        503,
        f"there was no answer within {seconds:g} s",
        "Try again in a moment, or raise limits.seconds.",
        code="too_slow",
        retry_after_seconds=5,
    )


_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


async def patiently(answer: asyncio.Future[Result]) -> Result:
    """The result of `answer`, as long as the request of this context is worth it.

    Raises:
        Refused: as `Patience.wait`.
    """
    patience = _patience.get()
    return await answer if patience is None else await patience.wait(answer)


class LimitedTime:
    """Middleware: gives every request its `Patience`."""

    def __init__(
        self, app: ASGIApp, seconds: float, is_upload: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._app, self._seconds, self._is_upload = app, seconds, is_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        times = _UPLOADS_TIMES if self._is_upload(scope["path"]) else 1
        patience = Patience(receive, times * self._seconds)
        token = _patience.set(patience)
        try:
            await self._app(scope, patience.receive, send)
        finally:
            _patience.reset(token)
            patience.over()


async def _until_gone(receive: Receive) -> Message:
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message
