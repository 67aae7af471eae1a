"""Photos by URL: only from hosts that are allowed, never from inside one's own network.

A name is resolved once per connection; every address it has is checked, and the connection goes to
one of these very addresses, so that a name cannot point elsewhere between the check and the
connection (DNS rebinding). Certificate, SNI and Host stay those of the name. Each redirect is
checked anew. Proxies of the environment are not used.

Not covered: what an allowed host itself hands out.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpcore2

from glasscase.catalog.image_header import not_a_photo, photo_format
from glasscase.catalog.photo import Photo
from glasscase.server.guard.refusals import Refused
from glasscase.settings.service import ServiceSettings

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Name and port -> its addresses."""
_SECONDS = 10.0
_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_SNIFFED_BYTES = 32
_WEB_PORTS = {"https": 443, "http": 80}
_HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "glasscase"}
_HIDDEN = tuple(
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "fec0::/10",  # site-local
        "192.88.99.0/24",  # 6to4 relays
        "100.64.0.0/10",  # of providers
    )
)
"""Addresses that stand for another address, or that no public host has."""


async def resolve(name: str, port: int) -> list[str]:
    """The addresses of `name`, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class PhotoFetching:
    """Fetches photos for one request."""

    hosts: Sequence[str]
    """Allowed: `host` or `host:port` for https, `http://host` for http too. An address that is not
    public must be named itself, whatever name leads to it."""
    most_bytes: int
    seconds: float = _SECONDS
    """For all photos of a request together."""
    resolve: Resolve = resolve
    backend: httpcore2.AsyncNetworkBackend = field(default_factory=httpcore2.AnyIOBackend)
    certificates: ssl.SSLContext | None = None
    """Other than the system's; for tests."""

    @classmethod
    def of(cls, settings: ServiceSettings) -> PhotoFetching:
        """As a service is set."""
        most = int(settings.limits.max_photo_megabytes * 1_000_000)
        return cls(settings.service.photo_hosts, most)

    async def fetch_all(self, urls: Sequence[tuple[str, str]]) -> list[Photo]:
        """The photos at some URLs, each given with the part of the request it stands in.

        Raises:
            Refused: 413 too large, 415 not a photo, 422 anything else; says which.
        """
        place = urls[0][1] if urls else ""
        found = []
        try:
            async with asyncio.timeout(self.seconds), self._pool() as pool:
                for url, place in urls:
                    found.append(await self._fetch(pool, url, place))
        except TimeoutError:
            raise _refused(f"it did not come within {self.seconds:g} s", place) from None
        return found

    def _pool(self) -> Any:
        guarded = _GuardedNetwork(self.backend, self.resolve, _addresses(self.hosts))
        return httpcore2.AsyncConnectionPool(
            network_backend=guarded, ssl_context=self.certificates, max_keepalive_connections=0
        )

    async def _fetch(self, pool: Any, url: str, place: str) -> Photo:
        for _ in range(_REDIRECTS + 1):
            target = self._checked(url, place)
            try:
                async with pool.stream("GET", target, headers=_HEADERS) as answer:
                    if answer.status not in _MOVED:
                        return Photo(_name(url), data=await self._read(answer, url, place))
                    url = urljoin(url, _header(answer, b"location"))
            except _InternalAddress:
                raise _refused("its host is in an internal network", place) from None
            except (httpcore2.NetworkError, httpcore2.TimeoutException, OSError):
                raise _refused("its host cannot be reached", place) from None
            except (httpcore2.ProtocolError, UnicodeError, ValueError):
                raise _refused("its host answers nonsense", place) from None
        raise _refused(f"it is more than {_REDIRECTS} redirects away", place)

    def _checked(self, url: str, place: str) -> httpcore2.URL:
        """`url` in its parts, if it may be asked for."""
        scheme, host, port, target = _parts(url, place)
        allowed = {one.lower().removesuffix("/") for one in self.hosts}
        with_port = f"{host}:{port}" if port != _WEB_PORTS[scheme] else host
        wanted = f"http://{with_port}" if scheme == "http" else with_port
        if wanted not in allowed and not (scheme == "https" and f"https://{wanted}" in allowed):
            raise _refused(
                f"{wanted[:80]!r} is not among service.photo_hosts",
                place,
                "Send the photo itself, or have its host allowed.",
            )
        bare = host.strip("[]").encode("ascii")
        return httpcore2.URL(scheme=scheme, host=bare, port=port, target=target)

    async def _read(self, answer: Any, url: str, place: str) -> bytes:
        if answer.status != 200:
            raise _refused(f"its host answers {answer.status}", place)
        if _header(answer, b"content-encoding") not in ("", "identity"):
            raise _refused("it comes in a packed form that was not asked for", place)
        declared = _header(answer, b"content-length")
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > self.most_bytes):
            raise self._too_large(place)
        data, sniffed = bytearray(), False
        async for part in answer.aiter_stream():
            data += part
            if len(data) > self.most_bytes:
                raise self._too_large(place)
            if not sniffed and len(data) >= _SNIFFED_BYTES:
                _check_photo(bytes(data[:2048]), url, place)
                sniffed = True
        _check_photo(bytes(data[:2048]), url, place)
        return bytes(data)

    def _too_large(self, place: str) -> Refused:
        megabytes = self.most_bytes / 1_000_000
        return Refused(413, f"the photo is larger than {megabytes:g} MB", "Shrink it.", field=place)


