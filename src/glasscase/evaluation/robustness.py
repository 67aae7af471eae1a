"""What a model loses when photos and words are changed, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from glasscase.evaluation.holm import holm
from glasscase.evaluation.metrics import Ints, Mask
from glasscase.evaluation.pairs import LEVEL
from glasscase.evaluation.seen import Seen
from glasscase.intervals import Difference, Interval, number

VIEWS = ("fused", "image only", "text only")
"""The model with all a product has, and with the words or the photo withheld from it."""
WITHHELD: Mapping[str, str] = {"image only": "text", "text only": "image"}
MISSING = {"image": "missing photo", "text": "missing text"}


@dataclass(frozen=True)
class Case:
    """One change at one strength."""

    change: str
    modality: str
    """`image` or `text`: what is changed."""
    strength: int
    """1 to 3; 0 for what is missing altogether."""
    told: str
    """How much, in words."""


@dataclass(frozen=True)
class ViewFigures:
    """What one view of the model answers in one case, beside what it answers unchanged."""

    accuracy: Interval
    loss: Difference
    """Unchanged less changed, paired on the same products; above 0 it costs."""
    flips: Interval
    """Share of the products with another answer, right or wrong."""
    ece: float
    accepted_share: float
    accepted_error: Interval
    """Share of wrong answers among the accepted."""

    @classmethod
    def of(cls, clean: Seen, changed: Seen, groups: Ints, *, seed: int) -> ViewFigures:
        """Of two answers to the same products [n], n at least 1."""
        return cls(
            changed.accuracy(groups, seed=seed),
            clean.loss(changed, groups, seed=seed),
            clean.flips(changed, groups, seed=seed),
            changed.ece(),
            float(changed.accepted.mean()),
            changed.accepted_error(groups, seed=seed),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "accuracy": self.accuracy.to_dict(),
            "loss": self.loss.to_dict(),
            "flips": self.flips.to_dict(),
            "ece": number(self.ece),
            "accepted_share": self.accepted_share,
            "accepted_error": self.accepted_error.to_dict(),
        }


@dataclass(frozen=True)
class CaseFigures:
    """All that was measured in one case."""

    case: Case
    products: int
    """Those that have what is changed; the others are not counted."""
    views: Mapping[str, ViewFigures]
    """Without those that nothing is left to: a model of words has no view `image only`."""
    p_holm: float = 1.0
    """That the fused model loses nothing, corrected for all cases at once."""

    @property
    def loss(self) -> Difference:
        """What the model loses as it is used."""
        return self.views["fused"].loss

    @property
    def alone(self) -> Difference:
        """What it loses where a product has nothing but what is changed."""
        return self.views["image only" if self.case.modality == "image" else "text only"].loss

    @property
    def sure(self) -> bool:
        """Whether the loss is more than luck, all cases considered."""
        return self.p_holm < LEVEL and self.loss.low > 0

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            **vars(self.case),
            "products": self.products,
            "p_holm": self.p_holm,
            "sure": self.sure,
            "views": {name: view.to_dict() for name, view in self.views.items()},
        }


@dataclass(frozen=True)
class Clean:
    """The unchanged answers, by view, and what belongs together."""

    views: Mapping[str, Seen]
    groups: Ints
    """[n]: near-duplicates."""
    present: Mask
    """[n, 2]: usable words, usable photo."""
    seed: int = 0

    def figures(self) -> dict[str, dict[str, Any]]:
        """JSON values of each view, on the products that have what it reads."""
        found = {}
        for name, rows in self.rows().items():
            if rows.any():
                seen, groups = self.views[name].take(rows), self.groups[rows]
                found[name] = {
                    "products": int(rows.sum()),
                    "accuracy": seen.accuracy(groups, seed=self.seed).to_dict(),
                    "ece": number(seen.ece()),
                    "accepted_share": float(seen.accepted.mean()),
                    "accepted_error": seen.accepted_error(groups, seed=self.seed).to_dict(),
                }
        return found

    def rows(self) -> dict[str, Mask]:
        """By view the products that have what it reads, [n] each."""
        words, photo = self.present.T
        return dict(zip(VIEWS, (words | photo, photo, words), strict=True))


def judge_cases(
    clean: Clean, changed: Mapping[Case, Mapping[str, Seen]], *, seed: int = 0
) -> tuple[CaseFigures, ...]:
    """Every case beside the unchanged answers, those that cost the fused model most first.

    Args:
        clean: answers to the n products as they are.
        changed: by case and view; a view that is not named answers as it did, for nothing it
            reads was changed.
        seed: of the draws.
    """
    found = []
    answering = [name for name, rows in clean.rows().items() if rows.any()]
    for case, views in changed.items():
        rows = clean.present[:, ("text", "image").index(case.modality)]
        if not rows.any():
            continue
        groups = clean.groups[rows]
        found.append(
            CaseFigures(
                case,
                int(rows.sum()),
                {
                    name: ViewFigures.of(
                        clean.views[name].take(rows),
                        views.get(name, clean.views[name]).take(rows),
                        groups,
                        seed=seed,
                    )
                    for name in answering
                },
            )
        )
    corrected = holm([one.loss.p_value for one in found])
    told = [replace(one, p_holm=p) for one, p in zip(found, corrected, strict=True)]
    return tuple(sorted(told, key=lambda one: (-one.loss.value, -one.alone.value)))


@dataclass(frozen=True)
class Example:
    """One product under one change, to look at."""

    change: str
    pictures: tuple[str, ...] = ()
    """`data:` addresses: as it is, then strengths 1 to 3."""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """What a reader must know beside the figures."""

    products: int
    """In the sample."""
    of: int
    """Labelled products there are."""
    seed: int
    notes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    problems: tuple[str, ...] = field(default_factory=tuple)


def changes_of(cases: Sequence[CaseFigures]) -> dict[str, list[CaseFigures]]:
    """The cases of each change by rising strength, the change that costs most first."""
    found: dict[str, list[CaseFigures]] = {}
    for one in cases:  # sorted by loss, so the first of a change is its worst
        found.setdefault(one.case.change, []).append(one)
    return {name: sorted(own, key=lambda one: one.case.strength) for name, own in found.items()}
