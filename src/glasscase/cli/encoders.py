"""`glasscase encoders`: which encoders are worth trying, and under which licence."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from glasscase.cli import options as o
from glasscase.cli.show import print_json, print_table
from glasscase.errors import BadSetting


def encoders(
    modality: Annotated[
        str | None, typer.Option("--modality", metavar="text|image", help="Only these.")
    ] = None,
    as_json: o.JsonOption = False,
) -> None:
    """List encoders worth trying.

    Take one with --set encoders.text=NAME or --set encoders.image=NAME. Any other of timm:, hf:,
    open_clip: or api: works as well.
    """
    from glasscase.encoders.encoder import Modality
    from glasscase.encoders.recommended import recommended

    if modality not in (None, "text", "image"):
        raise BadSetting(f"--modality {modality!r} does not exist", "Use text or image.")
    found = recommended(cast(Modality | None, modality))
    if as_json:
        print_json([one.to_dict() for one in found])
        return
    rows = [
        [
            one.name,
            "+".join(one.modalities),
            str(one.dim),
            f"{one.megabytes} MB" if one.millions else "",
            one.licence + ("" if one.verified else " ?"),
        ]
        for one in found
    ]
    print_table(["encoder", "reads", "numbers", "size", "licence"], rows)
    print("A question mark: the licence could not be checked; look before you use it.")
