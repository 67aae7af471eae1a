"""One file over HTTP: goes on where it broke off, never leaves its host, never grows too large."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from glasscase.errors import CannotFetch
from glasscase.files import explained_write, write_json
from glasscase.progress import Progress, silent

_CHUNK_BYTES = 1 << 17
_TIMEOUT_SECONDS = 30.0
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)$")
_BY_HAND = "Check the network, or fetch the file by hand and name its folder with --from."


def download(
    url: str, place: Path, *, most_bytes: int, trusted: bool, progress: Progress = silent
) -> None:
    """Fetch `url` to `place`, which appears when all of it is there.

    What came in before a break stays in `<name>.part` beside it. The next call asks for the rest
    only (RFC 9110, ranges) and takes the answer only if the server says that it begins there;
    otherwise it begins anew.

    Args:
        url: https, or http on this very machine.
        place: where the file goes.
        most_bytes: more is refused, by the header or while it comes in.
        trusted: the whole is checked by its SHA-256 afterwards. If not, a rest is asked for only
            of a server that can say whether the file is still the same.
        progress: is told of every piece.

    Raises:
        CannotFetch: no network, an answer other than the file, a redirect to another host, too
            large, or broken off; says what to do.
        CannotWrite: the disk is full.
    """
    check_address(url)
    part = _Part(place.with_name(f"{place.name}.part"), url)
    with explained_write(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        start = part.resumable(trusted=trusted)
        try:
            complete = _fetch(part, start, most_bytes, progress)
            if not complete:
                part.clear()
                complete = _fetch(part, 0, most_bytes, progress)
        except HTTPError as error:
            raise CannotFetch(
                f"{url} answers {error.code} {error.reason}", "It may have moved: see its home."
            ) from None
        except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
            raise _unreachable(url, error) from None
        if not complete:
            raise CannotFetch(f"{url} cannot be fetched in order", _BY_HAND)
        part.path.replace(place)
        part.clear()


def check_address(url: str) -> None:
    """Raises `CannotFetch` where `url` is neither https nor on this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_here(parts.hostname or ""):
        return
    raise CannotFetch(f"{url} is not an https address", "Only those are fetched.")


@dataclass(frozen=True)
class _Part:
    """The beginning of a file, and what the server said to know it again by."""

    path: Path
    url: str

    @property
    def _notes(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def validator(self) -> str:
        """A strong ETag of the same address, or "" (RFC 9110, If-Range)."""
        try:
            notes = json.loads(self._notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        etag = notes.get("etag") if isinstance(notes, dict) and notes.get("url") == self.url else ""
        strong = isinstance(etag, str) and re.fullmatch(r'"[\x21\x23-\x7e]*"', etag)
        return str(etag) if strong else ""

    def resumable(self, *, trusted: bool) -> int:
        """How many bytes are there to go on from; 0 to begin anew."""
        there = self.path.stat().st_size if self.path.is_file() else 0
        if there and not (trusted or self.validator()):
            self.clear()
            return 0
        return there

    def note(self, response: HTTPResponse) -> None:
        write_json(self._notes, {"url": self.url, "etag": response.headers.get("ETag", "")})

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)


def _fetch(part: _Part, start: int, most_bytes: int, progress: Progress) -> bool:
    """Fetch the file from byte `start` on; False where that cannot be and it must begin anew."""
    headers = {"User-Agent": "glasscase", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator := part.validator():
            headers["If-Range"] = validator
    opener = build_opener(_SameHost())
    try:
        response = opener.open(Request(part.url, headers=headers), timeout=_TIMEOUT_SECONDS)
    except HTTPError as error:
        if error.code == 416 and start:  # nothing behind what is there: not the same file
            return False
        raise
    with response:
        if response.status == 206:
            total = _resumed(response.headers.get("Content-Range", ""), start)
            if not start or total is None:
                return False
        elif response.status == 200:
            start = 0
            length = response.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else 0
        else:
            raise CannotFetch(f"{part.url} answers {response.status}", "See its home.")
        if total > most_bytes:
            raise _too_large(part, total, most_bytes)
        part.note(response)
        _receive(response, part, start, (total, most_bytes), progress)
    return True


def _resumed(content_range: str, start: int) -> int | None:
    """Size of the whole (0 if not told) where the answer begins at `start`, else None."""
    match = _RANGE.match(content_range.strip())
    if match is None or int(match[1]) != start:
        return None
    return 0 if match[3] == "*" else int(match[3])


def _receive(
    response: IO[bytes], part: _Part, start: int, sizes: tuple[int, int], progress: Progress
) -> None:
    total, most_bytes = sizes
    pieces = max(1, -(-((total or most_bytes) - start) // _CHUNK_BYTES))
    there = start
    with part.path.open("ab" if start else "wb") as stream:
        what = f"fetching {part.url.rpartition('/')[2]}"
        for piece in progress.track(_pieces(response), total=pieces, what=what):
            there += len(piece)
            if there > most_bytes:
                break
            stream.write(piece)
    if there > most_bytes:
        raise _too_large(part, there, most_bytes)
    if total and there < total:
        raise CannotFetch(
            f"{part.url} broke off after {there:,} of {total:,} bytes",
            "Run the same command again: it goes on from there.",
        )


def _pieces(response: IO[bytes]) -> Iterator[bytes]:
    try:
        while piece := response.read(_CHUNK_BYTES):
            yield piece
    except (HTTPException, OSError):
        return  # told by what is missing


def _too_large(part: _Part, size: int, most_bytes: int) -> CannotFetch:
    part.clear()
    return CannotFetch(
        f"{part.url} is larger than it may be: {size:,} bytes, the limit is {most_bytes:,}",
        "It is not the file that was wanted; see its home.",
    )


def _unreachable(url: str, error: Exception) -> CannotFetch:
    reason = getattr(error, "reason", None) or error
    return CannotFetch(f"{url} cannot be reached: {reason}", _BY_HAND)


class _SameHost(HTTPRedirectHandler):
    """Follows redirects on the same host only, and never from https to http."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:  # fmt: skip
        """The request to follow with. Raises `CannotFetch` where it leads elsewhere."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if (old.scheme, old.netloc) != (new.scheme, new.netloc):
            raise CannotFetch(
                f"{req.full_url} leads to another place, {new.scheme}://{new.netloc}",
                "That is not followed. " + _BY_HAND,
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
