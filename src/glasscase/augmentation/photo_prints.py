"""What shops and marketplaces print on photos: watermarks, banners, frames, words."""

from __future__ import annotations

import unicodedata

from PIL import Image, ImageDraw, ImageFont

from glasscase.augmentation.draws import Draws

WATERMARK = "SAMPLE"
_RED, _WHITE, _BLACK, _SCREEN = (196, 22, 28), (255, 255, 255), (0, 0, 0), (242, 242, 245)
_LEAST_PX = 6


def watermarked(picture: Image.Image, opacity: float) -> Image.Image:
    """`picture` with a grey word slantwise all over it, `opacity` 0 to 1."""
    width, height = picture.size
    font = _font(max(width, height) / 9)
    side = 2 * max(width, height)
    sheet = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(sheet)
    step_x, step_y = int(font.getlength(WATERMARK) * 1.3) + 1, int(font.size * 2.2) + 1
    for row, y in enumerate(range(0, side, step_y)):
        for x in range(-(row % 2) * step_x // 2, side, step_x):
            pen.text((x, y), WATERMARK, 255, font)
    left, top = (side - width) // 2, (side - height) // 2
    slanted = sheet.rotate(30, Image.Resampling.BILINEAR)
    mask = slanted.crop((left, top, left + width, top + height)).point(
        [round(value * opacity) for value in range(256)]
    )
    marked = picture.copy()
    marked.paste((128, 128, 128), (0, 0, width, height), mask)
    return marked


def with_banner(picture: Image.Image, share: float, draws: Draws) -> Image.Image:
    """`picture` with a red price banner over `share` (0 to 1) of its height, below or above."""
    price = f"SALE -{5 * (2 + draws.below(12))} %  {1 + draws.below(99)}.99"
    width, height = picture.size
    tall = max(_LEAST_PX, round(share * height))
    top = height - tall if draws.chance(0.7) else 0
    printed = picture.copy()
    pen = ImageDraw.Draw(printed)
    pen.rectangle((0, top, width, top + tall), fill=_RED)
    _write(pen, price, (width // 2, top + tall // 2), _fitted(price, 0.9 * width, 0.6 * tall))
    return printed


def as_screenshot(picture: Image.Image, share: float, draws: Draws) -> Image.Image:
    """`picture` as somebody photographed it off a shop's page: smaller, a bar above, lines below.

    The photo fills `share` of the sides of a screen as large as `picture`.
    """
    width, height = picture.size
    screen = Image.new("RGB", picture.size, _SCREEN)
    pen = ImageDraw.Draw(screen)
    bar = max(_LEAST_PX, round(0.09 * height))
    pen.rectangle((0, 0, width, bar), fill=(38, 40, 46))
    clock = f"{draws.below(24):02d}:{draws.below(60):02d}   shop.example"
    _write(pen, clock, (width // 2, bar // 2), _fitted(clock, 0.9 * width, 0.6 * bar))
    small = picture.resize(
        (max(1, round(share * width)), max(1, round(share * height))), Image.Resampling.BICUBIC
    )
    top = bar + max(1, round((height - bar - small.height) * 0.3))
    screen.paste(small, ((width - small.width) // 2, top))
    line, below = max(2, height // 60), top + small.height + max(2, height // 40)
    for number, length in enumerate((0.8, 0.6, 0.7)):
        y = below + 2 * number * line
        pen.rectangle((0.08 * width, y, length * width, y + line - 1), fill=(150, 152, 160))
    return screen


def with_word(picture: Image.Image, word: str, share: float, draws: Draws) -> Image.Image:
    """`picture` with `word` printed on a white label, its letters `share` of the height tall.

    A word too wide for the picture is printed smaller. Only what ASCII can write is printed; a
    word of which nothing is left changes nothing.
    """
    said = ascii_letters(word)
    if not said:
        return picture
    width, height = picture.size
    font = _fitted(said, 0.92 * width, share * height)
    wide, tall = font.getlength(said) + font.size, 1.5 * font.size
    left = draws.between(0, 1) * max(0.0, width - wide)
    top = draws.between(0, 1) * max(0.0, height - tall)
    printed = picture.copy()
    pen = ImageDraw.Draw(printed)
    pen.rectangle((left, top, left + wide, top + tall), fill=_WHITE, outline=_BLACK)
    middle = (round(left + wide / 2), round(top + tall / 2))
    _write(pen, said, middle, font, _BLACK)
    return printed


def ascii_letters(word: str) -> str:
    """`word` as the built-in font can print it: accents off, other scripts left out.

    >>> ascii_letters("Küche"), ascii_letters("杯子")
    ('Kuche', '')
    """
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return " ".join(plain.split()) if any(c.isalpha() for c in plain) else ""


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(max(_LEAST_PX, size))
    assert isinstance(font, ImageFont.FreeTypeFont)  # with a size, Pillow gives its own font
    return font


def _fitted(text: str, width: float, tall: float) -> ImageFont.FreeTypeFont:
    font = _font(tall)
    wide = font.getlength(text)
    return font if wide <= width else _font(tall * width / wide)


def _write(
    pen: ImageDraw.ImageDraw,
    text: str,
    middle: tuple[int, int],
    font: ImageFont.FreeTypeFont,
    colour: tuple[int, int, int] = _WHITE,
) -> None:
    pen.text(middle, text, colour, font, anchor="mm")
