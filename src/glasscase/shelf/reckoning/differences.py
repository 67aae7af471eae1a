"""Differences between a planogram and a shelf, as sentences to act on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasscase.shelf.reckoning.sequence_alignment import aligned
from glasscase.shelf.usable_boxes import UNKNOWN

RowPairs = Sequence[tuple[int | None, int | None]]
_MOST_MOVED, _MOST_NAMES = 6, 40
"""Products out of place, and products in a row, beyond which no pairs are looked for."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row as people are told of it: the planned one, or one of the photo that nobody planned."""

    place: int
    """From the top, among planned rows and those of the photo together."""
    number: int
    """As the planogram calls it, or from 1 on the photo."""
    planned: bool

    @property
    def words(self) -> str:
        """At the beginning of a sentence."""
        return self.elsewhere.capitalize()

    @property
    def elsewhere(self) -> str:
        """Within a sentence."""
        return f"row {self.number}" if self.planned else f"row {self.number} of the photo"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as planned."""

    kind: str
    """`missing`, `facings`, `position`, `row`, `not planned` or `not recognised`."""
    product: str
    row: PlanRow
    """The planned row, or that of the photo where no planned row stands for it."""
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; a row by its `number`."""
        return {
            "kind": self.kind,
            "product": self.product,
            "row": self.row.number,
            "text": self.text,
        }


def find_differences(
    planned: list[list[str]],
    seen: list[list[str]],
    paired: RowPairs,
    numbers: Sequence[int],
    *,
    exact: bool = True,
) -> list[Difference]:
    """All differences, row by row; rows of names, one for each facing.

    Args:
        planned: products of each planned row.
        seen: those of each row on the photo.
        paired: which of them belong together.
        numbers: what the planogram calls its rows.
        exact: a person drew the boxes; else what a detector did not find was not seen, no more.
    """
    found: list[Difference] = []
    lacking: dict[str, Counter[PlanRow]] = defaultdict(Counter)
    spare: dict[str, Counter[PlanRow]] = defaultdict(Counter)
    plans: dict[PlanRow, list[str]] = {}
    for place, (ours, theirs) in enumerate(paired):
        plan = planned[ours] if ours is not None else []
        shelf = seen[theirs] if theirs is not None else []
        row = _named(place, ours, theirs, numbers)
        plans[row] = plan
        unmatched, extra = _left_over(plan, shelf)
        within = unmatched & extra
        found += _out_of_place(plan, shelf, within, row)
        for name, count in (unmatched - within).items():
            lacking[name][row] += count
        for name, count in (extra - within).items():
            spare[name][row] += count
    found += _on_other_rows(lacking, spare)
    on_shelf = {name for row in seen for name in row}
    gone = "is missing" if exact else "was not seen"
    on_plan = {name for row in planned for name in row}
    found += [
        _lack(name, row, count, plans[row].count(name), "" if name in on_shelf else gone)
        for name, rows in lacking.items()
        for row, count in (+rows).items()
    ]
    found += [
        _surplus(name, row, count, planned_anywhere=name in on_plan)
        for name, rows in spare.items()
        for row, count in (+rows).items()
    ]
    return sorted(found, key=lambda difference: difference.row.place)


def _named(place: int, ours: int | None, theirs: int | None, numbers: Sequence[int]) -> PlanRow:
    """Rows of the shelf are told by the planned row they stand for, where there is one."""
    if ours is not None:
        return PlanRow(place, numbers[ours], planned=True)
    return PlanRow(place, (theirs or 0) + 1, planned=False)


def _left_over(plan: list[str], shelf: list[str]) -> tuple[Counter[str], Counter[str]]:
    """Planned facings without a partner of their name in order, and such facings of the shelf."""
    unmatched, extra = Counter(plan), Counter(shelf)
    for i, j in aligned(plan, shelf):
        if i is not None and j is not None and plan[i] == shelf[j]:
            unmatched[plan[i]] -= 1
            extra[plan[i]] -= 1
    return +unmatched, +extra


