"""What a person decided about the labels of a catalogue, as the file `audit --apply` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from glasscase.catalog.cells import safe_cell
from glasscase.errors import BadSetting
from glasscase.jobs.decisions.corrections_file import DECISIONS, FIELDS


def corrections_csv(
    look: Mapping[str, Any],
    decisions: Mapping[int, str],
    pictures: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """The worklist of `CatalogueLook.to_dict` with `decisions` by number, as CSV.

    Undecided cases are in it too, so that the file can be filled in further. Cells a spreadsheet
    would run begin with an apostrophe.

    Args:
        look: what `look_at_catalogue` found.
        decisions: number of the case -> `accept` (the suggested label is right) or `keep`.
        pictures: of `CatalogueLook.pictures`, for the first words; without them the column is
            empty, and the file can be applied to tables with a column of ids only.

    Raises:
        BadSetting: there is no such case, or the decision is neither, or no label was suggested
            that could be accepted.
    """
    cases = (look.get("audit") or {}).get("cases", [])
    for number, decision in decisions.items():
        if not 0 <= number < len(cases):
            raise BadSetting(f"there is no case {number}", f"They go from 0 to {len(cases) - 1}.")
        if decision not in DECISIONS:
            raise BadSetting(f"{decision[:40]!r} is no decision", "Use accept or keep.")
        if decision == "accept" and not cases[number]["suggested"]:
            raise BadSetting(f"nothing was suggested for case {number}", "Keep it, or leave it.")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(FIELDS)
    for number, case in enumerate(cases):
        probability = case["probability"]
        words = (pictures or {}).get(f"case-{number}", {}).get("words", "")
        cells = [
            f"{case['score']:.4f}",
            "" if case["row"] is None else str(case["row"]),
            case["id"],
            case["label"],
            case["suggested"] or "",
            "" if probability is None else f"{probability:.4f}",
            " ".join(reason["text"] for reason in case["reasons"]),
            words,
            decisions.get(number, ""),
        ]
        writer.writerow([safe_cell(cell) for cell in cells])
    return stream.getvalue()
