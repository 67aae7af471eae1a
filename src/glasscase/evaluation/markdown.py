"""The report as Markdown, for a pull request or a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from glasscase.evaluation.findings import Findings, Part
from glasscase.evaluation.wording import NAMES, bounds, figure, milliseconds

MOST_PROBLEMS = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(findings: Findings) -> str:
    """Tables of the figures, classes, confusions and parts; everything from outside is escaped."""
    lines = ["# Evaluation", "", f"**{plain(findings.advice)}**", ""]
    lines += [f"- {plain(note)}" for note in findings.notes]
    lines += ["", "## Figures", "", f"{findings.count} products, {findings.errors} errors.", ""]
    lines += _table(
        ("Figure", "Value", "95 % interval", "Meaning"),
        (
            (title, figure(found.value, name), bounds(found, name), meaning)
            for name, (title, meaning) in NAMES.items()
            if (found := findings.metrics.get(name)) is not None
        ),
    )
    lines += ["", "## Classes", ""]
    lines += _table(
        ("Class", "Products", "Precision", "Recall", "F1", "F1, 95 %"),
        (
            (
                row.label if row.known else f"{row.label} (not known to the model)",
                str(row.support),
                figure(row.precision.value),
                figure(row.recall.value),
                figure(row.f1.value),
                bounds(row.f1),
            )
            for row in findings.classes
        ),
    )
    lines += ["", "## Most confused", ""]
    lines += _table(
        ("Class", "Taken for", "Products", "Of its class", "Examples"),
        (
            (
                pair.label,
                pair.answer,
                str(pair.count),
                figure(pair.share),
                "; ".join(f"{one.product_id} ({figure(one.probability)})" for one in pair.examples),
            )
            for pair in findings.confusions
        ),
    )
    lines += ["", "## By what is present", "", *_parts(findings.by_present)]
    lines += ["", "## By verdict", "", *_parts(findings.by_verdict)]
    if findings.promise is not None:
        lines += ["", findings.promise.sentence]
    lines += _tree(findings)
    if findings.seconds:
        lines += ["", "## Time per product", ""]
        times = ((name, milliseconds(value)) for name, value in findings.seconds.items())
        lines += _table(("Step", "Time"), times)
    if findings.problems:
        lines += ["", f"## Problems ({len(findings.problems)})", ""]
        lines += [f"- {plain(str(problem))}" for problem in findings.problems[:MOST_PROBLEMS]]
        if len(findings.problems) > MOST_PROBLEMS:
            lines.append(f"- and {len(findings.problems) - MOST_PROBLEMS} more in `report.json`")
    return "\n".join(lines) + "\n"


def _tree(findings: Findings) -> list[str]:
    if findings.tree is None:
        return []
    lines = ["", "## Along the tree", ""]
    lines += _table(
        ("Level", "Products", "Right down to it", "95 % interval", "Right at it", "Distance"),
        (
            (
                str(row.level),
                str(row.products),
                figure(row.accuracy.value),
                bounds(row.accuracy),
                str(row.exactly),
                figure(row.distance.value, "tree_distance"),
            )
            for row in findings.tree.levels
        ),
    )
    lines += ["", "## What can be stated", ""]
    return lines + _table(
        ("Stated", "Products", "Share", "Right", "95 % interval"),
        (
            (
                row.what,
                str(row.products),
                figure(row.share),
                figure(row.right.value),
                bounds(row.right),
            )
            for row in findings.tree.stops
        ),
    )


def plain(text: str) -> str:
    r"""`text` in one line that Markdown shows as it is.

    >>> plain("a | <b>")
    'a \\| \\<b\\>'
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _parts(parts: Iterable[Part]) -> list[str]:
    rows = (
        (
            part.name,
            str(part.count),
            figure(part.share),
            figure(part.accuracy.value),
            bounds(part.accuracy),
            figure(part.macro_f1),
        )
        for part in parts
    )
    return _table(("Part", "Products", "Share", "Accuracy", "95 % interval", "Macro F1"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(plain(cell) for cell in row)} |" for row in rows]
    if not body:
        return ["None."]
    return [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body]