def _out_of_place(
    plan: list[str], shelf: list[str], within: Counter[str], row: PlanRow
) -> list[Difference]:
    """Products that stand in their row but not in their order; two that changed places are one."""
    found = []
    should, stands = _blocks(plan), _blocks(shelf)
    pairs, left = _exchanged(should, stands)
    for name, other in pairs:
        text = f"{row.words}: '{name}' and '{other}' have changed places."
        found.append(Difference("position", name, row, text))
    # What an exchange moved aside is not out of place itself.
    for name in sorted(set(within) & set(left) if pairs else within):
        at, planned = stands.index(name) + 1, should.index(name) + 1
        text = f"{row.words}: '{name}' stands at place {at}, planned at place {planned}."
        if at == planned:
            text = f"{row.words}: '{name}' does not stand between its planned neighbours."
        found.append(Difference("position", name, row, text))
    return found


def _exchanged(should: list[str], stands: list[str]) -> tuple[list[tuple[str, str]], Counter[str]]:
    """Pairs of products whose exchange puts both right, the most telling first; and what is out of
    place after that."""
    pairs: list[tuple[str, str]] = []
    names = list(dict.fromkeys(name for name in should if name in stands))
    moved = _moved(should, stands)
    while 0 < len(moved) <= _MOST_MOVED and len(names) <= _MOST_NAMES:
        tries: list[tuple[int, str, str]] = []
        for name in sorted(moved, key=names.index):
            for other in names:
                left = _moved(should, _turned(stands, name, other))
                if other != name and left.total() < moved.total() and not left[name] + left[other]:
                    first, second = sorted((name, other), key=names.index)
                    tries.append((left.total(), first, second))
        if not tries:
            break
        _, name, other = min(tries, key=lambda each: each[0])
        stands = _turned(stands, name, other)
        moved = _moved(should, stands)
        pairs.append((name, other))
    return pairs, moved


def _moved(should: list[str], stands: list[str]) -> Counter[str]:
    unmatched, extra = _left_over(should, stands)
    return unmatched & extra


def _turned(stands: list[str], name: str, other: str) -> list[str]:
    return [other if each == name else name if each == other else each for each in stands]


def _blocks(sequence: list[str]) -> list[str]:
    """The products of a row, once for each run of facings."""
    return [each for at, each in enumerate(sequence) if at == 0 or sequence[at - 1] != each]


def _on_other_rows(
    lacking: dict[str, Counter[PlanRow]], spare: dict[str, Counter[PlanRow]]
) -> list[Difference]:
    found = []
    for name in [each for each in lacking if each in spare]:
        for row in list(+lacking[name]):
            for other in list(+spare[name]):
                moved = min(lacking[name][row], spare[name][other])
                if moved <= 0:
                    continue
                lacking[name][row] -= moved
                spare[name][other] -= moved
                text = (
                    f"{row.words}: {_facings(moved)} of '{name}' "
                    f"{'stands' if moved == 1 else 'stand'} on {other.elsewhere} instead."
                )
                found.append(Difference("row", name, row, text))
    return found


def _lack(name: str, row: PlanRow, count: int, planned: int, gone: str) -> Difference:
    if gone:
        text = f"{row.words}: '{name}' {gone} ({_facings(planned)} planned)."
        return Difference("missing", name, row, text)
    text = f"{row.words}: '{name}' has {_facings(planned - count)} instead of {planned}."
    return Difference("facings", name, row, text)


def _surplus(name: str, row: PlanRow, count: int, *, planned_anywhere: bool) -> Difference:
    if name == UNKNOWN:
        text = f"{row.words}: {_facings(count)} not recognised."
        return Difference("not recognised", name, row, text)
    if not planned_anywhere:
        text = f"{row.words}: '{name}' is not planned ({_facings(count)})."
        return Difference("not planned", name, row, text)
    text = f"{row.words}: '{name}' has {_facings(count)} more than planned."
    return Difference("facings", name, row, text)


def _facings(count: int) -> str:
    return f"{count} facing" if count == 1 else f"{count} facings"
