"""What photos and texts of a shop are like at the least; what falls below is of no use."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from glasscase.catalog.boilerplate import Boilerplate
from glasscase.catalog.photo_look import BLURRED, PhotoLook
from glasscase.catalog.product import Product
from glasscase.catalog.unusable_text import Fault, text_fault

Looks = Sequence[Sequence[PhotoLook | None]]
"""Of each product, of each of its photos in order; None where one cannot be decoded."""
_LEAST_PX = 32
_MOST_LEAST_PX = 64
_SHARP_RANGE = (5.0, 2 * BLURRED)
_LEAST_COPIES = 5
"""A picture on so many products, of several categories, is no photo of any of them."""
_MOST_IN_ONE = 0.8
_USUAL_SHARE = 0.02
_LEAST_LOOKS = 50


@dataclass(frozen=True)
class Usable:
    """Limits learnt from a shop's own products, so that small photos are no fault in a shop of
    small photos; and what it repeats."""

    least_px: int = _LEAST_PX
    """Half the shorter side that 99 % of the shop's photos have, 64 at most."""
    least_sharpness: float = BLURRED
    """Half the sharpness that 99.5 % of them have, 60 at most."""
    placeholders: Mapping[int, int] = field(default_factory=dict)
    """Fingerprint of a picture that stands on many different products -> on how many."""
    boilerplate: Boilerplate = Boilerplate()
    usual: frozenset[str] = frozenset()
    """Kinds of fault that more than 2 % of the products have; they are told of none."""

    @classmethod
    def learn(cls, products: Sequence[Product], looks: Looks = ()) -> Self:
        """Limits from `products` [n], labelled or not, and the `looks` [n] of their photos.

        With fewer than 50 photos the limits are those for any shop.
        """
        seen = [look for some in looks for look in some if look is not None]
        labels = [product.label for product in products]
        texts = [product.text for product in products]
        known = Boilerplate.learn(texts, labels if any(labels) else None)
        least_px, sharpness = _LEAST_PX, BLURRED
        if len(seen) >= _LEAST_LOOKS:
            sides = np.quantile([look.shorter_px for look in seen], 0.01)
            edges = np.quantile([look.sharpness for look in seen], 0.005)
            least_px = min(_MOST_LEAST_PX, math.ceil(sides / 2))
            sharpness = float(np.clip(edges / 2, *_SHARP_RANGE))
        first = cls(least_px, sharpness, _placeholders(products, looks), known)
        faulty: Counter[str] = Counter()
        for i, product in enumerate(products):
            told = [first.text_fault(product.text)]
            told += [first.photo_fault("", look) for look in (looks[i] if looks else ())]
            faulty.update({fault.kind for fault in told if fault is not None})
        usual = {kind for kind, count in faulty.items() if count > _USUAL_SHARE * len(products)}
        return cls(least_px, sharpness, first.placeholders, known, frozenset(usual))

    def photo_fault(
        self, name: str, look: PhotoLook | None, *, least_px: int | None = None
    ) -> Fault | None:
        """Why the photo called `name` is of no use; None for one that is, or was not decoded.

        `least_px` stands in for the limit that was learnt.
        """
        fault = None if look is None else self._fault_of(f"Photo “{name}”", look, least_px)
        return None if fault is None or fault.kind in self.usual else fault

    def _fault_of(self, photo: str, look: PhotoLook, least_px: int | None) -> Fault | None:
        least = self.least_px if least_px is None else least_px
        if look.blank:
            return Fault("blank", f"{photo} is blank: one colour all over.")
        if look.shorter_px < least:
            size = f"{look.shorter_px} px on its shorter side, less than {least}"
            return Fault("small", f"{photo} is too small: {size}.")
        if (copies := self.placeholders.get(look.fingerprint)) is not None:
            same = f"the same picture stands on {copies} different products"
            return Fault("placeholder photo", f"{photo} is a placeholder: {same}.")
        if look.sharpness < self.least_sharpness:
            return Fault("blurred", f"{photo} is blurred: it has no sharp edge.")
        return None

    def text_fault(self, text: str) -> Fault | None:
        """Why a product's text is of no use; None for one that is, and for a blank one."""
        fault = text_fault(text)
        if fault is None and text.strip() and not self.boilerplate.remove(text).strip():
            fault = Fault("boilerplate", "The text is nothing but sentences the shop repeats.")
        return None if fault is None or fault.kind in self.usual else fault

    def to_dict(self) -> dict[str, Any]:
        """JSON values; fingerprints in hexadecimal."""
        return {
            "least_px": self.least_px,
            "least_sharpness": self.least_sharpness,
            "placeholders": {f"{key:016x}": count for key, count in self.placeholders.items()},
            "boilerplate": self.boilerplate.to_dict(),
            "usual": sorted(self.usual),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave."""
        return cls(
            values["least_px"],
            values["least_sharpness"],
            {int(key, 16): count for key, count in values["placeholders"].items()},
            Boilerplate.from_dict(values["boilerplate"]),
            frozenset(values["usual"]),
        )


def _placeholders(products: Sequence[Product], looks: Looks) -> dict[int, int]:
    owners: dict[int, set[int]] = defaultdict(set)
    for i, some in enumerate(looks):
        for look in some:
            if look is not None and not look.blank:
                owners[look.fingerprint].add(i)
    found = {}
    for fingerprint, rows in owners.items():
        homes = Counter(products[row].label for row in rows)
        if (
            len(rows) >= _LEAST_COPIES
            and len(homes) > 1
            and max(homes.values()) <= _MOST_IN_ONE * len(rows)
        ):
            found[fingerprint] = len(rows)
    return dict(sorted(found.items()))
