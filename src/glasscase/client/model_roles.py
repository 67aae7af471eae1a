"""Models the service knows, and which of them answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from glasscase.client.answers import Model, Models
from glasscase.client.sending import Sending


class ModelRoles:
    """`client.models`; changes need a key with the scope admin."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    def list(self) -> Models:
        """All models, and who answers."""
        return Models.model_validate(self._sending.told("GET", "/v1/models"))

    def load(self, path: str, *, name: str = "") -> Model:
        """Let the service load a bundle that is on its own disk, in its folder of bundles."""
        told = {"path": path, "name": name}
        return Model.model_validate(self._sending.told("POST", "/v1/models", json=told))

    def activate(self, model: Model | str) -> Models:
        """From now on this one answers; no request is lost."""
        id = model if isinstance(model, str) else model.id
        path = f"/v1/models/{quote(id, safe='')}/activate"
        return Models.model_validate(self._sending.told("POST", path))

    def set_roles(
        self,
        *,
        shadow: str | None = None,
        challenger: str | None = None,
        challenger_share: float | None = None,
    ) -> Models:
        """Who answers unseen, and who answers a share of the requests; "" is nobody."""
        told: dict[str, Any] = {
            "shadow": shadow,
            "challenger": challenger,
            "challenger_share": challenger_share,
        }
        return Models.model_validate(self._sending.told("POST", "/v1/models/roles", json=told))
