"""What changed between two trees: by ids, else by path, by products that moved, else by likeness.

Ids and whole paths are certain. Products are where both trees come from labelled catalogues: a
category all of whose products (five or more) are now in one other has become that one. Likeness of
names or of the categories below is a guess and marked as such.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from glasscase.catalog.category_paths import Path
from glasscase.catalog.stored_taxonomy import StoredTaxonomy
from glasscase.catalog.taxonomy_changes import Change, ChangeList, Kind

_ENOUGH = 5
"""Products that must have moved together to be sure of a category."""
_ALIKE = 0.6
"""Names this alike, 0 to 1, may be one renamed."""
_SHARED = 0.5
"""Categories that share so many of those below them may be one."""
_MOST_PAIRS = 100_000
"""Below one category, of names that are compared; where there are more, nothing is guessed."""
_PART = 0.1
"""Of a category's products, what counts as a part of its own."""


def diff_trees(old: StoredTaxonomy, new: StoredTaxonomy) -> ChangeList:
    """Every change from `old` to `new`; the most certain evidence goes first.

    >>> from glasscase.catalog.stored_taxonomy import StoredCategory
    >>> def tree(*named):
    ...     found = (StoredCategory(tuple(path.split("/")), id) for id, path in named)
    ...     return StoredTaxonomy("t", "paths", "", tuple(found))
    >>> old = tree(("1", "Home"), ("2", "Home/Cups"))
    >>> print(*diff_trees(old, tree(("1", "Home"), ("2", "Home/Mugs"))).changes)
    rename: Home > Cups -> Home > Mugs (same id 2)
    """
    return _Diff(old, new).found()


