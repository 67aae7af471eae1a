"""What stored bytes are, from their first bytes alone: format, size, or why they are no photo."""

from __future__ import annotations

import io
import struct
from pathlib import PurePosixPath

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from glasscase.catalog.image_orientation import without_exif
from glasscase.errors import BadPhoto

READABLE = "JPEG, PNG, WebP, GIF, BMP or TIFF"
ENDINGS: dict[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
}
"""The formats that are read, and the file endings each goes by."""

_OPENERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)

_SAVE_AS = f"Save it as {READABLE}."
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "Export the picture from it."),
    (b"%!PS", "a PostScript document", _SAVE_AS),
    (b"PK\x03\x04", "a ZIP archive or Office document", "Unpack it first."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first."),
    (b"Rar!", "a RAR archive", "Unpack it first."),
    (b"8BPS", "a Photoshop document", _SAVE_AS),
    (b"\x00\x00\x01\x00", "a Windows icon", _SAVE_AS),
    (b"\xff\x0a", "a JPEG XL image", _SAVE_AS),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image", _SAVE_AS),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image", _SAVE_AS),
    (b"MZ", "a program", "Remove it."),
    (b"\x7fELF", "a program", "Remove it."),
    (b"\x1a\x45\xdf\xa3", "a video", "Take a picture from it."),
    (b"OggS", "a sound or video", "Give a picture."),
    (b"ID3", "a sound", "Give a picture."),
)
_BOXES = {b"avif": "an AVIF image", b"avis": "an AVIF image", b"heic": "a HEIC image",
          b"heix": "a HEIC image", b"mif1": "a HEIC image", b"msf1": "a HEIC image"}  # fmt: skip


def photo_format(data: bytes) -> str | None:
    """The format the bytes say they are (a key of `ENDINGS`), whatever the file is called.

    >>> photo_format(b"GIF89a..."), photo_format(b"<html>")
    ('GIF', None)
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((name for magic, name in _MAGIC if data.startswith(magic)), None)


def wrong_ending(name: str, kind: str) -> str | None:
    """The ending of `name` where it claims another format than `kind`, else None.

    >>> wrong_ending("mug.png", "JPEG"), wrong_ending("mug.jpeg", "JPEG")
    ('.png', None)
    """
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    known = {known for endings in ENDINGS.values() for known in endings}
    return ending if ending in known and ending not in ENDINGS[kind] else None


def not_a_photo(data: bytes, name: str) -> BadPhoto:
    """The error that says what `data` looks like instead of a photo, and what to do."""
    if not data:
        return BadPhoto(f"photo {name!r} is empty (0 bytes)", "Upload or download it again.")
    looks, remedy = _looks_like(data)
    return BadPhoto(f"photo {name!r} is not a photo but {looks}", remedy)


def open_photo(data: bytes, name: str) -> ImageFile.ImageFile:
    """Read the header with the format's own reader; no pixel is decoded.

    The EXIF note of a JPEG is put aside unread, in `info["exif"]` as with the other formats.

    Pillow's `Image.open` is not used: it warns about large sizes through process-wide flags,
    while the limit here is the caller's setting.

    Raises:
        BadPhoto: no format that is read, or a damaged header.
    """
    kind = photo_format(data)
    if kind is None:
        raise not_a_photo(data, name)
    data, exif = without_exif(data) if kind == "JPEG" else (data, b"")
    try:
        picture = _OPENERS[kind](io.BytesIO(data), name)
        if exif:
            picture.info["exif"] = exif
        return picture
    except Exception as error:
        raise damaged(name, kind, error) from error


def damaged(name: str, kind: str, error: Exception) -> BadPhoto:
    """The error for a photo of a known format whose bytes do not hold what they should."""
    words = str(error).lower()
    if "truncated" in words or "unexpected end" in words or isinstance(error, EOFError):
        reason = f"photo {name!r} is truncated: the file ends before the picture does"
    else:
        reason = f"photo {name!r} is a damaged {kind} file ({str(error)[:100] or 'unreadable'})"
    return BadPhoto(reason, "Upload or download it again.")


def photo_size(data: bytes, name: str) -> tuple[int, int, str]:
    """Width and height in pixels as stored (before any EXIF turn), and the format.

    Reads the header only: a 500-megapixel PNG costs microseconds. For most files the first
    64 KiB are enough; a header that lies further back needs the whole file.

    Raises:
        BadPhoto: not a photo, or a damaged header.
    """
    kind = photo_format(data)
    size = _fixed_size(data, kind)
    if kind is None or size is None:
        size = open_photo(data, name).size
        kind = str(kind)
    if min(size) < 1:
        raise BadPhoto(f"photo {name!r} is {size[0]} x {size[1]} px", "Save it again.")
    return size[0], size[1], kind


def _fixed_size(data: bytes, kind: str | None) -> tuple[int, int] | None:
    if kind == "PNG" and data[12:16] == b"IHDR" and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if kind == "GIF" and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    if kind == "WEBP" and len(data) >= 30:
        return _webp_size(data)
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _looks_like(data: bytes) -> tuple[str, str]:
    for magic, looks, remedy in _OTHERS:
        if data.startswith(magic):
            return looks, remedy
    if data[4:8] == b"ftyp":
        return _BOXES.get(data[8:12], "a video"), _SAVE_AS
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return "an SVG drawing", _SAVE_AS
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in head:
        return "an HTML page", "Download the photo again: a page came in its place."
    if head.startswith(b"<?xml"):
        return "an XML document", "Download the photo again: a message came in its place."
    if head.startswith((b"{", b"[")):
        return "JSON text", "Download the photo again: a message came in its place."
    if not any(data[:2048]):
        return "a file of zero bytes", "Upload or download it again."
    if all(byte >= 32 or byte in b"\t\r\n\f" for byte in data[:2048]):
        return "text", f"Give a {READABLE} file."
    return "an unknown kind of file", _SAVE_AS
