"""A section of settings: values with limits, each declared once, never changed after."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A group of settings that belong together; an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
