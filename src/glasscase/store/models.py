"""Which bundles the service knows, and which of them answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from glasscase.errors import BadSetting, Conflict
from glasscase.store import tables
from glasscase.store.column_types import now_utc
from glasscase.store.database import Database

_columns = tables.models.c


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A bundle the service may load."""

    id: str
    """First 12 hex digits of the SHA-256 of the bundle's manifest."""
    name: str
    path: str
    card: Mapping[str, Any]
    added_at: datetime = field(default_factory=now_utc)


@dataclass(frozen=True, slots=True)
class Roles:
    """Who answers: ids of models."""

    active: str | None
    shadow: str | None
    """Answers everything too, unseen."""
    challenger: str | None
    challenger_share: float
    """Of the requests the challenger answers instead of the active one, 0 to 1."""
    revision: int
    """Goes up by one with every change."""


class Models:
    """`store.models`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, model: ModelRow) -> None:
        """Add a model; one with the same id has its name, path and card replaced."""
        values = asdict(model)
        with self._database.write() as connection:
            known = connection.scalar(
                select(_columns.id).where(_columns.id == model.id).with_for_update()
            )
            if known is None:
                connection.execute(insert(tables.models).values(values))
                return
            changes = {name: values[name] for name in ("name", "path", "card")}
            connection.execute(update(tables.models).where(_columns.id == model.id).values(changes))

    def list(self) -> tuple[ModelRow, ...]:
        """All models, the newest first."""
        rows = select(tables.models).order_by(_columns.added_at.desc(), _columns.id)
        with self._database.read() as connection:
            return tuple(ModelRow(**row._mapping) for row in connection.execute(rows))

    def get(self, id: str) -> ModelRow | None:
        """One model, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.models).where(_columns.id == id)).first()
        return None if row is None else ModelRow(**row._mapping)

    def roles(self) -> Roles:
        """Who answers now."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.roles)).one()
        return Roles(row.active, row.shadow, row.challenger, row.challenger_share, row.revision)

    def set_roles(
        self, *, active: str | None, shadow: str | None = None, challenger: str | None = None,
        challenger_share: float = 0.0, revision: int | None = None,
    ) -> Roles:  # fmt: skip
        """Say who answers from now on; all roles at once.

        Args:
            active: the model that answers.
            shadow: one that answers too, unseen.
            challenger: one that answers a share of the requests.
            challenger_share: how much, 0 to 1.
            revision: what the caller saw; where another was faster, nothing changes.

        Raises:
            BadSetting: a model is not known, or the share is no share.
            Conflict: the roles were changed since `revision`.
        """
        if not 0 <= challenger_share <= 1:
            raise BadSetting(f"the share {challenger_share} is not one", "Use 0 to 1.")
        wanted = {"active": active, "shadow": shadow, "challenger": challenger}
        with self._database.write() as connection:
            now = connection.execute(select(tables.roles).with_for_update()).one()
            if revision not in (None, now.revision):
                raise Conflict("someone else has just changed the models", "Look again.")
            for role, id in wanted.items():
                if id and not connection.scalar(select(_columns.id).where(_columns.id == id)):
                    raise BadSetting(f"there is no model {id!r} to be {role}", "Add it first.")
            after = Roles(active, shadow, challenger, challenger_share, now.revision + 1)
            connection.execute(update(tables.roles).values(asdict(after)))
        return after

    def remove(self, id: str) -> None:
        """Forget a model; its bundle stays where it is. An unknown one is no mistake.

        Raises:
            Conflict: it has a role.
        """
        with self._database.write() as connection:
            row = connection.execute(select(tables.roles).with_for_update()).one()
            for role in ("active", "shadow", "challenger"):
                if getattr(row, role) == id:
                    raise Conflict(f"model {id!r} is the {role} one", "Give that to another first.")
            connection.execute(delete(tables.models).where(_columns.id == id))
