"""The options that several verbs share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE",
        help="CSV, TSV, Parquet or JSONL file of products, a folder of CATEGORY/photo.jpg, IDX "
        "files (MNIST), or a folder Hugging Face datasets saved.",
    ),
]
BundleArgument = Annotated[
    Path, typer.Argument(metavar="BUNDLE", help="Folder that `glasscase train` wrote.")
]

PhotosOption = Annotated[
    Path | None,
    typer.Option("--photos", metavar="FOLDER", help="Folder where the photos of the table are."),
]
TextOption = Annotated[
    str | None,
    typer.Option("--text", metavar="A,B", help="Columns of text, in the order they are read."),
]
LabelOption = Annotated[
    str | None, typer.Option("--label", metavar="COLUMN", help="Column of the category.")
]
IdOption = Annotated[
    str | None, typer.Option("--id", metavar="COLUMN", help="Column that names the product.")
]
PhotoColumnOption = Annotated[
    str | None,
    typer.Option("--photo-column", metavar="A,B", help="Columns of photo file names."),
]
PriceOption = Annotated[
    str | None, typer.Option("--price", metavar="COLUMN", help="Column of the price.")
]
ImageVectorsOption = Annotated[
    str | None,
    typer.Option(
        "--image-vectors",
        metavar="A|A*|FILE",
        help="Vectors of photos made elsewhere: a column of lists, columns, or a table with ids.",
    ),
]
TextVectorsOption = Annotated[
    str | None,
    typer.Option(
        "--text-vectors",
        metavar="A|A*|FILE",
        help="Vectors of texts made elsewhere, given in the same ways.",
    ),
]
LevelOption = Annotated[
    int | None,
    typer.Option("--level", metavar="N", help="Cut category paths here: 1 is the top of the tree."),
]

EffortOption = Annotated[
    str | None,
    typer.Option("--effort", metavar="quick|good|best", help="How hard to try; usually good."),
]
RecipeOption = Annotated[
    str | None,
    typer.Option(
        "--recipe", metavar="NAME|FILE", help="An architecture of `glasscase recipes`, or its file."
    ),
]
ModalityOption = Annotated[
    str | None,
    typer.Option(
        "--modality", metavar="both|text|image", help="What is learnt from; usually both."
    ),
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="The same seed gives the same result.")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings, as a TOML file.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SECTION.NAME=VALUE",
        help="One setting; goes before --config. May be given several times.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of words.")
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Show no progress and no notes; results only.")
]
DelimiterOption = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHARACTER", help="What divides cells; usually guessed."),
]
