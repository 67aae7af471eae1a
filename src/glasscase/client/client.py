"""The client: what a product is and why, and the doors to batches, reviews and models."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from types import TracebackType
from typing import Any, Literal, Self, Unpack
from urllib.parse import quote, urljoin

from glasscase.client.answers import (
    Explanation,
    Feedback,
    Found,
    Prediction,
    SharedCard,
    Similar,
)
from glasscase.client.batches import Batches
from glasscase.client.insights import Insights
from glasscase.client.kpi import Kpi
from glasscase.client.model_roles import ModelRoles
from glasscase.client.packs import PackScores
from glasscase.client.product_form import PhotoLike, ProductFields, form_of
from glasscase.client.reviews import Reviews
from glasscase.client.sending import Sending
from glasscase.client.shelves import Shelves

By = Literal["words", "photo", "both"]
Photos = PhotoLike | Iterable[PhotoLike]


class Client:
    """Asks a running service. Close it, or use it in a `with` block; thread-safe.

    What the service refuses is raised as `glasscase.client.Refused`, in its own words. Where it
    answers 429 or 503 and says when to come again, that is done, within limits.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        seconds: float = 60.0,
        retries: int = 4,
        longest_wait_seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is sent yet.

        Args:
            url: where the service is.
            key: as `glasscase keys` made it; a service on one's own machine needs none.
            seconds: longest time for a request.
            retries: how often what was refused with 429 or 503 is tried again.
            longest_wait_seconds: longest of such waits.
            sleep: waits so many seconds.

        Raises:
            BadSetting: `url` is no address.
            MissingExtra: the extra `client` is not installed.
        """
        self.url = url.rstrip("/")
        self._sending = Sending(
            url,
            key,
            seconds=seconds,
            retries=retries,
            longest_wait_seconds=longest_wait_seconds,
            sleep=sleep,
        )
        self.batches = Batches(self._sending, sleep)
        self.reviews = Reviews(self._sending)
        self.models = ModelRoles(self._sending)
        self.shelves = Shelves(self._sending)
        self.packs = PackScores(self._sending, sleep)
        self.kpi = Kpi(self._sending, sleep)
        self.insights = Insights(self._sending)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._sending.close()

    def predict(self, photos: Photos = (), **product: Unpack[ProductFields]) -> Prediction:
        """What a product is, how sure that is, and what should be done with the answer.

        Args:
            photos: one or several, each a path or bytes.
            product: its words and more; see `ProductFields`.

        Raises:
            Refused: the service says why.
            Unreachable: it is not there.
        """
        return Prediction.model_validate(self._send("/v1/predict", photos, {}, product))

    def prediction(self, prediction_id: str) -> Prediction:
        """An answer that was given. Raises as `predict`."""
        path = f"/v1/predictions/{quote(prediction_id, safe='')}"
        return Prediction.model_validate(self._sending.told("GET", path))

    def explain(
        self,
        photos: Photos = (),
        *,
        parts: Collection[str] = (),
        label: str | None = None,
        against: str | None = None,
        **product: Unpack[ProductFields],
    ) -> Explanation:
        """Why a product is that.

        Args:
            photos: as in `predict`.
            parts: which of words, photo, rival, flip and check; all if empty. Fewer are quicker.
            label: class to speak for; else the answer.
            against: why rather `label` than this.
            product: as in `predict`, or the `prediction_id` of an answer that was kept.

        Raises:
            Refused: the service says why.
            Unreachable: it is not there.
        """
        asked = _question(parts, label, against)
        return Explanation.model_validate(self._send("/v1/explain", photos, asked, product))

    def card(
        self,
        photos: Photos = (),
        *,
        parts: Collection[str] = (),
        label: str | None = None,
        against: str | None = None,
        **product: Unpack[ProductFields],
    ) -> str:
        """The decision card as one page of HTML that needs nothing else. As `explain`."""
        asked = {**_question(parts, label, against), "format": "html"}
        told = self._sending.raw("POST", "/v1/explain", **form_of(photos, asked, **product))
        return told.decode("utf-8")

    def share(
        self, photos: Photos = (), *, days: int = 30, **product: Unpack[ProductFields]
    ) -> SharedCard:
        """Make a card and a link to it that works without a key, for some days."""
        told = SharedCard.model_validate(self._send("/v1/cards", photos, {"days": days}, product))
        return told.model_copy(update={"url": urljoin(f"{self.url}/", told.url)})

    def withdraw(self, card: SharedCard) -> None:
        """Let the link of a card lead nowhere from now on."""
        self._sending.told("DELETE", f"/v1/cards/{card.url.rsplit('/', 1)[-1]}")

    def similar(
        self,
        photos: Photos = (),
        *,
        by: By = "both",
        top: int = 10,
        **product: Unpack[ProductFields],
    ) -> Similar:
        """Training products like a product that is sent along. Raises as `predict`."""
        asked = {"by": by, "top": top}
        return Similar.model_validate(self._send("/v1/products/similar", photos, asked, product))

    def similar_to(self, id: str, *, by: By = "both", top: int = 10) -> Similar:
        """Training products like one of them, or like the kept product of an answer."""
        path = f"/v1/products/{quote(id, safe='')}/similar"
        return Similar.model_validate(
            self._sending.told("GET", path, params={"by": by, "top": top})
        )

    def search(
        self, words: str | None = None, *, photo: PhotoLike | None = None, top: int = 10
    ) -> Found:
        """Training products that fit some words, or a photo, best. Raises as `predict`."""
        photos = () if photo is None else (photo,)
        asked = {"words": words, "top": top}
        return Found.model_validate(self._send("/v1/search", photos, asked, {}))

    def feedback(
        self, prediction_id: str, *, label: str | None = None, comment: str = ""
    ) -> Feedback:
        """Say what an answer should have been, or what you think of it. Raises as `predict`."""
        told = {"prediction_id": prediction_id, "label": label, "comment": comment}
        return Feedback.model_validate(self._sending.told("POST", "/v1/feedback", json=told))

    def _send(self, path: str, photos: Photos, asked: dict[str, Any], product: Any) -> Any:
        return self._sending.told("POST", path, **form_of(photos, asked, **product))


def _question(parts: Collection[str], label: str | None, against: str | None) -> dict[str, Any]:
    return {"parts": ",".join(parts) or None, "label": label, "against": against}
