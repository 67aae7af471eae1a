"""Photos by URL: only what was allowed is asked, and never anything inside one's own network."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from glasscase.server.guard.refusals import Refused
from glasscase.server.received.photo_fetching import PhotoFetching, is_public

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(PNG), PNG)
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


def names(**addresses: str) -> Resolve:
    """A resolver that knows these names (`__` is a dot); each call takes the next address."""
    lists = {name.replace("__", "."): iter(told.split()) for name, told in addresses.items()}

    async def resolve(name: str, port: int) -> list[str]:
        return [next(lists[name])]

    return resolve


class Recorded(httpcore2.AsyncNetworkBackend):
    """Notes the addresses connected to; nobody is there."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def connect_tcp(self, host: str, port: int, **options: Any) -> Any:
        self.asked.append((host, port))
        raise httpcore2.ConnectError


def refusal(fetching: PhotoFetching, url: str) -> Refused:
    with pytest.raises(Refused) as caught:
        asyncio.run(fetching.fetch_all([(url, "photo_url")]))
    assert caught.value.field == "photo_url"
    return caught.value


def local(
    *answers: bytes, url: str = "http://shop.test:{port}/mug.png", stays: bool = False, **more: Any
) -> tuple[Any, list[bytes]]:
    """What fetching `url` comes to where a server on this machine gives `answers`, one for each
    connection; `stays`: it keeps the connection open after its answer."""
    asked: list[bytes] = []

    async def run() -> Any:
        waiting = iter(answers)

        serving: list[asyncio.Task[Any]] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            serving.append(asyncio.current_task())
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(next(waiting).replace(b"{port}", str(port).encode()))
            with suppress(ConnectionError):
                await writer.drain()
                if stays:
                    await reader.read()  # until the other side has gone
                writer.close()
                await writer.wait_closed()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=more.pop("tls", None))
        port = server.sockets[0].getsockname()[1]
        allowed = [f"http://shop.test:{port}", f"shop.test:{port}", "127.0.0.1"]
        fetching = PhotoFetching(allowed, 1000, resolve=names(shop__test="127.0.0.1 " * 9))
        fetching = replace(fetching, **more)
        async with server:
            try:
                return await fetching.fetch_all([(url.format(port=port), "photos.0.url")])
            except Refused as refused:
                return refused
            finally:
                await asyncio.gather(*serving)

    return asyncio.run(run()), asked


def test_a_photo_comes_from_the_address_that_was_checked_under_its_own_name() -> None:
    (photo,), asked = local(OK)
    assert (photo.name, photo.data) == ("mug.png", PNG)
    assert b"\r\nHost: shop.test:" in asked[0]
    assert b"Accept-Encoding: identity" in asked[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.shop.example/mug.png",  # http was not allowed
        "https://cdn.shop.example:8443/mug.png",
        "https://other.example/mug.png",
        "https://cdn.shop.example.evil.example/",
        "https://cdn.shop.example./mug.png",
        "http://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http://127.1/",
    ],
)
def test_a_host_that_is_not_listed_is_not_even_looked_up(url: str) -> None:
    fetching = PhotoFetching(["cdn.shop.example"], 1000, resolve=names(), backend=Recorded())
    assert "is not among service.photo_hosts" in refusal(fetching, url).reason


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.shop.example@evil.example/",
        "https://evil.example#@cdn.shop.example/\\",
        "https://user:word@cdn.shop.example/mug.png",
        "https://cdn.shop.example\\@evil.example/",
        "https://cdn.shop.example\t/mug.png",
        "https://cdn.shop.example/\r\nHost: evil",
        "https://cdn。shop.example/",
        "https://cdn.shop.example:99999/",
        "https://[::1/",
        "file:///etc/passwd",
        "ftp://cdn.shop.example/mug.png",
        "//cdn.shop.example/mug.png",
        "",
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_refused(url: str) -> None:
    fetching = PhotoFetching(["cdn.shop.example"], 1000, resolve=names(), backend=Recorded())
    assert "no plain https:// address" in refusal(fetching, url).reason


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.7", "172.16.1.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1", "198.18.0.1",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::7f00:1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:0:1::1", "2001:db8::1", "nonsense",
    ],
)  # fmt: skip
def test_a_listed_name_that_leads_inside_is_refused(address: str) -> None:
    nobody = Recorded()
    fetching = PhotoFetching(
        ["cdn.shop.example"], 1000, resolve=names(cdn__shop__example=address), backend=nobody
    )
    refused = refusal(fetching, "https://cdn.shop.example/mug.png")
    assert refused.reason == "the photo cannot be fetched: its host is in an internal network"
    assert nobody.asked == []


