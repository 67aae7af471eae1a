"""Migrate a model: its classes follow a changed tree, as far as that is certain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glasscase.catalog.category_paths import Path, written
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.taxonomy_changes import ChangeList, Moved
from glasscase.errors import BadSetting
from glasscase.jobs.migrate_table import OpenLabel, check_tree
from glasscase.models.added_head import AddedHead
from glasscase.models.calibration import Calibration
from glasscase.models.classifier import ProductClassifier
from glasscase.models.merged_head import MergedHead
from glasscase.models.promise import CutOff, Promise
from glasscase.models.tree_probabilities import ClassTree

if TYPE_CHECKING:
    from glasscase.models.model_parts import ModelParts


@dataclass(frozen=True)
class MigratedModel:
    """A model whose classes are those of the new tree, and what became of it."""

    model: ProductClassifier
    renamed: Mapping[str, str]
    """Class -> what it is called now; also of those that were merged."""
    merged: Mapping[str, tuple[str, ...]]
    """New class -> the old ones whose probabilities it adds up."""
    open: tuple[OpenLabel, ...]
    """Classes that keep their old name until a person decides, with their training products."""
    promise_note: str
    """What became of the promise; empty where there was none."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "renamed": dict(self.renamed),
            "merged": {name: list(old) for name, old in self.merged.items()},
            "open": [vars(one) for one in self.open],
            "promise": self.promise_note,
        }


def migrate_bundle(
    model: ProductClassifier, changes: ChangeList, *, name: str = "the model"
) -> MigratedModel:
    """The same model with the class names of the new tree; `model` itself stays as it is.

    Renamed and moved classes change their name only. Merged ones become one whose probability is
    the sum of theirs, which is exact: nothing is learnt anew (`models/merged_head.py`). What is not
    certain, split or removed keeps its name and is listed; splits need a new training.

    A promise is kept where classes were only renamed. Where they moved, the part about categories
    above the answers is dropped, for it was made on another tree. Where classes were merged, all of
    it is: the answers are others.

    Args:
        model: a fitted one.
        changes: what `glasscase taxonomy diff` found, as it is or mended by a person.
        name: of the model, in messages.

    Raises:
        BadCatalog: most classes are not in the tree that the changes are about.
        BadSetting: categories were added to the model by examples.

    Not covered: search in a space learnt by `clip-align` after classes were merged or changed their
    order.
    """
    parts = model.parts
    if isinstance(parts.head, AddedHead):
        raise BadSetting(
            f"{name} has categories that were added by examples",
            "Migrate the model they were added to, then add them again.",
        )
    old_paths = parts.tree.paths
    moves = changes.moves(old_paths)
    check_tree(name, [path for path, one in moves.items() if not one.known], old_paths)
    now = {path: one.path or path for path, one in moves.items()}
    labels = np.array([" > ".join(now[path]) for path in old_paths], dtype=np.str_)
    classes, groups = np.unique(labels, return_inverse=True)
    names = {" > ".join(path): " > ".join(now[path]) for path in old_paths}
    promise, note = _promise(parts.promise, names, old_paths, now)
    changed = replace(
        parts,
        classes=classes,
        training=replace(
            parts.training, labels=tuple(names.get(one, one) for one in parts.training.labels)
        ),
        taxonomy=_taxonomy(parts.taxonomy, changes, now),
        promise=promise,
        card=_card(parts, names, len(classes)),
        held_out=None,  # of other categories
    )
    if groups.tolist() != list(range(len(labels))):
        head = MergedHead(parts.head, parts.calibration, groups.astype(np.intp))
        changed = replace(changed, head=head, calibration=Calibration())
    merged = defaultdict(list)
    for before, after in names.items():
        merged[after].append(before)
    return MigratedModel(
        ProductClassifier.of(changed),
        {before: after for before, after in names.items() if before != after},
        {after: tuple(before) for after, before in merged.items() if len(before) > 1},
        _open(moves, parts.training.labels),
        note,
    )


def _open(moves: Mapping[Path, Moved], labels: Sequence[str]) -> tuple[OpenLabel, ...]:
    counts = Counter(labels)
    return tuple(
        OpenLabel(written(path), counts[" > ".join(path)], one.why)
        for path, one in moves.items()
        if one.path is None
    )


def _taxonomy(old: Taxonomy, changes: ChangeList, now: Mapping[Path, Path]) -> Taxonomy:
    counts: Counter[Path] = Counter()
    for path, products in old.placed.items():
        counts[now.get(path) or changes.moved(path).path or path] += products
    return Taxonomy({path: counts[path] for path in sorted(counts)})


def _promise(
    made: Promise | None,
    names: Mapping[str, str],
    old: Sequence[Path],
    now: Mapping[Path, Path],
) -> tuple[Promise | None, str]:
    if made is None:
        return None, ""
    if len(set(names.values())) < len(names):
        return None, (
            "Its promise is dropped, for merged classes give other answers: make a new one with "
            "glasscase promise."
        )
    cut_offs = tuple(
        CutOff(
            tuple(names.get(one, one) for one in cut.categories),
            cut.probability,
            cut.products,
            cut.accepted,
            cut.wrong,
        )
        for cut in made.cut_offs
    )
    scores = {names.get(one, one): score for one, score in made.set_scores.items()}
    kept = replace(made, cut_offs=cut_offs, set_scores=scores)
    if made.above is None or _same_shape(old, [now[path] for path in old]):
        return kept, "Its promise is kept, under the new names."
    return replace(kept, above=None), (
        "Its promise on answers is kept; that on categories above them is dropped, for classes "
        "moved: make a new one with glasscase promise."
    )


def _same_shape(old: Sequence[Path], new: Sequence[Path]) -> bool:
    """Whether the same classes stand below the same categories, whatever these are called."""

    def shape(paths: Sequence[Path]) -> set[tuple[int, ...]]:
        tree = ClassTree(tuple(paths))
        members = tree.membership.T.tolil().rows
        return {tuple(classes) for classes in members}

    return [*map(len, old)] == [*map(len, new)] and shape(old) == shape(new)


def _card(parts: ModelParts, names: Mapping[str, str], classes: int) -> dict[str, Any]:
    renamed = sum(before != after for before, after in names.items())
    said = (
        f"Its categories follow a changed tree: {renamed} of {len(names)} have another name, "
        f"{len(names) - classes} were merged into others. Figures are those of before."
    )
    return {**parts.card, "summary": [*parts.card.get("summary", []), said]}
