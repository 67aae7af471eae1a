"""From which probability on a category above an answer may be stated that is not accepted itself.

The rule for a threshold t: state the deepest category with others below it that is at least t
probable. It is wrong where the product does not stand at or below that category. What is bounded
is the error of the whole rule, so choosing a depth product by product is inside what is tested.

The rule is for answers that are not accepted, and which ones these are was found on the same
products. So it is not tested on them alone: for every t of `NODE_CUT_OFFS` the region "the answer
is less than c probable and the category at least t" is tested for the c of `REGIONS` one after the
other, once from all answers down to the unsure ones and once from the unsure ones up. Each is a
fixed sequence: every test has the whole share of its sequence, and the first that does not reject
ends it (Maurer, Hothorn and Lehmacher 1995; Angelopoulos et al. 2021, section 3.2). All sequences
share the doubt equally, so with the confidence asked for no region that is found is too loose, and
any of them may be chosen: the one that states most without reaching into what is accepted. Given
how many a region holds, the wrong ones are binomial and each test is exact.

With categories that have cut-offs of their own, c is at most the lowest of them: answers surer than
that of a category with a higher one, or with none, are left to a person without a category.

Not covered: products drawn in another way than the labelled ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from glasscase.catalog.taxonomy import Path
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.metrics import Mask
from glasscase.evaluation.risk_control import CUT_OFFS, Wanted
from glasscase.models.promise import NodeCutOff, Promise
from glasscase.models.tree_probabilities import NOWHERE, ClassTree

NODE_CUT_OFFS = (0.97, 0.9, 0.8, 0.7)
"""Probabilities of categories that are tested, the same for all data."""
REGIONS = (None, *CUT_OFFS[:-1])
"""Answers less sure than this are looked at, from all of them (None) to those below 0.7."""


def promised_above(
    answers: Answers, made: Promise, tree: ClassTree, paths: Sequence[Path], wanted: Wanted
) -> NodeCutOff | None:
    """What the products [n] of the promise `made` allow to state of those it does not accept.

    Args:
        answers: of independent, labelled products [n].
        made: the promise found on the same products.
        tree: of the model's classes.
        paths: [n], the true categories. One the model does not know may well stand below one it
            does know.
        wanted: error and confidence.

    None where no class stands below another category.
    """
    if tree.depth < 2:
        return None
    walk = tree.walk(answers.probs)
    own = [one.probability for one in made.cut_offs if one.probability is not None]
    most = min(own, default=None)
    found, below, stated = None, most, np.zeros(len(answers), dtype=bool)
    stops = walk.stops(2.0)[0]
    for least in NODE_CUT_OFFS:
        here, _ = walk.stops(least)
        wrong = ~right_stops(tree, here, paths)
        for c in _holding(answers, here != NOWHERE, wrong, wanted):
            rows = region(answers, c) & (here != NOWHERE)
            if _at_most(c, most) and rows.sum() >= max(stated.sum(), 1):
                found, below, stated, stops = least, c, rows, here
    depths = np.array([len(tree.nodes[at]) for at in stops[stated].tolist()], dtype=np.intp)
    return NodeCutOff(
        probability=found,
        below=below,
        confidence=wanted.confidence,
        products=int(unaccepted(answers, made).sum()),
        stated_by_depth=tuple(np.bincount(depths, minlength=tree.depth)[1 : tree.depth].tolist()),
        wrong=int((stated & ~right_stops(tree, stops, paths)).sum()),
    )


def region(answers: Answers, below: float | None) -> Mask:
    """[n]: answers that are less than `below` probable."""
    return np.asarray(answers.answered & (answers.confidence < (2.0 if below is None else below)))


def unaccepted(answers: Answers, made: Promise) -> Mask:
    """[n]: answers that a promise does not accept."""
    names = [answers.names[c] for c in answers.predicted.tolist()]
    left = [not made.accepts(*one) for one in zip(names, answers.confidence.tolist(), strict=True)]
    return np.asarray(answers.answered & np.array(left, dtype=bool))


def right_stops(tree: ClassTree, stops: NDArray[np.intp], paths: Sequence[Path]) -> Mask:
    """[n]: whether the product stands at or below where it was stopped; nowhere is always right."""
    found = []
    for at, path in zip(stops.tolist(), paths, strict=True):
        node = () if at == NOWHERE else tree.nodes[at]
        found.append(path[: len(node)] == node)
    return np.array(found, dtype=bool)


def _at_most(c: float | None, most: float | None) -> bool:
    return most is None or (c is not None and c <= most)


def _holding(
    answers: Answers, stated: Mask, wrong: Mask, wanted: Wanted
) -> list[float | None]:  # fmt: skip
    """The regions that can be promised, smallest first, by a sequence from each end."""
    doubt = (1 - wanted.confidence) / (2 * len(NODE_CUT_OFFS))
    found: set[float | None] = set()
    for sequence in (REGIONS, REGIONS[::-1]):
        for c in sequence:
            rows = stated & region(answers, c)
            chance = stats.binom.cdf(int((wrong & rows).sum()), int(rows.sum()), wanted.max_error)
            if not rows.any() or chance > doubt:
                break
            found.add(c)
    return [c for c in REGIONS[::-1] if c in found]
