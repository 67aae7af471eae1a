"""`glasscase cache`: see and clear the kept vectors."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import settings_from
from glasscase.cli.show import print_json, print_table
from glasscase.errors import BadSetting


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Delete what is kept.")] = False,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", metavar="NAME", help="With --clear: only its vectors."),
    ] = None,
    trainings: Annotated[
        bool,
        typer.Option("--trainings", help="With --clear: only checkpoints of trainings."),
    ] = False,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """Show or delete what is kept from earlier runs.

    Nothing is encoded twice, by any model on this machine, and a training that was stopped goes on
    from its checkpoints.
    """
    from glasscase.encoders.cache import VectorCache
    from glasscase.encoders.text_cache import TextCache
    from glasscase.models.training.kept_trainings import KeptTrainings

    if trainings and encoder is not None:
        message = "--trainings does not go with --encoder"
        raise BadSetting(message, "Leave one of them out: checkpoints belong to no encoder.")
    if not clear and (trainings or encoder is not None):
        asked = "--trainings" if trainings else "--encoder"
        message = f"{asked} says what is to be deleted, and goes with --clear"
        raise BadSetting(message, "Add --clear, or leave it out to see all that is kept.")
    place = settings_from(config, overrides).cache
    kept_trainings = KeptTrainings(place)
    ended = kept_trainings.clear() if clear and encoder is None else 0
    under_way = kept_trainings.usage()
    with VectorCache(place.path, int(place.max_gigabytes * 1e9)) as vectors:
        deleted = vectors.clear(encoder) if clear and not trainings else 0
        usage = vectors.usage()
    texts = TextCache(place.path)
    if clear and encoder is None and not trainings:
        texts.clear()
    photos = texts.count()
    texts.close()
    if as_json:
        kept = [asdict(one) for one in usage]
        print_json(
            {
                "path": str(vectors.path),
                "deleted": deleted,
                "usage": kept,
                "read_photos": photos,
                "trainings": {
                    "path": str(kept_trainings.path),
                    "deleted": ended,
                    **asdict(under_way),
                },
            }
        )
        return
    if clear and not trainings:
        print(f"{deleted} vectors were deleted.")
    if ended or trainings:
        print(f"The checkpoints of {ended} trainings were deleted.")
    if usage:
        rows = [[one.encoder, str(one.vectors), f"{one.size_bytes / 1e6:.1f} MB"] for one in usage]
        print_table(["encoder", "vectors", "size"], rows)
    print(f"{sum(one.vectors for one in usage)} vectors are kept in {vectors.path}.")
    if photos:
        print(f"The words on {photos} photos are kept in {texts.path}.")
    if under_way.count:
        print(
            f"Checkpoints of {under_way.count} trainings that were not ended, "
            f"{under_way.size_bytes / 1e6:.1f} MB, are kept in {kept_trainings.path}; "
            f"the newest is of {_when(under_way.newest)}."
        )


def _when(seconds: float | None) -> str:
    """Date and time by this machine's clock."""
    return "-" if seconds is None else f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"
