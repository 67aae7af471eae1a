"""Writes docs/settings.md, docs/service-settings.md, docs/shell.md and a table of docs/encoders.md from the code they
describe: `make docs`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from glasscase.cli.main import app
from glasscase.encoders.recommended import recommended
from glasscase.settings import Settings
from glasscase.settings.reading import SettingsFile
from glasscase.settings.service import ServiceSettings

HERE = Path(__file__).parent
TABLE_BEGINS = "<!-- Written by docs/generate.py from src/glasscase/encoders/recommended.py. -->"
TABLE_ENDS = "<!-- End of what is written. -->"

SETTINGS_HEAD = """\
# Settings

<!-- Written by docs/generate.py: change src/glasscase/settings/, then run `make docs`. -->

Every setting has a default that works. Change one for a run with `--set section.name=value`, several with a TOML file and `--config FILE`;
`--set` goes before the file. In Python: `Settings.read(path, overrides=["train.effort=best"])`. A bundle carries the settings it was trained with.

```toml
[train]
effort = "best"

[photos]
max_megapixels = 50
```

The environment variable `GLASSCASE_CACHE` names the folder of the cache and goes before `cache.folder`.
"""

SERVICE_HEAD = """\
# Settings of the service

<!-- Written by docs/generate.py: change src/glasscase/settings/service.py, then run `make docs`. -->

Read by `glasscase serve`, `keys`, `purge`, `verify-log` and `retrain`. A TOML file (`--config FILE`) goes first, then the environment, then
`--set section.name=value`. In the environment `limits.queue_length` is called `GLASSCASE_LIMITS__QUEUE_LENGTH`; lists are names between commas.
They stand apart from the [settings of a run](settings.md), which a bundle carries: a database's password has no business there.

```toml
[service]
host = "0.0.0.0"
database = "postgresql://glasscase:secret@db/glasscase"
photo_hosts = ["images.example.com"]

[limits]
requests_per_minute = 600
```
"""

SHELL_HEAD = """\
# The shell

<!-- Written by docs/generate.py: change src/glasscase/cli/, then run `make docs`. -->

Results go to stdout; progress, notes and mistakes go to stderr. `--json` prints one JSON document with the fields of the Python objects.

| exit code | means |
|---|---|
| 0 | done |
| 1 | a bug of ours: one line, and the name of a file with the details (`--debug` shows them) |
| 2 | a mistake that the one line on stderr says how to mend |
| 3 | done, but a category that `compare --protect` guards got worse: one line on stderr says which |
| 130 | stopped with Ctrl-C; the vectors computed so far are kept, so the same command goes on from there |

Columns that are not named are guessed, and the guess is printed. An option overrules it.
"""


def settings_page() -> str:
    """The page about all settings of a run."""
    return _settings(SETTINGS_HEAD, Settings)


def service_settings_page() -> str:
    """The page about all settings of the service."""
    return _settings(SERVICE_HEAD, ServiceSettings)


def _settings(head: str, kind: type[SettingsFile]) -> str:
    parts = [head]
    for section, field in kind.model_fields.items():
        model = type(field.default)
        parts += [f"## {section}", "", f"{model.__doc__}", ""]
        parts += ["| setting | default | allowed | what it does |", "|---|---|---|---|"]
        schema = model.model_json_schema()["properties"]
        for name, facts in schema.items():
            parts.append(
                f"| `{section}.{name}` | `{facts['default']}` | {_allowed(facts)} "
                f"| {facts['description']} |"
            )
        parts.append("")
    return "\n".join(parts)


def _allowed(facts: dict[str, Any]) -> str:
    for part in facts.get("anyOf", []):  # a setting that may be left open
        facts = part if part["type"] != "null" else facts
    facts = facts.get("items", facts)
    if "enum" in facts:
        return ", ".join(f"`{value}`" for value in facts["enum"])
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    limits = [f"{word} {facts[key]:g}" for key, word in words.items() if key in facts]
    return ", ".join(limits) or {"boolean": "true, false"}.get(facts["type"], "text")


def shell_page() -> str:
    """The page about all verbs: their own help texts."""
    command = typer.main.get_command(app)
    parts = [SHELL_HEAD]
    for name in ("", *command.commands):
        title = f"glasscase {name}".strip()
        parts += [f"## {title}", "", "```text", _help(command, name), "```", ""]
        verb = command.commands.get(name)
        for below in getattr(verb, "commands", {}):
            parts += [f"### {title} {below}", "", "```text", _help(command, name, below), "```", ""]
    return "\n".join(parts)


def _help(command: Any, *names: str) -> str:
    os.environ["COLUMNS"], before = "100", os.environ.get("COLUMNS")
    try:
        with command.make_context("glasscase", [], resilient_parsing=True) as context:
            for name in filter(None, names):
                command = command.commands[name]
                context = command.make_context(name, [], parent=context, resilient_parsing=True)
            text = command.get_help(context)
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def encoders_page() -> str:
    """The page about encoders as it is, with its table of recommended ones written anew."""
    before, begin, rest = (HERE / "encoders.md").read_text(encoding="utf-8").partition(TABLE_BEGINS)
    _, end, after = rest.partition(TABLE_ENDS)
    rows = ["| name | reads | numbers | MB | licence | |", "|---|---|---|---|---|---|"]
    for one in recommended():
        licence = f"[{one.licence}]({one.source})" + ("" if one.verified else " (not verified)")
        size = f"{one.megabytes:,}" if one.millions else "-"
        rows.append(
            f"| `{one.name}` | {', '.join(one.modalities)} | {one.dim} | {size} | {licence} "
            f"| {one.note} |"
        )
    return "\n".join([before + begin, "", *rows, "", end + after])


PAGES = {
    "settings.md": settings_page,
    "service-settings.md": service_settings_page,
    "shell.md": shell_page,
    "encoders.md": encoders_page,
}


def main() -> None:
    """Write every generated page."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
