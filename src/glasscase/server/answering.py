"""From a product somebody sent to the answer, noted in the database."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime

from fastapi import Request

from glasscase.errors import BadPhoto
from glasscase.models.prediction import Prediction
from glasscase.server.access import Caller
from glasscase.server.answers.answers import PredictionAnswer
from glasscase.server.guard.refusals import Refused
from glasscase.server.guard.request_ids import request_id
from glasscase.server.received.incoming import Incoming
from glasscase.server.received.keeping import keep
from glasscase.server.service import Service
from glasscase.server.threads.live_models import LiveModel
from glasscase.store.predictions import NewPrediction


async def answered(
    service: Service, found: Incoming, caller: Caller, *, request: Request, started: float
) -> PredictionAnswer:
    """Ask the model about `found`, and note the answer.

    `started`: `time.perf_counter()` when the request came.

    Raises:
        Refused: nothing of the product can be used, or too many wait.
    """
    chosen = service.models.choose(found.id or request_id(request.scope))
    live = chosen.live
    given = found.given(live.model.settings, service.settings.limits)
    prediction = await service.queue.predict(live, given.product)
    if prediction.label is None and given.product.photos:
        raise Refused.because(BadPhoto(prediction.problem or prediction.reason), field="photos")
    id = uuid.uuid4().hex
    kept_until = await keep(service, id, found)
    milliseconds = round(1000 * (time.perf_counter() - started), 2)
    told = [str(problem) for problem in given.problems]
    answer = PredictionAnswer.told(
        prediction.to_dict(),
        prediction_id=id,
        model=live.id,
        problems=[*told, *filter(None, [prediction.problem])],
        milliseconds=milliseconds,
        kept_until=kept_until,
    )
    service.metrics.predictions.labels(live.id, prediction.verdict).inc()
    service.log.add(_noted(answer, prediction, live, caller, request))
    if chosen.shadow is not None:
        service.shadowing.add(answer.prediction_id, given.product, chosen.shadow)
    return answer


def _noted(
    answer: PredictionAnswer,
    prediction: Prediction,
    live: LiveModel,
    caller: Caller,
    request: Request,
) -> NewPrediction:
    own_page = request.headers.get("sec-fetch-site") == "same-origin"
    return NewPrediction(
        id=answer.prediction_id,
        made_at=datetime.now(UTC),
        request_id=request_id(request.scope),
        by=caller.id,
        model=live.id,
        source="page" if own_page else "api",
        product_id=prediction.id,
        label=prediction.label,
        probability=prediction.probability,
        verdict=prediction.verdict,
        milliseconds=answer.milliseconds,
        answer=prediction.to_dict(),
        problem="\n".join(answer.problems),
    )
