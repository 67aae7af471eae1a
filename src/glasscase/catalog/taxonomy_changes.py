"""What changed between two trees of categories, and where a category of the old one is now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self, get_args

from glasscase.catalog.category_paths import Path, written
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.errors import BadCatalog

Kind = Literal["rename", "move", "merge", "split", "added", "removed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FORMAT = 1
_ONE_TO_ONE = ("rename", "move", "merge")


@dataclass(frozen=True)
class Change:
    """One change. What stands below the categories goes with them unless it has a change itself."""

    kind: Kind
    before: tuple[Path, ...]
    """In the old tree: one; several for `merge`; none for `added`."""
    after: tuple[Path, ...]
    """In the new tree: one; several for `split`; none for `removed`."""
    certain: bool
    """Whether labels and bundles may be migrated without a person."""
    why: str
    """What it was told by."""

    def __str__(self) -> str:
        """In words.

        >>> print(Change("rename", (("Home", "Cups"),), (("Home", "Mugs"),), True, "same id 7"))
        rename: Home > Cups -> Home > Mugs (same id 7)
        """
        before, after = (" + ".join(map(written, paths)) for paths in (self.before, self.after))
        arrow = f"{before} -> {after}" if before and after else before or after
        doubt = "" if self.certain else "not certain: "
        return f"{self.kind}: {arrow} ({doubt}{self.why})"

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "kind": self.kind,
            "before": [list(path) for path in self.before],
            "after": [list(path) for path in self.after],
            "certain": self.certain,
            "why": self.why,
        }


@dataclass(frozen=True)
class Moved:
    """Where a category of the old tree is now."""

    path: Path | None
    """In the new tree; None where a person has to decide."""
    change: Change | None = None
    """What moved it, or what leaves it open; None where it stayed."""
    why: str = ""
    """Why a person has to decide."""
    known: bool = True
    """Whether it was in the old tree at all."""


@dataclass(frozen=True)
class ChangeList:
    """Every change from one tree to another, with both trees.

    A person may change its file: a change of which `certain` is set to true is applied, `after`
    may be mended, and a `removed` made a `move` or `merge`.
    """

    old: Taxonomy
    new: Taxonomy
    changes: tuple[Change, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Changes by kind, in a fixed order."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in KINDS if found[kind]}

    @property
    def open(self) -> tuple[Change, ...]:
        """What a person has to decide: uncertain changes, splits and removed categories."""
        return tuple(
            one for one in self.changes
            if one.kind != "added" and (not one.certain or one.kind not in _ONE_TO_ONE)
        )  # fmt: skip

    @cached_property
    def _by_path(self) -> dict[Path, Change]:
        return {path: change for change in self.changes for path in change.before}

    def moves(self, paths: Iterable[Path]) -> dict[Path, Moved]:
        """Where each of `paths` belongs now.

        One that would take the place of another that is still open is open itself: the two could
        not be told apart afterwards.
        """
        found = {path: self.moved(path) for path in paths}
        while True:
            stay = {path for path, one in found.items() if one.path is None}
            taken = [path for path, one in found.items() if one.path in stay and path != one.path]
            if not taken:
                return found
            for path in taken:
                why = f"would be {written(found[path].path or ())!r}, which is itself not decided"
                found[path] = Moved(None, found[path].change, why)

    def moved(self, path: Path) -> Moved:
        """Where a product filed under `path` belongs now, by the change nearest to it.

        Levels below the old tree's (a path that goes on where the tree ends) are carried along.
        """
        path = tuple(path)
        known = next((d for d in range(len(path), 0, -1) if path[:d] in self.old), 0)
        if not known:
            return Moved(None, None, f"{written(path)!r} is not in the old tree", known=False)
        for depth in range(len(path), 0, -1):
            change = self._by_path.get(path[:depth])
            if change is not None:
                return self._by(change, path, depth, known)
        return self._checked(Moved(path), path, known)

    def _by(self, change: Change, path: Path, depth: int, known: int) -> Moved:
        if change.kind == "split":
            into = ", ".join(map(written, change.after))
            return Moved(None, change, f"was split into {into}: look at its products, or retrain")
        if change.kind == "removed":
            return Moved(None, change, "was removed: choose another category for its products")
        if not change.certain:
            into = written(change.after[0])
            return Moved(None, change, f"is perhaps {into} now ({change.why})")
        return self._checked(Moved(change.after[0] + path[depth:], change), path, known)

    def _checked(self, found: Moved, path: Path, known: int) -> Moved:
        """What stood in the old tree must stand in the new one after the change."""
        moved = found.path or ()
        there = moved[: len(moved) - (len(path) - known)]
        if there in self.new:
            return found
        return Moved(
            None, found.change, f"would be {written(there)!r}, which is not in the new tree"
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values; both trees with them, so that a list is never applied to another tree."""
        return {
            "format": FORMAT,
            "old": self.old.to_dict(),
            "new": self.new.to_dict(),
            "changes": [change.to_dict() for change in self.changes],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The list that gave `values`, or one a person changed.

        Raises:
            BadCatalog: it is no list of changes, of a newer format, or a change does not fit the
                trees; which one is told.
        """
        if not isinstance(values, Mapping) or not {"old", "new", "changes"} <= values.keys():
            raise BadCatalog("this is no list of changes", "Make one: glasscase taxonomy diff.")
        if values.get("format") != FORMAT:
            raise BadCatalog(
                f"the list of changes has format {values.get('format')!r}, this Glasscase reads "
                f"{FORMAT}",
                "Make it anew, or upgrade glasscase.",
            )
        try:
            old, new = Taxonomy.from_dict(values["old"]), Taxonomy.from_dict(values["new"])
            changes = tuple(_change(number, one) for number, one in enumerate(values["changes"], 1))
        except (KeyError, TypeError, AttributeError) as error:
            what = error.args[0] if error.args else "?"
            raise BadCatalog(f"the list of changes is damaged ({what})", "Make it anew.") from None
        found = cls(old, new, changes)
        _check(found)
        return found


def _change(number: int, values: Mapping[str, Any]) -> Change:
    before, after = (tuple(tuple(path) for path in values[name]) for name in ("before", "after"))
    kind = values["kind"]
    if kind not in KINDS:
        raise BadCatalog(
            f"change {number} is of the unknown kind {kind!r}", f"Say one of: {KINDS}."
        )
    counts = {
        "rename": (1, 1), "move": (1, 1), "merge": (None, 1), "split": (1, None), "added": (0, 1),
        "removed": (1, 0),
    }[kind]  # fmt: skip
    for paths, wanted, name in ((before, counts[0], "before"), (after, counts[1], "after")):
        if len(paths) != wanted if wanted is not None else not paths:
            raise BadCatalog(
                f"change {number}: a {kind!r} has {wanted if wanted is not None else 'some'} in "
                f"{name!r}, not {len(paths)}",
                "Mend it, or make the list anew.",
            )
    return Change(kind, before, after, bool(values["certain"]), str(values["why"]))


def _check(found: ChangeList) -> None:
    seen: set[Path] = set()
    for number, change in enumerate(found.changes, 1):
        for paths, tree, name in (
            (change.before, found.old, "old"), (change.after, found.new, "new"),
        ):  # fmt: skip
            strange = next((path for path in paths if path not in tree), None)
            if strange is not None:
                raise BadCatalog(
                    f"change {number} names {written(strange)!r}, which is not in the {name} tree",
                    "Mend it, or make the list anew.",
                )
        double = next((path for path in change.before if path in seen), None)
        if double is not None:
            raise BadCatalog(
                f"change {number} is the second one of {written(double)!r}", "Keep one of them."
            )
        seen.update(change.before)
