"""Known products as vectors: what stands in a box is looked for among them.

Source: nearest neighbours with a limit and a test against the second best, as Lowe (2004, IJCV
60, section 7.1) does it for keypoints, with differences of cosines: a stranger is near to something
too. Vectors are compared by the roots of their numbers (Hellinger's kernel; Arandjelovic and
Zisserman, CVPR 2012), less their mean over the gallery; benchmarks/shelf_matching.py says why.
Not covered: telling sizes of one design apart (a crop has no scale), products seen from behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.encoder import EncoderCard, Vectors
from glasscase.errors import BadPhoto, BadSetting
from glasscase.progress import Progress, silent
from glasscase.settings import PhotoSettings
from glasscase.shelf.known.gallery_limits import measured_limits
from glasscase.shelf.known.gallery_views import Picture, drawn_strangers, framed, views_of
from glasscase.shelf.known.match import KnownProduct, Match, MatchLimits

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

VIEWS = 5
"""Changed copies kept beside each photo."""
CHOSEN = "a person"
MOST_PRODUCTS = 100_000
_FEW = 8
_STRANGERS = 40
_LIMITS = PhotoSettings()


@dataclass(frozen=True, eq=False)
class Gallery:
    """Products that can be recognised, each by one or more vectors."""

    products: tuple[KnownProduct, ...]
    vectors: Vectors
    """float32 [views, dim], each of length 1, as `placed` gives them."""
    owners: NDArray[np.int32]
    """[views]: which product each vector is of."""
    turns: NDArray[np.int32]
    """[views]: in which way each photo was changed; 0 is the photo itself."""
    centre: Vectors
    """float32 [dim]: what `placed` takes away; stays when products are added."""
    strangers: Vectors
    """float32 [n, dim]: of drawn packs, which no product is, to measure the limits with."""
    card: EncoderCard
    """Of the encoder that made the vectors; no other may be asked."""
    limits: MatchLimits
    measured: dict[str, Any]
    """How the limits were found: by what, of how many queries, how many were right."""
    problems: tuple[Problem, ...] = ()
    """What could not be used when it was made; not stored."""

    def __len__(self) -> int:
        return len(self.products)

    @classmethod
    def of(
        cls,
        products: Sequence[Product],
        encoder: Any,
        *,
        views: int = VIEWS,
        limits: PhotoSettings = _LIMITS,
        progress: Progress = silent,
    ) -> Gallery:
        """A gallery of `products`, of which each needs a photo; the first two count.

        Args:
            products: with id, title (the first text), brand (an attribute), category, photos.
            encoder: an image encoder (`encode_images`, `card`).
            views: changed copies kept beside each photo.
            limits: which photos are let in.
            progress: is told how far it is.

        Raises:
            BadSetting: no product has a usable photo, an id is there twice, or there are too many.
        """
        _check_ids([product.id for product in products])
        known, pictures, problems = _pictures(products, limits, progress)
        rows = [
            (number, turn, view)
            for number, (product, images) in enumerate(zip(known, pictures, strict=True))
            for image in images
            for turn, view in enumerate((image, *views_of(image, product.id, number=views)))
        ]
        rooted = roots(_encoded(encoder, [view for _, _, view in rows], progress))
        owners = np.array([number for number, _, _ in rows], np.int32)
        turns = np.array([turn for _, turn, _ in rows], np.int32)
        strangers = roots(encoder.encode_images(drawn_strangers(_STRANGERS)))
        made = cls._measured(known, rooted, (owners, turns), encoder.card, strangers)
        return replace(made, problems=problems)

    @classmethod
    def of_bundle(cls, model: ProductClassifier) -> Gallery:
        """The training products of `model`, by the vectors it remembers; there are no photos, so
        no changed copies, and limits come from how like each other the products are.

        Raises:
            BadSetting: the model does not look at photos.
        """
        index = model.training
        block = index.features.blocks.get("image")
        if block is None or model.image_encoder is None:
            raise BadSetting(
                "this model looks at no photos, so it knows no product by sight",
                "Give --gallery or --catalogue.",
            )
        rows = np.flatnonzero(index.features.present[:, 1] & (np.linalg.norm(block, axis=1) > 0))
        if not len(rows):
            raise BadSetting("no training product had a photo", "Give --gallery or --catalogue.")
        known = _distinct(
            [KnownProduct(index.ids[row], index.titles[row], "", index.labels[row]) for row in rows]
        )
        each = (np.arange(len(rows), dtype=np.int32), np.zeros(len(rows), np.int32))
        rooted, none = roots(block[rows]), np.zeros((0, block.shape[1]), np.float32)
        return cls._measured(known, rooted, each, model.image_encoder.card, none)

    @classmethod
    def _measured(
        cls,
        known: tuple[KnownProduct, ...],
        rooted: Vectors,
        places: tuple[NDArray[np.int32], NDArray[np.int32]],
        card: EncoderCard,
        strangers: Vectors,
    ) -> Gallery:
        """The gallery of rooted vectors [views, dim] with their owners and turns."""
        owners, turns = places
        # Few products say little of what all have in common, so less of their mean is taken away.
        centre = (rooted.mean(axis=0) * len(known) / (len(known) + _FEW)).astype(np.float32)
        vectors = unit(rooted - centre)
        foreign = unit(strangers - centre)
        limits, measured = measured_limits(vectors, owners, turns, foreign)
        return cls(known, vectors, owners, turns, centre, foreign, card, limits, measured)

    def with_product(
        self, photo: Photo, product: KnownProduct, encoder: Any, *, views: int = VIEWS
    ) -> Gallery:
        """The gallery with one more product, of one photo; limits are measured anew, unless a
        person chose them. A product that is there already gets the photo as another view.

        Raises:
            BadPhoto: the photo cannot be used.
            BadSetting: the encoder is another one, or the product has no id.
        """
        self.check_encoder(encoder)
        if not product.id.strip():
            raise BadSetting("a product needs an id", "Give --id.")
        image = framed(decode(photo.read(), name=photo.name))
        pictures = [image, *views_of(image, product.id, number=views)]
        fresh = self.placed(encoder.encode_images(pictures))
        ids = [one.id for one in self.products]
        known = self.products
        if product.id not in ids:
            known = (*known, _distinct([*known, product])[-1])
        owner = ids.index(product.id) if product.id in ids else len(ids)
        vectors = np.concatenate([self.vectors, fresh])
        owners = np.concatenate([self.owners, np.full(len(fresh), owner, np.int32)])
        turns = np.concatenate([self.turns, np.arange(len(fresh), dtype=np.int32)])
        grown = replace(self, products=known, vectors=vectors, owners=owners, turns=turns)
        if self.measured.get("by") == CHOSEN:
            return grown
        limits, measured = measured_limits(vectors, owners, turns, self.strangers)
        return replace(grown, limits=limits, measured=measured)

    def with_limits(
        self, *, similarity: float | None = None, margin: float | None = None
    ) -> Gallery:
        """The gallery with other limits, chosen by a person. Raises `BadSetting`."""
        for name, value, low in (("similarity", similarity, -1.0), ("margin", margin, 0.0)):
            if value is not None and not low <= value <= 1.0:
                raise BadSetting(
                    f"{name} {value:g} is not {low:g} to 1", "Leave it to be measured."
                )
        old = self.limits
        new = MatchLimits(
            old.similarity if similarity is None else similarity,
            old.margin if margin is None else margin,
        )
        return replace(self, limits=new, measured={"by": CHOSEN})

    def check_encoder(self, encoder: Any) -> None:
        """Raises `BadSetting` where `encoder` is not the one that made the vectors."""
        if encoder.card.fingerprint() != self.card.fingerprint():
            raise BadSetting(
                f"the gallery was made with {self.card.name!r}, not with this "
                f"{encoder.card.name!r}",
                "Use that encoder, or make the gallery again: glasscase gallery make.",
            )

    def placed(self, vectors: Vectors) -> Vectors:
        """Vectors of the encoder [n, dim] as the gallery compares them, each of length 1."""
        return unit(roots(vectors) - self.centre)

    def similarities(self, vectors: Vectors) -> NDArray[np.float32]:
        """[n, products]: cosine of each of `vectors` [n, dim] and the nearest view of each."""
        nearest = np.full((len(self.products), len(vectors)), -1.0, np.float32)
        np.maximum.at(nearest, self.owners, self.vectors @ self.placed(vectors).T)
        return nearest.T

    def match(self, vectors: Vectors) -> list[Match]:
        """The nearest product of each of `vectors` [n, dim], and whether it may be taken."""
        return [
            self._judged(row)
            for start in range(0, len(vectors), 256)  # a slice of the table at a time
            for row in self.similarities(vectors[start : start + 256])
        ]

    def _judged(self, row: NDArray[np.float32]) -> Match:
        first = int(row.argmax())
        second = None
        if len(row) > 1:
            others = row.copy()
            others[first] = -np.inf
            place = int(others.argmax())
            second = (self.products[place], float(row[place]))
        return Match.judged(self.products[first], float(row[first]), second, self.limits)


def unit(vectors: NDArray[Any]) -> Vectors:
    """`vectors` [n, dim] brought to length 1; a vector of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def roots(vectors: NDArray[Any]) -> Vectors:
    """Roots of the numbers of `vectors` [n, dim], signs kept, each row of length 1."""
    sums = np.abs(vectors).sum(axis=1, keepdims=True)
    shares = vectors / np.maximum(sums, 1e-12)
    return np.asarray(np.sign(shares) * np.sqrt(np.abs(shares)), np.float32)


