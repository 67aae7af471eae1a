"""What is told of a catalogue that was looked at."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from glasscase.catalog.toy import ToyCatalogue
from glasscase.jobs.look_at_catalogue import CatalogueLook, look_at_catalogue
from glasscase.jobs.table_source import TableSource


class Group:
    """Products that are alike."""

    def to_dict(self) -> dict[str, Any]:
        """As an audit tells it."""
        return {"kind": "variants", "labels": ["Mugs"], "products": [{"id": "1"}, {"id": "2"}]}


def test_duplicates_are_counted_as_they_are_listed() -> None:
    """The profile counts copies alone, an audit lists variants too: the count is the list's."""
    alike = SimpleNamespace(products=0, conflicts=0, groups=())
    audit = SimpleNamespace(groups=(Group(), Group(), Group()))
    look: Any = SimpleNamespace(
        profile=SimpleNamespace(look_alikes=alike),
        audit=audit,
        _groups=lambda: list(audit.groups),
    )
    told = CatalogueLook._duplicates(look)
    assert (told["groups_in_all"], len(told["groups"])) == (3, 3)
    look.audit = None
    assert CatalogueLook._duplicates(look)["groups_in_all"] == 0


def test_categories_and_problems_have_pictures(toy_shop: ToyCatalogue, tmp_path: Path) -> None:
    with toy_shop.products.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["photo"] and row["title"]][:12]
    rows[0]["price"] = "a lot"
    rows[1]["photo"] = "gone.png"
    table = tmp_path / "shop.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    look = look_at_catalogue(TableSource(table, toy_shop.images), labels=False)
    pictures = look.pictures()
    dear, gone = (pictures[f"problem-{row['id']}"] for row in rows[:2])
    assert dear["photo"].startswith("data:image/jpeg")
    assert (bool(gone["words"]), gone["photo"]) == (True, "")
    kinds = {one["label"] for one in look.to_dict()["categories"][-1]["counts"]}
    examples = {name.partition("-")[2] for name in pictures if name.startswith("category-")}
    assert examples
    assert examples <= kinds
    assert all(pictures[f"category-{kind}"]["photo"] for kind in examples)
