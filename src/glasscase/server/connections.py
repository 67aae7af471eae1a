"""A connection that bounds what comes before a request's body, and refuses it in the one shape.

uvicorn's own takes headers of any length, in any time, and keeps them all in memory.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 65_536
HEAD_SECONDS = 20.0


class GuardedConnection(HttpToolsProtocol):
    """One connection of a client. `HEAD_BYTES` bounds request line and headers together.

    Not covered: a client that opens very many connections; that is for the proxy or the firewall.
    """

    _head_bytes = 0
    _in_head = True
    _too_slow: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, not for ever."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request line begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._too_slow is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Read on, unless what came before the body is too long by now."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(431, f"the headers are longer than {HEAD_BYTES:,} bytes", "Send fewer.")

    def send_400_response(self, msg: str) -> None:
        """What cannot be read as HTTP."""
        del msg
        self._refuse(400, "this is not HTTP that can be read", "Send HTTP/1.1.")

    def _refuse(self, status: int, reason: str, remedy: str) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # an answer is on its way: nothing may stand in its midst
            return
        request_id = secrets.token_hex(8)
        told: dict[str, Any] = {
            "code": "headers_too_large" if status == 431 else "bad_request",
            "message": reason,
            "field": None,
            "remedy": remedy,
            "request_id": request_id,
        }
        body = json.dumps(told).encode()
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nX-Content-Type-Options: nosniff\r\n"
            f"X-Request-ID: {request_id}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._too_slow = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._too_slow is not None:
            self._too_slow.cancel()
            self._too_slow = None
