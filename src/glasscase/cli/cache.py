"""`glasscase cache`: see and clear the kept vectors."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import settings_from
from glasscase.cli.show import print_json, print_table


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Delete the kept vectors.")] = False,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="Only this one with --clear.")
    ] = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """Show or delete what is kept from earlier runs.

    Nothing is encoded twice, by any model on this machine.
    """
    from glasscase.encoders.cache import VectorCache
    from glasscase.encoders.text_cache import TextCache

    place = settings_from(config, overrides).cache
    with VectorCache(place.path, int(place.max_gigabytes * 1e9)) as vectors:
        deleted = vectors.clear(encoder) if clear else 0
        usage = vectors.usage()
    texts = TextCache(place.path)
    if clear and encoder is None:
        texts.clear()
    photos = texts.count()
    texts.close()
    if as_json:
        kept = [asdict(one) for one in usage]
        print_json(
            {"path": str(vectors.path), "deleted": deleted, "usage": kept, "read_photos": photos}
        )
        return
    if clear:
        print(f"{deleted} vectors were deleted.")
    if usage:
        rows = [[one.encoder, str(one.vectors), f"{one.size_bytes / 1e6:.1f} MB"] for one in usage]
        print_table(["encoder", "vectors", "size"], rows)
    print(f"{sum(one.vectors for one in usage)} vectors are kept in {vectors.path}.")
    if photos:
        print(f"The words on {photos} photos are kept in {texts.path}.")
