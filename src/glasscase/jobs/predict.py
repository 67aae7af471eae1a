"""Predict a whole table, piece by piece, so that its size does not matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from glasscase.catalog.problem import Problem
from glasscase.errors import BadSetting
from glasscase.jobs.prediction_file import prediction_file
from glasscase.jobs.table_source import TableSource
from glasscase.models.prediction import Prediction
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.catalog.catalog import Catalog
    from glasscase.models.classifier import ProductClassifier

CHUNK_ROWS = 256


@dataclass(slots=True)
class PredictionCount:
    """How many rows of a table were predicted, and with what verdict."""

    rows: int = 0
    accept: int = 0
    review: int = 0
    abstain: int = 0
    problems: int = 0
    """Rows of which something could not be used."""
    stated: int = 0
    """Rows that are not accepted, of which a category above the answer is stated all the same."""

    def add(self, predictions: Sequence[Prediction]) -> None:
        """Count some more."""
        self.rows += len(predictions)
        for prediction in predictions:
            setattr(self, prediction.verdict, getattr(self, prediction.verdict) + 1)
            self.problems += bool(prediction.problem)
            self.stated += prediction.verdict != "accept" and bool(prediction.category)

    def to_dict(self) -> dict[str, int]:
        """JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        """One paragraph for a person.

        >>> print(PredictionCount(rows=10, accept=7, review=2, abstain=1, problems=1, stated=2))
        10 rows: 7 can be accepted as they are, 2 should be looked at, for 1 the model abstains. \
Of 2 of these it is sure of a category above: the column `category` says which. \
Of 1 something could not be used: the column `problem` says what.
        """
        verdicts = (
            f"{self.rows} rows: {self.accept} can be accepted as they are, "
            f"{self.review} should be looked at, for {self.abstain} the model abstains."
        )
        above = (
            f" Of {self.stated} of these it is sure of a category above: the column `category` "
            "says which."
        )
        lost = f" Of {self.problems} something could not be used: the column `problem` says what."
        return verdicts + (above if self.stated else "") + (lost if self.problems else "")


def predict(
    model: ProductClassifier,
    table: TableSource,
    out: str | Path,
    *,
    progress: Progress = silent,
) -> PredictionCount:
    """Predict every row of a table into the file `out`: .csv, .parquet, .jsonl or .xlsx.

    Every row of the table has one in the file, in the same order: also a broken one, with the
    verdict abstain and the reason in `problem`. The file appears at the end, whole. In CSV a text
    that a spreadsheet would run as a formula begins with an apostrophe.

    Raises:
        BadSetting: the ending is unknown, or `out` is the table itself.
        BadCatalog: the table cannot be read at all.
        CannotWrite: the disk is full; an old file stays.
    """
    out = Path(out)
    if table.is_file(out):
        raise BadSetting(f"{str(out)!r} is the table itself", "Give --out another name.")
    counted = PredictionCount()
    with prediction_file(out) as write:
        answers = predicted_rows(model, table, progress=progress)
        while chunk := list(islice(answers, CHUNK_ROWS)):
            write(chunk)
            counted.add(chunk)
    return counted


def predicted_rows(
    model: ProductClassifier, table: TableSource, *, progress: Progress = silent
) -> Iterator[Prediction]:
    """The predictions of a table one by one: one for every row, in order.

    Raises:
        BadCatalog: the table cannot be read at all.
    """
    if table.is_folder:
        answers, total = _folder_answers(model, table, progress)
    else:
        answers, total = _table_answers(model, table, progress), table.count_rows()
    yield from progress.track(answers, total=total, what="predicting")


def _table_answers(
    model: ProductClassifier, table: TableSource, progress: Progress
) -> Iterator[Prediction]:
    for number, piece in enumerate(table.pieces(model, CHUNK_ROWS)):
        if number == 0:
            tell_columns(model, piece, progress)
        _tell(piece.problems, progress)
        yield from answers_of(model, piece)


def answers_of(model: ProductClassifier, piece: Catalog) -> list[Prediction]:
    """One answer for every row of `piece`, in the order of rows: also for those that were dropped,
    and beside each what could not be used of it."""
    answers = _with_problems(model.predictions(piece.products), piece.problems)
    broken = [_broken(problem) for problem in piece.problems if problem.dropped]
    return sorted([*answers, *broken], key=lambda answer: answer.row or 0)


def _folder_answers(
    model: ProductClassifier, table: TableSource, progress: Progress
) -> tuple[Iterator[Prediction], int]:
    whole = table.read(model, progress=progress)
    _tell(whole.problems, progress)
    broken = [_broken(problem) for problem in whole.problems if problem.dropped]

    def answers() -> Iterator[Prediction]:
        for at in range(0, len(whole), CHUNK_ROWS):
            products = whole.products[at : at + CHUNK_ROWS]
            yield from _with_problems(model.predictions(products), whole.problems)
        yield from broken

    return answers(), len(whole) + len(broken)


def tell_columns(model: ProductClassifier, first: Catalog, progress: Progress) -> None:
    """What the columns were taken for, and what the model was trained on but has no column here."""
    progress.say(f"Columns: {first.columns.describe()}")
    trained, here = model.columns, first.columns
    photos = here.photo or any(product.photos for product in first)
    for what, names, found, option in (
        ("text", trained.text, here.text, "--text"),
        ("photos", trained.photo, photos, "--photo-column"),
        ("image vectors", _one(trained.image_vectors), here.image_vectors, "--image-vectors"),
        ("text vectors", _one(trained.text_vectors), here.text_vectors, "--text-vectors"),
    ):
        if names and not found:
            progress.say(
                f"No column of {what} was found; the model was trained on {', '.join(names)}. "
                f"Name it with {option}."
            )


def _one(name: str | None) -> tuple[str, ...]:
    return (name,) if name else ()


def _tell(problems: Sequence[Problem], progress: Progress) -> None:
    """What concerns the table as a whole; the rest is written beside its row."""
    for problem in problems:
        if problem.row is None and problem.product_id is None:
            progress.say(str(problem))


def _with_problems(answers: Sequence[Prediction], problems: Sequence[Problem]) -> list[Prediction]:
    by_product: dict[str, list[str]] = {}
    for problem in problems:
        if problem.product_id is not None and not problem.dropped and problem.field != "product":
            by_product.setdefault(problem.product_id, []).append(_words(problem))
    return [
        replace(answer, problem=" ".join(filter(None, [*told, answer.problem])))
        if (told := by_product.get(answer.id))
        else answer
        for answer in answers
    ]


def _broken(problem: Problem) -> Prediction:
    return Prediction(
        id=problem.product_id or "",
        label=None,
        probability=None,
        verdict="abstain",
        top_k=(),
        text_share=None,
        image_share=None,
        problem=_words(problem),
        row=problem.row,
    )


def _words(problem: Problem) -> str:
    return str(replace(problem, row=None))
