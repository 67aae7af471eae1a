"""The OpenAPI document as a page shows it: routes, what they take, what they answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FORM = ("multipart/form-data", "application/x-www-form-urlencoded")
_SAMPLES = {"photos": "@mug.jpg", "imageFile": "@mug.jpg", "file": "@products.csv",
            "bundle": "@bundle.zip", "title": '"Blue mug"', "description": '"Blue mug, 300 ml"',
            "words": '"blue mug"', "parts": "words,photo"}  # fmt: skip
_SHOWN_IN_FORM = ("photos", "imageFile", "file", "bundle", "title", "words")
_UNTOLD = frozenset({"401", "403", "413", "421", "422", "429", "500", "503"})
"""What every route may answer; it is told once for all."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a part of a body."""

    name: str
    kind: str
    """What it is, in words."""
    shape: str
    """The shape it has, to be looked up; empty: none."""
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked."""

    name: str
    method: str
    path: str
    title: str
    about: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    sent_as: tuple[str, ...]
    """Media types of the body."""
    status: str
    """Where all is well."""
    answers: str
    """The answer, in words."""
    shape: str
    refusals: tuple[tuple[str, str], ...]
    """Statuses that not every route has, with their words."""
    curl: str


@dataclass(frozen=True, slots=True)
class Shape:
    """An object that is sent or answered."""

    name: str
    about: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """All of it."""

    groups: tuple[tuple[str, tuple[Route, ...]], ...]
    shapes: tuple[Shape, ...]


def reference(document: Mapping[str, Any], address: str) -> Reference:
    """What `document` (OpenAPI 3.1) says; `address` stands in the examples."""
    schemas = document.get("components", {}).get("schemas", {})
    groups: dict[str, list[Route]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            route = _route(method.upper(), path, operation, address)
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(route)
    shapes = (
        Shape(name, _flat(schema.get("description", "")), _fields(schema))
        for name, schema in sorted(schemas.items())
        if "properties" in schema
    )
    told = tuple((name, tuple(routes)) for name, routes in groups.items())
    return Reference(told, tuple(shapes))


def _route(method: str, path: str, operation: Mapping[str, Any], address: str) -> Route:
    title, _, about = _flat(operation.get("description", "")).partition(". ")
    content = operation.get("requestBody", {}).get("content", {})
    sent: Mapping[str, Any] = next(iter(content.values()), {})
    schema = sent.get("schema", {})
    good, answer = _good(operation["responses"])
    kind, shape = _kind(answer)
    return Route(
        name=f"{method.lower()}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        method=method,
        path=path,
        title=title.removesuffix(".") or operation.get("summary", path),
        about=about,
        parameters=tuple(
            _field(one["name"], one.get("schema", {}), one, required=one.get("required", False))
            for one in operation.get("parameters", [])
        ),
        body=_fields(schema) or _named(schema),
        sent_as=tuple(content),
        status=good,
        answers=kind,
        shape=shape,
        refusals=tuple(
            (status, told.get("description", ""))
            for status, told in operation["responses"].items()
            if status != good and status not in _UNTOLD
        ),
        curl=_curl(method, path, operation, address),
    )


def _good(responses: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    status = next((one for one in responses if one.startswith("2")), "200")
    content = responses.get(status, {}).get("content", {})
    return status, next((one.get("schema", {}) for one in content.values()), {})


def _fields(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        _field(name, told, told, required=name in required)
        for name, told in schema.get("properties", {}).items()
    )


def _named(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """A body that is a shape of its own, as one field."""
    kind, shape = _kind(schema)
    return (Field("(the body)", kind, shape, required=True, about=""),) if shape else ()


def _field(
    name: str, schema: Mapping[str, Any], told: Mapping[str, Any], *, required: bool
) -> Field:
    kind, shape = _kind(schema)
    return Field(name, kind, shape, required, _flat(told.get("description", "")))


def _kind(schema: Mapping[str, Any]) -> tuple[str, str]:
    """What a schema is, in words, and the shape it refers to."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return name, name
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"]]
        return " or ".join(kind for kind, _ in kinds), next((s for _, s in kinds if s), "")
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return ", ".join(json.dumps(one) for one in values), ""
    if schema.get("type") == "array":
        kind, shape = _kind(schema.get("items", {}))
        return f"list of {kind}", shape
    if schema.get("format") == "binary":
        return "file", ""
    kind = str(schema.get("type", "anything"))
    return kind + _bounds(schema), ""


def _bounds(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    if schema.get("maxLength"):
        return f", at most {schema['maxLength']:,} characters"
    return ""


def _curl(method: str, path: str, operation: Mapping[str, Any], address: str) -> str:
    words = ["curl"]
    if method not in ("GET", "POST"):
        words.append(f"-X {method}")
    words.append(f"{address}{path}".replace("{", "$").replace("}", ""))
    content = operation.get("requestBody", {}).get("content", {})
    form = next((content[kind]["schema"] for kind in _FORM if kind in content), None)
    if form is not None:
        properties = form.get("properties", {})
        shown = [name for name in _SHOWN_IN_FORM if name in properties][:2]
        shown += [one for one in form.get("required", ()) if one not in shown]
        words += [f"-F {name}={_SAMPLES.get(name, '...')}" for name in shown]
    elif content:
        words.append("-H 'Content-Type: application/json' -d '{...}'")
    elif method == "POST":
        words.append("-X POST")
    return " ".join(words)


def _flat(text: str) -> str:
    return " ".join(text.replace("`", "").split())
