"""A model's figures as curves and tables that a page can draw: made from held-out answers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glasscase.evaluation.coverage import CoverageCurve
from glasscase.evaluation.metrics import Floats, Ints, Mask
from glasscase.evaluation.reliability import Reliability
from glasscase.evaluation.risk_control import cut_off, least_products
from glasscase.intervals import wilson_interval
from glasscase.models.held_out_answers import NO_CLASS, HeldOutAnswers

ERRORS = (0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)
"""Allowed shares of wrong answers that a promise is tried for."""
CONFIDENCE = 0.95
MOST_CLASSES = 30
"""Of the confusion matrix; beyond it the rest is one row."""
MOST_CONFUSIONS = 40
_OTHERS = "(all others)"
_NO_ANSWER = "(no answer)"


@dataclass(frozen=True)
class ModelCurves:
    """All that the page of a model draws."""

    products: int
    independent: int
    """Of near-duplicates one."""
    accuracy: dict[str, float | None]
    """value, low, high."""
    calibration_error: float | None
    """Mean gap between confidence and the share right."""
    reliability: list[dict[str, float]]
    """Bins with products: confidence, accuracy, low, high, products."""
    coverage: list[dict[str, float]]
    """From the surest products to all: coverage, error, confidence."""
    promises: list[dict[str, Any]]
    """For each of `ERRORS`: what could be promised, and what it would cost."""
    classes: list[dict[str, Any]]
    """Every class: label, products, found, answered (how often it was the answer)."""
    matrix: dict[str, Any]
    """labels (rows), answers (columns), cells."""
    confusions: list[dict[str, Any]]
    """Pairs of label and answer, the most frequent first."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return dict(vars(self))


def model_curves(held: HeldOutAnswers) -> ModelCurves:
    """The curves of the answers `held` [n].

    Accuracy, calibration and confusions count every product. Promises are tried as
    `glasscase promise` does, with one product of each group of near-duplicates, one cut-off for
    all categories, and 95 % confidence.

    Not covered: that a model was chosen and calibrated with these very answers; a promise to rely
    on is made from products it has never met.
    """
    names = _names(held)
    sure, right = held.confidence.astype(np.float64), held.right
    n = len(held)
    first = np.unique(held.groups, return_index=True)[1]
    units = len(first)
    value = float(right.mean()) if n else 0.0
    bins = Reliability.equal_width(sure, right, bins=10)
    gap = bins.expected_error()
    curve = CoverageCurve.of(sure, right)
    points = zip(curve.coverage, curve.error, curve.confidence, strict=True)
    return ModelCurves(
        products=n,
        independent=units,
        accuracy=wilson_interval(value, units).to_dict(),
        calibration_error=None if np.isnan(gap) else gap,
        reliability=_bins(bins),
        coverage=[
            {"coverage": float(share), "error": float(wrong), "confidence": float(least)}
            for share, wrong, least in points
        ],
        promises=_promises(sure[first], right[first] & (held.predicted[first] != NO_CLASS)),
        classes=_classes(held, names),
        matrix=_matrix(held, names),
        confusions=_confusions(held, names),
    )


def _names(held: HeldOutAnswers) -> list[str]:
    most = int(held.targets.max(initial=-1)) + 1
    return [*held.classes, *(f"(unknown {i})" for i in range(len(held.classes), most))]


def _bins(bins: Reliability) -> list[dict[str, float]]:
    found = []
    for sure, right, count in zip(bins.confidence, bins.accuracy, bins.counts, strict=True):
        if count:
            spread = wilson_interval(float(right), float(count))
            found.append(
                {"confidence": float(sure), "accuracy": float(right), "low": spread.low,
                 "high": spread.high, "products": int(count)}
            )  # fmt: skip
    return found


def _promises(sure: Floats, right: Mask) -> list[dict[str, Any]]:
    n = max(len(sure), 1)
    found = []
    for allowed in ERRORS:
        least = cut_off(sure, ~right, max_error=allowed, doubt=1 - CONFIDENCE)
        taken = sure >= (2.0 if least is None else least)
        accepted, wrong = int(taken.sum()), int((taken & ~right).sum())
        found.append(
            {
                "max_error": allowed,
                "cut_off": least,
                "accepted": accepted,
                "accepted_share": accepted / n,
                "wrong": wrong,
                "observed_error": wrong / accepted if accepted else None,
                "products": len(sure),
                "needed": least_products(allowed, 1 - CONFIDENCE),
            }
        )
    return found


def _classes(held: HeldOutAnswers, names: list[str]) -> list[dict[str, Any]]:
    size = len(names)
    products = np.bincount(held.targets, minlength=size)
    found = np.bincount(held.targets[held.right], minlength=size)
    answered = np.bincount(held.predicted[held.predicted != NO_CLASS], minlength=size)
    rows = []
    for number in np.lexsort((np.arange(size), -products)).tolist():
        if not products[number] and not answered[number]:
            continue
        count, hits = int(products[number]), int(found[number])
        spread = wilson_interval(hits / count, count) if count else None
        rows.append(
            {
                "label": names[number],
                "products": count,
                "found": hits,
                "answered": int(answered[number]),
                "recall": None if spread is None else spread.to_dict(),
                "precision": hits / int(answered[number]) if answered[number] else None,
            }
        )
    return rows


def _matrix(held: HeldOutAnswers, names: list[str]) -> dict[str, Any]:
    size = len(names)
    counts = np.bincount(held.targets, minlength=size)
    shown = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    shown = shown[counts[shown] > 0]
    place = np.full(size, len(shown), np.intp)
    place[shown] = np.arange(len(shown))
    rows = place[held.targets]
    answers: Ints = np.where(held.predicted == NO_CLASS, len(shown) + 1, place[held.predicted])
    cells = np.zeros((len(shown) + 1, len(shown) + 2), np.int64)
    np.add.at(cells, (rows, answers), 1)
    labels = [names[number] for number in shown.tolist()]
    keep_rows = [*range(len(shown)), *([len(shown)] if cells[-1].any() else [])]
    keep = [*range(len(shown)), *(k for k in (len(shown), len(shown) + 1) if cells[:, k].any())]
    return {
        "labels": [(*labels, _OTHERS)[row] for row in keep_rows],
        "answers": [(*labels, _OTHERS, _NO_ANSWER)[column] for column in keep],
        "cells": cells[np.ix_(keep_rows, keep)].tolist(),
    }


def _confusions(held: HeldOutAnswers, names: list[str]) -> list[dict[str, Any]]:
    wrong = ~held.right & (held.predicted != NO_CLASS)
    pairs = np.stack([held.targets[wrong], held.predicted[wrong]], axis=1)
    if not len(pairs):
        return []
    unique, counts = np.unique(pairs, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_CONFUSIONS]
    total = np.bincount(held.targets, minlength=len(names))
    return [
        {
            "label": names[unique[i, 0]],
            "answer": names[unique[i, 1]],
            "products": int(counts[i]),
            "share": float(counts[i] / total[unique[i, 0]]),
        }
        for i in order.tolist()
    ]
