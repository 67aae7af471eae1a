"""All figures of one shelf, from boxes and the names of their products.

    boxes + names -> usable boxes -> rows -> draws of what stands behind the boxes -> figures

Every figure comes with an interval from what is known of the detector's errors (`Doubt`), all from
the same draws. Exact boxes give figures without doubt.

Not covered: figures over several photos of one shelf (products on two photos count twice).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.intervals import Interval, percentile_interval
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.reckoning.availability import Availability, availability
from glasscase.shelf.reckoning.box_draws import BoxDraws, box_draws
from glasscase.shelf.reckoning.compliance import Compliance, compliance, row_sequences
from glasscase.shelf.reckoning.doubt import Doubt
from glasscase.shelf.reckoning.facings import Facings, facing_counts, facings
from glasscase.shelf.reckoning.gap_photo import seen_gaps
from glasscase.shelf.reckoning.gaps import Gap, find_gaps
from glasscase.shelf.reckoning.market_share import AgainstMarket, against_market
from glasscase.shelf.reckoning.planogram import Planogram
from glasscase.shelf.reckoning.rows import Rows, find_rows
from glasscase.shelf.reckoning.shares import Share, board_scales, quantities, row_weights, shares
from glasscase.shelf.usable_boxes import UNKNOWN, UsableBoxes, usable_boxes

_MANY_UNKNOWN = 0.2


@dataclass(frozen=True, slots=True)
class ShelfQuestions:
    """What is asked of a shelf beyond what boxes say by themselves."""

    brands: Mapping[str, str] = field(default_factory=dict)
    """Name of a product -> its brand; a product without one is its own brand."""
    stacks_once: bool = False
    """Count boxes above their like in a stack as one facing."""
    eye_weights: Sequence[float] | None = None
    """One weight for each row from the top; None leaves out the share at eye level."""
    listing: Mapping[str, int | None] | Sequence[str] | None = None
    """Products that should be there, with their facings where known."""
    planogram: Planogram | None = None
    market_shares: Mapping[str, float] | None = None
    """Brand (or product) -> share of market, 0 to 1."""
    lowest_score: float | None = None
    """Of boxes that count; None takes the score the detector was measured at."""
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ShelfFigures:
    """The figures of one shelf, and what they were made of."""

    used: UsableBoxes
    rows: Rows
    scales: NDArray[np.float64] | None
    """[rows]: how large things on each board look; None where nothing tells."""
    products: Interval
    """How many products (facings) stand on the shelf."""
    facings: tuple[Facings, ...]
    brands: tuple[Share, ...]
    shares: tuple[Share, ...]
    """Of single products."""
    gaps: tuple[Gap, ...]
    availability: Availability | None
    compliance: Compliance | None
    against_market: tuple[AgainstMarket, ...] | None
    notes: tuple[str, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Boxes that were left out, and why."""
        return self.used.problems

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: shares 0 to 1, figures as `{value, low, high}`, rows from 1."""
        return {
            "products": self.products.to_dict(),
            "boxes": self._boxes(),
            "rows": self._rows(),
            "upside_down": self.rows.upside_down,
            "facings": [each.to_dict() for each in self.facings],
            "brands": [share.to_dict() for share in self.brands],
            "shares": [share.to_dict() for share in self.shares],
            "gaps": [gap.to_dict() for gap in self.gaps],
            "availability": self.availability.to_dict() if self.availability else None,
            "planogram": self.compliance.to_dict() if self.compliance else None,
            "market_share": None
            if self.against_market is None
            else [each.to_dict() for each in self.against_market],
            "notes": list(self.notes),
            "problems": [_told(problem) for problem in self.problems],
        }

    def _boxes(self) -> list[dict[str, Any]]:
        """A box each, with its place in what was given, its product, row and level."""
        return [
            {**box, "box": int(place), "name": name, "row": int(row) + 1, "level": int(level)}
            for box, place, name, row, level in zip(
                self.used.boxes.to_dict(),
                self.used.places,
                self.used.names,
                self.rows.of,
                self.rows.level,
                strict=True,
            )
        ]

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "row": row + 1,
                "boxes": len(self.rows.members(row)),
                "left_px": round(float(line[0]), 1),
                "right_px": round(float(line[1]), 1),
                "scale": None if self.scales is None else round(float(self.scales[row]), 4),
            }
            for row, line in enumerate(self.rows.lines)
        ]


def shelf_figures(
    boxes: Boxes,
    names: Sequence[str],
    image_size: tuple[int, int],
    *,
    doubt: Doubt,
    asked: ShelfQuestions | None = None,
    image: NDArray[np.uint8] | None = None,
) -> ShelfFigures:
    """Reckon all figures of a shelf.

    Args:
        boxes: where products stand.
        names: [n] which they are, `unknown` where not recognised.
        image_size: height and width of the photo in pixels.
        doubt: what is known of errors: `Doubt.none()` for boxes by a person, `Doubt(measured)` for
            a detector.
        asked: listing, planogram, market shares and the like.
        image: the photo itself, RGB [h, w, 3]: gaps of a detector's boxes are then judged by how
            empty they look.

    Raises:
        BadSetting: names, weights, listing or market shares that do not fit.
        TooLarge: more boxes than can be reckoned with.
    """
    asked = asked or ShelfQuestions()
    doubt = replace(doubt, counted_from=asked.lowest_score)
    used = usable_boxes(boxes, tuple(names), image_size, lowest_score=_lowest(doubt, asked))
    if len(used) and all(name == UNKNOWN for name in used.names):
        asked = replace(asked, listing=None, planogram=None, market_shares=None)
    rows = find_rows(used.boxes, image_size)
    draws = box_draws(used.names, doubt, seed=asked.seed)
    counts = facing_counts(draws.name, rows, stacks_once=asked.stacks_once)
    scales = board_scales(used.boxes, draws.name, rows, draws.names)
    weights = row_weights(asked.eye_weights, rows.count)
    sums = quantities(used.boxes, rows, counts, scales, weights)
    products = shares(draws, sums, {}, of="product", expected=_expected(draws, asked))
    brands = shares(
        draws, sums, asked.brands, of="brand", expected=_expected_brands(products, asked)
    )
    products_there = _there(counts, draws, doubt)
    gaps = _gaps(used, rows, draws, image_size[1], None if doubt.drawn else image)
    return ShelfFigures(
        used,
        rows,
        scales,
        products_there,
        tuple(facings(draws, rows, counts, asked.brands)),
        tuple(brands),
        tuple(products),
        tuple(gaps),
        _availability(draws, asked),
        _compliance(used, rows, draws, asked),
        None
        if asked.market_shares is None
        else tuple(against_market([*brands, *products], asked.market_shares)),
        tuple(_notes(used, rows, scales, doubt, len(boxes), most=products_there.high)),
    )


def _there(counts: NDArray[np.float64], draws: BoxDraws, doubt: Doubt) -> Interval:
    """How many products stand there. A detector that found none may have missed one at least."""
    found = percentile_interval(float(counts.sum()), draws.totals(counts))
    if doubt.drawn or len(counts):
        return found
    return Interval(found.value, found.low, max(found.high, 1.0))


def _gaps(
    used: UsableBoxes, rows: Rows, draws: BoxDraws, width: int, image: NDArray[np.uint8] | None
) -> list[Gap]:
    gaps = find_gaps(used.boxes, used.names, rows, width=width, recall=draws.rates.recall)
    return gaps if image is None else seen_gaps(gaps, image, used.boxes)


def _lowest(doubt: Doubt, asked: ShelfQuestions) -> float:
    if asked.lowest_score is not None:
        return asked.lowest_score
    return 0.0 if doubt.drawn or doubt.detector is None else doubt.detector.score


def _expected(draws: BoxDraws, asked: ShelfQuestions) -> list[str]:
    """Products of the listing and the planogram, spelled as on the shelf where they stand there."""
    planned = asked.planogram.facings() if asked.planogram else ()
    spelled = {name.casefold(): name for name in draws.names}
    return [spelled.get(name.casefold(), name) for name in [*(asked.listing or ()), *planned]]


def _expected_brands(products: list[Share], asked: ShelfQuestions) -> list[str]:
    """Brands of those products, and what has a market share without being a product here."""
    known = {share.name.casefold() for share in products}
    spelled = {brand.casefold(): brand for brand in asked.brands.values()}
    sold = [spelled.get(name.casefold(), name) for name in asked.market_shares or ()]
    return [
        *(asked.brands.get(share.name, share.name) for share in products),
        *(name for name in sold if name.casefold() in spelled or name.casefold() not in known),
    ]


def _availability(draws: BoxDraws, asked: ShelfQuestions) -> Availability | None:
    if asked.listing is None:
        return None
    listing = asked.listing
    wanted = dict(listing) if isinstance(listing, Mapping) else dict.fromkeys(listing)
    return availability(draws, wanted, seed=asked.seed)


def _compliance(
    used: UsableBoxes, rows: Rows, draws: BoxDraws, asked: ShelfQuestions
) -> Compliance | None:
    if asked.planogram is None:
        return None
    sequences = row_sequences(used.boxes, used.names, rows)
    return compliance(sequences, asked.planogram, draws, seed=asked.seed)


def _notes(
    used: UsableBoxes,
    rows: Rows,
    scales: NDArray[np.float64] | None,
    doubt: Doubt,
    given: int,
    *,
    most: float,
) -> list[str]:
    notes = [doubt.note()]
    if not len(used):
        missed = "" if doubt.drawn else f"; up to {most:.0f} may have been missed"
        notes.append(f"No product was found on this photo{missed}: shares are not known.")
    if rows.upside_down:
        notes.append(
            "Tops of products line up and bottoms do not: the photo may be upside down. Turn it."
        )
    if (unsure := given - len(used) - len(used.problems)) > 0:
        boxes = "box" if unsure == 1 else "boxes"
        notes.append(f"{unsure} {boxes} with a score too low to count left out.")
    unknown = sum(name == UNKNOWN for name in used.names)
    if len(used) and unknown == len(used):
        notes.append(
            "No product was recognised: there are no shares of products or brands, and nothing "
            "that a listing, a planogram or market shares could be held against."
        )
    elif len(used) and unknown / len(used) >= _MANY_UNKNOWN:
        notes.append(
            f"{unknown} of {len(used)} products were not recognised: shares of known ones are too "
            "low by what those would add."
        )
    if unknown < len(used) and scales is None and rows.count > 1:
        notes.append(
            "No product stands on two rows: shares by width and area take all rows as equally far."
        )
    return notes


def _told(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "field": problem.field,
        "reason": problem.reason,
        "remedy": problem.remedy,
    }
