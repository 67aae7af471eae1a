"""From probabilities to predictions: label, verdict and what was missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.models.prediction import Prediction, Verdict
from glasscase.models.promise import Promise
from glasscase.settings import DecisionSettings

NOTHING = "The product has neither words nor a photo the model can use."


@dataclass(frozen=True)
class Judgement:
    """What a model found for n products, before it is put into words."""

    probs: NDArray[np.float64]
    """Calibrated probabilities [n, classes]."""
    shares: NDArray[np.float64]
    """[n, 2]: shares of text and image."""
    usable: NDArray[np.bool_]
    """[n]: False where the model had nothing to go by."""


def verdict(
    label: str, probability: float, settings: DecisionSettings, promise: Promise | None = None
) -> Verdict:
    """accept, review or abstain: by the model's promise where it has one and settings want it, else
    by two thresholds on the calibrated probability."""
    if promise is not None and settings.promised:
        accepted = promise.accepts(label, probability)
    else:
        accepted = probability >= settings.accept_at
    if accepted:
        return "accept"
    return "review" if probability >= settings.abstain_below else "abstain"


def decide(
    products: Sequence[Product],
    classes: NDArray[np.str_],
    judgement: Judgement,
    problems: Sequence[Problem],
    settings: DecisionSettings,
    *,
    promise: Promise | None = None,
) -> list[Prediction]:
    """One `Prediction` per product [n], with the problems that concern it in words."""
    probs, shares = judgement.probs, judgement.shares
    told: dict[tuple[str, int | None], list[str]] = defaultdict(list)
    for problem in problems:
        told[(problem.product_id or "", problem.row)].append(_said(problem))
    order = np.argsort(-probs, axis=1, kind="stable")[:, : settings.top_k]
    names = [str(name) for name in classes]
    found = []
    for i, product in enumerate(products):
        said = told.get((product.id, product.row), [])
        if not judgement.usable[i]:
            text = " ".join([*said, NOTHING])
            found.append(
                Prediction(product.id, None, None, "abstain", (), None, None, text, product.row)
            )
            continue
        top = tuple((names[c], float(probs[i, c])) for c in order[i])
        label, probability = top[0]
        found.append(
            Prediction(
                product.id,
                label,
                probability,
                verdict(label, probability, settings, promise),
                top,
                float(shares[i, 0]),
                float(shares[i, 1]),
                " ".join(said),
                product.row,
                () if promise is None else promise.label_set(probs[i], names),
            )
        )
    return found


def _said(problem: Problem) -> str:
    return f"{problem.field} {problem.reason.rstrip('.')}. {problem.remedy}".strip()
