"""Who may do what: keys with scopes, and on one's own machine no keys but no strangers either."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from glasscase.server.guard.refusals import Refused
from glasscase.server.service import Service, service_of
from glasscase.store.keys import Scope

COOKIE = "glasscase_key"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_FOREIGN_SITES = ("cross-site", "same-site")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    id: str
    """Of the key; `local` on this machine without keys."""
    name: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Whether this caller's scopes allow `scope`; admin allows everything."""
        return scope in self.scopes or "admin" in self.scopes


LOCAL = Caller("local", "this machine", frozenset({"admin"}))


async def caller_of(request: Request) -> Caller:
    """The caller of `request`, whatever it may do.

    Raises:
        Refused: 401 no valid key where one is needed; 421 or 403 a page of another site asks.
    """
    service = service_of(request)
    check_origin(request, service)
    if not service.settings.service.keys_needed:
        caller = LOCAL
    else:
        secret = _secret(request)
        key = await run_in_threadpool(service.store.keys.check, secret) if secret else None
        if key is None:
            if secret:  # nobody guesses 256 bits, but the database need not be asked for ever
                service.sign_ins.check(address(request))
            raise Refused(
                401,
                "the key is not valid" if secret else "a key is needed",
                "Send it as 'Authorization: Bearer gck_...'; glasscase keys create makes one.",
            )
        caller = Caller(key.id, key.name, frozenset(key.scopes))
    request.scope.setdefault("state", {})["caller"] = caller
    service.limiter.check(caller.id if caller is not LOCAL else address(request))
    return caller


def needs(scope: Scope, *others: Scope) -> Any:
    """A dependency: the caller, who must be allowed `scope` or one of the others."""

    async def allowed(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        if not any(caller.may(one) for one in (scope, *others)):
            raise _not_allowed(scope)
        return caller

    return Depends(allowed)


def page_reader(scope: Scope | None = None) -> Any:
    """A dependency for pages: the caller, sent to the sign-in page first where a key is missing."""

    async def reading(request: Request) -> Caller:
        try:
            caller = await caller_of(request)
        except Refused as refused:
            if refused.status != 401:
                raise
            first = Refused(303, "sign in first", "Go to /login.")
            query = f"?{request.url.query}" if request.url.query else ""
            first.headers["Location"] = f"/login?next={quote(request.url.path + query)}"
            raise first from None
        if scope is not None and not caller.may(scope):
            raise _not_allowed(scope)
        return caller

    return Depends(reading)


def _not_allowed(scope: Scope) -> Refused:
    return Refused(
        403, f"this key may not {_DOES[scope]}", f"Ask for one with the scope {scope!r}."
    )


_DOES = {"predict": "ask for answers", "review": "review", "admin": "administrate"}
Predicting = Annotated[Caller, needs("predict")]
Reviewing = Annotated[Caller, needs("review")]
Administrating = Annotated[Caller, needs("admin")]
Looking = Annotated[Caller, needs("predict", "review")]
"""Whoever may do anything at all may see how good the models are."""
PageReader = Annotated[Caller, page_reader()]
PagePredicting = Annotated[Caller, page_reader("predict")]
PageReviewing = Annotated[Caller, page_reader("review")]


def check_origin(request: Request, service: Service) -> None:
    """Refuse what a page of another site sends through somebody's browser.

    Without keys the Host must be a name of this machine (a foreign name that was bound to our
    address would be one's own page to the browser); what changes something must not come from a
    page of another origin, unless CORS allows that origin.

    Raises:
        Refused: 421 for a foreign Host, 403 for a foreign Origin.
    """
    host = request.headers.get("host", "")
    if not service.settings.service.keys_needed and not service.is_own_host(host):
        raise Refused(
            421, f"this service is not called {_shown(host)!r}", "Add the name to service.hosts."
        )
    origin = request.headers.get("origin")
    if request.method in _SAFE_METHODS:
        return
    if origin is None and request.headers.get("sec-fetch-site") not in _FOREIGN_SITES:
        return  # a program, or a browser's own navigation
    if origin is not None and _allowed(origin, host, service.settings.service.cors_origins):
        return
    raise Refused(
        403,
        f"a page of {_shown(origin or 'another site')!r} may not do this",
        "Add the site to service.cors_origins if it may.",
    )


def _secret(request: Request) -> str:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value:
        return value.strip()
    return request.headers.get("x-api-key", "") or request.cookies.get(COOKIE, "")


def address(request: Request) -> str:
    """Where the request comes from, as far as the connection or a trusted proxy tells.

    Of IPv6 the network (/64): whoever has one has all addresses of it.
    """
    host = request.client.host if request.client else "unknown"
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host


def _allowed(origin: str, host: str, others: Sequence[str]) -> bool:
    try:
        own = urlsplit(origin).netloc == host
    except ValueError:  # no URL at all
        return False
    return own or origin in others


def _shown(text: str) -> str:
    return text[:80]
