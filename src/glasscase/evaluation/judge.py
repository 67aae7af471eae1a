"""From answers beside the truth to a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glasscase.catalog.product import Product
from glasscase.evaluation.advice import advise
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.confusion import confusion_matrix, most_confused
from glasscase.evaluation.coverage import CoverageCurve
from glasscase.evaluation.findings import ClassRow, Part
from glasscase.evaluation.metrics import ClassCounts, Mask
from glasscase.evaluation.report import Report
from glasscase.evaluation.scores import TOP, Scores, score, slice_accuracies
from glasscase.intervals import Interval

VERDICTS = ("accept", "review", "abstain")
PRESENT = ("photo and words", "photo only", "words only", "nothing")


def judge(
    answers: Answers,
    products: Sequence[Product],
    *,
    present: Mask,
    verdicts: Sequence[str],
    groups: Sequence[Any] | None = None,
    seed: int = 0,
) -> Report:
    """The report on `answers`; the caller adds times, problems and what model and data are.

    Args:
        answers: of n products, n at least 1.
        products: [n], for the examples.
        present: [n, 2], which have words and which a photo.
        verdicts: [n], accept, review or abstain.
        groups: [n], near-duplicates, drawn together for the intervals.
        seed: of the bootstrap.
    """
    scores = score(answers, groups=groups, seed=seed)
    verdict = np.asarray(verdicts)
    words, photo = present[:, 0], present[:, 1]
    having = dict(
        zip(PRESENT, (photo & words, photo & ~words, ~photo & words, ~photo & ~words), strict=True)
    )
    judged = {name: verdict == name for name in VERDICTS}
    accuracies = slice_accuracies(answers.correct, {**having, **judged}, groups=groups, seed=seed)
    return Report(
        metrics=scores.metrics,
        classes=_class_rows(answers, scores),
        matrix=confusion_matrix(answers),
        confusions=most_confused(answers, products),
        reliability=scores.reliability,
        coverage=CoverageCurve.of(answers.confidence, answers.correct),
        by_present=_parts(answers, having, accuracies),
        by_verdict=_parts(answers, judged, accuracies),
        advice=advise(answers, scores.metrics, accepted=judged["accept"], present=present),
        notes=_notes(answers, scores),
    )


def _class_rows(answers: Answers, scores: Scores) -> tuple[ClassRow, ...]:
    counts = ClassCounts.count(answers.targets, answers.predicted, len(answers.names))
    aucs = dict(zip(scores.ranked.classes.tolist(), scores.ranked.per_class(), strict=True))
    return tuple(
        ClassRow(
            name,
            known=number < answers.n_known,
            support=int(counts.support[number]),
            answered=int(counts.answered[number]),
            precision=scores.precision[number],
            recall=scores.recall[number],
            f1=scores.f1[number],
            roc_auc=float(aucs.get(number, np.nan)),
        )
        for number, name in enumerate(answers.names)
    )


def _parts(
    answers: Answers, masks: Mapping[str, Mask], accuracies: Mapping[str, Interval]
) -> tuple[Part, ...]:
    parts = []
    for name, mask in masks.items():
        targets, predicted = answers.targets[mask], answers.predicted[mask]
        counts = ClassCounts.count(targets, predicted, len(answers.names))
        macro_f1 = float(counts.macro(counts.f1)) if mask.any() else float("nan")
        parts.append(Part(name, int(mask.sum()), float(mask.mean()), accuracies[name], macro_f1))
    return tuple(parts)


def _notes(answers: Answers, scores: Scores) -> tuple[str, ...]:
    notes = []
    unknown, silent = int(answers.unknown.sum()), int((~answers.answered).sum())
    if unknown:
        names = ", ".join(repr(name) for name in answers.strangers[:5])
        more = f" and {len(answers.strangers) - 5} more" if len(answers.strangers) > 5 else ""
        notes.append(
            f"Products with labels the model does not know ({names}{more}): {unknown}. They count "
            "as errors; only the log loss leaves them out, being infinite for them."
        )
    if silent:
        notes.append(
            f"Products with neither usable words nor a usable photo: {silent}. They count as "
            "errors, and as equally likely to be anything; only the calibration error leaves "
            "them out, for there is no answer to be sure of."
        )
    ranked = set(scores.ranked.classes.tolist())
    absent = [name for i, name in enumerate(answers.names[: answers.n_known]) if i not in ranked]
    if absent:
        names = ", ".join(repr(name) for name in absent[:5])
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        notes.append(f"Left out of the ROC-AUC, having no products to compare: {names}{more}.")
    if answers.n_known <= TOP:
        notes.append(f"With {answers.n_known} classes, the best {TOP} are always right: left out.")
    return tuple(notes)
