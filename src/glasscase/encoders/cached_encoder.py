"""An encoder that never computes a vector twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.photo import Photo
from glasscase.catalog.photo_look import PhotoLook
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.cache import Vector, VectorCache
from glasscase.encoders.encoder import Encoded, Encoder, EncoderCard, PaidTextEncoder, Vectors
from glasscase.encoders.onnx_session import usable_cores
from glasscase.encoders.photo_looks import look_card, restored, stored
from glasscase.encoders.photo_means import photo_means
from glasscase.encoders.unusable_photo import unusable_photo
from glasscase.errors import BadPhoto, CannotWrite
from glasscase.progress import Progress, silent

Item = TypeVar("Item")

TEXTS_AT_ONCE = 256
PHOTOS_AT_ONCE = 64
"""What is lost at most when the work is stopped; every finished piece is stored at once."""


class CachedEncoder:
    """Any encoder together with a cache: looks up, computes what is missing, stores it.

    Has all that the encoder inside has. A cache that cannot be used is told once, and the work
    goes on without it. Photos are stored one by one, so a product that gets a second photo costs
    one photo. Photos that cannot be used are not stored: their problem is reported every time.

    Of an encoder that costs money every answer is stored before the next question, those for an
    explanation too, and nothing is asked where it could not be stored.
    """

    def __init__(self, encoder: Any, cache: VectorCache) -> None:
        """Wrap `encoder` (an `Encoder`, of texts or of photos)."""
        self.encoder: Any = encoder
        self.cache = cache
        self._usable = True
        self._paid = isinstance(encoder, PaidTextEncoder)

    @property
    def card(self) -> EncoderCard:
        """Of the encoder inside."""
        encoder: Encoder = self.encoder
        return encoder.card

    def encode(self, products: Sequence[Product], *, progress: Progress = silent) -> Encoded:
        """As the encoder inside, with vectors from the cache where it has them."""
        if self.card.modality == "text":
            return self._encode_texts(products, progress)
        return self._encode_photos(products, progress)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """float32 [n, dim], past the cache: explanations ask for texts nobody asks for again.

        Those of an encoder that costs money are kept all the same.
        """
        if self._paid:
            products = [Product(id="", texts={"text": text}) for text in texts]
            return self._encode_texts(products, silent).vectors
        vectors: Vectors = self.encoder.encode_texts(texts)
        return vectors

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.intp]:
        """[n]: tokens of each text before anything is cut."""
        counts: NDArray[np.intp] = self.encoder.token_counts(texts)
        return counts

    def encode_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """float32 [n, dim] of decoded pictures, past the cache."""
        vectors: Vectors = self.encoder.encode_images(images)
        return vectors

    def feature_maps(self, images: Sequence[NDArray[np.uint8]]) -> tuple[Vectors, Vectors]:
        """Vectors and the maps they are the mean of, past the cache."""
        both: tuple[Vectors, Vectors] = self.encoder.feature_maps(images)
        return both

    @property
    def learnt(self) -> Path | None:
        """The file of the weights it learnt on to, if there is one."""
        path: Path | None = getattr(self.encoder, "learnt", None)
        return path

    @property
    def has_maps(self) -> bool:
        """Whether `feature_maps` can be asked for."""
        return bool(getattr(self.encoder, "has_maps", False))

    def save_files(self, folder: Path) -> None:
        """Store the encoder inside in `folder`."""
        self.encoder.save_files(folder)

    def _encode_texts(self, products: Sequence[Product], progress: Progress) -> Encoded:
        texts = [product.text if product.text.strip() else "" for product in products]
        content = {text: text_digest(text) for text in texts if text}
        known = self._get(list(content.values()), progress)
        missing = sorted((text for text in content if content[text] not in known), key=len)
        pieces = self.encoder.batches(missing) if self._paid else _pieces(missing, TEXTS_AT_ONCE)
        if self._paid and missing:
            self.encoder.announce(missing, progress)
        steps = (
            text
            for piece in pieces
            for text in self._fill({text: content[text] for text in piece}, known, progress)
        )
        for _ in progress.track(steps, total=len(missing), what="Reading texts"):
            pass
        if self._paid and missing:
            self.encoder.account(progress)
        nothing = np.zeros(self.card.dim, np.float32)
        rows = [known[content[text]] if text else nothing for text in texts]
        vectors = np.stack(rows) if rows else np.zeros((0, self.card.dim), np.float32)
        return Encoded(vectors, np.array([bool(text) for text in texts], dtype=bool))

    def _fill(
        self, content: dict[str, str], known: dict[str, Vector], progress: Progress
    ) -> list[str]:
        """Encode the texts that are the keys of `content`, and store them under its values."""
        products = [Product(id="", texts={"text": text}) for text in content]
        vectors = self.encoder.encode(products).vectors
        fresh = dict(zip(content.values(), vectors, strict=True))
        self._put(fresh, progress)
        known.update(fresh)
        return list(content)

    def _encode_photos(self, products: Sequence[Product], progress: Progress) -> Encoded:
        jobs = [(i, photo) for i, product in enumerate(products) for photo in product.photos]
        steps = (
            result
            for start in range(0, len(jobs), PHOTOS_AT_ONCE)
            for result in self._photo_results(
                products, jobs[start : start + PHOTOS_AT_ONCE], progress
            )
        )
        return photo_means(products, steps, self.card.dim, progress)

    def _photo_results(
        self, products: Sequence[Product], jobs: Sequence[tuple[int, Photo]], progress: Progress
    ) -> Iterator[tuple[Vector, PhotoLook | None] | Problem]:
        """The vector and the look of each photo, or its problem, in order. Every file is read once.

        Of photos whose vector is known and whose look is not, only the look is taken.
        """
        read: list[tuple[str, Product] | Problem] = []
        for i, photo in jobs:
            try:
                held = Photo(photo.name, path=photo.path, data=photo.read())
                read.append((held.digest(), products[i].with_photos(held)))
            except BadPhoto as error:
                read.append(unusable_photo(products[i], error))
        asked = [entry for entry in read if not isinstance(entry, Problem)]
        known = self._get([content for content, _ in asked], progress)
        missing = [(content, product) for content, product in asked if content not in known]
        encoded = self.encoder.encode([product for _, product in missing])
        fresh = {
            content: encoded.vectors[k]
            for k, (content, _) in enumerate(missing)
            if encoded.present[k]
        }
        self._put(fresh, progress)
        known.update(fresh)
        looks = self._looks(asked, missing, encoded, progress)
        problems = iter(encoded.problems)
        for entry in read:
            if isinstance(entry, Problem):
                yield entry
            elif entry[0] in known:
                yield known[entry[0]], looks.get(entry[0])
            else:
                yield next(problems)

    def _looks(
        self,
        asked: Sequence[tuple[str, Product]],
        missing: Sequence[tuple[str, Product]],
        encoded: Encoded,
        progress: Progress,
    ) -> dict[str, PhotoLook]:
        """Content -> look: of photos just encoded, from the cache, or taken now."""
        look_at = getattr(self.encoder, "look_at", None)
        if look_at is None:
            return {}
        card = look_card(int(self.card.preprocessing.get("side_px", 0)))
        taken = zip(missing, encoded.looks, strict=True) if encoded.looks else ()
        fresh = {
            content: looks[0] for (content, _), looks in taken if looks and looks[0] is not None
        }
        rest = [(content, product) for content, product in asked if content not in fresh]
        contents = [content for content, _ in rest]
        found = restored(self._get(contents, progress, card=card))
        todo = {content: product.photos[0] for content, product in rest if content not in found}
        with ThreadPoolExecutor(usable_cores()) as threads:
            looked = zip(todo, threads.map(look_at, todo.values()), strict=True)
            fresh |= {content: look for content, look in looked if look is not None}
        self._put(stored(fresh), progress, card=card)
        return found | fresh

    def _get(
        self, contents: list[str], progress: Progress, *, card: EncoderCard | None = None
    ) -> dict[str, Vector]:
        if self._usable and contents:
            try:
                return self.cache.get_many(card or self.card, contents)
            except CannotWrite as error:
                self._give_up(error, progress)
        return {}

    def _put(
        self,
        fresh: Mapping[str, Vector],
        progress: Progress,
        *,
        card: EncoderCard | None = None,
    ) -> None:
        if self._usable and fresh:
            try:
                self.cache.put_many(card or self.card, fresh)
            except CannotWrite as error:
                self._give_up(error, progress)

    def _give_up(self, error: CannotWrite, progress: Progress) -> None:
        if self._paid:
            raise error
        self._usable = False
        progress.say(f"{error} Vectors are computed anew this time.")


def _pieces(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    yield from (items[start : start + size] for start in range(0, len(items), size))


def text_digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal; half a surrogate pair is a text too.

    >>> text_digest("mug")[:8]
    'a19ee257'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
