"""Every figure of a report with its bootstrap interval, from one set of draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.metrics import (
    ClassCounts,
    Floats,
    Mask,
    brier_scores,
    in_top,
    log_losses,
    ratio,
)
from glasscase.evaluation.ranking import RankedPairs, redrawn_auc
from glasscase.evaluation.reliability import Reliability, bin_of, expected_error
from glasscase.intervals import (
    Interval,
    percentile_interval,
    resampled_sums,
    share_interval,
)

Sums = Mapping[str, Floats]
TOP = 3
NOT_SHARES = frozenset({"log_loss", "brier", "ece", "ece_adaptive"})


@dataclass(frozen=True)
class Scores:
    """Figures of all products and of every class, each an `Interval`."""

    metrics: dict[str, Interval]
    precision: tuple[Interval, ...]
    """By class, as `Answers.names`; so are the next two."""
    recall: tuple[Interval, ...]
    f1: tuple[Interval, ...]
    ranked: RankedPairs
    reliability: Reliability


def score(
    answers: Answers, *, groups: Sequence[Any] | None = None, samples: int = 1000, seed: int = 0
) -> Scores:
    """All figures of `answers`, with 95 % intervals from `samples` draws.

    Products of one group (near-duplicates) are drawn together. Intervals of the AUC are of first
    order (see `ranking.py`). Drawing again adds noise to every bin of the ECE, which the ECE
    counts as error; its draws are therefore moved to have their mean at the figure itself.

    Not covered: the luck of the training run. The intervals say how the figures would move with
    other products of the same kind, judged by this very model.
    """
    ranked = RankedPairs.count(answers.targets, answers.probs)
    confidence, correct = answers.confidence[answers.answered], answers.correct[answers.answered]
    reliability = Reliability.equal_width(confidence, correct)
    adaptive = Reliability.equal_numbers(confidence, correct)
    columns = _columns(answers, ranked, reliability.edges, adaptive.edges)
    totals = {name: column.sum(axis=0) for name, column in columns.items()}
    draws = draw_columns(columns, groups=groups, samples=samples, seed=seed)

    values, drawn = _figures(totals, ranked), _figures(draws, ranked)
    for name in ("ece", "ece_adaptive"):
        drawn[name] = np.clip(drawn[name] - np.nanmean(drawn[name]) + values[name], 0, 1)
    if answers.n_known <= TOP:
        values[f"top_{TOP}_accuracy"] = np.array(np.nan)  # always right: says nothing
    units = len(answers) if groups is None or not len(groups) else len(set(groups))
    metrics = {
        name: _interval(name, float(values[name]), drawn[name], units) for name in sorted(values)
    }
    largest = reliability.largest_error()
    metrics["max_calibration_error"] = Interval(largest, np.nan, np.nan)
    precision, recall, f1 = _class_intervals(totals, draws)
    return Scores(metrics, precision, recall, f1, ranked, reliability)


def slice_accuracies(
    correct: Mask,
    slices: Mapping[str, Mask],
    *,
    groups: Sequence[Any] | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Accuracy within each part of the products; `slices` holds masks [n] by name."""
    columns = {
        name: np.stack([mask, mask & correct], axis=1).astype(np.float64)
        for name, mask in slices.items()
    }
    draws = draw_columns(columns, groups=groups, samples=samples, seed=seed)
    result = {}
    for name, column in columns.items():
        count, right = column.sum(axis=0)
        value = float(ratio(right, count, empty=np.nan))
        drawn = ratio(draws[name][:, 1], draws[name][:, 0], empty=np.nan)
        result[name] = share_interval(value, drawn, count)
    return result


def draw_columns(
    columns: Sums, *, groups: Sequence[Any] | None = None, samples: int = 1000, seed: int = 0
) -> dict[str, Floats]:
    """Bootstrap sums of named tables [n, width]: [samples, width] each, from the same draws."""
    if not columns:
        return {}
    sums = resampled_sums(np.hstack([*columns.values()]), groups=groups, samples=samples, seed=seed)
    ends = np.cumsum([column.shape[1] for column in columns.values()])
    return dict(zip(columns, np.split(sums, ends[:-1], axis=1), strict=True))


