"""`glasscase detector`: train the product detector on your boxes, and measure any detector."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import showing
from glasscase.cli.show import print_json, print_problems

detector = typer.Typer(
    help="The detector of products: train, measure.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


@detector.command()
def train(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it: *.onnx.")],
    boxes: Annotated[
        Path | None,
        typer.Option("--boxes", metavar="FOLDER", help="Photos with boxes: COCO, VOC, YOLO, TSV."),
    ] = None,
    scenes: Annotated[
        int, typer.Option("--scenes", metavar="N", min=0, help="Drawn scenes to learn from too.")
    ] = 0,
    wild: Annotated[
        int,
        typer.Option("--wild", metavar="N", min=0, help="Wild drawn scenes too: rooms, people."),
    ] = 0,
    start: Annotated[
        Path | None,
        typer.Option("--start", metavar="FILE", help="A detector to learn on from; else ours."),
    ] = None,
    epochs: Annotated[
        int, typer.Option("--epochs", metavar="N", min=0, help="Looks at each lesson; 0: chosen.")
    ] = 0,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Of what is held out, and of the scenes.")
    ] = 0,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Teach the product detector your shelves, from boxes you drew.

    A quarter of the photos is held out; average precision on them is told before and after, and
    what is no better is not taken. Stopped, the same command goes on where it was.
    """
    from glasscase.jobs.train_detector import DetectorPlan, train_detector

    plan = DetectorPlan(
        boxes=boxes, scenes=scenes, wild=wild, start=start, epochs=epochs, seed=seed
    )
    with showing(quiet=quiet) as progress:
        trained = train_detector(plan, out, progress=progress)
    if as_json:
        print_json(trained.to_dict())
        return
    print_problems(trained.problems)
    print(trained.sentence)
    print(f"The detector is {out}; use it with --detector {out}.")


@detector.command()
def check(
    name: Annotated[
        str, typer.Argument(metavar="DETECTOR", help="embedded, FILE.onnx or hf:NAME.")
    ],
    boxes: Annotated[
        Path,
        typer.Option("--boxes", metavar="FOLDER", help="Photos with boxes: COCO, VOC, YOLO, TSV."),
    ],
    form: Annotated[
        str | None, typer.Option("--form", metavar="NAME", help="How FILE.onnx is to be read.")
    ] = None,
    score: Annotated[
        float | None,
        typer.Option("--score", metavar="S", help="Lowest score of a box; else the best by F1."),
    ] = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Measure a detector on photos whose boxes are known.

    Precision and recall are kept beside the detector's file: intervals of shelf figures rest on
    them.
    """
    from glasscase.jobs.check_detector import check_detector

    with showing(quiet=quiet) as progress:
        checked = check_detector(name, boxes, form=form, score=score, progress=progress)
    if as_json:
        print_json(checked.to_dict())
        return
    print_problems(checked.problems)
    counts, area = checked.measured, checked.precision
    print(f"{area.photos} photos, {area.true} products.")
    print(f"Average precision {area.ap50:.3f} at an overlap of 0.5, {area.ap:.3f} at 0.5 to 0.95.")
    print(
        f"At a score of {counts.score:.2f}: precision {counts.precision:.3f}, "
        f"recall {counts.recall:.3f}."
    )
    if checked.stored is not None:
        print(f"Kept in {checked.stored}: intervals of shelf figures rest on it.")