def test_one_inner_address_among_public_ones_is_enough() -> None:
    async def both(name: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.7"]

    nobody = Recorded()
    fetching = PhotoFetching(["cdn.shop.example"], 1000, resolve=both, backend=nobody)
    assert "internal network" in refusal(fetching, "https://cdn.shop.example/").reason
    assert nobody.asked == []


def test_a_name_that_changes_its_mind_is_asked_once() -> None:
    nobody = Recorded()
    changing = names(cdn__shop__example="93.184.216.34 127.0.0.1")
    fetching = PhotoFetching(["cdn.shop.example"], 1000, resolve=changing, backend=nobody)
    assert "cannot be reached" in refusal(fetching, "https://cdn.shop.example/").reason
    assert nobody.asked == [("93.184.216.34", 443)]
    assert is_public("93.184.216.34")


def test_an_inner_address_is_asked_where_it_is_listed_itself() -> None:
    nobody = Recorded()
    known = {"resolve": names(images__shop="10.0.0.7"), "backend": nobody}
    fetching = PhotoFetching(["images.shop", "10.0.0.7"], 1000, **known)
    assert "cannot be reached" in refusal(fetching, "https://images.shop/mug.png").reason
    assert nobody.asked == [("10.0.0.7", 443)]


@pytest.mark.parametrize(
    ("answers", "status", "reason"),
    [
        ([b"302 Found\r\nLocation: http://169.254.169.254/"], 422, "not among service.photo_hosts"),
        ([b"302 Found\r\nLocation: http://127.0.0.1:{port}/"], 422, "not among service.photo_h"),
        ([b"301 Moved\r\nLocation: file:///etc/passwd"], 422, "no plain https:// address"),
        ([b"307 Moved\r\nLocation: /again"] * 9, 422, "more than 3 redirects away"),
        ([b"404 Not Found"], 422, "its host answers 404"),
        ([b"200 OK\r\nContent-Length: 1001"], 413, "the photo is larger than 0.001 MB"),
        ([b"200 OK\r\nContent-Encoding: gzip"], 422, "a packed form that was not asked for"),
        ([b"nonsense"], 422, "its host answers nonsense"),
    ],
)
def test_answers_that_are_no_photo(answers: list[bytes], status: int, reason: str) -> None:
    whole = [b"HTTP/1.1 " + one + b"\r\nConnection: close\r\n\r\n" for one in answers]
    refused, asked = local(*whole)
    assert (refused.status, reason in refused.reason) == (status, True), refused.reason
    assert len(asked) <= 4


def test_a_redirect_to_an_allowed_place_is_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /other.png\r\nContent-Length: 0\r\n\r\n"
    (photo,), asked = local(moved, OK)
    assert (photo.name, asked[1][:14]) == ("other.png", b"GET /other.png")


def test_a_body_without_end_is_cut_off() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
    refused, _ = local(head + PNG + bytes(5000), stays=True)
    assert (refused.status, refused.reason) == (413, "the photo is larger than 0.001 MB")


def test_a_page_in_the_place_of_a_photo_is_told_before_it_has_come_whole() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 900\r\n\r\n"
    refused, _ = local(head + b"<!doctype html><title>Sign in, please</title>", stays=True)
    assert refused.status == 415
    assert refused.reason == "photo 'mug.png' is not a photo but an HTML page"


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 108\r\n\r\n"
    refused, _ = local(head + PNG[:40], stays=True, seconds=0.2)
    assert refused.reason == "the photo cannot be fetched: it did not come within 0.2 s"
    assert refused.field == "photos.0.url"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for shop.test that signs itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", "both.pem", "-out", "cert.pem", "-days", "2", "-subj",
         "/CN=shop.test", "-addext", "subjectAltName=DNS:shop.test"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    both = folder / "both.pem"
    both.write_bytes(both.read_bytes() + (folder / "cert.pem").read_bytes())
    return both


def test_the_certificate_must_be_that_of_the_name(certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    asked_for: list[str | None] = []
    server.sni_callback = lambda _, name, __: asked_for.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))
    told: dict[str, Any] = {"tls": server, "certificates": trusting}
    (photo,), _ = local(OK, url="https://shop.test:{port}/mug.png", **told)
    assert (photo.data, asked_for) == (PNG, ["shop.test"])
    told = {"tls": server, "certificates": ssl.create_default_context()}
    refused, _ = local(OK, url="https://shop.test:{port}/mug.png", **told)
    assert "cannot be reached" in refused.reason
