"""Answer every row of what somebody sent, piece by piece, so that it can stop anywhere and go on.

A piece is stored whole or not at all, and what is stored says how far the batch is. After a stop
or a crash it goes on behind the last row that is there: no row is answered twice, none is lost.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from glasscase.catalog.catalog import Catalog
from glasscase.errors import GlasscaseError
from glasscase.jobs.batches.batch_keeping import keep_piece
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.jobs.batches.batch_rows import pieces
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.jobs.predict import answers_of
from glasscase.models.prediction import Prediction
from glasscase.settings import Settings
from glasscase.settings.service import LimitSettings
from glasscase.store.predictions import NewPrediction, StoredPrediction
from glasscase.store.review_items import NewReview
from glasscase.store.store import Store

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

logger = logging.getLogger("glasscase.jobs")
Tell = Callable[[int, int], None]
"""Is told how many rows are done, of how many; may raise to stop the batch."""
_LOOK_ROWS = 100
_FAILED = "This row could not be answered; that is a fault of Glasscase, not of the row."


@dataclass(frozen=True)
class Batch:
    """One batch to be answered."""

    id: str
    """Of its job."""
    by: str
    """Who asked."""
    options: BatchOptions
    upload: BatchUpload
    model_id: str
    model: ProductClassifier


def run_batch(
    batch: Batch, store: Store, *, tell: Tell, let_others: Callable[[], int]
) -> dict[str, Any]:
    """Answer what is left of `batch`, and store it.

    Args:
        batch: what to answer, with which model.
        store: where answers, what is kept of products, and reviews go.
        tell: hears how far it is, at least once for every piece.
        let_others: called again and again: waits while somebody's single product is answered, and
            says how many rows may be answered before the next call.

    Returns:
        JSON values about the whole batch: rows, how many of each verdict, with problems, the model.

    Raises:
        BadCatalog: what was sent cannot be read (any further); what was answered stays.
        BadStore: the database is away.
    """
    done = store.predictions.rows_done(batch.id)
    total = max(batch.upload.rows, done)
    last = store.predictions.last_row(batch.id)
    if last and batch.options.review:
        _queue_again(batch, store)
    tell(done, total)
    try:
        for piece in pieces(batch.model, batch.upload, batch.options, after_row=last):
            done += _answer_piece(batch, store, piece, let_others)
            total = max(total, done)
            tell(done, total)
    except GlasscaseError as error:
        raise batch.upload.plainly(error) from None
    return {
        "rows": done,
        "counts": store.predictions.counts(batch.id),
        "problems": store.predictions.problems(batch.id),
        "model": batch.model_id,
    }


def within(model: ProductClassifier, limits: LimitSettings) -> ProductClassifier:
    """`model`, letting in no larger photos and no longer texts than the service does."""
    own = model.settings
    photos = own.photos.model_copy(
        update={
            "max_megapixels": min(own.photos.max_megapixels, limits.max_megapixels),
            "max_megabytes": min(own.photos.max_megabytes, limits.max_photo_megabytes),
            "max_per_product": min(own.photos.max_per_product, limits.max_photos),
        }
    )
    longest = min(own.text.max_characters, limits.max_text_characters)
    text = own.text.model_copy(update={"max_characters": longest})
    settings: Settings = own.model_copy(update={"photos": photos, "text": text})
    return model.with_settings(settings)


def prediction_id(batch_id: str, row: int) -> str:
    """The id of the answer to a row: the same whenever it is asked for, and not to be guessed
    without the id of the batch, which is random."""
    return uuid.uuid5(uuid.UUID(batch_id), str(row)).hex


def _answer_piece(batch: Batch, store: Store, piece: Catalog, let_others: Callable[[], int]) -> int:
    """Answer and store the rows of `piece`; returns how many."""
    answers: list[Prediction] = []
    for part in _parts(piece, let_others):
        answers += [_plain(batch, answer) for answer in _answers(batch.model, part)]
    answers.sort(key=lambda answer: answer.row or 0)
    now = datetime.now(UTC)
    if batch.options.keep_days:
        until = now + timedelta(days=batch.options.keep_days)
        ids = {one.id: prediction_id(batch.id, one.row or 0) for one in piece.products}
        keep_piece(store, piece.products, ids, limits=batch.model.settings.photos, until=until)
    store.predictions.add([_stored(batch, answer, now) for answer in answers])
    if batch.options.review:
        _queue(batch, store, answers)
    return len(answers)


def _parts(piece: Catalog, let_others: Callable[[], int]) -> Iterator[Catalog]:
    """`piece` in as many parts as others leave room for; the rows that were dropped come last."""
    at = 0
    while at < len(piece):
        rows = max(1, let_others())
        products = piece.products[at : at + rows]
        ids = {product.id for product in products}
        told = [one for one in piece.problems if not one.dropped and one.product_id in ids]
        yield Catalog(products, told, piece.columns)
        at += rows
    yield Catalog([], [one for one in piece.problems if one.dropped])


def _answers(model: ProductClassifier, piece: Catalog) -> list[Prediction]:
    """One answer for every row; a row that breaks the model is told and spoils no other."""
    try:
        return answers_of(model, piece)
    except Exception as error:  # noqa: BLE001  (no row may be lost for another's sake)
        if len(piece) <= 1:
            logger.warning("a row of a batch could not be answered: %s", type(error).__name__)
            return [_failed(piece)] if len(piece) else answers_of(model, piece)
    halves = iter((len(piece) // 2, len(piece)))
    return [
        answer
        for part in _parts(piece, lambda: next(halves, 1))
        for answer in _answers(model, part)
    ]


def _failed(piece: Catalog) -> Prediction:
    (product,) = piece.products
    return Prediction(
        product.id, None, None, "abstain", (), None, None, problem=_FAILED, row=product.row
    )


def _plain(batch: Batch, answer: Prediction) -> Prediction:
    return replace(answer, problem=batch.upload.plain(answer.problem))


def _stored(batch: Batch, answer: Prediction, now: datetime) -> NewPrediction:
    return NewPrediction(
        id=prediction_id(batch.id, answer.row or 0),
        made_at=now,
        by=batch.by,
        model=batch.model_id,
        source="batch",
        batch_id=batch.id,
        product_id=answer.id,
        row=answer.row,
        label=answer.label,
        probability=answer.probability,
        verdict=answer.verdict,
        answer=answer.to_dict(),
        problem=answer.problem,
    )


def _queue(batch: Batch, store: Store, answers: Sequence[Prediction]) -> None:
    """Put what is not accepted before people: the more unsure, the sooner."""
    store.reviews.add(
        [
            NewReview(
                prediction_id=prediction_id(batch.id, answer.row or 0),
                priority=1 - (answer.probability or 0.0),
                model=batch.model_id,
                batch_id=batch.id,
            )
            for answer in answers
            if answer.verdict != "accept" and answer.label is not None
        ]
    )


def _queue_again(batch: Batch, store: Store) -> None:
    """Of the last piece that was stored, what a crash may have kept from the queue."""
    _queue(batch, store, [Prediction.of_dict(one.answer) for one in _last_piece(store, batch.id)])


def _last_piece(store: Store, id: str) -> list[StoredPrediction]:
    """The rows that were stored last, together: they were made at one time."""
    found: list[StoredPrediction] = []
    while True:
        page = store.predictions.of_batch(id, descending=True, start=len(found), most=_LOOK_ROWS)
        same = [one for one in page.rows if one.made_at == (found or page.rows)[0].made_at]
        found += same
        if len(same) < _LOOK_ROWS:
            return found
