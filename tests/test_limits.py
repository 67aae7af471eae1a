"""How much one caller, and all together, may send."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from glasscase.server.guard import limits as limits_module
from glasscase.server.guard.limits import BodyLimit, Limiter
from glasscase.server.guard.refusals import Refused
from glasscase.settings.service import LimitSettings


def test_a_burst_is_fine_and_then_it_is_so_many_a_minute() -> None:
    now = [0.0]
    limiter = Limiter(60, clock=lambda: now[0])
    for _ in range(15):
        limiter.check("a")
    with pytest.raises(Refused, match="more than 60 requests a minute") as refused:
        limiter.check("a")
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "1"
    limiter.check("b")  # others are free
    now[0] = 1.0
    limiter.check("a")
    with pytest.raises(Refused):
        limiter.check("a")


def test_who_asked_too_much_is_not_forgotten_for_many_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits_module, "_MOST_CALLERS", 100)
    limiter = Limiter(60, clock=lambda: 0.0)
    for _ in range(15):
        limiter.check("greedy")
    for number in range(1000):
        limiter.check(f"stranger-{number}")
    assert len(limiter) <= 100
    with pytest.raises(Refused):
        limiter.check("greedy")


def _asked(limit: BodyLimit, pieces: list[bytes], headers: dict[bytes, bytes] | None = None) -> Any:
    """Status and code of the answer to a body in pieces."""
    told: list[Any] = []
    rest = iter(pieces)

    async def receive() -> Any:
        piece = next(rest, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: Any) -> None:
        told.append(message)

    scope = {"type": "http", "path": "/v1/predict", "method": "POST", "query_string": b""}
    asyncio.run(limit({**scope, "headers": list((headers or {}).items())}, receive, send))
    return told[0]["status"], json.loads(told[1]["body"])


def test_a_body_without_an_end_is_refused_when_it_is_too_long() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass

    limit = BodyLimit(app, LimitSettings(max_body_megabytes=0.001))
    with pytest.raises(Refused, match=r"the request is larger than 0.001 MB") as refused:
        _asked(limit, [b"x" * 400] * 3)
    assert refused.value.status == 413
    assert limit.held_bytes == 0  # nothing is counted for ever


@pytest.mark.parametrize("length", [b"1001", b"9" * 5000])
def test_what_says_that_it_is_too_long_is_not_read(length: bytes) -> None:
    async def app(*_: Any) -> None:
        raise AssertionError("it was read")

    limit = BodyLimit(app, LimitSettings(max_body_megabytes=0.001))
    status, told = _asked(limit, [b"x"], {b"content-length": length})
    assert (status, told["code"], told["field"]) == (413, "too_large", "body")


def test_all_bodies_together_are_bounded() -> None:
    limit = BodyLimit(lambda *_: None, LimitSettings(max_body_megabytes=0.001))
    outcome: list[Any] = []

    async def sent() -> Any:
        return {"type": "http.request", "body": b"x" * 900, "more_body": False}

    async def holding(scope: Any, receive: Any, send: Any) -> None:
        """Ask again while the bodies of those before are held."""
        await receive()
        if len(outcome) < 20:
            outcome.append(limit.held_bytes)
            await limit(scope, sent, send)

    limit._app = holding
    with pytest.raises(Refused, match="too much is being sent at once") as refused:
        asyncio.run(limit({"type": "http", "path": "/v1/predict", "headers": []}, sent, None))
    assert refused.value.status == 503
    assert outcome == [900 * number for number in range(1, 9)]
    assert limit.held_bytes == 0
