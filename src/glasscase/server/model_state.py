"""How good the model that answers is, in plain words, from what its bundle says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from glasscase.pages.page import percent
from glasscase.server.answers.model_answers import decisions_since
from glasscase.server.threads.live_models import LiveModel


@dataclass(frozen=True, slots=True)
class ModelState:
    """What a page says of a model."""

    id: str
    name: str
    categories: int
    products: int | None
    """It was trained on; None where its card does not say."""
    accuracy: tuple[float, float, float] | None
    """On products kept out of training: value, and where it lies with 95 % confidence."""
    calibrated: bool
    promise: str
    """What may be taken unseen, in a sentence; empty where nothing was promised."""
    decisions: int = 0
    """It learnt from so many decisions of people after the training its card tells of."""

    @property
    def accuracy_words(self) -> str:
        """How often it is right, in a sentence; empty where it was not measured and why is not
        known."""
        if self.decisions:
            times = "1 decision" if self.decisions == 1 else f"{self.decisions:,} decisions"
            return (
                f"It was trained again with {times} of reviewers; how often it is right has not "
                "been measured since."
            )
        if self.accuracy is None:
            return ""
        value, low, high = (100 * part for part in self.accuracy)
        return (
            f"Of 100 products it had not seen in training it put {value:.0f} into the right "
            f"category (95 % sure: {low:.0f} to {high:.0f})."
        )

    @property
    def calibration_words(self) -> str:
        """What its confidence is worth, in a sentence."""
        if self.decisions:
            return "Its confidence is corrected as that of the model it was made from."
        if not self.calibrated:
            return "Its confidence is not calibrated: there were too few products to check it."
        return "Its confidence is calibrated: of 100 answers with 90 %, about 90 are right."


def model_state(live: LiveModel) -> ModelState:
    """What the bundle of `live` says of itself."""
    model = live.model
    card: dict[str, Any] = dict(model.card or {})
    shipped = next((one for one in card.get("candidates", ()) if one.get("shipped")), None)
    decisions = decisions_since(card)
    measured = None if decisions else (shipped or {}).get("accuracy")
    products = card.get("data", {}).get("products")
    accuracy = None
    if measured:
        accuracy = (measured["value"], measured["low"], measured["high"])
    return ModelState(
        id=live.id,
        name=live.name,
        categories=len(model.classes_),
        products=None if products is None else products + decisions,
        accuracy=accuracy,
        calibrated=bool(model.calibration.describe()),
        promise=_promise_words(model.promise),
        decisions=decisions,
    )


def _promise_words(promise: Any) -> str:
    if promise is None:
        return ""
    if not promise.promises_anything:
        return "A promise was asked for, but nothing can be accepted unseen with it."
    return (
        f"Promise: at most {percent(promise.max_error)} of the answers it accepts are wrong "
        f"({percent(promise.confidence, 0)} sure); about {percent(promise.coverage, 0)} of the "
        "products are accepted without a look."
    )
