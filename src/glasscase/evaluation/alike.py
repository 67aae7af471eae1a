"""Groups of models that cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Names = tuple[str, ...]


def alike(names: Sequence[str], different: Iterable[tuple[str, str]]) -> tuple[Names, ...]:
    """The largest groups within which no two are known to be `different`, in the order of `names`.

    A model may be in several groups: a may be like b, and b like c, though a and c differ. These
    are the maximal cliques of "cannot be told apart" (Bron and Kerbosch 1973, Algorithm 457), the
    letters of a compact letter display (Piepho 2004).

    >>> alike(["a", "b", "c"], [("a", "c")])
    (('a', 'b'), ('b', 'c'))
    """
    order = {name: place for place, name in enumerate(names)}
    apart = {frozenset(pair) for pair in different}
    friends = {
        name: {other for other in names if other != name and frozenset((name, other)) not in apart}
        for name in names
    }
    found: list[Names] = []

    def grow(group: set[str], candidates: set[str], done: set[str]) -> None:
        if not candidates and not done:
            found.append(tuple(sorted(group, key=order.__getitem__)))
        for name in sorted(candidates, key=order.__getitem__):
            grow(group | {name}, candidates & friends[name], done & friends[name])
            candidates = candidates - {name}
            done = done | {name}

    grow(set(), set(names), set())
    return tuple(sorted(found, key=lambda group: [order[name] for name in group]))
