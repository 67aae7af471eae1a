"""Photos become vectors, and feature maps: a network in ONNX Runtime, without torch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.image_decoding import decode, photo_size, resize
from glasscase.catalog.photo import Photo
from glasscase.catalog.photo_look import PhotoLook
from glasscase.catalog.product import Product
from glasscase.encoders.card_file import GRAPH, read_card, write_card
from glasscase.encoders.encoder import Encoded, EncoderCard, Vectors
from glasscase.encoders.learnt_weights import LEARNT
from glasscase.encoders.onnx_session import open_session, usable_cores
from glasscase.encoders.photo_means import photo_means
from glasscase.errors import BadEncoder, BadPhoto
from glasscase.files import explained_write
from glasscase.progress import Progress, silent
from glasscase.settings import PhotoSettings

BATCH_PHOTOS = 32
_DEFAULT_LIMITS = PhotoSettings()


class ImageEncoderOnnx:
    """A network for photos, such as EfficientNet-Lite0 (Tan and Le 2019, arXiv:1905.11946).

    The graph takes uint8 RGB [n, side, side, 3] and does the scaling itself; it gives `vectors`
    [n, dim] and, for networks that end in a global average, the `maps` [n, dim, rows, columns]
    the vectors are the mean of. Maps are only fetched when asked for.
    """

    def __init__(
        self, card: EncoderCard, graph: Path, *, limits: PhotoSettings = _DEFAULT_LIMITS
    ) -> None:
        self._card = card
        self._graph = graph
        self._limits = limits
        self._session = open_session(graph)

    @classmethod
    def from_files(
        cls, folder: Path, *, limits: PhotoSettings = _DEFAULT_LIMITS
    ) -> ImageEncoderOnnx:
        """Open what `save_files` stored, with no torch and no network.

        Args:
            folder: holds `graph.onnx` and `card.json`.
            limits: which photos are let in.

        Raises:
            BadEncoder: a file is missing or damaged.
        """
        return cls(read_card(folder), folder / GRAPH, limits=limits)

    def save_files(self, folder: Path) -> None:
        """Store graph, card and learnt weights in `folder`. Raises `CannotWrite`."""
        with explained_write(folder):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._graph, folder / GRAPH)
            if self.learnt is not None:
                shutil.copyfile(self.learnt, folder / self.learnt.name)
        write_card(folder, self._card)

    @property
    def card(self) -> EncoderCard:
        """Name, size, licence, fingerprint."""
        return self._card

    @property
    def learnt(self) -> Path | None:
        """The file of the weights it learnt on to, where only torch can look into it."""
        path = self._graph.with_name(LEARNT)
        return path if path.is_file() else None

    @property
    def side(self) -> int:
        """Side of the square the network looks at, in pixels."""
        return int(self._card.preprocessing["side_px"])

    @property
    def has_maps(self) -> bool:
        """Whether `feature_maps` can be asked for."""
        return bool(self._card.preprocessing["maps"])

    def encode(self, products: Sequence[Product], *, progress: Progress = silent) -> Encoded:
        """The vectors of the products' photos; several photos of a product are averaged.

        A photo that cannot be used becomes a `Problem`; a product with none left is not present.
        """
        photos = [photo for product in products for photo in product.photos]
        with ThreadPoolExecutor(usable_cores()) as threads:
            results = self._results(photos, threads)
            return photo_means(products, results, self._card.dim, progress)

    def encode_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """float32 [n, dim] of decoded pictures: uint8 RGB [h, w, 3], of any size."""
        vectors = np.zeros((len(images), self._card.dim), np.float32)
        for start in range(0, len(images), BATCH_PHOTOS):
            batch = images[start : start + BATCH_PHOTOS]
            vectors[start : start + len(batch)] = self._run(batch, ["vectors"])[0]
        return vectors

    def feature_maps(self, images: Sequence[NDArray[np.uint8]]) -> tuple[Vectors, Vectors]:
        """Vectors [n, dim] and the maps [n, dim, rows, columns] they are the mean of.

        Args:
            images: uint8 RGB [h, w, 3] of any size, as `catalog.image_decoding.decode` gives them.

        Raises:
            BadEncoder: this network does not end in a global average, so it has no such maps.
        """
        if not self.has_maps:
            raise BadEncoder(
                f"encoder {self._card.name!r} has no feature maps a heat map could be made of",
                "Choose one that ends in a global average, such as efficientnet-lite0.",
            )
        if not images:
            rows, columns = self._session.get_outputs()[1].shape[2:]
            return (
                np.zeros((0, self._card.dim), np.float32),
                np.zeros((0, self._card.dim, rows, columns), np.float32),
            )
        starts = range(0, len(images), BATCH_PHOTOS)
        names = ["vectors", "maps"]
        parts = [self._run(images[start : start + BATCH_PHOTOS], names) for start in starts]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _results(
        self, photos: Sequence[Photo], threads: ThreadPoolExecutor
    ) -> Iterator[tuple[Vectors, PhotoLook] | BadPhoto]:
        """The vector and the look of each photo in order, or why there is none."""
        for start in range(0, len(photos), BATCH_PHOTOS):
            looked = list(threads.map(self._look, photos[start : start + BATCH_PHOTOS]))
            good = [one[0] for one in looked if not isinstance(one, BadPhoto)]
            vectors = iter(self.encode_images(good))
            yield from (x if isinstance(x, BadPhoto) else (next(vectors), x[1]) for x in looked)

    def _look(self, photo: Photo) -> tuple[NDArray[np.uint8], PhotoLook] | BadPhoto:
        try:
            data = photo.read()
            image = decode(data, name=photo.name, limits=self._limits, at_least_px=self.side)
            shorter_px = min(photo_size(data, photo.name)[:2])
        except BadPhoto as error:
            return error
        return resize(image, self.side), PhotoLook.of(image, shorter_px=shorter_px)

    def look_at(self, photo: Photo) -> PhotoLook | None:
        """What `photo` is like, as `encode` says; None where it cannot be decoded."""
        found = self._look(photo)
        return None if isinstance(found, BadPhoto) else found[1]

    def _run(self, images: Sequence[NDArray[np.uint8]], names: list[str]) -> list[Vectors]:
        pixels = np.stack([resize(image, self.side) for image in images])
        outputs: list[Vectors] = self._session.run(names, {"images": pixels})
        return outputs
