"""How much is in a pack, read off its words: 500 g, 1,5 L, 6 x 330 ml, 40 % vol."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_CHARACTERS = 4_000
_MOST_PIECES = 1000

_MASS = {"kg": 1000.0, "g": 1.0, "gr": 1.0, "mg": 0.001, "lb": 453.59237, "lbs": 453.59237}
_MASS |= {"oz": 28.349523125}
_VOLUME = {"l": 1000.0, "ltr": 1000.0, "litre": 1000.0, "liter": 1000.0, "litres": 1000.0}
_VOLUME |= {"dl": 100.0, "cl": 10.0, "ml": 1.0, "fl oz": 29.5735295625, "fl. oz": 29.5735295625}
_PIECES = (
    "pieces|piece|pcs|pc|stück|stk|pièces|capsules|kapseln|tablets|tabletten|bags|beutel|sachets|"
    "rolls|rollen|sheets|pods|pack|cans|bottles|eggs|bars|wipes|washes|doses"
)
_UNITS = "|".join(sorted((re.escape(u) for u in {*_MASS, *_VOLUME}), key=len, reverse=True))
_NUMBER = r"\d{1,5}(?:[.,]\d{1,3})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?P<times>\d{{1,3}})\s*[x×*]\s*)?(?P<number>{_NUMBER})\s*(?P<unit>{_UNITS})"
    r"(?:\s*[e℮])?(?![\w])",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rf"(?<![\w.,])(?P<count>\d{{1,4}})\s*(?:[x×]\s*)?(?P<what>{_PIECES})(?!\w)", re.I
)
_ALCOHOL = re.compile(
    rf"(?:alc\.?|vol\.?|alcohol)?\s*(?<![\w.,])(?P<share>{_NUMBER})\s*%\s*(?P<after>vol|alc|abv)?",
    re.I,
)
_LETTER_O = re.compile(r"(?<=\d)[oO0-9]*[oO][oO0-9]*(?=\s*(?:kg|g|ml|cl|l)\b)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much is in a pack."""

    amount: float
    """Altogether, in `unit`."""
    unit: str
    """`g`, `ml` or `pieces`."""
    count: int
    """How many parts it comes in; 1 for a single one."""
    words: str
    """As it is printed."""


def quantity_of(text: str) -> Quantity | None:
    """The net quantity in `text`, None where there is none; of several the first with a unit.

    Comma and point both part decimals, and three digits after a comma are decimals too (1,000 kg
    is a kilogramme, as European packs print it). A letter O in a number is read as 0.

    >>> quantity_of("Milk 1,5 L"), quantity_of("6 x 330 ml").amount, quantity_of("100 % pure")
    (Quantity(amount=1500.0, unit='ml', count=1, words='1,5 L'), 1980.0, None)
    """
    text = _LETTER_O.sub(_zeros, text[:MOST_CHARACTERS])
    found = _AMOUNT.search(text)
    if found is not None:
        times = int(found["times"] or 1)
        number = float(found["number"].replace(",", "."))
        unit = " ".join(found["unit"].lower().split())
        if not (0 < times <= _MOST_PIECES) or number <= 0:
            return None
        factor, name = (_MASS[unit], "g") if unit in _MASS else (_VOLUME[unit], "ml")
        return Quantity(round(times * number * factor, 6), name, times, found[0].strip())
    pieces = _COUNT.search(text)
    if pieces is not None and int(pieces["count"]) > 0:
        count = int(pieces["count"])
        return Quantity(float(count), "pieces", count, pieces[0].strip())
    return None


def alcohol_share(text: str) -> float | None:
    """Alcohol by volume in `text` as a share, None where there is none.

    >>> alcohol_share("ALC. 20% VOL"), alcohol_share("19,5 % vol"), alcohol_share("100 % pure")
    (0.2, 0.195, None)
    """
    for found in _ALCOHOL.finditer(text[:MOST_CHARACTERS]):
        before = found[0].lower().lstrip()
        if found["after"] or before.startswith(("alc", "vol")):
            share = float(found["share"].replace(",", ".")) / 100
            return round(share, 6) if share < 1 else None
    return None


def _zeros(found: re.Match[str]) -> str:
    return found[0].lower().replace("o", "0")
