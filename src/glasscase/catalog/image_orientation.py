"""Which way up a photo is held, from its EXIF note.

Pillow's own reader remarks on broken notes through Python's process-wide warnings; this one
reads the single number that is needed and ignores the rest.
"""

from __future__ import annotations

import struct

from PIL import Image

_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION, _SHORT = 0x0112, 3
_EXIF = b"Exif\x00\x00"


def turned(image: Image.Image, exif: bytes) -> Image.Image:
    """`image` as its EXIF note says it should be seen; a broken note changes nothing."""
    turn = _TURN.get(orientation(exif))
    return image if turn is None else image.transpose(turn)


def orientation(exif: bytes) -> int:
    """The orientation of an EXIF block, 1 to 8; 1 (upright) where there is none or it is broken.

    Layout: EXIF 2.3, a TIFF header and its first directory of 12-byte entries.
    """
    block = exif.removeprefix(_EXIF)
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(block[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", block, 4)
        (entries,) = struct.unpack_from(f"{order}H", block, at)
        for entry in range(min(entries, 512)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", block, at + 2 + 12 * entry)
            if tag == _ORIENTATION and kind == _SHORT:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def without_exif(jpeg: bytes) -> tuple[bytes, bytes]:
    """JPEG bytes without their EXIF segment, and that segment (empty where there is none)."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker == 0xDA or length < 2:  # the picture itself begins
            break
        end = at + 2 + length
        if marker == 0xE1 and jpeg.startswith(_EXIF, at + 4):
            return jpeg[:at] + jpeg[end:], jpeg[at + 4 : end]
        at = end
    return jpeg, b""
