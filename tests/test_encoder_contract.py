"""What every encoder owes its users, checked for each of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedded_encoders import lite0, minilm
from glasscase.catalog.product import Product
from glasscase.catalog.toy import toy_products
from glasscase.encoders.cache import VectorCache
from glasscase.encoders.cached_encoder import CachedEncoder
from glasscase.encoders.encoder import Encoder
from glasscase.encoders.table import EMBEDDED, encoder_from_files, load_encoder
from glasscase.errors import BadEncoder
from glasscase.settings import Settings

MAKERS = {"minilm-l6-v2": minilm, "efficientnet-lite0": lite0}
NAMES = [*MAKERS, "cached minilm-l6-v2", "cached efficientnet-lite0"]


@pytest.fixture(params=NAMES)
def encoder(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    name = request.param.removeprefix("cached ")
    encoder = MAKERS[name]()
    if name == request.param:
        return encoder
    return CachedEncoder(encoder, VectorCache(tmp_path / "cache", 10**8))


@pytest.fixture(scope="module")
def products() -> list[Product]:
    """Of each modality some have it and some have not."""
    drawn = [product for product in toy_products(30) if product.text and product.photos][:7]
    return [*drawn, Product(id="empty", row=99), drawn[0].with_photos(), drawn[1].with_text("")]


def test_every_encoder_of_the_table_is_tested_here() -> None:
    assert {name for _, name in EMBEDDED} == set(MAKERS)


def test_it_is_an_encoder_with_a_whole_card(encoder: Any) -> None:
    assert isinstance(encoder, Encoder)
    card = encoder.card
    assert card.licence == "Apache-2.0"
    assert len(card.sha256) == len(card.fingerprint()) == 64
    assert card.source
    assert card.dim == {"text": 384, "image": 1280}[card.modality]


def test_nothing_in_nothing_out(encoder: Any) -> None:
    result = encoder.encode([])
    assert result.vectors.shape == (0, encoder.card.dim)
    assert result.vectors.dtype == np.float32
    assert result.present.shape == (0,)
    assert result.problems == ()


def test_what_is_missing_is_zero_and_not_present(encoder: Any, products: list[Product]) -> None:
    result = encoder.encode(products)
    text = encoder.card.modality == "text"
    wanted = [True] * 7 + [False, text, not text]
    assert result.present.tolist() == wanted
    assert result.vectors.any(axis=1).tolist() == wanted
    assert result.problems == ()


def test_neighbours_and_order_change_nothing(encoder: Any, products: list[Product]) -> None:
    together = encoder.encode(products).vectors
    alone = np.concatenate([encoder.encode([product]).vectors for product in products])
    backwards = encoder.encode(products[::-1]).vectors[::-1]
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together - backwards).max() < 1e-5


def test_the_same_again_is_the_same(encoder: Any, products: list[Product]) -> None:
    first, second = encoder.encode(products), encoder.encode(products)
    assert first.vectors.tobytes() == second.vectors.tobytes()


def test_saved_and_loaded_it_is_the_same(
    encoder: Any, products: list[Product], tmp_path: Path
) -> None:
    encoder.save_files(tmp_path / "saved")
    loaded = encoder_from_files(tmp_path / "saved", settings=Settings())
    assert loaded.card == encoder.card
    assert loaded.encode(products).vectors.tobytes() == encoder.encode(products).vectors.tobytes()
    other = {"text": "image", "image": "text"}[encoder.card.modality]
    with pytest.raises(BadEncoder, match=f"is for {encoder.card.modality}s, not {other}s"):
        load_encoder(str(tmp_path / "saved"), modality=other, settings=Settings())


def test_threads_do_not_disturb_each_other(encoder: Any, products: list[Product]) -> None:
    wanted = encoder.encode(products[:4]).vectors
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: encoder.encode(products[:4]).vectors, range(8)))
    assert all(np.abs(result - wanted).max() < 1e-5 for result in results)


def test_progress_reaches_its_total(encoder: Any, products: list[Product]) -> None:
    seen: list[tuple[int, int]] = []

    class Counting:
        def track(self, items, *, total, what):
            count = 0
            for item in items:
                count += 1
                yield item
            seen.append((count, total))

        def say(self, message: str) -> None:
            raise AssertionError(message)

    encoder.encode(products, progress=Counting())
    expected = 7  # the text of product 0 comes twice and is read once; product 1 has no other
    if encoder.card.modality == "image":
        expected = sum(len(product.photos) for product in products)
    assert seen == [(expected, expected)]
