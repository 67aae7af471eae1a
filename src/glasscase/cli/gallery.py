"""`glasscase gallery`: known products, so that a shelf photo says which stand on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, read_catalog, settings_from, showing
from glasscase.cli.show import print_json, print_problems

if TYPE_CHECKING:
    from glasscase.shelf.known.gallery import Gallery

gallery = typer.Typer(
    help="Products known by sight on shelves: make, add.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)
GalleryArgument = Annotated[Path, typer.Argument(metavar="GALLERY", help="Folder of the gallery.")]


@gallery.command()
def make(
    table: o.TableArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where to store it.")],
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    id: o.IdOption = None,
    label: o.LabelOption = None,
    photo_column: o.PhotoColumnOption = None,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", metavar="NAME", help="Image encoder: timm:efficientnet_b7 ..."),
    ] = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Make a gallery of a table of products: id, title, brand, category and a photo each."""
    from glasscase.jobs.make_gallery import make_gallery
    from glasscase.shelf.known.gallery_files import save_gallery

    settings = settings_from(config, overrides, encoders__image=encoder)
    columns = columns_from(text=text, id=id, label=label, photo_column=photo_column)
    with showing(quiet=quiet) as progress:
        catalog = read_catalog(table, photos, columns, settings=settings, progress=progress)
        made = make_gallery(catalog, settings=settings, progress=progress)
        save_gallery(made, out)
    if as_json:
        print_json(_told(made))
        return
    if not quiet:
        print_problems(list(made.problems))
    print(f"{len(made)} products are known by sight; the gallery is in {out}.")
    _print_limits(made)


@gallery.command()
def add(
    place: GalleryArgument,
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="Its photo; one is enough.")],
    id: Annotated[str, typer.Option("--id", metavar="ID", help="Of the new product.")],
    title: Annotated[
        str, typer.Option("--title", metavar="WORDS", help="What people call it.")
    ] = "",
    brand: Annotated[str, typer.Option("--brand", metavar="NAME", help="Its brand.")] = "",
    category: Annotated[str, typer.Option("--category", metavar="NAME", help="Its category.")] = "",
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """Add one product from one photo; of a product that is there, another photo."""
    from glasscase.jobs.make_gallery import add_to_gallery
    from glasscase.shelf.known.match import KnownProduct

    settings = settings_from(config, overrides)
    product = KnownProduct(id, title, brand, category)
    grown = add_to_gallery(place, photo, product, settings=settings)
    if as_json:
        print_json(_told(grown))
        return
    print(f"{product.name} is known by sight now; the gallery has {len(grown)} products.")
    _print_limits(grown)


def _told(made: Gallery) -> dict[str, object]:
    return {
        "products": len(made),
        "encoder": made.card.name,
        "limits": made.limits.to_dict(),
        "measured": made.measured,
        "problems": [str(problem) for problem in made.problems],
    }


def _print_limits(made: Gallery) -> None:
    limits, measured = made.limits, made.measured
    print(
        f"A match is taken from a similarity of {limits.similarity:.2f} on, where it is "
        f"{limits.margin:.2f} ahead of the second."
    )
    if measured.get("right_share") is not None:
        print(
            f"On changed copies of the photos {measured['right_share']:.0%} were recognised, "
            f"{measured['wrong_share']:.1%} taken for another product, and "
            f"{measured['strangers_share']:.1%} of strangers taken for a known one."
        )
