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
LATE_BYTES = 100_000_000
"""Many clients read no answer before they have sent all, so a refused body is read on for long."""


class GuardedConnection(HttpToolsProtocol):
    """One connection of a client. `HEAD_BYTES` bounds request line and headers together.

    Not covered: a client that opens very many connections; that is for the proxy or the firewall.
    """

    _in_head = True
    _head_bytes = 0
    """Of pieces that held nothing but a part of the head."""
    _field_bytes = 0
    """Of the headers read so far: several may come in one piece."""
    _late_bytes = 0
    """Of bodies that came after the answer."""
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
        self._in_head, self._head_bytes, self._field_bytes = True, 0, 0
        if self._too_slow is None:
            self._wait_for_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header is whole."""
        self._field_bytes += len(name) + len(value) + 4
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Read on, unless what came before the body is too long by now."""
        before = self._in_head
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data) if before else 0
        if max(self._head_bytes, self._field_bytes) > HEAD_BYTES:
            self._refuse(431, f"the headers are longer than {HEAD_BYTES:,} bytes", "Send fewer.")

    def on_body(self, body: bytes) -> None:
        """Read on; what nobody reads any more, for it is answered already, is not read for ever."""
        super().on_body(body)
        if self.cycle is not None and self.cycle.response_complete:
            self._late_bytes += len(body)
            if self._late_bytes > LATE_BYTES:
                self.transport.close()

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
