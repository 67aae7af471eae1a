"""Settings from a TOML file, the environment and `section.name=value` words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names
from glasscase.settings.section import Section

ENVIRONMENT_PREFIX = "GLASSCASE_"


class SettingsFile(Section):
    """All sections of one kind of settings, with a default each."""

    @classmethod
    def read(
        cls,
        path: Path | None = None,
        *,
        overrides: list[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Self:
        """Read a TOML file, then the environment, then `section.name=value` overrides.

        Args:
            path: TOML file in UTF-8; its tables are the sections.
            overrides: `section.name=value` each; the last word.
            environment: variables called `GLASSCASE_SECTION__NAME`; others are left alone.

        Raises:
            BadSetting: a name does not exist or a value is impossible; says which and what is.
        """
        values = _read_toml(path) if path is not None else {}
        for override in [*_of_environment(environment or {}), *(overrides or [])]:
            cls._override(values, override)
        return cls.parse(values)

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Self:
        """Check a nested dictionary. Raises `BadSetting` naming the first wrong one."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            if first["type"] == "extra_forbidden":
                raise BadSetting(f"there is no setting {name!r}", cls._known(name)) from None
            message = first["msg"].removeprefix("Value error, ")
            raise BadSetting(f"setting {name!r}: {message}", cls._known(name)) from None

    @classmethod
    def _override(cls, values: dict[str, Any], override: str) -> None:
        name, equals, text = override.partition("=")
        section, dot, key = name.strip().partition(".")
        if not (equals and dot and section and key):
            raise BadSetting(
                f"--set {override!r} is not of the form section.name=value", cls._known(name)
            )
        table = values.setdefault(section, {})
        if not isinstance(table, dict):
            raise BadSetting(f"{section!r} is not a section of settings", cls._known(name))
        table[key] = cls._listed(section, key, text.strip())

    @classmethod
    def _listed(cls, section: str, key: str, text: str) -> Any:
        """A setting that is a list of names is given as names between commas."""
        field = cls.model_fields.get(section)
        known = {} if field is None else type(field.default).model_fields
        if key in known and isinstance(known[key].default, list):
            return [part.strip() for part in text.strip("[]").split(",") if part.strip()]
        return text

    @classmethod
    def _known(cls, name: str) -> str:
        section, _, key = name.partition(".")
        sections = cls.model_fields
        field = sections.get(section)
        if field is None:
            keys = [f"{name}.{key}" for name, part in sections.items() for key in _keys(part)]
            near = [known for known in keys if key and known.endswith(f".{key}")]
            near = near or nearest_names(section, list(sections), most=1)
            return f"Did you mean {near[0]!r}? Sections are: {', '.join(sections)}."
        names = ", ".join(f"{section}.{known}" for known in _keys(field))
        near = [] if key in _keys(field) else nearest_names(key, _keys(field), most=1)
        return (
            "".join(f"Did you mean '{section}.{known}'? " for known in near)
            + f"Known here: {names}."
        )


def _of_environment(environment: Mapping[str, str]) -> list[str]:
    found = []
    for variable, value in sorted(environment.items()):
        section, between, key = variable.removeprefix(ENVIRONMENT_PREFIX).partition("__")
        if variable.startswith(ENVIRONMENT_PREFIX) and between:
            found.append(f"{section.lower()}.{key.lower()}={value}")
    return found


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSetting(f"settings file {str(path)!r} does not exist", "Check --config.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"settings file {str(path)!r} cannot be read: {error}"
        raise BadSetting(message, "It must be a TOML file in UTF-8.") from None


def _keys(section: FieldInfo) -> list[str]:
    return list(type(section.default).model_fields)
