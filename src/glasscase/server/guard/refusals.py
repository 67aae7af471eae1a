"""The one shape of every error the service answers: what, where, do this, and the request's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from glasscase.errors import BadStore, GlasscaseError
from glasscase.server.guard.field_words import field_words
from glasscase.server.guard.request_ids import request_id
from glasscase.server.guard.trouble import tell

_TITLES = {
    400: "bad_request",
    401: "no_key",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media",
    421: "wrong_host",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
    501: "not_installed",
    502: "bad_service",
    503: "busy",
    507: "no_space",
}
_ANYWHERE = (400, 401, 403, 408, 413, 421, 422, 429, 500, 503)
_DATABASE_SECONDS = 5
_FORMS = ("/login", "/logout")
"""What people send from a page without a script."""


class Refusal(BaseModel):
    """What is wrong, where, and what to do about it."""

    code: str = Field(description="A word for programs, such as `too_large`.")
    message: str = Field(description="What is wrong, for people.")
    field: str | None = Field(description="Which part of the request; null: the whole of it.")
    remedy: str = Field(description="What to do about it; may be empty.")
    request_id: str = Field(description="Stands in the log beside what happened.")


class Refused(Exception):
    """A request is not answered: `status`, what is wrong (`reason`), where, what to do."""

    def __init__(
        self,
        status: int,
        reason: str,
        remedy: str = "",
        *,
        field: str | None = None,
        retry_after_seconds: float | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code or _TITLES.get(status, "bad_request")
        self.reason = reason.strip().rstrip(".")
        self.remedy = remedy.strip()
        self.field = field
        self.headers: dict[str, str] = {}
        if retry_after_seconds is not None:
            self.headers["Retry-After"] = str(max(1, round(retry_after_seconds)))
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"

    @classmethod
    def because(cls, error: GlasscaseError, *, field: str | None = None) -> Refused:
        """The refusal an expected error stands for.

        Of a database that is away callers are not told where it is and what it said: that is for
        the log, and whoever has no key hears it too.
        """
        if isinstance(error, BadStore):
            tell({"database": error.reason})
            return cls(
                error.status, "the database cannot be used now",
                "Try again in a moment; the service's log says why.",
                retry_after_seconds=_DATABASE_SECONDS, code="bad_store",
            )  # fmt: skip
        return cls(
            error.status, error.reason, error.remedy, field=field, code=_code_of(type(error))
        )


def wrong_field(errors: Sequence[ErrorDetails | Mapping[str, Any]], *, within: int = 0) -> Refused:
    """The refusal of a request whose fields pydantic does not take: the first that is wrong.

    `within`: how many parts of a field's place say where it stood (FastAPI's first is `body`).
    """
    first = errors[0]
    field = ".".join(str(part) for part in first["loc"][within:]) or None
    reason = f"{field or 'the body'}: {field_words(first)}"
    return Refused(422, reason, "See /docs.", field=field)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: these statuses answer the one shape."""
    told: dict[int | str, dict[str, Any]] = {}
    as_json = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for status in sorted({*statuses, *_ANYWHERE}):
        title = _TITLES[status].replace("_", " ")
        told[status] = {"model": Refusal, "description": title, "content": as_json}
    return told


def refusal_response(request: Request, refused: Refused) -> Response:
    """The answer to a request that is refused: JSON, or a page where a person is reading."""
    refusal = Refusal(
        code=refused.code,
        message=refused.reason,
        field=refused.field,
        remedy=refused.remedy,
        request_id=request_id(request.scope),
    )
    if _person_reads(request):
        from glasscase.server.view import refusal_page

        return refusal_page(request, refusal, refused.status, refused.headers)
    return JSONResponse(refusal.model_dump(), refused.status, headers=refused.headers)


def install(app: FastAPI) -> None:
    """Let every error of `app` leave in the one shape."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(GlasscaseError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refusal_response(request, error)


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, GlasscaseError)
    return refusal_response(request, Refused.because(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return refusal_response(request, wrong_field(error.errors(), within=1))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, Refused):  # raised while FastAPI read the body
        return refusal_response(request, error.__cause__)
    reason = {
        404: f"there is nothing at {request.url.path!r}",
        405: f"{request.method} is not possible here",
    }.get(error.status_code, str(error.detail))
    refused = Refused(error.status_code, reason, "See /docs for what there is.")
    refused.headers.update(_plain(error.headers))
    return refusal_response(request, refused)


async def _bug(request: Request, error: Exception) -> Response:
    tell({"bug": type(error).__name__, "request_id": request_id(request.scope)}, error=error)
    return refusal_response(
        request,
        Refused(500, "this is a bug in Glasscase, not in your data", "Tell us the request id."),
    )


def _plain(headers: Mapping[str, str] | None) -> dict[str, str]:
    return dict(headers or {})


def _code_of(kind: type[GlasscaseError]) -> str:
    name = kind.__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")


def _person_reads(request: Request) -> bool:
    path = request.url.path
    wants = request.headers.get("accept", "")
    if "text/html" not in wants or path.startswith("/v1/"):
        return False
    return request.method in ("GET", "HEAD") or path in _FORMS