def _distinct(products: Sequence[KnownProduct]) -> tuple[KnownProduct, ...]:
    """The products, with the id in the title of those whose title another one has too."""
    titles = Counter(product.name for product in products)
    return tuple(
        replace(product, title=f"{product.title} ({product.id})")
        if titles[product.name] > 1 and product.title
        else product
        for product in products
    )


def _check_ids(ids: Sequence[str]) -> None:
    if len(ids) > MOST_PRODUCTS:
        raise BadSetting(
            f"{len(ids):,} products, a gallery holds {MOST_PRODUCTS:,}", "Leave some out."
        )
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise BadSetting(f"the product id {id!r} is there twice", "Give each its own.")
        seen.add(id)


def _pictures(
    products: Sequence[Product], limits: PhotoSettings, progress: Progress
) -> tuple[tuple[KnownProduct, ...], list[list[Picture]], tuple[Problem, ...]]:
    """The products with a usable photo, their photos (two at most) and what could not be used."""
    known, pictures, problems = [], [], []
    shown = progress.track(products, total=len(products), what="Reading product photos")
    for product in shown:
        images = []
        for photo in product.photos[:2]:
            try:
                image = decode(photo.read(), name=photo.name, limits=limits, at_least_px=320)
                images.append(framed(image))
            except BadPhoto as error:
                problems.append(_unusable(product, error.reason, error.remedy))
        if images:
            known.append(known_product(product))
            pictures.append(images)
        elif not product.photos:
            problems.append(_unusable(product, "is missing, so it cannot be recognised", "Add it."))
    if not known:
        why = str(problems[0]) if problems else "Give a table with photos."
        raise BadSetting("no product of the catalogue has a usable photo", why)
    return _distinct(known), pictures, tuple(problems)


def known_product(product: Product) -> KnownProduct:
    """What a gallery remembers of a product's words."""
    title = next(iter(product.texts.values()), "")[:200]
    brand = str(product.attributes.get("brand", ""))[:200]
    return KnownProduct(product.id, title, brand, product.label or "")


def _unusable(product: Product, reason: str, remedy: str) -> Problem:
    told = reason.removeprefix("photo ")
    return Problem(product.row, "photo", told, remedy, product_id=product.id)


def _encoded(encoder: Any, pictures: Sequence[Picture], progress: Progress) -> Vectors:
    starts = range(0, len(pictures), 64)
    shown = progress.track(starts, total=len(starts), what="Looking at products")
    parts = [encoder.encode_images(pictures[start : start + 64]) for start in shown]
    return np.concatenate(parts)
