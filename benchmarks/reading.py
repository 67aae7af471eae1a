"""Reading packs: which words are read, how right their contrast and the height of letters are.

    python benchmarks/reading.py [--packs 6] [--data ../shared/data]

Drawn packs with words of known text, size, face and colours, saved as JPEG (quality 85) with a
shade over them. Faces are those that come with matplotlib. Then how far letters survive blur, print
that is turned, mirrored or in other scripts, clutter by the number of things on a pack, and, with
`--data`, clutter and words on photos of bottles. A pack is read once per row of the first table.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from glasscase.catalog.image_decoding import decode
from glasscase.encoders.photo_reader import PhotoReader
from glasscase.extras import need
from glasscase.packs.blurred_words import BLUR_SHARES, View, kept_words
from glasscase.packs.clutter_congestion import feature_congestion
from glasscase.packs.clutter_subband import subband_entropy
from glasscase.packs.contrast import contrast_ratio
from glasscase.packs.pack import Pack
from glasscase.packs.reading import Reading, read_pack
from glasscase.packs.same_words import kept_share, words_in

WORDS = (
    "Acorn Dark Roast", "low in acid", "Crunchy oats", "NEW RECIPE", "baked in small batches",
    "Fine honey", "no added sugar", "ORGANIC", "sun dried", "Extra mild", "roasted slowly",
    "rich in fibre", "GLUTEN FREE", "hand picked", "Best before noon", "family size",
)  # fmt: skip
SIZES = (10, 14, 20, 32, 60)
RATIOS = (1.2, 1.5, 2.0, 3.0, 4.5, 7.0, 14.0)
FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral")
PACK = (600, 900)


@dataclass(frozen=True)
class Printed:
    """One line on a pack."""

    words: str
    size: int
    x_height: float
    capital: float
    ratio: float
    middle: tuple[float, float]


def colours(ratio: float, rng: np.random.Generator) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two colours of any hue whose contrast is about `ratio`."""
    best, missed = ((0, 0, 0), (255, 255, 255)), 99.0
    for _ in range(4000):
        ink, ground = (tuple(int(c) for c in rng.integers(0, 256, 3)) for _ in range(2))
        error = abs(np.log(contrast_ratio(ink, ground) / ratio))
        if error < missed:
            best, missed = (ink, ground), error
        if missed < 0.01:
            break
    return best


def pack_of(ratio: float, face: Path, rng: np.random.Generator) -> tuple[np.ndarray, list[Printed]]:
    """A pack with two lines of each size in one contrast."""
    ink, ground = colours(ratio, rng)
    picture = Image.new("RGB", PACK, ground)
    draw = ImageDraw.Draw(picture)
    printed, top = [], 20
    for size in np.repeat(SIZES, 2).tolist():
        words = str(rng.choice(WORDS))
        font = ImageFont.truetype(str(face), size)
        left = int(rng.integers(10, 60))
        draw.text((left, top), words, ink, font)
        box = draw.textbbox((left, top), words, font)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        heights = [font.getbbox(sign)[3] - font.getbbox(sign)[1] for sign in ("x", "E")]
        true = contrast_ratio(ink, ground)
        printed.append(Printed(words, size, heights[0], heights[1], true, middle))
        top = box[3] + 14 + size // 2
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return decode(stream.getvalue(), name="drawn"), printed


def matched(printed: list[Printed], reading: Reading) -> Iterator[tuple[Printed, object, float]]:
    """Each printed line, the line read at its place (or None) and the share of its words read."""
    for one in printed:
        at = [
            line
            for line in reading.lines
            if line.read.box[0] <= one.middle[0] <= line.read.box[2]
            and line.read.box[1] <= one.middle[1] <= line.read.box[3]
        ]
        read = [word for line in at for word in words_in(line.words)]
        yield one, (at[0] if at else None), kept_share(words_in(one.words), read)


