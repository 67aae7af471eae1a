"""What is told of a catalogue that was looked at."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from glasscase.jobs.look_at_catalogue import CatalogueLook


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
