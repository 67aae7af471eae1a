"""Signing in on the pages: a key is exchanged for a cookie that scripts cannot read."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import COOKIE, address, check_origin
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()

_WRONG = "This key is not valid. It may have been revoked, or a part of it is missing."
_EMPTY = "Type your key."
_MOST_FORM_PARTS = 4
_LIFETIME_SECONDS = 30 * 24 * 3600


@router.get("/login")
async def login(request: Request, service: ServiceOf) -> Response:
    """The form that asks for a key; straight on where none is needed."""
    after = own_path(request.query_params.get("next", ""))
    if not service.settings.service.keys_needed:
        return RedirectResponse(after, 303)
    return page(request, "login.html", after=after, wrong="")


@router.post("/login")
async def sign_in(request: Request, service: ServiceOf) -> Response:
    """Check the key; a right one becomes the cookie, a wrong one is told.

    Raises:
        Refused: 429 too many keys were tried from this address; 403 from another site's page.
    """
    check_origin(request, service)
    service.sign_ins.check(address(request))
    form = await request.form(max_files=0, max_fields=_MOST_FORM_PARTS)
    secret = str(form.get("key", "")).strip()
    after = own_path(str(form.get("next", "")))
    known = await run_in_threadpool(service.store.keys.check, secret) if secret else None
    if known is None:
        return _again(request, after, _WRONG if secret else _EMPTY)
    answer = RedirectResponse(after, 303)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=_LIFETIME_SECONDS,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/logout")
async def sign_out(request: Request, service: ServiceOf) -> Response:
    """Forget the key in this browser."""
    check_origin(request, service)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def own_path(path: str) -> str:
    r"""`path` where it is one of this service, else `/`: nobody is sent on to another site.

    >>> own_path("/analysis?sample=3")
    '/analysis?sample=3'
    >>> own_path("//evil.example/"), own_path("/\\evil.example"), own_path("https://evil.example")
    ('/', '/', '/')
    """
    strange = "\\" in path or any(ord(letter) < 33 for letter in path)
    parts = urlsplit(path) if not strange else None
    if parts is None or parts.scheme or parts.netloc or not path.startswith("/"):
        return "/"
    return "/" if path.startswith("//") else path


def _again(request: Request, after: str, wrong: str) -> HTMLResponse:
    return page(request, "login.html", status=401, after=after, wrong=wrong)
