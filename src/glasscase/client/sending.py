"""Requests to the service: one connection, patience where it asks for some, errors in its words."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from glasscase.client.refused import Refused, Unreachable
from glasscase.errors import BadSetting
from glasscase.extras import need

_AGAIN = frozenset({429, 503})
_MOST_ERROR_BYTES = 100_000


class Sending:
    """Sends, tries again where the service says when, and tells refusals. Thread-safe."""

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        seconds: float,
        retries: int,
        longest_wait_seconds: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadSetting(
                f"{url!r} is no address of a service", "Give one like http://127.0.0.1:8000."
            )
        self._place = parts.netloc.rpartition("@")[2]
        self._library: Any = need("httpx2", extra="client")
        headers = {"Accept": "application/json"} | (
            {"Authorization": f"Bearer {key}"} if key else {}
        )
        self._client = self._library.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=seconds, follow_redirects=False
        )
        self._retries, self._longest, self._sleep = retries, longest_wait_seconds, sleep

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def told(self, method: str, path: str, **told: Any) -> Any:
        """The answer to a request, read as JSON; None where there is none.

        Raises:
            Refused: the service's own refusal.
            Unreachable: it is not there, or answers nonsense.
        """
        answer = self.raw(method, path, **told)
        try:
            return json.loads(answer) if answer else None
        except ValueError:
            raise Unreachable("the service answers nonsense", "Check its address.") from None

    def raw(self, method: str, path: str, **told: Any) -> bytes:
        """The answer to a request as it is. Raises as `told`."""
        with self.stream(method, path, **told) as parts:
            return b"".join(parts)

    @contextmanager
    def stream(self, method: str, path: str, **told: Any) -> Iterator[Iterator[bytes]]:
        """The answer to a request, piece by piece. Raises as `told`."""
        for attempt in range(self._retries + 1):
            with self._asked(method, path, told) as answer:
                wait = _wait(answer.status_code, answer.headers)
                if answer.status_code < 300:
                    yield self._parts(answer)
                    return
                refused = _refusal(answer)
            if wait is None or attempt == self._retries or wait > self._longest:
                raise refused
            self._sleep(wait)

    @contextmanager
    def _asked(self, method: str, path: str, told: Mapping[str, Any]) -> Iterator[Any]:
        with self._reached(), self._client.stream(method, path, **told) as answer:
            yield answer

    def _parts(self, answer: Any) -> Iterator[bytes]:
        with self._reached():
            yield from answer.iter_bytes()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except self._library.TimeoutException:
            raise Unreachable("the service does not answer in time", "Try again later.") from None
        except self._library.HTTPError:
            raise Unreachable(
                f"the service at {self._place} cannot be reached",
                "Check its address, and that it runs.",
            ) from None


def _wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds after which the service wants to be asked again; None: it does not."""
    if status not in _AGAIN:
        return None
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _refusal(answer: Any) -> Refused:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _MOST_ERROR_BYTES:
            break
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict) or "message" not in told:
        told = {"message": f"the service answers {answer.status_code}"}
    field = told.get("field")
    return Refused(
        answer.status_code,
        str(told["message"]),
        str(told.get("remedy", "")),
        code=str(told.get("code", "")),
        field=None if field is None else str(field),
        request_id=str(told.get("request_id", answer.headers.get("x-request-id", ""))),
    )