class _Diff:
    """One comparison; `image` grows from what is certain to what is guessed."""

    def __init__(self, old: StoredTaxonomy, new: StoredTaxonomy) -> None:
        self.old, self.new = old.taxonomy, new.taxonomy
        self.image: dict[Path, Path] = {}
        """Category of the old tree -> what it is now."""
        self.told: set[Path] = set()
        """Categories of the old tree that need no more evidence."""
        self.fresh = set(self.new.nodes)
        """Categories of the new tree that come from none of the old one so far."""
        self.changes: list[Change] = []
        self._by_ids_and_paths(old, new)
        if old.products and new.products:
            self._by_products(old.products, new.products)
        self._by_likeness()

    def found(self) -> ChangeList:
        """All that was found, in the order of the trees."""
        gone = {path for path in self.old.nodes if path not in self.told}
        for path, why in _tops(gone):
            self.changes.append(Change("removed", (path,), (), certain=True, why=why))
        for path, why in _tops(self.fresh):
            self.changes.append(Change("added", (), (path,), certain=True, why=why))
        order = sorted(self.changes, key=lambda one: (one.before or one.after, one.kind))
        return ChangeList(self.old, self.new, tuple(order))

    def _now(self, path: Path, now: Path) -> None:
        self.image[path] = now
        self.told.add(path)
        self.fresh.discard(now)

    def _implied(self, path: Path) -> Path:
        """Where a category is if it only went with the one above it."""
        above = path[:-1]
        return (*self.image.get(above, above), path[-1])

    def _went(self, path: Path, now: Path, *, why: str, certain: bool) -> None:
        """One category became another one of its own."""
        implied = self._implied(path)
        if now != implied:
            kind: Kind = "rename" if now[:-1] == implied[:-1] else "move"
            self.changes.append(Change(kind, (path,), (now,), certain, why))
        self._now(path, now)

    def _levels(self) -> Iterator[tuple[Path, ...]]:
        """The categories of the old tree, level by level from the top."""
        for depth in range(1, self.old.depth + 1):
            yield tuple(path for path in self.old.nodes if len(path) == depth)

    def _follow(self, level: Iterable[Path]) -> list[Path]:
        """Those of a level that are neither told nor simply went with the one above them."""
        gone = []
        for path in level:
            if path in self.told:
                continue
            if (implied := self._implied(path)) in self.fresh:
                self._now(path, implied)
            else:
                gone.append(path)
        return gone

    def _by_ids_and_paths(self, old: StoredTaxonomy, new: StoredTaxonomy) -> None:
        by_id = {id: path for path, id in new.ids.items()} if old.format == new.format else {}
        of_others = {by_id[id] for id in old.ids.values() if id in by_id}
        for path in self.old.nodes:
            same = by_id.get(old.ids.get(path, ""))
            if same is not None:
                self._went(path, same, why=f"same id {old.ids[path]}", certain=True)
            elif (implied := self._implied(path)) in self.new and implied not in of_others:
                self._now(path, implied)

    def _by_products(self, before: Mapping[str, Path], after: Mapping[str, Path]) -> None:
        pairs = [(path, after[one]) for one, path in before.items() if one in after]
        for depth, level in enumerate(self._levels(), 1):
            votes: dict[Path, Counter[Path]] = defaultdict(Counter)
            for path, now in pairs:
                tail = path[depth:]
                if len(path) >= depth and now[len(now) - len(tail) :] == tail:
                    votes[path[:depth]][now[: len(now) - len(tail)]] += 1
                elif len(path) >= depth:
                    votes[path[:depth]][()] += 1
            self._splits(level, pairs)
            found: dict[Path, list[tuple[Path, int]]] = defaultdict(list)
            for path in self._follow(level):
                if len(votes[path]) == 1 and () not in votes[path]:
                    ((now, many),) = votes[path].items()
                    found[now].append((path, many))
            for now, sources in found.items():
                self._became(now, sources)

    def _became(self, now: Path, sources: Sequence[tuple[Path, int]]) -> None:
        """All products of each of `sources` (with their number) are in `now`."""
        if len(sources) == 1 and now in self.fresh:
            ((path, many),) = sources
            why = f"all {many} products went there"
            self._went(path, now, why=why, certain=many >= _ENOUGH)
            return
        for certain in (True, False):
            chosen = [(path, many) for path, many in sources if (many >= _ENOUGH) == certain]
            if chosen:
                why = f"all {sum(many for _, many in chosen)} products went there"
                paths = tuple(path for path, _ in chosen)
                self.changes.append(Change("merge", paths, (now,), certain, why))
                for path in paths:
                    self._now(path, now)

    def _splits(self, level: Iterable[Path], pairs: Sequence[tuple[Path, Path]]) -> None:
        went: dict[Path, Counter[Path]] = defaultdict(Counter)
        for path, now in pairs:
            went[path][now] += 1
        for path in level:
            targets, stays = went[path], self.image.get(path)
            least = max(2.0, _PART * targets.total())
            parts = {now for now, many in targets.items() if many >= least}
            if len(parts) < 2 or (stays is not None and not parts & self.fresh):
                continue
            told = sorted((parts & self.fresh) | (parts & {stays}) if stays else parts)
            if len(told) < 2:
                continue
            why = ", ".join(f"{targets[now]} products to {now[-1]}" for now in told)
            self.changes.append(Change("split", (path,), tuple(told), certain=False, why=why))
            self.told.add(path)
            self.fresh.difference_update(told)

    def _by_likeness(self) -> None:
        for level in self._levels():
            gone = self._follow(level)
            self._joined_names(gone)
            gone = [path for path in gone if path not in self.told]
            fresh = self._fresh_by_parent()
            above = {path: self._implied(path)[:-1] for path in gone}
            many = Counter(above.values())
            pairs = [
                (score, path, now)
                for path in gone
                if many[above[path]] * len(fresh[above[path]]) <= _MOST_PAIRS
                for now in fresh[above[path]]
                if (score := self._likeness(path, now)) is not None
            ]
            for score, path, now in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
                if path not in self.told and now in self.fresh:
                    why = f"{100 * score:.0f} % alike"
                    self._went(path, now, why=why, certain=False)
            self._same_name_elsewhere([path for path in gone if path not in self.told])

    def _fresh_by_parent(self) -> defaultdict[Path, list[Path]]:
        found: defaultdict[Path, list[Path]] = defaultdict(list)
        for now in sorted(self.fresh):
            found[now[:-1]].append(now)
        return found

    def _likeness(self, path: Path, now: Path) -> float | None:
        """0 to 1 by names or by what stands below; None: not alike."""
        names = SequenceMatcher(None, path[-1].casefold(), now[-1].casefold()).ratio()
        ours = {below[-1] for below in self.old.children(path)}
        theirs = {below[-1] for below in self.new.children(now)}
        shared = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
        alike = max(names if names >= _ALIKE else 0.0, shared if shared >= _SHARED else 0.0)
        return alike or None

    def _joined_names(self, gone: Sequence[Path]) -> None:
        """`Phones` and `Tablets` became `Phones & Tablets`, or the other way round."""
        fresh = self._fresh_by_parent()
        siblings: defaultdict[Path, list[Path]] = defaultdict(list)
        for path in gone:
            siblings[self._implied(path)[:-1]].append(path)
        for above, paths in siblings.items():
            if len(paths) * len(fresh[above]) > _MOST_PAIRS:
                continue
            for now in fresh[above]:
                parts = tuple(p for p in paths if p not in self.told and _words(p) < _words(now))
                if len(parts) > 1:
                    why = "its name holds theirs"
                    self.changes.append(Change("merge", parts, (now,), certain=False, why=why))
                    for path in parts:
                        self._now(path, now)
            for path in paths:
                into = tuple(
                    n for n in fresh[above] if n in self.fresh and _words(n) < _words(path)
                )
                if path not in self.told and len(into) > 1:
                    why = "its name held theirs"
                    self.changes.append(Change("split", (path,), into, certain=False, why=why))
                    self.told.add(path)
                    self.fresh.difference_update(into)

    def _same_name_elsewhere(self, gone: Sequence[Path]) -> None:
        there: defaultdict[str, list[Path]] = defaultdict(list)
        for now in self.fresh:
            there[now[-1]].append(now)
        here = Counter(path[-1] for path in gone)
        for path in gone:
            if here[path[-1]] == len(there[path[-1]]) == 1:
                why = "the only one of its name"
                self._went(path, there[path[-1]][0], why=why, certain=False)


def _tops(paths: Collection[Path]) -> list[tuple[Path, str]]:
    """Those that stand below none of the others, and what stands below them, in words."""
    below: Counter[Path] = Counter()
    for path in paths:
        depth = len(path)
        while depth > 1 and path[: depth - 1] in paths:
            depth -= 1
        below[path[:depth]] += 1
    return [
        (path, f"with {many - 1} below it" if many > 1 else "nothing like it on the other side")
        for path, many in sorted(below.items())
    ]


@lru_cache(maxsize=100_000)
def _words(path: Path) -> frozenset[str]:
    found = re.findall(r"\w+", path[-1].casefold())
    return frozenset(found) - {"and", "und", "et", "y", "e", "en", "or"}
