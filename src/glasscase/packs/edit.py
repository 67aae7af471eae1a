"""A what-if edit in words: `contrast=+20`, `logo=+30`, `claims=-2`, `hue=90` ..."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names

MOST_EDITS = 12
KINDS: dict[str, tuple[float, float, str]] = {
    "contrast": (-90.0, 300.0, "contrast of words {amount:+g} %"),
    "logo": (-50.0, 200.0, "logo {amount:+g} % in size"),
    "claims": (-50.0, -1.0, "{count} fewer lines of words"),
    "brightness": (-80.0, 200.0, "brightness {amount:+g} %"),
    "saturation": (-100.0, 300.0, "saturation {amount:+g} %"),
    "hue": (-180.0, 180.0, "hue turned by {amount:+g} degrees"),
}
"""Lowest and highest amount, and how the edit is told."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a pack's photo."""

    kind: str
    amount: float
    """Per cent; of claims lines, of hue degrees."""

    @classmethod
    def parse(cls, text: str) -> Edit:
        """The edit that `text` tells, such as `contrast=+20`.

        Raises:
            BadSetting: an unknown kind, no number, or one out of bounds.

        >>> Edit.parse("contrast=+20 %")
        Edit(kind='contrast', amount=20.0)
        """
        kind, _, number = text.partition("=")
        kind = kind.strip().lower()
        if kind not in KINDS:
            near = nearest_names(kind, list(KINDS), most=1)[0]
            raise BadSetting(
                f"there is no edit {text[:40]!r}",
                f"Did you mean {near}? There are {', '.join(KINDS)}, each with a number.",
            )
        low, high, _ = KINDS[kind]
        try:
            amount = float(number.strip().rstrip("%°").strip())
        except ValueError:
            amount = math.nan
        if kind == "claims" and amount != int(amount if math.isfinite(amount) else 0):
            amount = math.nan
        if not low <= amount <= high:
            raise BadSetting(
                f"edit {kind!r} has {number.strip()[:20]!r}",
                f"Give a number of {low:g} to {high:g}, such as {kind}={min(high, 20.0):+g}.",
            )
        return cls(kind, amount)

    @property
    def words(self) -> str:
        """What it does, in words.

        >>> Edit("claims", -1).words, Edit("hue", 90).words
        ('1 fewer line of words', 'hue turned by +90 degrees')
        """
        count = abs(round(self.amount)) if self.kind == "claims" else 0
        told = KINDS[self.kind][2].format(amount=self.amount, count=count)
        return told.replace("lines", "line") if count == 1 else told

    @property
    def changes(self) -> bool:
        """Whether it changes anything at all."""
        return self.amount != 0


def parsed_edits(texts: Sequence[str]) -> tuple[Edit, ...]:
    """Each of `texts` as an edit. Raises `BadSetting`, also where there are more than twelve."""
    if len(texts) > MOST_EDITS:
        raise BadSetting(f"there are {len(texts)} edits", f"Try at most {MOST_EDITS} at a time.")
    return tuple(Edit.parse(text) for text in texts)
