"""How figures read in a report: their names, and numbers as people write them."""

from __future__ import annotations

import math

from glasscase.intervals import Interval
from glasscase.pages.page import percent

NAMES = {
    "accuracy": ("Accuracy", "Share of right answers"),
    "macro_f1": ("Macro F1", "Mean F1 of the classes, each counting the same"),
    "balanced_accuracy": ("Balanced accuracy", "Mean recall of the classes"),
    "top_3_accuracy": ("Top 3", "The true class is among the three most probable"),
    "macro_precision": ("Macro precision", "Mean over classes"),
    "macro_recall": ("Macro recall", "Mean over classes"),
    "weighted_f1": ("Weighted F1", "Mean by number of products"),
    "weighted_precision": ("Weighted precision", "Mean by number of products"),
    "weighted_recall": ("Weighted recall", "Mean by number of products; equals accuracy"),
    "roc_auc_macro": ("ROC-AUC, macro", "One class against the rest, mean over classes"),
    "roc_auc_micro": ("ROC-AUC, micro", "All classes in one pool"),
    "log_loss": ("Log loss", "In nats; 0 is perfect"),
    "brier": ("Brier score", "Squared error of the probabilities, 0 to 2; 0 is perfect"),
    "ece": ("Calibration error (ECE)", "Mean gap between how sure and how right, 15 equal bins"),
    "ece_adaptive": ("ECE, adaptive", "The same with bins of equal numbers of products"),
    "max_calibration_error": ("Largest calibration error", "Widest gap of any of the 15 bins"),
    "hierarchical_precision": (
        "Hierarchical precision",
        "Of the answers and all categories above them, the share that is right",
    ),
    "hierarchical_recall": (
        "Hierarchical recall",
        "Of the true categories and all above them, the share that is answered",
    ),
    "hierarchical_f1": ("Hierarchical F1", "Harmonic mean of these two"),
    "tree_distance": ("Tree distance", "Mean edges from answer to truth; 0 is right"),
    "stated_precision": (
        "Precision of what is stated",
        "The same of what can be stated unseen: the answer, or a category above it",
    ),
    "stated_recall": ("Recall of what is stated", "Nothing stated counts as missed"),
    "stated_f1": ("F1 of what is stated", "Harmonic mean of these two"),
    "stated_distance": ("Tree distance of what is stated", "Nothing stated counts as the root"),
}
"""Name and meaning of each metric, in the order they are read."""
_PLAIN = {"log_loss", "brier", "roc_auc_macro", "roc_auc_micro", "tree_distance", "stated_distance"}
IN_POINTS = frozenset(NAMES) - _PLAIN
"""Metrics read as percentages; the others as plain numbers."""


def figure(value: float, metric: str = "accuracy") -> str:
    """One figure as it is read.

    >>> figure(0.9556), figure(0.1234, "log_loss"), figure(float("nan"))
    ('95.6 %', '0.123', '–')
    """
    if not math.isfinite(value):
        return "–"
    return percent(value) if metric in IN_POINTS else f"{value:.3f}"


def bounds(interval: Interval, metric: str = "accuracy") -> str:
    """The interval of a figure, empty where there is none.

    >>> bounds(Interval(0.9, 0.85, 0.94))
    '85.0 to 94.0 %'
    """
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return ""
    if metric in IN_POINTS:
        return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
    return f"{interval.low:.3f} to {interval.high:.3f}"


def milliseconds(seconds: float) -> str:
    """A short time.

    >>> milliseconds(0.01234), milliseconds(2.5)
    ('12.3 ms', '2.5 s')
    """
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def duration(seconds: float | None) -> str:
    """A time of any length, a dash where it was not measured.

    >>> duration(0.00004), duration(75.0), duration(None)
    ('0.04 ms', '1.2 min', '–')
    """
    if seconds is None:
        return "–"
    return f"{seconds / 60:.1f} min" if seconds >= 60 else milliseconds(seconds)


def megabytes(size: int | None) -> str:
    """A size on disk or in memory, a dash where it was not measured.

    >>> megabytes(1_260_000), megabytes(108_000_000), megabytes(None)
    ('1.3 MB', '108 MB', '–')
    """
    if size is None:
        return "–"
    millions = size / 1_000_000
    return f"{millions:.0f} MB" if millions >= 10 else f"{millions:.1f} MB"


def p_value(value: float) -> str:
    """A p-value.

    >>> p_value(0.0314), p_value(0.00002), p_value(1.0)
    ('0.031', '< 0.001', '1.000')
    """
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
