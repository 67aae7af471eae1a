"""Our own mistakes: told without details, with all headers of any other answer, and logged."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glasscase.server.guard.refusals import Refused, refusal_response
from glasscase.server.guard.request_ids import request_id

logger = logging.getLogger("glasscase.server")


class Bugs:
    """Middleware: an exception nobody expected becomes a 500, unless an answer was begun.

    Starlette's own stands outside of all other middleware, so its answers have no headers of ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Refused as refused:  # of middleware: routes' own are answered further in
            await refusal_response(Request(scope), refused)(scope, receive, send)
        except Exception as error:
            told = {"bug": type(error).__name__, "request_id": request_id(scope)}
            logger.error("bug", extra={"told": told}, exc_info=error)
            if begun:
                raise
            reason = "this is a bug in Glasscase, not in your data"
            told_so = Refused(500, reason, "Tell us the request id.")
            await refusal_response(Request(scope), told_so)(scope, receive, send)
