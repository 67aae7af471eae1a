"""Products people look at, one at a time."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from glasscase.client.answers import Decision, ReviewItem
from glasscase.client.sending import Sending


class Reviews:
    """`client.reviews`. `reviewer` says who looks where no keys are used; else the key does."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    def counts(self) -> dict[str, int]:
        """How many products are open, held, decided, skipped, and disagreed on."""
        told = self._sending.told("GET", "/v1/reviews", params={"most": 1})
        return {name: int(number) for name, number in told["counts"].items()}

    def next(self, *, most: int = 2, reviewer: str = "") -> tuple[ReviewItem, ...]:
        """Products for this person alone: the first to look at, then those to load ahead."""
        told = self._post("next", {"most": most}, reviewer)
        return tuple(ReviewItem.model_validate(item) for item in told["items"])

    def accept(self, item: ReviewItem, *, seconds: float = 0, reviewer: str = "") -> Decision:
        """The model was right."""
        return self._decide(item, {"action": "accept", "seconds": seconds}, reviewer)

    def choose(
        self, item: ReviewItem, label: str, *, seconds: float = 0, reviewer: str = ""
    ) -> Decision:
        """It is another category."""
        told = {"action": "choose", "label": label, "seconds": seconds}
        return self._decide(item, told, reviewer)

    def skip(self, item: ReviewItem, *, seconds: float = 0, reviewer: str = "") -> Decision:
        """Somebody else should say."""
        return self._decide(item, {"action": "skip", "seconds": seconds}, reviewer)

    def undo(self, *, reviewer: str = "") -> ReviewItem | None:
        """Take this person's last decision back; None where there is none."""
        item = self._post("undo", {}, reviewer)["item"]
        return None if item is None else ReviewItem.model_validate(item)

    def second_opinion(self, item: ReviewItem, *, reviewer: str = "") -> ReviewItem:
        """Ask another person too."""
        told = self._post(f"{quote(item.id, safe='')}/second-opinion", {}, reviewer)
        return ReviewItem.model_validate(told)

    def release(self, item: ReviewItem, *, reviewer: str = "") -> None:
        """Let others have it."""
        self._post(f"{quote(item.id, safe='')}/release", {}, reviewer)

    def _decide(self, item: ReviewItem, told: dict[str, Any], reviewer: str) -> Decision:
        path = f"{quote(item.id, safe='')}/decide"
        return Decision.model_validate(self._post(path, told, reviewer))

    def _post(self, path: str, told: dict[str, Any], reviewer: str) -> Any:
        body = {**told, "reviewer": reviewer}
        return self._sending.told("POST", f"/v1/reviews/{path}", json=body)
