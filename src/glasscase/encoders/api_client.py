"""Asks an OpenAI-compatible endpoint; its address and key never leave this file.

Neither is ever part of a message, a log or anything that is stored.
"""

from __future__ import annotations

import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from glasscase.encoders.api_answer import ApiAnswer, read_answer
from glasscase.errors import BadService, BadSetting
from glasscase.extras import need

MAX_BYTES = 64_000_000
"""More of an answer is not read: 128 vectors of 16,000 numbers are less."""
_TRIES = 5
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 1.0, 60.0
_ANSWER_SECONDS = 120.0
_GRACE_SECONDS = 0.5
_AGAIN = frozenset({408, 429, 500, 502, 503, 504, 529})
_OPENAI = "https://api.openai.com/v1"
_LOGS = ("httpx2", *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy",
         "socks")))  # fmt: skip


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, and with which key."""

    base: str = field(repr=False)
    key: str = field(repr=False)
    """Empty for endpoints without one, such as Ollama."""

    @classmethod
    def from_environment(
        cls, given: Mapping[str, str] = os.environ, *, wanted_by: str = "an api: encoder"
    ) -> Endpoint:
        """GLASSCASE_API_BASE and GLASSCASE_API_KEY; without either OPENAI_BASE_URL and
        OPENAI_API_KEY. A key is never sent to the address of the other pair.

        Args:
            given: the environment.
            wanted_by: who needs it; for messages.

        Raises:
            BadSetting: there is no address, or it is none.
        """
        own = given.get("GLASSCASE_API_BASE", ""), given.get("GLASSCASE_API_KEY", "")
        openai_key = given.get("OPENAI_API_KEY", "")
        openai = given.get("OPENAI_BASE_URL", "") or (_OPENAI if openai_key else ""), openai_key
        base, key = (part.strip() for part in (own if any(own) else openai))
        if not base:
            raise BadSetting(
                f"{wanted_by} needs the address of its endpoint",
                "Set GLASSCASE_API_BASE, such as http://localhost:11434/v1, and GLASSCASE_API_KEY.",
            )
        try:
            parts = urlsplit(base)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
            usable = usable and (parts.port or 1) > 0 and base.isprintable()
        except ValueError:
            usable = False
        if not usable or not (key.isascii() and key.isprintable()):
            what = "key" if usable else "address"
            message = f"the {what} of the endpoint cannot be used"
            raise BadSetting(message, "Addresses look like https://api.openai.com/v1.")
        return cls(base.rstrip("/"), key)


class RefusedByEndpoint(BadService):
    """An endpoint answers, and lets in neither this request nor the same one again."""

    def __init__(self, reason: str, remedy: str, *, answered: int) -> None:
        self.answered = answered
        """The HTTP status."""
        super().__init__(reason, remedy)


class ApiClient:
    """Sends requests to an endpoint and waits where it says so. Thread-safe."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        sleep: Callable[[float], None] = time.sleep,
        answer_seconds: float = _ANSWER_SECONDS,
        tries: int | None = None,
        called: str = "embeddings endpoint",
    ) -> None:
        """Nothing is sent yet.

        Args:
            endpoint: where to ask.
            sleep: waits so many seconds before trying again.
            answer_seconds: longest time for one answer.
            tries: how often one request is sent at most; five times if not given.
            called: what messages call it.
        """
        self._tries = tries
        self._endpoint = endpoint
        self._called = called
        self._sleep = sleep
        self._answer_seconds = answer_seconds
        self._library: Any = need("httpx2", extra="api")
        self._client: Any = None
        self._lock = threading.Lock()

    def embeddings(self, model: str, texts: Sequence[str]) -> ApiAnswer:
        """The vectors of `texts` [n, dim] by `model`, in order.

        Raises:
            BadService: the endpoint is away, refuses, redirects, or answers nonsense.
        """
        sent = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        return read_answer(self.post("embeddings", {"model": model, "input": sent}), len(texts))

    def post(self, path: str, request: Mapping[str, Any]) -> bytes:
        """What the endpoint answers at `path` to `request`, sent as JSON; at most `MAX_BYTES`.

        What may pass by itself (429, 5xx, a broken connection) is tried again up to four times,
        after 1, 2, 4 and 8 seconds or as long as `Retry-After` asks.

        Raises:
            BadService: the endpoint is away, redirects, or does not come to an end.
            RefusedByEndpoint: it will not have this request.
        """
        body = json.dumps(request).encode("ascii")
        tries = self._tries or _TRIES
        for attempt in range(tries):
            wait = _FIRST_WAIT_SECONDS * 2**attempt
            try:
                status, headers, answer = self._post(path, body)
            except self._library.TimeoutException:
                error = self._service("does not answer in time")
            except self._library.HTTPError:
                error = self._service("cannot be reached")
            except (self._library.InvalidURL, UnicodeError):
                raise self._service("has an address that cannot be used") from None
            else:
                if status == 200:
                    return answer
                error = self._refusal(status, answer)
                if status not in _AGAIN or b"insufficient_quota" in answer:
                    raise error
                wait = max(wait, _asked_wait(headers.get("retry-after", "")))
            if wait > _LONGEST_WAIT_SECONDS:
                more = f"{error.reason}, and asks to wait {wait:.0f} seconds"
                raise BadService(more, "Run the same command later: what was paid for is kept.")
            if attempt + 1 < tries:
                self._sleep(wait)
        raise error

    def _post(self, path: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer, never more than `MAX_BYTES`."""
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self._endpoint.key:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        end = time.monotonic() + self._answer_seconds
        parts: list[bytes] = []
        size = 0
        client = self._opened()
        with (
            _unlogged(),
            self._cut_off_late(client),
            client.stream(
                "POST", f"{self._endpoint.base}/{path}", content=body, headers=headers
            ) as response,
        ):
            if response.headers.get("content-encoding", "identity") != "identity":
                raise self._service("answers in a packed form that was not asked for")
            for part in response.iter_raw():
                size += len(part)
                if size > MAX_BYTES:
                    raise self._service(f"answers with more than {MAX_BYTES // 1_000_000} MB")
                if time.monotonic() > end:
                    raise self._service("does not come to an end with its answer")
                parts.append(part)
            return response.status_code, response.headers, b"".join(parts)

    @contextmanager
    def _cut_off_late(self, client: Any) -> Iterator[None]:
        """Close `client` when its answer takes too long, for headers that come drop by drop never
        run into the time allowed for one read."""
        late = threading.Event()

        def cut() -> None:
            late.set()
            with self._lock:
                if self._client is client:
                    self._client = None
            client.close()

        alarm = threading.Timer(self._answer_seconds + _GRACE_SECONDS, cut)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        except (self._library.HTTPError, OSError, RuntimeError):
            if not late.is_set():
                raise
            raise self._service("does not come to an end with its answer") from None
        finally:
            alarm.cancel()

    def _opened(self) -> Any:
        with self._lock:
            if self._client is None:
                timeout = self._library.Timeout(min(60.0, self._answer_seconds), connect=10.0)
                self._client = self._library.Client(timeout=timeout, follow_redirects=False)
        return self._client

    def _refusal(self, status: int, body: bytes) -> BadService:
        if 300 <= status < 400:
            return self._service("sends us on to another address, which is not followed")
        if status in (401, 403):
            remedy = "Check GLASSCASE_API_KEY."
            reason = f"the {self._called} refuses the key ({status})"
            return RefusedByEndpoint(reason, remedy, answered=status)
        if b"insufficient_quota" in body:
            return BadService(f"the account at the {self._called} is used up", "Top it up.")
        if status >= 500 or status in _AGAIN:
            return self._service(f"answers {status}")
        said = self._said(body)
        reason = f"the {self._called} answers {status}{f': {said}' if said else ''}"
        remedy = "Check the model's name and what the endpoint lets in."
        return RefusedByEndpoint(reason, remedy, answered=status)

    def _service(self, what: str) -> BadService:
        remedy = (
            "Check GLASSCASE_API_BASE and that it runs; then the same command goes on from here."
        )
        return BadService(f"the {self._called} {what}", remedy)

    def _said(self, body: bytes) -> str:
        """What the endpoint says is wrong, where it says so; without key and address."""
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return ""
        for name in ("error", "message"):
            said = said.get(name, said) if isinstance(said, dict) else said
        if not isinstance(said, str):
            return ""
        host = urlsplit(self._endpoint.base).netloc
        for secret in (self._endpoint.key, self._endpoint.base, host):
            said = said.replace(secret, "...") if secret else said
        clean = "".join(c if c.isprintable() else " " for c in said)
        return " ".join(clean.split())[:200]


def _asked_wait(header: str) -> float:
    """Seconds that `Retry-After` asks for: a number or a date; 0 where it is neither."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            until = parsedate_to_datetime(header)
        except (ValueError, TypeError, OverflowError):
            return 0.0
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = (until - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


@contextmanager
def _unlogged() -> Iterator[None]:
    """The HTTP library logs addresses; not those of this thread's requests in here."""
    mine = threading.get_ident()

    def of_others(record: logging.LogRecord) -> bool:
        return record.thread != mine

    loggers = [logging.getLogger(name) for name in _LOGS]
    for logger in loggers:
        logger.addFilter(of_others)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(of_others)