def table(title: str, rows: list[str], columns: list[str], cells: dict) -> None:
    print(f"\n{title}\n| | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 1))
    for row in rows:
        print(f"| {row} | " + " | ".join(cells.get((row, c), "") for c in columns) + " |")


def reading_table(packs: int, faces: list[Path]) -> None:
    """Words read, and errors of contrast and of the height of letters, by size and contrast."""
    reader, rng = PhotoReader(), np.random.default_rng(0)
    kept: dict[tuple[int, float], list[float]] = {}
    contrast: dict[tuple[int, float], list[float]] = {}
    height: dict[int, list[float]] = {}
    seconds = []
    for ratio in RATIOS:
        for number in range(packs):
            image, printed = pack_of(ratio, faces[number % len(faces)], rng)
            began = time.perf_counter()
            reading = read_pack(Pack("drawn", image), reader=reader)
            seconds.append(time.perf_counter() - began)
            for one, line, share in matched(printed, reading):
                kept.setdefault((one.size, ratio), []).append(share)
                if line is None or share < 1 or line.ratio is None:
                    continue
                error = abs(line.ratio / one.ratio - 1)
                contrast.setdefault((one.size, ratio), []).append(error)
                true = one.capital if one.words.isupper() else one.x_height
                height.setdefault(one.size, []).append(line.letter_px / true - 1)
    rows, columns = [f"{s} px" for s in SIZES], [f"{r:g}" for r in RATIOS]
    pairs = [(s, r) for s in SIZES for r in RATIOS]
    name = {(s, r): (f"{s} px", f"{r:g}") for s, r in pairs}
    shares = {name[p]: f"{np.mean(kept[p]):.2f}" for p in pairs if p in kept}
    table("share of words read, by type size and contrast", rows, columns, shares)
    errors = {name[p]: f"{np.median(contrast[p]):.1%}" for p in pairs if p in contrast}
    table("median error of the contrast ratio, of lines read", rows, columns, errors)
    everything = np.concatenate([np.array(v) for v in contrast.values()])
    print(f"all lines: median {np.median(everything):.1%}, 95 % within "
          f"{np.percentile(everything, 95):.1%}")  # fmt: skip
    print("\nheight of letters: type size, mean error, 95 % within")
    for size, found in height.items():
        print(f"| {size} px | {np.mean(found):+.1%} | {np.percentile(np.abs(found), 95):.1%} |")
    everything = np.abs(np.concatenate([np.array(v) for v in height.values()]))
    print(f"| all | | {np.percentile(everything, 95):.1%} |")
    print(f"one pack read and measured: median {np.median(seconds):.2f} s")


def blur_table(faces: list[Path]) -> None:
    """Words still read by size and blur, on packs of high contrast."""
    reader, rng = PhotoReader(), np.random.default_rng(1)
    views = [View(f"{share:.2%}", share * PACK[1]) for share in BLUR_SHARES]
    cells: dict[tuple[str, str], list[float]] = {}
    for face in faces:
        image, printed = pack_of(14.0, face, rng)
        reading = read_pack(Pack("drawn", image), reader=reader)
        found = kept_words(image, reading.lines, reader, views)
        index = {id(line): i for i, line in enumerate(reading.lines)}
        for one, line, _ in matched(printed, reading):
            for view, shares in zip(views, found, strict=True):
                share = 0.0 if line is None else shares[index[id(line)]]
                cells.setdefault((f"{one.size} px", view.name), []).append(share)
    shown = {key: f"{np.mean(value):.2f}" for key, value in cells.items()}
    rows, columns = [f"{s} px" for s in SIZES], [view.name for view in views]
    table(
        "share of words still read, by type size and blur (share of the height)",
        rows,
        columns,
        shown,
    )


def odd_prints(faces: list[Path]) -> None:
    """Turned, mirrored and foreign print."""
    reader = PhotoReader()
    font = ImageFont.truetype(str(faces[0]), 60)
    print("\nodd print: what is read (score)")
    plain = Image.new("RGB", (700, 300), "white")
    ImageDraw.Draw(plain).text((60, 60), "Dark Roast", "black", font)
    shown = {f"turned by {angle}": plain.rotate(angle, expand=True, fillcolor="white")
             for angle in (0, 5, 15, 30, 45, 90, 180, 270)}  # fmt: skip
    shown["mirrored"] = plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for name, words in {"Greek": "Καφές", "Cyrillic": "Кофе тёмный", "Arabic": "قهوة",
                        "accents": "Crème brûlée"}.items():  # fmt: skip
        shown[name] = Image.new("RGB", (700, 300), "white")
        ImageDraw.Draw(shown[name]).text((60, 60), words, "black", font)
    for name, picture in shown.items():
        lines = reader.lines(np.asarray(picture))
        told = ", ".join(f"{line.words!r} ({line.score:.2f})" for line in lines) or "nothing"
        print(f"| {name} | {told} |")


def clutter_table() -> None:
    """Clutter by how many things of how many colours are on a pack."""
    print(
        "\nclutter: things on a pack of 340 x 512 pixels, mean of 5"
        "\n| things | congestion | entropy |"
    )
    for count in (0, 3, 6, 12, 25, 50, 100):
        found = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            image = np.full((512, 340, 3), rng.integers(120, 256, 3), np.uint8)
            for _ in range(count):
                x, y = int(rng.integers(0, 280)), int(rng.integers(0, 450))
                w, h = rng.integers(10, 60, 2)
                image[y : y + h, x : x + w] = rng.integers(0, 256, 3)
            found.append((feature_congestion(image).value, subband_entropy(image)))
        congestion, entropy = np.mean(found, axis=0)
        print(f"| {count} | {congestion:.2f} | {entropy:.2f} |")


def photos(data: Path, most: int) -> None:
    """Real photos: clutter, words and time."""
    reader, rows = PhotoReader(), []
    for path in sorted((data / "wines" / "images").iterdir())[:most]:
        image = decode(path.read_bytes(), name=path.name)
        began = time.perf_counter()
        reading = read_pack(Pack(path.stem, image), reader=reader)
        read = time.perf_counter() - began
        words = sum(len(words_in(line.words)) for line in reading.lines)
        rows.append((feature_congestion(image).value, subband_entropy(image), words, read))
    print(f"\n{len(rows)} photos of bottles: 10, 50 and 90 % have at most")
    for name, column in zip(
        ("congestion", "entropy", "words", "seconds"), np.array(rows).T, strict=True
    ):
        print(
            f"| {name} | "
            + " | ".join(f"{v:.2f}" for v in np.percentile(column, [10, 50, 90]))
            + " |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packs", type=int, default=6, help="drawn packs per contrast")
    parser.add_argument("--data", type=Path, help="folder of the shared data sets")
    parser.add_argument("--photos", type=int, default=30)
    told = parser.parse_args()
    folder = Path(need("matplotlib", extra="train").get_data_path()) / "fonts" / "ttf"
    faces = [folder / f"{name}.ttf" for name in FACES]
    reading_table(told.packs, faces)
    blur_table(faces)
    odd_prints(faces)
    clutter_table()
    if told.data:
        photos(told.data, told.photos)


if __name__ == "__main__":
    main()
