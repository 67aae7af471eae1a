"""From probabilities to predictions: label, verdict with its reason, and what was missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.models.prediction import Prediction, Verdict
from glasscase.models.promise import Promise
from glasscase.models.tree_probabilities import NOWHERE, ClassTree
from glasscase.pages.page import percent
from glasscase.settings import DecisionSettings

_CAUTION: dict[Verdict, int] = {"accept": 0, "review": 1, "abstain": 2}
NOTHING = "The product has neither words nor a photo the model can use."


@dataclass(frozen=True, slots=True)
class Concern:
    """Something about a product itself that speaks against taking the answer, however sure."""

    verdict: Verdict
    """What it comes to at the least: review or abstain."""
    reason: str
    """A sentence for the person who decides."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with an answer, and why."""

    verdict: Verdict
    reason: str
    """A sentence or two for the person who decides."""
    category: tuple[str, ...] = ()
    """The deepest category that can be stated; empty: none."""
    category_probability: float | None = None


@dataclass(frozen=True)
class Judgement:
    """What a model found for n products, before it is put into words."""

    probs: NDArray[np.float64]
    """Calibrated probabilities [n, classes]."""
    shares: NDArray[np.float64]
    """[n, 2]: shares of text and image."""
    usable: NDArray[np.bool_]
    """[n]: False where the model had nothing to go by."""
    concerns: Sequence[Sequence[Concern]]
    """[n]: of each product, none for most."""
    tree: ClassTree
    """Of the classes."""


def decision(
    label: str,
    probability: float,
    settings: DecisionSettings,
    *,
    promise: Promise | None = None,
    concerns: Sequence[Concern] = (),
) -> Decision:
    """accept, review or abstain, and why.

    By the model's promise where it has one and settings want it, else by two thresholds on the
    calibrated probability; a concern can only make the verdict more cautious.
    """
    if promise is not None and settings.promised:
        by_number = _promised(label, probability, settings, promise)
    else:
        by_number = _by_thresholds(probability, settings)
    grave = [one for one in concerns if _CAUTION[one.verdict] >= _CAUTION[by_number.verdict]]
    if not grave:
        return by_number
    verdict = max((one.verdict for one in grave), key=_CAUTION.__getitem__)
    return Decision(verdict, " ".join(one.reason for one in grave))


def _promised(
    label: str, probability: float, settings: DecisionSettings, promise: Promise
) -> Decision:
    least, most = promise.cut_off(label), f"{100 * promise.max_error:g} % wrong"
    if least is not None and probability >= least:
        return Decision(
            "accept",
            f"Answers this sure are promised to be at most {most} ({percent(least)} is enough).",
        )
    if probability < settings.abstain_below:
        return _too_unsure(probability, settings)
    if least is None:
        return Decision(
            "review", f"Of answers “{label}” none can be promised to be at most {most}."
        )
    return Decision("review", f"It takes {percent(least)} to be promised at most {most}.")


def _by_thresholds(probability: float, settings: DecisionSettings) -> Decision:
    if probability >= settings.accept_at:
        return Decision(
            "accept", f"At least {percent(settings.accept_at)} sure (decision.accept_at)."
        )
    if probability >= settings.abstain_below:
        return Decision(
            "review", f"{_below(probability, settings.accept_at)} sure (decision.accept_at)."
        )
    return _too_unsure(probability, settings)


def _too_unsure(probability: float, settings: DecisionSettings) -> Decision:
    limit = _below(probability, settings.abstain_below)
    return Decision("abstain", f"{limit} sure (decision.abstain_below).")


def _below(probability: float, limit: float) -> str:
    """In words, so that 89.98 % beside a limit of 90 % does not read like a mistake."""
    alike = percent(probability) == percent(limit)
    return f"{'Just under' if alike else 'Less than'} {percent(limit)}"


def decisions(
    probs: NDArray[np.float64],
    tree: ClassTree,
    settings: DecisionSettings,
    *,
    promise: Promise | None = None,
    concerns: Sequence[Sequence[Concern]],
) -> list[Decision]:
    """What is to be done with each answer [n], why, and which category can be stated all the same.

    That of an accepted answer; else the deepest one above that keeps the promise (without one: at
    least `decision.accept_at` probable), unless a concern speaks against the product.

    Args:
        probs: calibrated probabilities [n, classes]; the likeliest class is the answer.
        tree: of the classes.
        settings: thresholds.
        promise: of the model.
        concerns: [n], of each product.
    """
    top = probs.argmax(axis=1).tolist()
    decided = [
        decision(tree.label(c), float(row[c]), settings, promise=promise, concerns=told)
        for row, c, told in zip(probs, top, concerns, strict=True)
    ]
    kept = promise if settings.promised else None
    above = None if kept is None else kept.above
    usual = settings.accept_at if kept is None else above.probability if above else None
    of_nodes = tree.probabilities(probs)
    stops, sure = tree.walk(probs).stops(2.0 if usual is None else usual)
    found = []
    for i, one in enumerate(decided):
        meant = above is None or above.least(float(probs[i, top[i]])) is not None
        if one.verdict == "accept":
            path = tree.paths[top[i]]
            probability = float(of_nodes[i, tree.number[path]])
            found.append(replace(one, category=path, category_probability=probability))
        elif stops[i] == NOWHERE or concerns[i] or not meant:
            found.append(one)
        else:
            path, probability = tree.nodes[stops[i]], float(sure[i])
            said = f"It is “{' > '.join(path)}” ({percent(probability)}), unsure which kind."
            found.append(Decision(one.verdict, f"{one.reason} {said}", path, probability))
    return found


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
    decided = decisions(
        probs, judgement.tree, settings, promise=promise, concerns=judgement.concerns
    )
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
                Prediction(
                    product.id,
                    None,
                    None,
                    "abstain",
                    (),
                    None,
                    None,
                    text,
                    product.row,
                    reason=NOTHING,
                )  # fmt: skip
            )
            continue
        top = tuple((names[c], float(probs[i, c])) for c in order[i])
        label, probability = top[0]
        found.append(
            Prediction(
                product.id,
                label,
                probability,
                decided[i].verdict,
                top,
                float(shares[i, 0]),
                float(shares[i, 1]),
                " ".join(said),
                product.row,
                () if promise is None else promise.label_set(probs[i], names),
                decided[i].reason,
                decided[i].category,
                decided[i].category_probability,
            )
        )
    return found


def _said(problem: Problem) -> str:
    return f"{problem.field} {problem.reason.rstrip('.')}. {problem.remedy}".strip()
