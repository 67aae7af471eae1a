"""All encoders of a model together: products become features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.usable import Looks
from glasscase.encoders.cache import VectorCache
from glasscase.encoders.cached_encoder import CachedEncoder
from glasscase.encoders.encoder import Encoded, Modality
from glasscase.encoders.given import GivenVectors, is_given
from glasscase.encoders.lexical import Kind, LexicalEncoder
from glasscase.encoders.metadata import MetadataEncoder
from glasscase.encoders.photo_words import PhotoWords
from glasscase.encoders.table import encoder_from_files, load_encoder
from glasscase.encoders.text_cache import TextCache
from glasscase.encoders.token_numbers import TokenNumbers
from glasscase.files import write_json
from glasscase.models.features import METADATA, MODALITY_OF, Block, Features
from glasscase.models.stored_json import laid_out_as_now, read_json
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_LEXICAL: tuple[Kind, ...] = ("words", "characters")
_PHOTO_WORDS, _METADATA = "photo_words.json", "metadata.json"


@dataclass(frozen=True)
class EncodedProducts:
    """Features of products, and what could not be used of them."""

    features: Features
    problems: tuple[Problem, ...] = ()
    looks: Looks = ()
    """[n]: what the photos of each product are like; empty where no photo is looked at."""


@dataclass
class ProductEncoder:
    """Lexical counts, sentence vectors, image vectors, words on photos, price and brand, whichever
    it has.

    Thread-safe once fitted. `sentence` and `image` may be wrapped in a vector cache.
    """

    settings: Settings
    lexical: dict[str, LexicalEncoder] = field(default_factory=dict)
    sentence: Any = None
    """A `TextEncoder`, `GivenVectors` or None."""
    image: Any = None
    """An `ImageEncoder`, `GivenVectors` or None."""
    photo_words: PhotoWords | None = None
    """What reads the words on photos; None where `encoders.photo_words` is off."""
    metadata: MetadataEncoder | None = None
    """Of price and brand; None where nobody reads them or no product has any."""

    @classmethod
    def fit(
        cls,
        products: Sequence[Product],
        settings: Settings,
        *,
        blocks: Sequence[str] = tuple(MODALITY_OF),
        progress: Progress = silent,
    ) -> ProductEncoder:
        """Load the encoders of `blocks` that `products` have use for; learn the words.

        No label is looked at, so it may be done before products are divided into folds. Words of
        which none is met twice make no block. `train.modality` may leave text or photos aside.
        Vectors that came with the products stand in for those of an encoder. Price and brand are
        only learnt where `blocks` names them.
        """
        encoder = cls(settings)
        wanted = settings.train.modality
        blocks = [name for name in blocks if wanted in ("both", MODALITY_OF.get(name, wanted))]
        texts = [product.text for product in products if product.text.strip()]
        cache = open_cache(settings)

        def loaded(modality: Modality, name: str) -> CachedEncoder:
            made = load_encoder(name, modality=modality, settings=settings, progress=progress)
            return CachedEncoder(made, cache)

        if "sentence" in blocks:
            encoder.sentence = GivenVectors.learnt(products, "text")
        if "image" in blocks:
            encoder.image = GivenVectors.learnt(products, "image")
        if texts and "sentence" in blocks and encoder.sentence is None:
            encoder.sentence = loaded("text", settings.encoders.text)
        if texts and settings.encoders.lexical:
            kinds = [name for name in _LEXICAL if name in blocks]
            learnt = {
                name: LexicalEncoder.told(name, settings.lexical).fit(texts) for name in kinds
            }
            encoder.lexical = {name: lexical for name, lexical in learnt.items() if lexical.terms}
        with_photos = any(product.photos for product in products)
        if with_photos and "image" in blocks and encoder.image is None:
            encoder.image = loaded("image", settings.encoders.image)
        if settings.encoders.photo_words and "photo_words" in blocks:
            words = PhotoWords(cache=TextCache(settings.cache.path), limits=settings.photos)
            words.fit(products, progress=progress)
            encoder.photo_words = words if words.lexical.terms else None
        if METADATA in blocks:
            encoder.metadata = MetadataEncoder.learnt(products)
        return encoder

    def encode(
        self, products: Sequence[Product], *, progress: Progress = silent
    ) -> EncodedProducts:
        """Features of `products`, in order. What cannot be used becomes a problem."""
        has_text = np.array([bool(product.text.strip()) for product in products], dtype=bool)
        if isinstance(self.sentence, GivenVectors):
            has_text = self.sentence.has(products)
        blocks: dict[str, Block] = {}
        problems: list[Problem] = []
        texts = [p.text if there else "" for p, there in zip(products, has_text, strict=True)]
        for name, lexical in self.lexical.items():
            blocks[name] = lexical.counts(texts)
        if self.sentence is not None:
            encoded: Encoded = self.sentence.encode(products, progress=progress)
            blocks["sentence"] = encoded.vectors
            problems += encoded.problems
            if (numbers := TokenNumbers.of(self.sentence.card)) is not None:
                has_text &= [numbers.has(text) for text in texts]
                problems += numbers.problems(products)
        has_image = np.zeros(len(products), dtype=bool)
        looks: Looks = ()
        if self.image is not None:
            encoded = self.image.encode(products, progress=progress)
            blocks["image"] = encoded.vectors
            has_image = encoded.present
            problems += encoded.problems
            looks = encoded.looks
        if self.photo_words is not None:
            read = self.photo_words.read(products, progress=progress)
            blocks["photo_words"] = self.photo_words.lexical.counts(read.texts)
            has_image = has_image if self.image is not None else read.present
            problems += [one for one in read.problems if one not in problems]
        if not any(MODALITY_OF[name] == "text" for name in blocks):
            has_text[:] = False
        if self.metadata is not None:
            blocks[METADATA] = self.metadata.encode(products)
        present = np.stack([has_text, has_image], axis=1)
        return EncodedProducts(Features(blocks, present, self.places()), tuple(problems), looks)

    def places(self) -> dict[str, int]:
        """How many tokens or places each vector is made of, where it keeps them apart."""
        read = {name: card.preprocessing.get("places") for name, card in self.cards().items()}
        return {name: int(places) for name, places in read.items() if places}

    def text_blocks(self, texts: Sequence[str]) -> dict[str, Block]:
        """The text blocks of bare strings, past the cache; identical strings are computed once.

        Vectors that came with the products have none: they belong to no string.
        """
        blocks = self.lexical_blocks(texts)
        if self.sentence is not None and not is_given(self.sentence):
            blocks["sentence"] = self.sentence.encode_texts(texts)
        return blocks

    def lexical_blocks(self, texts: Sequence[str]) -> dict[str, Block]:
        """Counts of the words and characters of bare strings; takes no network."""
        return {name: lexical.counts(texts) for name, lexical in self.lexical.items()}

    def with_texts(self, features: Features, texts: Sequence[str]) -> Features:
        """One product (`features` of one row) as if it had each of `texts` [n] in turn.

        The image block is shown n times without being copied, and so are price and brand, and a
        sentence vector that came with the product.
        """
        shown = features.shown(len(texts)).replaced(self.text_blocks(texts))
        present: NDArray[np.bool_] = shown.present.copy()
        if not is_given(self.sentence):
            present[:, 0] = [bool(text.strip()) for text in texts]
        return replace(shown, present=present)

    def restricted(self, blocks: Sequence[str]) -> ProductEncoder:
        """The same without encoders whose block nobody reads."""
        return ProductEncoder(
            self.settings,
            {name: lexical for name, lexical in self.lexical.items() if name in blocks},
            self.sentence if "sentence" in blocks else None,
            self.image if "image" in blocks else None,
            self.photo_words if "photo_words" in blocks else None,
            self.metadata if METADATA in blocks else None,
        )

    def save(self, folder: Path) -> None:
        """Store every encoder below `folder`. Raises `CannotWrite`."""
        for name, lexical in self.lexical.items():
            write_json(folder / f"{name}.json", lexical.state())
        if self.sentence is not None:
            self.sentence.save_files(folder / "sentence")
        if self.image is not None:
            self.image.save_files(folder / "image")
        if self.photo_words is not None:
            write_json(folder / _PHOTO_WORDS, self.photo_words.state())
        if self.metadata is not None:
            write_json(folder / _METADATA, self.metadata.state())

    @classmethod
    def load(cls, folder: Path, settings: Settings, *, cached: bool) -> ProductEncoder:
        """Open what `save` stored, with no torch and no network; `cached` for many products.

        Raises `BadBundle` where a version with another layout stored it.
        """
        with laid_out_as_now("an encoder"):
            return cls._loaded(folder, settings, cached=cached)

    @classmethod
    def _loaded(cls, folder: Path, settings: Settings, *, cached: bool) -> ProductEncoder:
        encoder = cls(settings)
        for kind in _LEXICAL:
            if (folder / f"{kind}.json").is_file():
                state = read_json(folder / f"{kind}.json")
                encoder.lexical[kind] = LexicalEncoder.from_state(state)
        cache = open_cache(settings) if cached else None
        for name in ("sentence", "image"):
            if (folder / name).is_dir():
                loaded: Any = encoder_from_files(folder / name, settings=settings)
                if cache is not None and not is_given(loaded):
                    loaded = CachedEncoder(loaded, cache)
                setattr(encoder, name, loaded)
        if (folder / _PHOTO_WORDS).is_file():
            encoder.photo_words = PhotoWords.from_state(
                read_json(folder / _PHOTO_WORDS),
                cache=TextCache(settings.cache.path) if cached else None,
                limits=settings.photos,
            )
        if (folder / _METADATA).is_file():
            encoder.metadata = MetadataEncoder.from_state(read_json(folder / _METADATA))
        return encoder

    def cards(self) -> dict[str, Any]:
        """The cards of the frozen encoders, by block."""
        both = {"sentence": self.sentence, "image": self.image}
        return {name: encoder.card for name, encoder in both.items() if encoder is not None}


def open_cache(settings: Settings) -> VectorCache:
    """The vector cache of these settings; nothing is written before it is used."""
    return VectorCache(
        settings.cache.path, max_bytes=int(settings.cache.max_gigabytes * 1_000_000_000)
    )
