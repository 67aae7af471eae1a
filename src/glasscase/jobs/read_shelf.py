"""Read a shelf photo: where products stand, which they are, and the figures of the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.encoders.cached_encoder import CachedEncoder
from glasscase.encoders.table import load_encoder
from glasscase.errors import BadSetting
from glasscase.models.product_encoder import open_cache
from glasscase.progress import Progress, silent
from glasscase.settings import Settings
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import Detector
from glasscase.shelf.files.given_boxes import given_boxes
from glasscase.shelf.known.crops import crops
from glasscase.shelf.known.gallery import Gallery
from glasscase.shelf.known.match import Match
from glasscase.shelf.reading import Seen, ShelfPhoto, ShelfReading
from glasscase.shelf.reckoning.doubt import Doubt
from glasscase.shelf.reckoning.figures import ShelfQuestions, shelf_figures
from glasscase.shelf.reckoning.planogram import Block, Planogram
from glasscase.shelf.tiling import Tiling
from glasscase.shelf.usable_boxes import UNKNOWN, UsableBoxes, usable_boxes

if TYPE_CHECKING:
    from glasscase.catalog.product import Product
    from glasscase.models.classifier import ProductClassifier
    from glasscase.models.prediction import Prediction

_AT_ONCE = 64
_NAMED = 5


@dataclass(frozen=True, eq=False)
class ShelfReader:
    """What shelves are read with. Thread-safe; made once and asked about many photos."""

    detector: Detector | None = None
    """None: boxes must be given."""
    model: ProductClassifier | None = None
    """Says the category of each product."""
    gallery: Gallery | None = None
    encoder: Any = None
    """The image encoder of the gallery, with a cache."""
    settings: Settings = Settings()
    """`photos` counts: which photos are let in."""
    tiling: Tiling | None = None
    """How photos are cut for the detector; None: as it does by itself."""

    @classmethod
    def of(
        cls,
        *,
        detector: Detector | None = None,
        model: ProductClassifier | None = None,
        gallery: Gallery | None = None,
        settings: Settings | None = None,
        cached: bool = True,
        progress: Progress = silent,
    ) -> ShelfReader:
        """A reader; the gallery's encoder is opened here. `cached`: keep vectors of what is cut
        out of photos, so that reading one again is quick.

        Raises:
            BadEncoder: the encoder of the gallery is not on this machine.
            BadSetting: it is another one by now.
        """
        settings = settings or (model.settings if model is not None else Settings())
        encoder = None
        if gallery is not None:
            encoder = gallery_encoder(gallery, model, settings, cached=cached, progress=progress)
            gallery.check_encoder(encoder)
        return cls(detector, model, gallery, encoder, settings)

    def read(
        self,
        photo: str | Path | Photo,
        *,
        boxes: Boxes | Iterable[Any] | None = None,
        asked: ShelfQuestions | None = None,
        progress: Progress = silent,
    ) -> ShelfReading:
        """Read one photo; see `read_shelf`."""
        stored = photo if isinstance(photo, Photo) else Photo(Path(photo).name, Path(photo))
        shelf = ShelfPhoto(stored.name, self._decoded(stored), stored.digest())
        asked = asked or ShelfQuestions()
        drawn = boxes is not None
        found = given_boxes(boxes) if boxes is not None else self._detected(shelf, progress)
        usable = _inside(found, shelf, lowest=0.0 if drawn else self._lowest(asked))
        seen = self._seen(crops(shelf.image, usable.boxes), usable.boxes, progress, drawn=drawn)
        told = _as_named(asked, self.gallery, seen)
        doubt = replace(
            Doubt.none() if drawn else Doubt(self._measured), named=self._named_right(seen)
        )
        figures = shelf_figures(
            usable.boxes,
            [one.name for one in seen],
            shelf.image.shape[:2],
            doubt=doubt,
            asked=told,
            image=shelf.image,
        )
        notes = [*figures.notes, *self._notes(found, usable, drawn=drawn), *self._strange(told)]
        problems = (*usable.problems, *_cut_boxes(found, usable, drawn=drawn))
        about = self._about(drawn=drawn)
        return ShelfReading(
            shelf, usable.boxes, tuple(seen), figures, about, tuple(notes), problems
        )

    @property
    def _measured(self) -> Any:
        return None if self.detector is None else self.detector.card.measured

    def _named_right(self, seen: Sequence[Seen]) -> tuple[int, int] | None:
        """How often names of the gallery were right, of how many; on copies of its own photos, so
        real shelves are worse. None where nobody but a person named anything."""
        told = {} if self.gallery is None else self.gallery.measured
        right, wrong = told.get("right_share"), told.get("wrong_share")
        if right is None or wrong is None or not any(one.by == "gallery" for one in seen):
            return None
        queries = int(told.get("queries", 0))
        return round(right * queries), round((right + wrong) * queries)

    def _decoded(self, photo: Photo) -> Any:
        return decode(photo.read(), name=photo.name, limits=self.settings.photos)

    def _detected(self, shelf: ShelfPhoto, progress: Progress) -> Boxes:
        if self.detector is None:
            raise BadSetting("there is neither a detector nor boxes", "Give one of them.")
        detector = self.detector if self.tiling is None else self.tiling.over(self.detector)
        steps = progress.track([shelf.image], total=1, what=f"Looking for products: {shelf.name}")
        (found,) = (detector.detect(image) for image in steps)
        return found

    def _lowest(self, asked: ShelfQuestions) -> float:
        if asked.lowest_score is not None:
            return asked.lowest_score
        return self._measured.score if self._measured is not None else 0.0

    def _seen(
        self, products: Sequence[Product], boxes: Boxes, progress: Progress, *, drawn: bool
    ) -> list[Seen]:
        labels = boxes.labels or ("",) * len(boxes)
        seen: list[Seen] = []
        starts = range(0, len(products), _AT_ONCE)
        shown = progress.track(starts, total=len(starts), what="Recognising products")
        for start in shown:
            part = products[start : start + _AT_ONCE]
            matches: Sequence[Match | None] = [None] * len(part)
            if self.gallery is not None:
                matches = self.gallery.match(self.encoder.encode(part).vectors)
            predictions: Sequence[Prediction | None] = [None] * len(part)
            if self.model is not None:
                predictions = self.model.predictions(part)
            for match, told, label in zip(
                matches, predictions, labels[start : start + _AT_ONCE], strict=True
            ):
                seen.append(self._named(match, told, label, drawn=drawn))
        return seen

    def _named(
        self, match: Match | None, told: Prediction | None, label: str, *, drawn: bool
    ) -> Seen:
        """Whoever knows best names it: a person, the gallery, the model, the detector."""
        if drawn and label:
            known = _known(self.gallery, label)
            return Seen(known[0], known[1], "person", match, told)
        if match is not None:
            if match.accepted:
                return Seen(match.product.name, match.product.brand, "gallery", match, told)
            return Seen(UNKNOWN, "", "", match, told)
        if told is not None:
            if told.verdict == "accept" and told.label:
                return Seen(told.label, "", "model", None, told)
            return Seen(UNKNOWN, "", "", None, told)
        return Seen(label or UNKNOWN, "", "detector" if label else "")

    def _about(self, *, drawn: bool) -> dict[str, Any]:
        gallery, model = self.gallery, self.model
        tiling = {} if self.tiling is None else {"tiling": self.tiling.to_dict()}
        return {
            "detector": None
            if drawn or self.detector is None
            else {**self.detector.card.to_dict(), **tiling},
            "model": None
            if model is None
            else {"classes": len(model.classes_), "head": model.head.name},
            "gallery": None
            if gallery is None
            else {
                "products": len(gallery),
                "encoder": gallery.card.name,
                "limits": gallery.limits.to_dict(),
                "measured": gallery.measured,
            },
        }

    def _notes(self, found: Boxes, usable: UsableBoxes, *, drawn: bool) -> list[str]:
        notes = []
        unsure = len(found) - len(usable) - len(usable.problems)
        if unsure > 0:
            notes.append(f"{unsure} boxes with a score too low to count were left out.")
        if self.gallery is None and self.model is None:
            what = (
                "names were given by a person"
                if drawn and found.labels
                else "products are counted, not recognised"
            )
            notes.append(f"There is neither a gallery nor a model: {what}.")
        elif self.gallery is None:
            notes.append("There is no gallery: figures are by category, not by product or brand.")
        if self.gallery is not None and self.gallery.problems:
            problems = self.gallery.problems
            notes.append(
                f"Not everything of the catalogue is known by sight, {len(problems)} "
                f"{'problem' if len(problems) == 1 else 'problems'}, the first: {problems[0]}"
            )
        if self.model is not None and self.model.image_encoder is None:
            notes.append("The model looks at no photos, so it says no category.")
        if not drawn and self.tiling is not None and not self.tiling.usual and self._measured:
            notes.append(
                "The detector was measured on photos cut as it does by itself, not with these "
                "tiles: intervals may be off."
            )
        return notes

    def _strange(self, asked: ShelfQuestions) -> list[str]:
        """Products that are asked about and that the gallery does not know."""
        if self.gallery is None:
            return []
        known = {product.name for product in self.gallery.products}
        plan = () if asked.planogram is None else asked.planogram.facings()
        strange = [name for name in dict.fromkeys([*(asked.listing or ()), *plan])
                   if name not in known]  # fmt: skip
        if not strange:
            return []
        more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        named = ", ".join(strange[:_NAMED])
        return [
            f"Not in the gallery, so they cannot be recognised: {named}{more}. "
            "Add them: glasscase gallery add."
        ]


def read_shelf(
    photo: str | Path | Photo,
    *,
    detector: Detector | None = None,
    model: ProductClassifier | None = None,
    gallery: Gallery | None = None,
    asked: ShelfQuestions | None = None,
    boxes: Boxes | Iterable[Any] | None = None,
) -> ShelfReading:
    """Say where products stand on a shelf photo, which they are, and the figures of the shelf.

    Works with whatever there is: without model and gallery it counts boxes, rows and gaps. The
    reading says what was missing. `ShelfReader` reads many photos without opening things again.

    Args:
        photo: a file, or a `Photo`; turned as its EXIF says.
        detector: finds the boxes; the embedded one if neither it nor `boxes` is given.
        model: says the category of each product.
        gallery: known products, to be recognised.
        asked: listing, planogram, market shares, weights of rows; products by id or title.
        boxes: given by a person, `[left, top, right, bottom]` or `{left, top, right, bottom,
            name}`; figures are then exact where names are.

    Raises:
        BadPhoto: it cannot be decoded, or is beyond `photos.max_megapixels`.
        BadSetting: boxes, weights or a listing that do not fit.
        TooLarge: more than 5,000 boxes.

    Not covered: one shelf on several photos (products on two of them count twice).
    """
    if detector is None and boxes is None:
        from glasscase.shelf.detectors import open_detector

        detector = open_detector("embedded")
    reader = ShelfReader.of(detector=detector, model=model, gallery=gallery)
    return reader.read(photo, boxes=boxes, asked=asked)


def gallery_encoder(
    gallery: Gallery,
    model: ProductClassifier | None,
    settings: Settings,
    *,
    cached: bool = True,
    progress: Progress = silent,
) -> Any:
    """The image encoder `gallery` was made with: the model's own where it is the same."""
    made = None if model is None else model.image_encoder
    if made is None or made.card.fingerprint() != gallery.card.fingerprint():
        name = gallery.card.name
        made = load_encoder(name, modality="image", settings=settings, progress=progress)
    if cached and not isinstance(made, CachedEncoder):
        return CachedEncoder(made, open_cache(settings))
    return made


