"""What-if edits made on the photo, so that everything can be measured anew.

An edit is a rough sketch of a new design, good enough for measures that look at colour, size and
place. It is not a design, and nothing is measured on shoppers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from glasscase.encoders.read_line import ReadLine
from glasscase.packs.contrast import ink_of
from glasscase.packs.edit import Edit
from glasscase.packs.pack import Pack
from glasscase.packs.product_box import product_box

Pixels = NDArray[np.uint8]
_LOGO_LIKE = 0.6
"""How alike (0 to 1, Ratcliff & Obershelp) a line must be to the brand to be taken for its logo."""


@dataclass(frozen=True, slots=True, eq=False)
class Edited:
    """A pack after an edit, and the lines on it, which need not be read again."""

    pack: Pack
    lines: tuple[ReadLine, ...]
    note: str = ""
    """What was taken for what; or why nothing changed."""


def edited(edit: Edit, pack: Pack, lines: Sequence[ReadLine]) -> Edited:
    """`pack` with `edit` done on its photo; `lines` are those read on it."""
    if not edit.changes:
        return Edited(pack, tuple(lines), "nothing is changed")
    return _EDITS[edit.kind](edit, pack, tuple(lines))


def _contrast(edit: Edit, pack: Pack, lines: tuple[ReadLine, ...]) -> Edited:
    """Letters are moved away from (or towards) the colour of their ground, in sRGB."""
    if not lines:
        return Edited(pack, lines, "no words were read, so none could be changed")
    image = pack.image.copy()
    for line in lines:
        ink = ink_of(line.strip(pack.image))
        if ink is None:
            continue
        place = _place(line, image)
        ground = np.array(ink.ground, np.float64)
        moved = ground + (image[place] - ground) * (1 + edit.amount / 100)
        image[place] = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
    return Edited(replace(pack, image=image), lines)


def _logo(edit: Edit, pack: Pack, lines: tuple[ReadLine, ...]) -> Edited:
    """The line most like the brand, else the largest, is made larger about its middle."""
    if not lines:
        return Edited(pack, lines, "no words were read, so there is no logo to change")
    logo = logo_line(lines, pack.brand)
    image, factor = pack.image.copy(), 1 + edit.amount / 100
    place = _place(logo, image)
    cut = pack.image[place]
    ground = _ground(logo, pack.image)
    image[place] = ground
    size = max(1, round(cut.shape[1] * factor)), max(1, round(cut.shape[0] * factor))
    larger = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.LANCZOS))
    top = round((place[0].start + place[0].stop - larger.shape[0]) / 2)
    left = round((place[1].start + place[1].stop - larger.shape[1]) / 2)
    _paste(image, larger, top, left)
    middle = logo.corners.mean(axis=0)
    grown = replace(logo, corners=_kept_inside(middle + (logo.corners - middle) * factor, image))
    new = tuple(grown if line is logo else line for line in lines)
    return Edited(replace(pack, image=image), new, f"the logo is taken to be {logo.words[:60]!r}")


def _claims(edit: Edit, pack: Pack, lines: tuple[ReadLine, ...]) -> Edited:
    """The smallest lines are painted out in the colour of their ground; the logo stays."""
    if len(lines) < 2:
        return Edited(pack, lines, "there are no lines of words that could be spared")
    logo = logo_line(lines, pack.brand)
    rest = sorted((line for line in lines if line is not logo), key=lambda line: line.sides[1])
    gone = rest[: abs(round(edit.amount))]
    image = pack.image.copy()
    for line in gone:
        image[_place(line, image)] = _ground(line, pack.image)
    kept = tuple(line for line in lines if not any(line is one for one in gone))
    told = ", ".join(repr(line.words[:40]) for line in gone[:4])
    return Edited(replace(pack, image=image), kept, f"without {told}")


def _brightness(edit: Edit, pack: Pack, lines: tuple[ReadLine, ...]) -> Edited:
    """sRGB values are multiplied."""
    changed = ImageEnhance.Brightness(Image.fromarray(pack.image)).enhance(1 + edit.amount / 100)
    return Edited(replace(pack, image=_on_the_pack(pack.image, np.asarray(changed))), lines)


def _saturation(edit: Edit, pack: Pack, lines: tuple[ReadLine, ...]) -> Edited:
    """Colours are moved away from (or towards) the grey of their lightness."""
    changed = ImageEnhance.Color(Image.fromarray(pack.image)).enhance(1 + edit.amount / 100)
    return Edited(replace(pack, image=_on_the_pack(pack.image, np.asarray(changed))), lines)


def _hue(edit: Edit, pack: Pack, lines: tuple[ReadLine, ...]) -> Edited:
    """Every hue is turned on the circle of HSV; greys stay."""
    hsv = np.array(Image.fromarray(pack.image).convert("HSV"))
    hsv[..., 0] = (hsv[..., 0].astype(np.int32) + round(edit.amount * 256 / 360)) % 256
    changed = np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))
    return Edited(replace(pack, image=_on_the_pack(pack.image, changed)), lines)


_EDITS: dict[str, Callable[[Edit, Pack, tuple[ReadLine, ...]], Edited]] = {
    "contrast": _contrast,
    "logo": _logo,
    "claims": _claims,
    "brightness": _brightness,
    "saturation": _saturation,
    "hue": _hue,
}


def logo_line(lines: Sequence[ReadLine], brand: str) -> ReadLine:
    """The line most like `brand`; without a brand, or where none is like it, the largest."""
    if brand.strip():
        alike = [_alike(line.words, brand) for line in lines]
        if max(alike) >= _LOGO_LIKE:
            return lines[int(np.argmax(alike))]
    return max(lines, key=lambda line: line.sides[1])


def _alike(words: str, brand: str) -> float:
    one, other = words.casefold()[:100], brand.casefold()[:100]
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _place(line: ReadLine, image: Pixels) -> tuple[slice, slice]:
    """Rows and columns of the upright rectangle around a line, at least a pixel."""
    height, width = image.shape[:2]
    left, top, right, bottom = line.box
    x = int(np.clip(np.floor(left), 0, width - 1))
    y = int(np.clip(np.floor(top), 0, height - 1))
    x_end = int(np.clip(np.ceil(right), x + 1, width))
    y_end = int(np.clip(np.ceil(bottom), y + 1, height))
    return slice(y, y_end), slice(x, x_end)


def _ground(line: ReadLine, image: Pixels) -> Pixels:
    """The colour a line stands on."""
    ink = ink_of(line.strip(image))
    if ink is not None:
        return np.array(ink.ground, np.uint8)
    colour: Pixels = np.median(image[_place(line, image)].reshape(-1, 3), axis=0).astype(np.uint8)
    return colour


def _paste(image: Pixels, part: Pixels, top: int, left: int) -> None:
    """Put `part` on `image`; what would lie outside is cut off."""
    height, width = image.shape[:2]
    y, x = max(0, top), max(0, left)
    y_end, x_end = min(height, top + part.shape[0]), min(width, left + part.shape[1])
    if y < y_end and x < x_end:
        image[y:y_end, x:x_end] = part[y - top : y_end - top, x - left : x_end - left]


def _kept_inside(corners: NDArray[np.float64], image: Pixels) -> NDArray[np.float64]:
    return np.clip(corners, 0, np.array(image.shape[1::-1], np.float64))


def _on_the_pack(before: Pixels, after: Pixels) -> Pixels:
    """`after` within the pack's box, `before` on a plain ground around it."""
    height, width = before.shape[:2]
    left, top, right, bottom = product_box(before).box
    rows = slice(int(top * height), round(bottom * height))
    columns = slice(int(left * width), round(right * width))
    found = before.copy()
    found[rows, columns] = after[rows, columns]
    return found
