"""Every process follows what the database says about who answers.

The database keeps the roles and a revision that goes up with every change. A process that sees a
new one loads what it does not have yet, beside what answers, and swaps all roles at once. What it
cannot load stays as it was, which `/readyz` and the log say; it is tried again after a while.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from glasscase.errors import BadBundle, GlasscaseError
from glasscase.jobs.register_bundle import serve_bundle
from glasscase.server.guard.trouble import tell
from glasscase.server.threads.live_models import Cast, LiveModel, LiveModels
from glasscase.server.threads.regularly import Regularly
from glasscase.store.models import Roles
from glasscase.store.store import Store

logger = logging.getLogger("glasscase.server")
_AGAIN_AFTER_POLLS = 30
_ROLES = ("active", "shadow", "challenger")
Load = Callable[..., LiveModel]


class ModelFollowing:
    """Keeps `models` as the database says, in a thread of its own."""

    def __init__(
        self,
        store: Store,
        models: LiveModels,
        *,
        poll_seconds: float = 1.0,
        load: Load = LiveModel.load,
    ) -> None:
        self._store, self.models, self._load = store, models, load
        self._lock = threading.Lock()
        self._since_trouble = 0
        self._regularly = Regularly(
            self.follow, every_seconds=poll_seconds, name="models", trouble="models_not_followed"
        )

    def start(self) -> None:
        """Begin to follow."""
        self._regularly.start()

    def close(self) -> None:
        """Stop following. Blocks while a model is loaded."""
        self._regularly.close()

    def follow(self) -> None:
        """Be as the database says when this returns. Blocks: it may load models.

        Raises:
            BadStore: the database cannot be reached.
        """
        with self._lock:
            roles, before = self._store.models.roles(), self.models.cast
            if roles.revision == before.revision and not self._worth_trying(before):
                return
            self._since_trouble = 0
            after = self._cast(roles, before)
            self.models.recast(after)
        told = {"models": {role: _id(after, role) for role in _ROLES}, "revision": after.revision}
        logger.info("models", extra={"told": told})

    def _worth_trying(self, cast: Cast) -> bool:
        """Whether what could not be loaded is tried again."""
        if not cast.problems:
            return False
        self._since_trouble += 1
        return self._since_trouble >= _AGAIN_AFTER_POLLS

    def _cast(self, roles: Roles, before: Cast) -> Cast:
        there = dict(before.models)
        problems: dict[str, str] = {}
        found: dict[str, LiveModel | None] = {}
        for role in _ROLES:
            id = getattr(roles, role)
            try:
                found[role] = self._loaded(id, there) if id else None
            except GlasscaseError as error:
                problems[role] = error.reason
                found[role] = before.active if role == "active" else None
                tell({"model": id, "role": role, "reason": error.reason})
        share = roles.challenger_share if found["challenger"] else 0.0
        return Cast(**found, challenger_share=share, revision=roles.revision, problems=problems)

    def _loaded(self, id: str, there: dict[str, LiveModel]) -> LiveModel:
        if id not in there:
            row = self._store.models.get(id)
            if row is None:
                raise BadBundle(f"the database does not know model {id!r}", "Load it again.")
            live = self._load(Path(row.path), name=row.name)
            if live.id != id:
                raise BadBundle(
                    f"there is another bundle at {row.path!r} now: {live.id!r}, not {id!r}",
                    "Load the new one: POST /v1/models.",
                )
            there[id] = live
        return there[id]


def _id(cast: Cast, role: str) -> str | None:
    live = getattr(cast, role)
    return None if live is None else live.id


def started(following: ModelFollowing, store: Store, bundle: str) -> None:
    """Have a model to answer with, if there is any, and follow the database from now on.

    `bundle` is the one the settings name. It answers where the database has never seen it before,
    or nothing else answers; a model chosen later is not put aside for it. (The bundle named to
    `glasscase serve` itself was made the active one before this.)

    Raises:
        BadBundle: `bundle` is none.
    """
    if bundle:
        serve_bundle(store, Path(bundle), always=False)
    following.follow()
    if bundle and not following.models.ready:
        cast = following.models.cast
        following.models.recast(replace(cast, active=LiveModel.load(Path(bundle).expanduser())))
    following.start()
