"""Why one class rather than another: words, places and modalities in log-odds of the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from glasscase.explanations.heat_map import HeatMap
from glasscase.explanations.plain_values import fields_of
from glasscase.explanations.shapley import ModalityShare
from glasscase.explanations.word_report import WordReport

_SPOKEN = {"text": "text", "image": "photo"}
_WORTH_NAMING = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """What speaks for `label` rather than `against`, its runner-up."""

    label: str
    against: str
    probability_against: float
    words: WordReport
    """Weights in log-odds of the two: positive for `label`, negative for `against`."""
    heat_maps: tuple[HeatMap, ...]
    """Where the photo speaks for `label` rather than `against`."""
    shares: tuple[ModalityShare, ...]
    log_odds: float
    """Of `label` against `against`."""

    @property
    def sentence(self) -> str:
        """The difference, as a person would say it."""
        return f"{self._words} {self._parts}".strip()

    @property
    def _words(self) -> str:
        ordered = sorted(self.words.distinct.items(), key=lambda item: -item[1])
        speaking = [word for word, weight in ordered[:3] if weight > _WORTH_NAMING]
        other = [word for word, weight in ordered[::-1][:2] if weight < -_WORTH_NAMING]
        if not speaking and not other:
            return "No single word tells the two apart." if self.words.words else ""
        sides = [
            (words, name)
            for words, name in ((speaking, self.label), (other, self.against))
            if words
        ]
        (words, name), *rest = sides
        first = f"{_quoted(words)} {'speaks' if len(words) == 1 else 'speak'} most for “{name}”"
        return ", ".join([first, *(f"{_quoted(words)} for “{name}”" for words, name in rest)]) + "."

    @property
    def _parts(self) -> str:
        return " ".join(
            f"The {_SPOKEN[share.modality]} speaks for “{self._side(share)}” "
            f"({abs(share.value):.1f} log-odds)."
            for share in sorted(self.shares, key=lambda one: -one.share)
        )

    def _side(self, share: ModalityShare) -> str:
        return self.label if share.value >= 0 else self.against

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "label": self.label,
            "against": self.against,
            "probability_against": self.probability_against,
            "words": self.words.to_dict(),
            "heat_maps": [heat.to_dict() for heat in self.heat_maps],
            "shares": [fields_of(share) for share in self.shares],
            "log_odds": self.log_odds,
            "sentence": self.sentence,
        }


def _quoted(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)
