"""What the words on a pack are for: brand, product, quantity, claims, small print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from glasscase.packs.measure import Evidence, Measure
from glasscase.packs.pack import Pack
from glasscase.packs.quantity import alcohol_share, quantity_of
from glasscase.packs.same_words import alike, holds, words_in
from glasscase.packs.text_line import TextLine

Part = Literal["brand", "product", "quantity", "claim", "small print"]

MOST_CLAIM_WORDS = 20
"""Longer blocks are small print: ingredients, addresses, how to use it."""
_SAME_SIZE = 1.35
_LINE_GAP = 1.0
_SMALL_SHARE = 0.22
"""Letters below this share of the pack's largest, in blocks of many words, are small print."""
_SMALL_WORDS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Lines that belong together, and what they are for."""

    part: Part
    lines: tuple[TextLine, ...]

    @property
    def text(self) -> str:
        """All its lines in one."""
        return " ".join(line.words for line in self.lines)

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(words_in(self.text))

    @property
    def evidence(self) -> Evidence:
        """One box around all its lines."""
        boxes = [line.evidence.box for line in self.lines]
        left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
        right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
        return Evidence((left, top, right, bottom), self.text)


def blocks_of(pack: Pack, lines: Sequence[TextLine]) -> tuple[Block, ...]:
    """The lines of `pack` in blocks, from top to bottom, each with what it is for.

    A line with the pack's brand is brand; with a net quantity or alcohol and little else, quantity;
    with words of the product's name, product. The rest is joined where lines of about one size
    stand under one another. Where neither brand nor product is given the largest block is taken
    for the product. Blocks of many words or of many small ones are small print, the others claims.

    Not covered: brands printed as a drawn logo, which no reader reads; claims as pictures (seals,
    leaves); columns of print side by side that touch.
    """
    rest: list[TextLine] = []
    blocks: list[Block] = []
    asked = words_in(pack.product)
    for line in lines:
        part = _told(line, pack.brand, asked)
        if part is None:
            rest.append(line)
        else:
            blocks.append(Block(part, (line,)))
    joined = _joined(rest)
    if not pack.brand and not pack.product and joined:
        name = max(joined, key=_size)
        joined.remove(name)
        blocks.append(Block("product", tuple(name)))
    largest = max((line.letter_px or 0.0 for line in lines), default=0.0)
    blocks += [
        Block(_rest_part(group, largest), tuple(group)) for group in joined if _has_words(group)
    ]
    return tuple(sorted(blocks, key=lambda block: block.evidence.box[1]))


def claim_measures(blocks: Sequence[Block]) -> list[Measure]:
    """`claims_count`, `claim_words_mean`, `longest_claim_words` and `words_count`.

    Both counts are best in a band: no claim sells nothing, and of many none is read.
    """
    claims = [block for block in blocks if block.part == "claim"]
    places = tuple(block.evidence for block in claims)
    words = sum(block.words for block in blocks)
    measures = [
        Measure("words_count", float(words), "count", "band"),
        Measure("claims_count", float(len(claims)), "count", "band", "readable", evidence=places),
    ]
    if not claims:
        why = "no claim was read on the pack"
        return [
            *measures,
            Measure.missing("claim_words_mean", "count", "less", why),
            Measure.missing("longest_claim_words", "count", "less", why),
        ]
    longest = max(claims, key=lambda block: block.words)
    mean = sum(block.words for block in claims) / len(claims)
    return [
        *measures,
        Measure("claim_words_mean", mean, "count", "less", "readable", evidence=places),
        Measure(
            "longest_claim_words", float(longest.words), "count", "less",
            evidence=(longest.evidence,),
        ),
    ]  # fmt: skip


def _told(line: TextLine, brand: str, product: Sequence[str]) -> Part | None:
    """What a line says of itself; None where that is left to its place and size."""
    words = words_in(line.words)
    if brand and (holds(line.words, brand) or _is_part_of(words, words_in(brand))):
        return "brand"
    quantity = quantity_of(line.words)
    if quantity is not None or alcohol_share(line.words) is not None:
        told = words_in(quantity.words) if quantity else words
        if len(words) <= len(told) + 3:
            return "quantity"
    if product and _is_part_of(words, product):
        return "product"
    return None


def _is_part_of(words: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether half of a line's words, at least, are of a name."""
    known = sum(any(alike(word, one) for one in whole) for word in words if len(word) > 1)
    return known > 0 and known * 2 >= len(words)


def _joined(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines of about one size, one under the other, in groups."""
    groups: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda one: one.read.box[1]):
        near = next((group for group in groups if _continues(group[-1], line)), None)
        if near is None:
            groups.append([line])
        else:
            near.append(line)
    return groups


def _continues(above: TextLine, below: TextLine) -> bool:
    one, other = above.read.sides[1], below.read.sides[1]
    if max(one, other) > _SAME_SIZE * max(min(one, other), 1e-6):
        return False
    left, _, right, bottom = above.read.box
    next_left, next_top, next_right, _ = below.read.box
    overlap = min(right, next_right) - max(left, next_left)
    return overlap > 0 and -0.5 * one < next_top - bottom < _LINE_GAP * min(one, other)


def _size(group: Sequence[TextLine]) -> float:
    return max(line.letter_px or 0.0 for line in group)


def _has_words(group: Sequence[TextLine]) -> bool:
    return any(len(word) > 1 and not word.isdigit() for x in group for word in words_in(x.words))


def _rest_part(group: Sequence[TextLine], largest: float) -> Part:
    words = sum(len(words_in(line.words)) for line in group)
    small = _size(group) < _SMALL_SHARE * largest
    if words > MOST_CLAIM_WORDS or (small and words > _SMALL_WORDS):
        return "small print"
    return "claim"
