"""How a product is sent to the service: the JSON body, and the form with files."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class PhotoIn(BaseModel):
    """A photo: its bytes, or where they are."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("photo", max_length=200)
    data: str | None = Field(None, description="The file's bytes in base64.")
    url: str | None = Field(
        None, max_length=2000, description="Where to fetch it; only from hosts in photo_hosts."
    )


class ProductIn(BaseModel):
    """A product as JSON."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field("", max_length=200)
    texts: dict[str, str] = Field({}, description="Words by field, such as title.")
    attributes: dict[str, str | float] = Field({}, description="Such as price and brand.")
    photos: list[PhotoIn] = []
    keep_days: int | None = Field(None, ge=0, le=3650, description="Keep photos and texts so long.")

    def controls(self) -> dict[str, str]:
        """What the request asks beside the product, by name, as a form would say it."""
        return {
            name: str(value)
            for name in sorted(type(self).model_fields.keys() - ProductIn.model_fields.keys())
            if (value := getattr(self, name)) is not None
        }


_FORM = {
    "photos": {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "description": "Photos as files; several are one product's.",
    },
    "photo_url": {
        "type": "string",
        "maxLength": 2000,
        "description": "A photo to be fetched; only from hosts in photo_hosts.",
    },
    "id": {"type": "string", "maxLength": 200, "description": "Your own, given back."},
    "title": {"type": "string", "description": "Words; fields of other names are words too."},
    "description": {"type": "string", "description": "More words."},
    "price": {"type": "string", "description": "Such as 12.50."},
    "brand": {"type": "string"},
}


def body_of(told: type[ProductIn]) -> dict[str, Any]:
    """How a product may be sent, for the OpenAPI document: as a form, or as JSON of `told`."""
    schema = _inlined(told.model_json_schema())
    asked = told.model_fields.keys() - {"texts", "attributes", "photos", "id"}
    more = {name: schema["properties"][name] for name in told.model_fields if name in asked}
    form = {
        "type": "object",
        "properties": {**_FORM, **more},
        "additionalProperties": {"type": "string"},
    }
    content = {"multipart/form-data": {"schema": form}, "application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(schema: Any, known: dict[str, Any] | None = None) -> Any:
    """`schema` with its `$defs` where they are referred to."""
    if isinstance(schema, list):
        return [_inlined(one, known) for one in schema]
    if not isinstance(schema, dict):
        return schema
    known = schema.get("$defs", {}) if known is None else known
    if "$ref" in schema:
        return _inlined(known[schema["$ref"].rsplit("/", 1)[-1]], known)
    return {name: _inlined(value, known) for name, value in schema.items() if name != "$defs"}
