"""Differences between a planogram and a shelf, as sentences to act on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasscase.shelf.sequence_alignment import aligned
from glasscase.shelf.usable_boxes import UNKNOWN

RowPairs = Sequence[tuple[int | None, int | None]]
_MOST_SWAPS = 12  # products out of place in one row, beyond which no pairs are looked for


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as planned."""

    kind: str
    """`missing`, `facings`, `position`, `row`, `not planned` or `not recognised`."""
    product: str
    row: int
    """The planned row, or that of the shelf where the product was not planned there; from 0."""
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; rows count from 1."""
        return {
            "kind": self.kind,
            "product": self.product,
            "row": self.row + 1,
            "text": self.text,
        }


def find_differences(
    planned: list[list[str]], seen: list[list[str]], paired: RowPairs
) -> list[Difference]:
    """All differences, row by row; rows of names, one for each facing."""
    found: list[Difference] = []
    lacking: dict[str, Counter[int]] = defaultdict(Counter)
    spare: dict[str, Counter[int]] = defaultdict(Counter)
    for ours, theirs in paired:
        plan = planned[ours] if ours is not None else []
        shelf = seen[theirs] if theirs is not None else []
        row = ours if ours is not None else theirs or 0
        unmatched, extra = _left_over(plan, shelf)
        within = unmatched & extra
        found += _out_of_place(plan, shelf, within, row)
        for name, count in (unmatched - within).items():
            lacking[name][row] += count
        for name, count in (extra - within).items():
            # Rows of the shelf are told by the planned row they stand for, where there is one.
            spare[name][row] += count
    found += _on_other_rows(lacking, spare)
    on_shelf = {name for row in seen for name in row}
    on_plan = {name for row in planned for name in row}
    found += [
        _lack(name, row, count, planned[row].count(name), gone=name not in on_shelf)
        for name, rows in lacking.items()
        for row, count in (+rows).items()
    ]
    found += [
        _surplus(name, row, count, planned_anywhere=name in on_plan)
        for name, rows in spare.items()
        for row, count in (+rows).items()
    ]
    return sorted(found, key=lambda difference: difference.row)


def _left_over(plan: list[str], shelf: list[str]) -> tuple[Counter[str], Counter[str]]:
    """Planned facings without a partner of their name in order, and such facings of the shelf."""
    unmatched, extra = Counter(plan), Counter(shelf)
    for i, j in aligned(plan, shelf):
        if i is not None and j is not None and plan[i] == shelf[j]:
            unmatched[plan[i]] -= 1
            extra[plan[i]] -= 1
    return +unmatched, +extra


def _out_of_place(
    plan: list[str], shelf: list[str], within: Counter[str], row: int
) -> list[Difference]:
    """Products that stand in their row but not in their order; two that changed places are one."""
    found, left = [], Counter(within)
    names = list(dict.fromkeys(plan))
    for name in list(within) if len(within) <= _MOST_SWAPS else ():
        other = next((o for o in names if o != name and _swapped(plan, shelf, name, o)), None)
        if other is None or not left[name]:
            continue
        text = f"Row {row + 1}: '{name}' and '{other}' have changed places."
        found.append(Difference("position", name, row, text))
        left[name] = left[other] = 0
    for name, _ in (+left).items():
        should, stands = _place(plan, name), _place(shelf, name)
        text = f"Row {row + 1}: '{name}' stands at place {stands}, planned at place {should}."
        if stands == should:
            text = f"Row {row + 1}: '{name}' does not stand together as planned."
        found.append(Difference("position", name, row, text))
    return found


def _swapped(plan: list[str], shelf: list[str], name: str, other: str) -> bool:
    """Whether both stand as planned once their names are exchanged."""
    turned = [other if each == name else name if each == other else each for each in shelf]
    unmatched, extra = _left_over(plan, turned)
    moved = unmatched & extra
    return not moved[name] and not moved[other] and bool(Counter(plan)[other])


def _place(sequence: list[str], name: str) -> int:
    """The place of a product among the blocks of its row, from 1."""
    blocks = [each for at, each in enumerate(sequence) if at == 0 or sequence[at - 1] != each]
    return blocks.index(name) + 1


def _on_other_rows(
    lacking: dict[str, Counter[int]], spare: dict[str, Counter[int]]
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
                    f"Row {row + 1}: {_facings(moved)} of '{name}' "
                    f"{'stands' if moved == 1 else 'stand'} on row {other + 1} instead."
                )
                found.append(Difference("row", name, row, text))
    return found


def _lack(name: str, row: int, count: int, planned: int, *, gone: bool) -> Difference:
    if gone:
        text = f"Row {row + 1}: '{name}' is missing ({_facings(planned)} planned)."
        return Difference("missing", name, row, text)
    text = f"Row {row + 1}: '{name}' has {_facings(planned - count)} instead of {planned}."
    return Difference("facings", name, row, text)


def _surplus(name: str, row: int, count: int, *, planned_anywhere: bool) -> Difference:
    if name == UNKNOWN:
        text = f"Row {row + 1}: {_facings(count)} not recognised."
        return Difference("not recognised", name, row, text)
    if not planned_anywhere:
        text = f"Row {row + 1}: '{name}' is not planned ({_facings(count)})."
        return Difference("not planned", name, row, text)
    text = f"Row {row + 1}: '{name}' has {_facings(count)} more than planned."
    return Difference("facings", name, row, text)


def _facings(count: int) -> str:
    return f"{count} facing" if count == 1 else f"{count} facings"
