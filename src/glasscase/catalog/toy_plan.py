"""Which product of the toy catalogue is what: kinds, and where the hard cases are planted."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from glasscase.catalog.toy_vocabulary import KINDS, STRANGER_KINDS

Stream = Literal["shop", "new"]
LEAVES: tuple[str, ...] = tuple(KINDS)
STRANGERS: tuple[str, ...] = tuple(STRANGER_KINDS)
CASES: Mapping[str, str] = MappingProxyType(
    {
        "plain": "nothing special",
        "text_ambiguous": "the text suits two kinds equally: the photo decides",
        "photo_ambiguous": "the photo suits two kinds equally: the text decides",
        "no_photo": "the photo is missing",
        "no_text": "title and description are blank",
        "wrong_label": "the shop filed it under another category",
        "near_duplicate": "an earlier product, photographed or listed again (same group)",
        "unknown": "of no category of the shop",
    }
)
_POPULAR = ("Mugs", "T-Shirts", "T-Shirts", "Headphones", "Cushions", "Socks")
_BLOCK = {"shop": 100, "new": 12}
_PLANTED: Mapping[str, Mapping[str, int]] = {
    "shop": {
        "wrong_label": 3,
        "near_duplicate": 4,
        "text_ambiguous": 6,
        "photo_ambiguous": 8,
        "no_photo": 5,
        "no_text": 3,
    },
    "new": {"unknown": 2, "text_ambiguous": 1, "photo_ambiguous": 1, "no_photo": 1, "no_text": 1},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One product before it is drawn and described."""

    number: int
    stream: Stream
    leaf: str
    """What it is in truth."""
    label: str | None
    """The leaf the shop files it under; None where the shop does not say."""
    case: str
    """A key of `CASES`."""
    twin: int | None = None
    """Number of the product it repeats, for near-duplicates."""

    @property
    def id(self) -> str:
        """`T00042` in the shop's table, `N00042` among the new ones."""
        return _name(self.stream, self.number)

    @property
    def group(self) -> str:
        """The id of the first product that is the same thing: its own, but for near-duplicates."""
        return _name(self.stream, self.number if self.twin is None else self.twin)


def entry(number: int, *, seed: int, stream: Stream = "shop") -> Entry:
    """The product with this number: the same in a catalogue of any size.

    >>> first = entry(0, seed=0)
    >>> first.id, first.group == first.id, first.case in CASES
    ('T00000', True, True)
    """
    case, leaf = _case(number, seed, stream), _leaf(number, seed, stream)
    if case == "near_duplicate":
        twin = _plain_before(number, leaf, seed, stream)
        return Entry(number, stream, leaf, leaf, case if twin is not None else "plain", twin)
    if case == "unknown":
        leaf = STRANGERS[number % len(STRANGERS)]
    label: str | None = leaf if stream == "shop" else None
    if case == "wrong_label":
        dice = random.Random(f"{seed}/{stream}/{number}/label")
        label = dice.choice([other for other in LEAVES if other != leaf])
    return Entry(number, stream, leaf, label, case)


def plan(size: int, *, seed: int, stream: Stream = "shop") -> list[Entry]:
    """The products 0 to `size` - 1.

    In the shop, every hundred hold 3 wrong labels, 4 near-duplicates, 6 ambiguous texts, 8
    ambiguous photos, 5 without photo, 3 without text, spread evenly; the first 12 of every 16
    products are one of each kind. (A near-duplicate with no plain product of its kind before it
    is a plain one.)
    """
    return [entry(number, seed=seed, stream=stream) for number in range(size)]


def _name(stream: Stream, number: int) -> str:
    return f"{'T' if stream == 'shop' else 'N'}{number:05d}"


def _leaf(number: int, seed: int, stream: Stream) -> str:
    return _leaves(number // 16, seed, stream)[number % 16]


@lru_cache(maxsize=256)
def _leaves(block: int, seed: int, stream: Stream) -> tuple[str, ...]:
    dice = random.Random(f"{seed}/{stream}/{block}/leaves")
    return (*dice.sample(LEAVES, k=len(LEAVES)), *dice.choices(_POPULAR, k=4))


def _case(number: int, seed: int, stream: Stream) -> str:
    length = _BLOCK[stream]
    return _cases(number // length, seed, stream).get(number % length, "plain")


@lru_cache(maxsize=256)
def _cases(block: int, seed: int, stream: Stream) -> dict[int, str]:
    dice = random.Random(f"{seed}/{stream}/{block}/cases")
    length, slots = _BLOCK[stream], dict[int, str]()
    for case, count in _PLANTED[stream].items():
        for k in range(count):  # the k-th of `count` falls into the k-th part of the block
            part = range(length * k // count, length * (k + 1) // count)
            slots[dice.choice([slot for slot in part if slot not in slots])] = case
    return slots


def _plain_before(number: int, leaf: str, seed: int, stream: Stream) -> int | None:
    """A plain product of the same kind, not far before `number`, if there is one."""
    dice = random.Random(f"{seed}/{stream}/{number}/twin")
    near = [
        n
        for n in range(max(0, number - 60), number)
        if _case(n, seed, stream) == "plain" and _leaf(n, seed, stream) == leaf
    ]
    return dice.choice(near) if near else None