def _columns(
    answers: Answers, ranked: RankedPairs, edges: Floats, adaptive_edges: Floats
) -> dict[str, Floats]:
    """Per-product numbers whose sums give every figure."""
    losses = log_losses(answers.targets, answers.probs)
    per_product = [
        np.ones(len(answers)),
        answers.correct,
        in_top(answers.targets, answers.probs, TOP) & answers.answered,
        np.isfinite(losses),
        np.nan_to_num(losses),
        brier_scores(answers.targets, answers.probs),
    ]
    true = _one_hot(answers.targets, len(answers.names))
    given = _one_hot(answers.predicted, len(answers.names))
    positive = ranked.is_positive
    micro = np.stack(
        [
            (ranked.won_micro * positive).sum(axis=1),
            (ranked.won_micro * ~positive).sum(axis=1),
            positive.sum(axis=1),
            (~positive).sum(axis=1),
        ],
        axis=1,
    )
    return {
        "simple": np.stack(per_product, axis=1).astype(np.float64),
        "hits": true * given,
        "support": true,
        "answered": given,
        "won_positive": ranked.won * positive,
        "won_negative": ranked.won * ~positive,
        "micro": micro.astype(np.float64),
        "bins": _bin_columns(answers, edges),
        "adaptive_bins": _bin_columns(answers, adaptive_edges),
    }


def _figures(sums: Sums, ranked: RankedPairs) -> dict[str, Floats]:
    """Figures [...] from sums [..., width]: the same formulas for the data and for each draw."""
    count, right, top, finite, loss, brier = np.moveaxis(sums["simple"], -1, 0)
    classes = ClassCounts(sums["hits"], sums["support"], sums["answered"])
    figures = {
        "accuracy": ratio(right, count, empty=np.nan),
        "balanced_accuracy": classes.balanced_accuracy(),
        f"top_{TOP}_accuracy": ratio(top, count, empty=np.nan),
        "log_loss": ratio(loss, finite, empty=np.nan),
        "brier": ratio(brier, count, empty=np.nan),
        "ece": _ece(sums["bins"]),
        "ece_adaptive": _ece(sums["adaptive_bins"]),
        "roc_auc_macro": _macro_auc(sums, ranked),
        "roc_auc_micro": _micro_auc(sums["micro"], ranked),
    }
    for name in ("precision", "recall", "f1"):
        values = getattr(classes, name)
        figures[f"macro_{name}"] = classes.macro(values)
        figures[f"weighted_{name}"] = classes.weighted(values)
    return figures


def _macro_auc(sums: Sums, ranked: RankedPairs) -> Floats:
    if not len(ranked.classes):
        return np.full(sums["simple"].shape[:-1], np.nan)
    positives = sums["support"][..., ranked.classes]
    negatives = sums["simple"][..., :1] - positives
    won_by = (sums["won_positive"], sums["won_negative"])
    by_class = redrawn_auc(ranked.per_class(), won_by, (positives, negatives))
    has = np.isfinite(by_class)
    return ratio(np.where(has, by_class, 0).sum(axis=-1), has.sum(axis=-1), empty=np.nan)


def _micro_auc(sums: Floats, ranked: RankedPairs) -> Floats:
    won_positive, won_negative, positives, negatives = np.moveaxis(sums, -1, 0)
    return redrawn_auc(ranked.micro(), (won_positive, won_negative), (positives, negatives))


def _ece(sums: Floats) -> Floats:
    counts, sure, right = np.split(sums, 3, axis=-1)
    return expected_error(counts, sure, right)


def _bin_columns(answers: Answers, edges: Floats) -> Floats:
    own = np.where(answers.answered, bin_of(answers.confidence, edges), -1)
    inside = _one_hot(own, len(edges) - 1)
    confidence, correct = answers.confidence[:, None], answers.correct[:, None]
    return np.hstack([inside, inside * confidence, inside * correct])


def _one_hot(numbers: Any, width: int) -> Floats:
    return np.asarray(numbers[:, None] == np.arange(width)[None, :], np.float64)


def _interval(name: str, value: float, draws: Floats, units: int) -> Interval:
    if name not in NOT_SHARES:
        return share_interval(value, draws, units)
    if units < 2:
        return Interval(value, np.nan, np.nan)
    return percentile_interval(value, draws)


def _class_intervals(totals: Sums, draws: Sums) -> tuple[tuple[Interval, ...], ...]:
    """Intervals of precision, recall and F1 of every class; undefined where there is nothing."""
    kinds = ("hits", "support", "answered")
    whole, drawn = (ClassCounts(*(sums[kind] for kind in kinds)) for sums in (totals, draws))
    counted = {
        "precision": (whole.answered, drawn.answered),
        "recall": (whole.support, drawn.support),
        "f1": ((whole.support + whole.answered) / 2, drawn.support + drawn.answered),
    }
    result = []
    for name, (counts, seen) in counted.items():
        values, draw = getattr(whole, name), np.where(seen > 0, getattr(drawn, name), np.nan)
        result.append(
            tuple(
                share_interval(float(value), draw[:, column], float(count))
                if count > 0
                else Interval.undefined()
                for column, (value, count) in enumerate(zip(values, counts, strict=True))
            )
        )
    return tuple(result)
