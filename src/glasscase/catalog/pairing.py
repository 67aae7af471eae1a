"""Two lists with categories joined into pairs: each pair is of one category, none is made twice."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PairedCategory:
    """What there was of one category of the first list, and how many pairs were made of it."""

    name: str
    firsts: int
    seconds: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Pairing:
    """Pairs of positions in the two lists."""

    pairs: tuple[tuple[int, int], ...]
    """In no order that tells the category."""
    categories: tuple[PairedCategory, ...]
    """Those with a partner, by name."""
    lonely_firsts: tuple[str, ...]
    """Categories of the first list without a partner."""
    lonely_seconds: tuple[str, ...]


def pair_up(
    firsts: Sequence[str],
    seconds: Sequence[str],
    *,
    size: int,
    seed: int,
    mapping: Mapping[str, Sequence[str]] | None = None,
) -> Pairing:
    """Join every category of `firsts` with the same one of `seconds`, `size` pairs in all.

    The categories keep the proportions they have in `firsts`. Within one, members are taken in
    turn from both sides, so that none is used a second time before all were used once; where all
    pairs of a category are used up, the others give more. Fewer than `size` are made only where
    there are no more.

    Args:
        firsts: [n] category of each member of the first list.
        seconds: [m] category of each member of the second.
        size: how many pairs.
        seed: the same seed gives the same pairs.
        mapping: category of the first list -> those of the second it goes with; what is not in it
            goes with the same name.

    >>> made = pair_up(["Mugs", "Mugs", "Pans"], ["Mugs", "Caps"], size=9, seed=0)
    >>> sorted(made.pairs), made.lonely_firsts, made.lonely_seconds
    ([(0, 0), (1, 0)], ('Pans',), ('Caps',))
    """
    dice = random.Random(seed)
    left, right = _positions(firsts), _positions(seconds)
    partners = {
        name: [i for other in (mapping or {}).get(name, (name,)) for i in right.get(other, ())]
        for name in sorted(left)
    }
    joined = [name for name, members in partners.items() if members]
    counts = _shares(
        size,
        [len(left[name]) for name in joined],
        [len(left[name]) * len(partners[name]) for name in joined],
    )
    pairs: list[tuple[int, int]] = []
    for name, count in zip(joined, counts, strict=True):
        one, other = list(left[name]), list(partners[name])
        dice.shuffle(one)
        dice.shuffle(other)
        pairs += [(one[a], other[b]) for a, b in _in_turn(len(one), len(other), count)]
    dice.shuffle(pairs)
    used = {other for name in joined for other in (mapping or {}).get(name, (name,))}
    return Pairing(
        tuple(pairs),
        tuple(
            PairedCategory(name, len(left[name]), len(partners[name]), count)
            for name, count in zip(joined, counts, strict=True)
        ),
        tuple(name for name in sorted(left) if name not in joined),
        tuple(name for name in sorted(right) if name not in used),
    )


def _positions(labels: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for position, label in enumerate(labels):
        found[label].append(position)
    return found


def _in_turn(firsts: int, seconds: int, count: int) -> Iterator[tuple[int, int]]:
    """`count` different pairs out of `firsts` x `seconds`: both sides are walked round together,
    and one is moved by one place whenever the walk would begin anew."""
    period = math.lcm(firsts, seconds)
    for step in range(count):
        yield step % firsts, (step + step // period) % seconds


def _shares(size: int, weights: Sequence[int], capacities: Sequence[int]) -> list[int]:
    """`size` divided in proportion to `weights`, none above its capacity."""
    counts = [0] * len(weights)
    left = min(size, sum(capacities))
    while left:
        open_ = [i for i in range(len(counts)) if counts[i] < capacities[i]]
        total = sum(weights[i] for i in open_)
        given = {i: min(left * weights[i] // total, capacities[i] - counts[i]) for i in open_}
        if not any(given.values()):
            rest = sorted(open_, key=lambda i: (-(left * weights[i] % total), i))[:left]
            given = dict.fromkeys(rest, 1)
        for i, more in given.items():
            counts[i] += more
        left -= sum(given.values())
    return counts
