"""Vectors are kept, found again, given up for space, and never cost an answer."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.cache import CacheUsage, VectorCache
from glasscase.encoders.cached_encoder import CachedEncoder, text_digest
from glasscase.encoders.encoder import Encoded, EncoderCard
from glasscase.errors import CannotWrite

GB = 10**9
CARD = EncoderCard("toy", "text", 4, "Apache-2.0", "here", "00")


class Heard:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.totals: list[int] = []

    def track(self, items, *, total, what):
        del what
        self.totals.append(total)
        yield from items

    def say(self, message: str) -> None:
        self.said.append(message)


class ToyTexts:
    """Counts what it is asked; stops like Ctrl-C at the text `stop`."""

    card = CARD

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stop = ""

    def encode(self, products, *, progress=None) -> Encoded:
        del progress
        rows = []
        for product in products:
            if self.stop and product.text == self.stop:
                raise KeyboardInterrupt
            self.asked.append(product.text)
            rows.append([len(product.text), *(ord(c) for c in product.text[:3].ljust(3))])
        return Encoded(np.array(rows, np.float32).reshape(-1, 4), np.ones(len(rows), bool))


class ToyPhotos:
    """The mean colour; a photo that Pillow cannot open is a problem."""

    card = EncoderCard("colours", "image", 3, "Apache-2.0", "here", "00")

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, products, *, progress=None) -> Encoded:
        del progress
        vectors, present, problems = [], [], []
        for product in products:
            (photo,) = product.photos
            self.asked.append(photo.name)
            try:
                pixels = np.array(Image.open(io.BytesIO(photo.read())))
            except OSError:
                problems.append(Problem(product.row, "photo", f"{photo.name!r} is none", "Fix."))
                vectors.append(np.zeros(3))
                present.append(False)
                continue
            vectors.append(pixels.mean(axis=(0, 1)))
            present.append(True)
        shaped = np.array(vectors, np.float32).reshape(-1, 3)
        return Encoded(shaped, np.array(present, bool), tuple(problems))


def coloured(name: str, colour: tuple[int, int, int]) -> Photo:
    stream = io.BytesIO()
    Image.new("RGB", (2, 2), colour).save(stream, "PNG")
    return Photo(name, data=stream.getvalue())


def words(*texts: str) -> list[Product]:
    return [Product(id=str(i), texts={"t": text}) for i, text in enumerate(texts)]


def rows(count: int, start: int = 0) -> dict[str, np.ndarray]:
    return {f"{i:064x}": np.full(4, i, np.float32) for i in range(start, start + count)}


def test_what_was_put_is_found_under_its_card_only(tmp_path: Path) -> None:
    other = EncoderCard("toy", "text", 4, "Apache-2.0", "here", "01")
    with VectorCache(tmp_path, GB) as cache:
        cache.put_many(CARD, rows(3))
    with VectorCache(tmp_path, GB) as cache:
        found = cache.get_many(CARD, [*rows(2), "unknown"])
        assert {k: v.tolist() for k, v in found.items()} == {
            k: v.tolist() for k, v in rows(2).items()
        }
        assert cache.get_many(other, list(rows(3))) == {}


def test_more_keys_than_sqlite_takes_at_once(tmp_path: Path) -> None:
    with VectorCache(tmp_path, GB) as cache:
        cache.put_many(CARD, rows(2500))
        assert len(cache.get_many(CARD, list(rows(3000)))) == 2500


def test_usage_and_clearing_by_encoder(tmp_path: Path) -> None:
    photos = ToyPhotos.card
    with VectorCache(tmp_path, GB) as cache:
        assert cache.usage() == []
        assert cache.clear() == 0
        cache.put_many(CARD, rows(500))
        cache.put_many(photos, {"a": np.ones(3, np.float32)})
        assert cache.usage() == [CacheUsage("colours", 1, 12), CacheUsage("toy", 500, 8000)]
        assert cache.clear("nobody") == 0
        before = cache.path.stat().st_size
        assert cache.clear("toy") == 500
        assert cache.usage() == [CacheUsage("colours", 1, 12)]
        assert cache.path.stat().st_size < before / 2
        assert cache.clear() == 1
        assert cache.usage() == []


def test_beyond_the_limit_the_longest_unused_go_first(tmp_path: Path) -> None:
    now = [0.0]
    wide = EncoderCard("wide", "image", 1280, "Apache-2.0", "here", "00")
    with VectorCache(tmp_path, 3_000_000, clock=lambda: now[0]) as cache:
        for step in range(4):
            now[0] = step * 10_000.0
            new = {f"{step}-{i}": np.zeros(1280, np.float32) for i in range(100)}
            cache.put_many(wide, new)
        now[0] = 50_000.0
        cache.get_many(wide, [f"0-{i}" for i in range(100)])  # used again: no longer the oldest
        now[0] = 60_000.0
        cache.put_many(wide, {f"5-{i}": np.zeros(1280, np.float32) for i in range(200)})
        left = {
            step: len(cache.get_many(wide, [f"{step}-{i}" for i in range(200)]))
            for step in (0, 1, 2, 3, 5)
        }
    assert left[5] == 200
    assert left[0] == 100
    assert left[1] == 0
    assert left[2] <= left[3]


@pytest.mark.parametrize("damage", ["not a database", "damaged in the middle"])
def test_a_damaged_file_is_put_aside_and_a_new_one_begun(tmp_path: Path, damage: str) -> None:
    with VectorCache(tmp_path, GB) as cache:
        cache.put_many(CARD, rows(2000))
        path = cache.path
    if damage == "not a database":
        path.write_bytes(b"x" * 10_000)
    else:
        content = bytearray(path.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        path.write_bytes(content)
    heard = Heard()
    with VectorCache(tmp_path, GB, progress=heard) as cache:
        assert cache.get_many(CARD, list(rows(3))) == {}
        cache.put_many(CARD, rows(3))
        assert len(cache.get_many(CARD, list(rows(3)))) == 3
    (said,) = heard.said
    assert "is damaged" in said
    assert "put aside as 'vectors.sqlite.damaged-1' and a new one begun" in said
    assert (tmp_path / "vectors.sqlite.damaged-1").exists()


def test_a_vector_of_the_wrong_length_counts_as_missing(tmp_path: Path) -> None:
    with VectorCache(tmp_path, GB) as cache:
        cache.put_many(CARD, rows(2))
    connection = sqlite3.connect(tmp_path / "vectors.sqlite")
    connection.execute("UPDATE vectors SET vector = x'00' WHERE rowid = 1")
    connection.commit()
    connection.close()
    with VectorCache(tmp_path, GB) as cache:
        assert len(cache.get_many(CARD, list(rows(2)))) == 1


WRITER = """
import sys
from pathlib import Path
import numpy as np
from glasscase.encoders.cache import VectorCache
from glasscase.encoders.encoder import EncoderCard
card = EncoderCard("toy", "text", 4, "Apache-2.0", "here", "00")
first = int(sys.argv[2])
cache = VectorCache(Path(sys.argv[1]), 10**9)
for batch in range(first, first + 2000, 50):
    cache.put_many(card, {f"{i:064x}": np.full(4, i, np.float32) for i in range(batch, batch + 50)})
