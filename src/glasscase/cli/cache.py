"""`glasscase cache`: see and clear the kept vectors."""

from __future__ import annotations

from typing import Annotated

import typer

from glasscase.cli.choices import settings_from
from glasscase.cli.options import ConfigOption, JsonOption, SetOption
from glasscase.cli.show import print_json


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Delete every kept vector.")] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what vectors are kept, so that nothing is encoded twice; or delete them."""
    from glasscase.encoders.cache import VectorCache

    settings = settings_from(config, overrides)
    kept = VectorCache.from_settings(settings)
    if clear:
        kept.clear()
    usage = kept.usage()
    if as_json:
        print_json(usage.to_dict())
        return
    print(usage)