class _InternalAddress(Exception):
    """A name leads into somebody's own network."""


@dataclass(frozen=True)
class _GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to the very addresses it has checked."""

    backend: httpcore2.AsyncNetworkBackend
    resolve: Resolve
    allowed: frozenset[str]
    """Addresses that are not public and may be asked all the same."""

    async def connect_tcp(self, host: str, port: int, **options: Any) -> Any:  # type: ignore[override]
        addresses = list(await self.resolve(host, port))
        if any(not self._may(address) for address in addresses):
            raise _InternalAddress
        failure: Exception = OSError("the name has no address")
        for address in addresses:
            try:
                return await self.backend.connect_tcp(address, port, **options)
            except (httpcore2.NetworkError, httpcore2.TimeoutException, OSError) as error:
                failure = error
        raise failure

    def _may(self, address: str) -> bool:
        return is_public(address) or address in self.allowed


def is_public(address: str) -> bool:
    """Whether a public host can have this address.

    >>> [is_public(one) for one in ("93.184.216.34", "10.0.0.7", "::ffff:8.8.8.8", "fe80::1%eth0")]
    [True, False, False, False]
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if getattr(parsed, "scope_id", None) or parsed.is_multicast or parsed.is_reserved:
        return False
    hidden = any(parsed.version == net.version and parsed in net for net in _HIDDEN)
    return parsed.is_global and not hidden


def _addresses(hosts: Iterable[str]) -> frozenset[str]:
    """The bare addresses among allowed hosts."""
    found = set()
    for host in hosts:
        bare = host.lower().removeprefix("http://").removeprefix("https://").removesuffix("/")
        name = urlsplit(f"//{bare}").hostname or ""
        try:
            found.add(str(ipaddress.ip_address(name)))
        except ValueError:
            continue
    return frozenset(found)


def _parts(url: str, place: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and target of `url`.

    Only plain characters: what two readers of URLs could read in two ways is refused.
    """
    plain = url.isascii() and all("!" <= one <= "~" for one in url) and "\\" not in url
    try:
        split = urlsplit(url)
        scheme, host, port = split.scheme.lower(), split.hostname or "", split.port
    except ValueError:
        plain = False
    if not plain or "@" in split.netloc or scheme not in _WEB_PORTS or not host:
        raise _refused("it is no plain https:// address", place, "Send the photo itself.")
    host = f"[{host}]" if ":" in host else host
    target = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return scheme, host, _WEB_PORTS[scheme] if port is None else port, target


def _name(url: str) -> str:
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1])[:200] or "photo"


def _header(answer: Any, name: bytes) -> str:
    found = (value for key, value in answer.headers if key.lower() == name)
    return str(next(found, b"").decode("ascii")).strip()


def _check_photo(start: bytes, url: str, place: str) -> None:
    if photo_format(start) is None:
        raise Refused.because(not_a_photo(start, _name(url)), field=place)


def _refused(why: str, place: str, remedy: str = "Send the photo itself.") -> Refused:
    return Refused(422, f"the photo cannot be fetched: {why}", remedy, field=place)