"""


def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [
        subprocess.Popen([*command, str(start)], stderr=subprocess.PIPE) for start in (0, 1000)
    ]
    for writer in writers:
        assert writer.communicate()[1] == b""
    with VectorCache(tmp_path, GB) as cache:
        found = cache.get_many(CARD, list(rows(3000)))
    assert len(found) == 3000
    assert all(found[k].tolist() == v.tolist() for k, v in rows(3000).items())


def test_a_second_run_asks_the_encoder_nothing(tmp_path: Path) -> None:
    encoder = ToyTexts()
    with VectorCache(tmp_path, GB) as cache:
        cached = CachedEncoder(encoder, cache)
        products = words("blue mug", "red mug", "", "blue mug", "   ")
        first = cached.encode(products)
        assert sorted(encoder.asked) == ["blue mug", "red mug"]
        assert first.present.tolist() == [True, True, False, True, False]
        assert first.vectors[2].tolist() == [0, 0, 0, 0]
        assert first.vectors[0].tolist() == first.vectors[3].tolist()
        again = cached.encode(products)
        assert len(encoder.asked) == 2
        assert again.vectors.tolist() == first.vectors.tolist()


def test_after_ctrl_c_the_next_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    encoder = ToyTexts()
    products = words(*(f"text {i:04d}" for i in range(1000)))
    encoder.stop = "text 0700"
    with VectorCache(tmp_path, GB) as cache, pytest.raises(KeyboardInterrupt):
        CachedEncoder(encoder, cache).encode(products)
    encoder.stop = ""
    encoder.asked.clear()
    heard = Heard()
    with VectorCache(tmp_path, GB) as cache:
        result = CachedEncoder(encoder, cache).encode(products, progress=heard)
    assert 300 <= len(encoder.asked) <= 300 + 256
    assert heard.totals == [len(encoder.asked)]
    assert result.vectors[123].tolist() == [9, *map(ord, "tex")]


def test_a_cache_that_cannot_be_used_is_told_once_and_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    cache = VectorCache(tmp_path / "taken", GB)
    with pytest.raises(CannotWrite, match="cannot write"):
        cache.usage()
    heard = Heard()
    products = words(*(f"text {i}" for i in range(600)))
    result = CachedEncoder(ToyTexts(), cache).encode(products, progress=heard)
    assert result.present.all()
    (said,) = heard.said
    assert said.endswith("Vectors are computed anew this time.")


def test_photos_are_stored_one_by_one_and_averaged(tmp_path: Path) -> None:
    encoder = ToyPhotos()
    red, blue = coloured("red.png", (255, 0, 0)), coloured("blue.png", (0, 0, 255))
    broken, gone = Photo("broken.png", data=b"no"), Photo("gone.png", path=tmp_path / "gone.png")
    products = [
        Product(id="a", photos=(red,), row=2),
        Product(id="b", photos=(red, blue), row=3),
        Product(id="c", photos=(broken,), row=4),
        Product(id="d", row=5),
        Product(id="e", photos=(gone, blue), row=6),
    ]
    with VectorCache(tmp_path, GB) as cache:
        cached = CachedEncoder(encoder, cache)
        for run in ("first", "second"):
            result = cached.encode(products)
            assert result.vectors[0].tolist() == [255, 0, 0], run
            assert result.vectors[1].tolist() == [127.5, 0, 127.5], run
            assert result.vectors[4].tolist() == [0, 0, 255], run
            assert result.present.tolist() == [True, True, False, False, True], run
            assert [str(problem) for problem in result.problems] == [
                "row 4: photo 'broken.png' is none. Fix.",
                "row 6: photo 'gone.png' does not exist. Add it or clear it.",
            ], run
        assert cache.usage() == [CacheUsage("colours", 2, 24)]
    assert encoder.asked.count("broken.png") == 2  # a repaired photo must be noticed
    assert encoder.asked.count("blue.png") == 2  # twice in the first run's one piece


def test_half_a_surrogate_pair_has_a_digest() -> None:
    assert len(text_digest("\ud83d")) == 64
