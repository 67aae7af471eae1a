"""Probabilities of every category of the tree, from those of the classes a model tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.catalog.taxonomy import Path, Taxonomy

NOWHERE = -1
"""Where a walk has not gone that deep."""


@dataclass(frozen=True)
class Walk:
    """The way of n products down the tree: at every step to the likeliest category below.

    Only categories with others below them are walked to; what remains is the answer itself.
    """

    nodes: NDArray[np.intp]
    """[n, levels]: numbers into `ClassTree.nodes`, `NOWHERE` where it ended before."""
    probs: NDArray[np.float64]
    """[n, levels]: of these categories, never rising from left to right; 0 where it ended."""

    def stops(self, least: float) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """[n] and [n]: the deepest category at least so probable and its probability.

        `NOWHERE` and 0 where there is none. From 0.5 on it is the deepest one of the whole tree,
        for two that exclude one another cannot both be that probable.
        """
        deep = (self.probs >= least).sum(axis=1) - 1
        rows = np.arange(len(deep))
        there = deep >= 0
        nodes, probs = np.full(len(deep), NOWHERE, np.intp), np.zeros(len(deep))
        nodes[there] = self.nodes[rows[there], deep[there]]
        probs[there] = self.probs[rows[there], deep[there]]
        return nodes, probs


@dataclass(frozen=True)
class ClassTree:
    """The categories above a model's classes.

    The probability of a category is the sum of those of the classes at or below it, so it equals
    that of its children and of products right at it, and never rises on the way down. (Redmon and
    Farhadi 2017, section 4, multiply conditional probabilities down the tree; here the leaves are
    what was learnt and calibrated, and everything above follows.)

    >>> tree = ClassTree.of(["Home > Mugs", "Home > Pots", "Toys"])
    >>> tree.nodes
    (('Home',), ('Home', 'Mugs'), ('Home', 'Pots'), ('Toys',))
    >>> tree.probabilities(np.array([[0.5, 0.2, 0.3]])).round(3).tolist()
    [[0.7, 0.5, 0.2, 0.3]]
    """

    paths: tuple[Path, ...]
    """[classes]: in the model's order."""

    @classmethod
    def of(
        cls, classes: Sequence[str] | NDArray[np.str_], taxonomy: Taxonomy | None = None
    ) -> ClassTree:
        """The tree of `classes` as they are written, `A > B`.

        `taxonomy` tells how to divide names that hold a ` > ` themselves.
        """
        known = {" > ".join(path): path for path in taxonomy.nodes} if taxonomy else {}
        return cls(tuple(known.get(str(name)) or tuple(str(name).split(" > ")) for name in classes))

    def label(self, number: int) -> str:
        """A class as it is written."""
        return " > ".join(self.paths[number])

    @property
    def depth(self) -> int:
        """Levels of the deepest class; 1 where no class stands below another category."""
        return max(map(len, self.paths), default=0)

    @cached_property
    def nodes(self) -> tuple[Path, ...]:
        """Every class and everything above one, sorted."""
        return tuple(sorted({p[:depth] for p in self.paths for depth in range(1, len(p) + 1)}))

    @cached_property
    def number(self) -> dict[Path, int]:
        """The number of each category."""
        return {node: at for at, node in enumerate(self.nodes)}

    @cached_property
    def membership(self) -> sparse.csr_matrix:
        """[classes, nodes]: 1 where the class stands at or below the category."""
        pairs = [
            (row, self.number[path[:depth]])
            for row, path in enumerate(self.paths)
            for depth in range(1, len(path) + 1)
        ]
        rows, columns = np.array(pairs, np.intp).reshape(-1, 2).T
        shape = len(self.paths), len(self.nodes)
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)

    def probabilities(self, probs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Of every category: [n, classes] -> [n, nodes]."""
        sums: NDArray[np.float64] = (self.membership.T @ np.asarray(probs, np.float64).T).T
        return np.minimum(sums, 1.0)

    def walk(self, probs: NDArray[np.floating]) -> Walk:
        """The way of each product [n, classes] down the tree."""
        levels = max(self.depth - 1, 0)
        n = len(probs)
        nodes, sure = np.full((n, levels), NOWHERE, np.intp), np.zeros((n, levels))
        if not levels:
            return Walk(nodes, sure)
        of_nodes = self.probabilities(probs)
        at: NDArray[np.intp] = np.full(n, NOWHERE, np.intp)
        going = np.ones(n, dtype=bool)
        for level in range(levels):
            for parent in np.unique(at[going]).tolist():
                rows = np.flatnonzero(going & (at == parent))
                below = self._inner.get(parent)
                if below is None:
                    going[rows] = False
                    continue
                chosen = below[of_nodes[np.ix_(rows, below)].argmax(axis=1)]
                at[rows], nodes[rows, level] = chosen, chosen
                sure[rows, level] = of_nodes[rows, chosen]
        return Walk(nodes, sure)

    @cached_property
    def _inner(self) -> dict[int, NDArray[np.intp]]:
        """Number of a category (`NOWHERE`: the root) -> those below it with others below them."""
        above = {node[:-1] for node in self.nodes}
        found: dict[int, list[int]] = {}
        for at, node in enumerate(self.nodes):
            if node in above:
                found.setdefault(self.number.get(node[:-1], NOWHERE), []).append(at)
        return {parent: np.array(below, np.intp) for parent, below in found.items()}