def _inside(found: Boxes, shelf: ShelfPhoto, *, lowest: float) -> UsableBoxes:
    names = ("",) * len(found)
    height, width = shelf.image.shape[:2]
    return usable_boxes(found, names, (height, width), lowest_score=lowest)


def _cut_boxes(found: Boxes, usable: UsableBoxes, *, drawn: bool) -> list[Problem]:
    """Boxes of a person that reached beyond the photo and were cut at its edge."""
    if not drawn:
        return []
    before = found.corners[usable.places]
    changed = (abs(before - usable.boxes.corners) > 1).any(axis=1)
    return [
        Problem(
            None,
            f"box {int(place) + 1}",
            "reached beyond the photo and was cut at its edge",
            "Check that the boxes belong to this photo.",
        )
        for place in usable.places[changed]
    ]


def _known(gallery: Gallery | None, label: str) -> tuple[str, str]:
    """Name and brand of a product that a person named by title or id."""
    for product in () if gallery is None else gallery.products:
        if label in (product.id, product.title):
            return product.name, product.brand
    return label, ""


def _as_named(
    asked: ShelfQuestions, gallery: Gallery | None, seen: Sequence[Seen]
) -> ShelfQuestions:
    """The questions with products called as figures call them, and brands of what was seen."""
    brands = {one.name: one.brand for one in seen if one.brand}
    if gallery is None:
        return replace(asked, brands={**brands, **asked.brands})
    names = {product.id: product.name for product in gallery.products}
    listing: Any = asked.listing
    if isinstance(listing, Mapping):
        listing = {names.get(name, name): count for name, count in listing.items()}
    elif listing is not None:
        listing = [names.get(name, name) for name in listing]
    planogram = asked.planogram
    if planogram is not None:
        planogram = Planogram(
            tuple(
                tuple(Block(names.get(one.product, one.product), one.facings) for one in row)
                for row in planogram.rows
            ),
            planogram.numbers,
        )
    wanted = {*(listing or ()), *(() if planogram is None else planogram.facings())}
    for product in gallery.products:
        if product.brand and product.name in wanted:
            brands[product.name] = product.brand
    return replace(asked, listing=listing, planogram=planogram, brands={**brands, **asked.brands})
