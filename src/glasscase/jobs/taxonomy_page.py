"""What changed between two trees as one HTML page."""

from __future__ import annotations

from pathlib import Path

from glasscase.catalog.category_paths import written
from glasscase.catalog.stored_taxonomy import StoredTaxonomy
from glasscase.catalog.taxonomy_changes import KINDS, ChangeList
from glasscase.files import write_text
from glasscase.pages.page import render

MOST_ROWS = 300
_WORDS = {
    "rename": ("renamed", "another name in the same place"),
    "move": ("moved", "another place"),
    "merge": ("merged", "several became one"),
    "split": ("split", "one became several"),
    "added": ("added", "only in the new tree"),
    "removed": ("removed", "only in the old tree"),
}


def taxonomy_page(changes: ChangeList, old: StoredTaxonomy, new: StoredTaxonomy) -> str:
    """A self-contained page; everything from outside is escaped."""
    kinds = [
        (*_WORDS[kind], [one for one in changes.changes if one.kind == kind]) for kind in KINDS
    ]
    return render(
        "glasscase.jobs",
        "taxonomy.html",
        changes=changes,
        old=old,
        new=new,
        kinds=[entry for entry in kinds if entry[2]],
        open=changes.open,
        most=MOST_ROWS,
        written=written,
        summary=summary(changes),
    )


def save_page(path: Path, changes: ChangeList, old: StoredTaxonomy, new: StoredTaxonomy) -> Path:
    """Write the page. Raises `CannotWrite`."""
    write_text(path, taxonomy_page(changes, old, new))
    return path


def summary(changes: ChangeList) -> str:
    """In a sentence.

    >>> from glasscase.catalog.taxonomy import Taxonomy
    >>> summary(ChangeList(Taxonomy({}), Taxonomy({}), ()))
    'The two trees are the same.'
    """
    if not changes.changes:
        return "The two trees are the same."
    counted = ", ".join(f"{many} {_WORDS[kind][0]}" for kind, many in changes.counts.items())
    left = len(changes.open)
    is_left = f"{left} {'is' if left == 1 else 'are'} left to a person"
    return f"{counted}: {is_left if left else 'all can be migrated without a person'}."
