"""Make bundles known to the service's database, and say which of them answers."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from glasscase.errors import BadBundle, Conflict
from glasscase.models.bundle import MANIFEST, check_bundle
from glasscase.models.stored_json import read_json
from glasscase.store.models import ModelRow
from glasscase.store.store import Store


def model_id(path: Path) -> str:
    """The id of the bundle at `path`: the first 12 hexadecimal digits of its manifest's SHA-256.

    Raises:
        BadBundle: there is none.
    """
    try:
        own = json.loads((path / MANIFEST).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BadBundle(
            f"there is no bundle at {str(path)!r}", "Check the path, or train one."
        ) from None
    return str(own)[:12]


def register_bundle(store: Store, path: Path, *, name: str = "") -> ModelRow:
    """Check every byte of the bundle at `path` and enter it in the database; it gets no role.

    One that is known already is entered again, so that its new path counts.

    Raises:
        BadBundle: no bundle there, or a damaged one.
        BadStore: the database cannot be reached.
    """
    place = path.expanduser().resolve()
    check_bundle(place)
    card = bundle_card(place)
    row = ModelRow(model_id(place), name or place.name, str(place), card)
    store.models.add(row)
    return row


def bundle_card(path: Path) -> dict[str, Any]:
    """The card of the bundle at `path`, whose parts are what pages and answers take them for.

    Raises:
        BadBundle: there is none, or it is no card.
    """
    card = read_json(path / "card.json")
    try:
        json.dumps(card, allow_nan=False)
        _Card.model_validate(card)
    except ValueError:
        raise BadBundle(
            "the bundle's card.json is not laid out as a card",
            "Train it again, with this version of Glasscase.",
        ) from None
    return dict(card)


class _Figure(BaseModel):
    value: float | None
    low: float | None
    high: float | None


class _Candidate(BaseModel):
    name: str
    family: str
    accuracy: _Figure
    macro_f1: _Figure
    shipped: bool = False


class _Encoder(BaseModel):
    name: str
    licence: str
    source: str


class _Card(BaseModel):
    """What of a card is shown; it may say more."""

    summary: list[str] = []
    data: dict[str, str | int | float | bool | None] = {}
    candidates: list[_Candidate] = []
    encoders: list[_Encoder] = []
    limits: list[str] = []


def serve_bundle(store: Store, path: Path, *, always: bool = True) -> ModelRow:
    """Register the bundle at `path` and let it answer.

    Args:
        store: the service's database.
        path: of a bundle.
        always: if False, a bundle the database knows already gets no role where another has it:
            a later choice is not undone by a settings file that still names the first bundle.

    Raises:
        BadBundle, BadStore: as `register_bundle`.
    """
    known = {row.id for row in store.models.list()}
    row = register_bundle(store, path)
    roles = store.models.roles()
    if roles.active == row.id or (roles.active and row.id in known and not always):
        return row
    others = {"shadow": roles.shadow, "challenger": roles.challenger}
    kept = {role: None if id == row.id else id for role, id in others.items()}
    share = roles.challenger_share if kept["challenger"] else 0.0
    with suppress(Conflict):  # another process was faster; it was given the same bundle
        store.models.set_roles(
            active=row.id, **kept, challenger_share=share, revision=roles.revision
        )
    return row


def let_answer(database_url: str, path: Path) -> ModelRow:
    """Let the bundle at `path` answer from now on, whatever answered before.

    Raises:
        BadBundle, BadStore: as `register_bundle`.
    """
    store = Store.open(database_url)
    try:
        return serve_bundle(store, path)
    finally:
        store.close()
