"""The report before and after a retraining, as one HTML page or as JSON."""

from __future__ import annotations

from pathlib import Path

from glasscase.errors import BadSetting
from glasscase.evaluation.wording import p_value
from glasscase.files import write_json, write_text
from glasscase.jobs.decisions.retrained import Retrained
from glasscase.pages.page import render


def page(found: Retrained) -> str:
    """A self-contained page; everything from outside is escaped."""
    return render(
        "glasscase.jobs",
        "retrain.html",
        found=found,
        changes=(found.on_reviewed, found.on_old),
        p_value=p_value,
    )


def check_report_name(path: Path) -> None:
    """Raises `BadSetting` where a report cannot be written under this name."""
    if path.suffix.lower() not in (".html", ".json"):
        raise BadSetting(f"a report cannot be written as {path.name!r}", "Say .html or .json.")


def save_report(found: Retrained, path: Path) -> None:
    """Write the report as its ending says.

    Raises:
        BadSetting: neither .html nor .json.
        CannotWrite: the disk is full, or the place may not be written to.
    """
    check_report_name(path)
    if path.suffix.lower() == ".json":
        write_json(path, found.to_dict())
    else:
        write_text(path, page(found))
