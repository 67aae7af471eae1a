"""From which probability on a category above an answer may be stated that is not accepted itself.

The rule for a threshold t: state the deepest category with others below it that is at least t
probable. It is wrong where the product does not stand at or below that category. What is bounded
is the error of the whole rule, so choosing a depth product by product is inside what is tested.

The rule is for answers that are not accepted, and which ones these are was found on the same
products. So it is not tested on them alone: for every t of `NODE_CUT_OFFS` the region "the answer
is less than c probable and the category at least t" is tested for every c of `REGIONS`, from all
answers down to the unsure ones. That is a fixed sequence: each test has the whole share of t, and
the first that does not reject ends it (Maurer, Hothorn and Lehmacher 1995; Angelopoulos et al.
2021, section 3.2). Whatever c the cut-offs of the answers come to, the test for it is in the list,
so nothing is paid for that choice. Given how many a region holds, the wrong ones are binomial and
the test is exact. The thresholds t share the doubt equally.

With categories that have cut-offs of their own, c is the lowest of them: answers at least that
sure of a category with a higher one, or with none, are left to a person without a category.

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

NODE_CUT_OFFS = (0.99, 0.97, 0.95, 0.9, 0.85, 0.8, 0.7)
"""Probabilities of categories that are tested, the same for all data."""
REGIONS = (None, *CUT_OFFS)
"""Answers less sure than this are looked at; None: all of them."""


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
    below = min(own, default=None)
    meant = region(answers, below)
    found = None
    for least in NODE_CUT_OFFS:
        stops, _ = walk.stops(least)
        stated, wrong = stops != NOWHERE, ~right_stops(tree, stops, paths)
        doubt = (1 - wanted.confidence) / len(NODE_CUT_OFFS)
        if _holds(answers, stated, wrong, doubt=doubt, wanted=wanted, down_to=below):
            found = least
    stops, _ = walk.stops(2.0 if found is None else found)
    stated = meant & (stops != NOWHERE)
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


def _holds(
    answers: Answers, stated: Mask, wrong: Mask, *, doubt: float, wanted: Wanted,
    down_to: float | None,
) -> bool:  # fmt: skip
    """Whether every region down to `down_to` can be promised at the level `doubt`."""
    for below in REGIONS:
        rows = stated & region(answers, below)
        chance = stats.binom.cdf(int((wrong & rows).sum()), int(rows.sum()), wanted.max_error)
        if not rows.any() or chance > doubt:
            return False
        if below == down_to:
            return True
    return False
