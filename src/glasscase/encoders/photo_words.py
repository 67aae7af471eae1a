"""The words printed on products' photos, as texts and as counts of terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.lexical import Kind, LexicalEncoder
from glasscase.encoders.photo_reader import LONGEST_PX, PhotoReader
from glasscase.encoders.text_cache import TextCache
from glasscase.encoders.unusable_photo import unusable_photo
from glasscase.errors import BadPhoto, CannotWrite
from glasscase.progress import Progress, silent
from glasscase.settings import PhotoSettings

KIND: Kind = "characters"
"""Runs of characters, because a reader mistakes single ones (docs/experiments.md)."""
PHOTOS_AT_ONCE = 16
"""What is lost at most when the work is stopped."""
_DEFAULT_LIMITS = PhotoSettings()


@dataclass(frozen=True)
class ReadPhotos:
    """What was read off the photos of some products."""

    texts: tuple[str, ...]
    """[n]: a line each, photo after photo; "" where there is nothing to read."""
    present: NDArray[np.bool_]
    """[n]: which products have a photo that could be looked at."""
    problems: tuple[Problem, ...]


class PhotoWords:
    """Reads the words on photos, once per photo, and counts the terms it learnt to know.

    The vocabulary is learnt without labels, as that of `LexicalEncoder`. Thread-safe once fitted.
    """

    def __init__(
        self,
        *,
        series: str | None = None,
        cache: TextCache | None = None,
        limits: PhotoSettings = _DEFAULT_LIMITS,
    ) -> None:
        """Nothing is loaded yet: a model can be opened where there is no reader.

        Args:
            series: version of the reader it must be, `3.10`; None for what is installed.
            cache: where texts are kept.
            limits: which photos are let in.
        """
        self.series = series
        self.lexical = LexicalEncoder(kind=KIND)
        self._cache = cache
        self._limits = limits
        self._reader: Any = None

    def fit(self, products: Sequence[Product], *, progress: Progress = silent) -> Self:
        """Read all photos and learn the terms that stand on two products or more."""
        texts = self.read(products, progress=progress).texts
        self.lexical.fit([text for text in texts if text])
        return self

    def read(self, products: Sequence[Product], *, progress: Progress = silent) -> ReadPhotos:
        """The words on the photos of `products`, in order. An unusable photo is a problem.

        Raises:
            MissingExtra: there is no reader here.
            BadEncoder: it is another version than the one the model was trained with.
        """
        jobs = [(i, photo) for i, product in enumerate(products) for photo in product.photos]
        lines: list[list[str]] = [[] for _ in products]
        present = np.zeros(len(products), dtype=bool)
        problems: list[Problem] = []
        steps = (
            result
            for start in range(0, len(jobs), PHOTOS_AT_ONCE)
            for result in self._piece(
                [p for _, p in jobs[start : start + PHOTOS_AT_ONCE]], progress
            )
        )
        shown = progress.track(steps, total=len(jobs), what="Reading the words on photos")
        for (i, _), result in zip(jobs, shown, strict=True):
            if isinstance(result, BadPhoto):
                problems.append(unusable_photo(products[i], result))
                continue
            present[i] = True
            lines[i] += [result] if result else []
        return ReadPhotos(tuple("\n".join(part) for part in lines), present, tuple(problems))

    def state(self) -> dict[str, Any]:
        """All of it as JSON values; the reader itself is not part of it."""
        return {"reader": self._loaded().series, "lexical": self.lexical.state()}

    @classmethod
    def from_state(
        cls,
        state: dict[str, Any],
        *,
        cache: TextCache | None = None,
        limits: PhotoSettings = _DEFAULT_LIMITS,
    ) -> PhotoWords:
        """What gave `state`; the reader is looked for when the first photo is to be read."""
        words = cls(series=str(state["reader"]), cache=cache, limits=limits)
        words.lexical = LexicalEncoder.from_state(state["lexical"])
        return words

    def _loaded(self) -> PhotoReader:
        if self._reader is None:
            self._reader = PhotoReader(self.series)
        reader: PhotoReader = self._reader
        return reader

    def _piece(self, photos: Sequence[Photo], progress: Progress) -> Iterator[str | BadPhoto]:
        """The words on each photo, or why there are none. Every file is read once."""
        held: list[Photo | BadPhoto] = []
        for photo in photos:
            try:
                held.append(Photo(photo.name, data=photo.read()))
            except BadPhoto as error:
                held.append(error)
        contents = {one.digest(): one for one in held if isinstance(one, Photo)}
        known: dict[str, str | BadPhoto] = dict(self._kept(list(contents), progress))
        fresh = {key: self._words(one) for key, one in contents.items() if key not in known}
        self._keep({key: text for key, text in fresh.items() if isinstance(text, str)}, progress)
        known |= fresh
        for one in held:
            yield known[one.digest()] if isinstance(one, Photo) else one

    def _words(self, photo: Photo) -> str | BadPhoto:
        try:
            image = decode(
                photo.read(), name=photo.name, limits=self._limits, at_least_px=LONGEST_PX
            )
            return self._loaded().read(image, name=photo.name)
        except BadPhoto as error:
            return error

    def _kept(self, contents: list[str], progress: Progress) -> dict[str, str]:
        reader = self._loaded().name
        if self._cache is not None and contents:
            try:
                return self._cache.get_many(reader, contents)
            except CannotWrite as error:
                self._give_up(error, progress)
        return {}

    def _keep(self, texts: dict[str, str], progress: Progress) -> None:
        if self._cache is not None and texts:
            try:
                self._cache.put_many(self._loaded().name, texts)
            except CannotWrite as error:
                self._give_up(error, progress)

    def _give_up(self, error: CannotWrite, progress: Progress) -> None:
        self._cache = None
        progress.say(f"{error} Photos are read anew this time.")
