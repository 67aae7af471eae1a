"""What a service refuses, with its own words; and a service that is not there."""

from __future__ import annotations

from glasscase.errors import BadService, GlasscaseError


class Refused(GlasscaseError):
    """The service does not do what was asked: it says why, where, and what to do."""

    def __init__(
        self,
        status: int,
        reason: str,
        remedy: str = "",
        *,
        code: str = "",
        field: str | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(reason, remedy)
        self.status = status
        self.code = code
        """A word for programs, such as `too_large`."""
        self.field = field
        """Which part of what was sent; None: the whole of it."""
        self.request_id = request_id
        """Stands in the service's log."""

    @property
    def message(self) -> str:
        """What is wrong, for people."""
        return self.reason


class Unreachable(BadService):
    """The service cannot be reached, or does not answer in time."""
