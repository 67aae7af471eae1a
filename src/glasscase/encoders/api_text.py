"""Text vectors of a language model behind an OpenAI-compatible embeddings endpoint."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.product import Product
from glasscase.encoders.api_budget import ApiBudget, ApiUsage, batches, estimated_tokens
from glasscase.encoders.api_client import ApiClient, Endpoint
from glasscase.encoders.card_file import read_card, write_card
from glasscase.encoders.encoder import Encoded, EncoderCard, Vectors
from glasscase.encoders.model_folder import ModelFolder
from glasscase.errors import BadEncoder, BadService, BadSetting
from glasscase.files import write_json
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

PREFIX = "api:"
PROBE = "probe.json"
PROBE_TEXT = "A blue coffee mug that holds 300 ml."
"""Sent along with the first texts: its vector tells whether the same model still answers."""
_ALIKE = 0.99
_CHARACTERS_PER_TOKEN = 4


class ApiTextEncoder:
    """Vectors of texts from an endpoint, each at unit length. Every text sent costs money.

    Its folder holds the card and the vector of one sentence; the address and the key are those of
    the environment, wherever it is used. Texts are cut at `text.max_tokens` times
    `text.max_windows` tokens of four characters. Wrap it in a `CachedEncoder`, which keeps what
    was paid for.

    Not covered: an endpoint that answers differently from day to day by more than a hundredth.
    """

    def __init__(
        self, card: EncoderCard, probe: Vectors, *, budget: ApiBudget, client: ApiClient | None
    ) -> None:
        """Nothing is sent yet; without a `client` the environment says whom to ask, when asked."""
        self._card = card
        self._probe = probe
        self._budget = budget
        self._client = client
        self._same = False
        self._lock = threading.Lock()

    @classmethod
    def from_files(
        cls, folder: Path, *, settings: Settings, client: ApiClient | None = None
    ) -> ApiTextEncoder:
        """Open what `save_files` stored; the endpoint is not asked yet.

        Raises:
            BadEncoder: a file is missing or damaged.
        """
        card = read_card(folder)
        longest = settings.text.max_tokens * settings.text.max_windows * _CHARACTERS_PER_TOKEN
        card = replace(card, preprocessing={**card.preprocessing, "max_characters": longest})
        try:
            probe = np.array(json.loads((folder / PROBE).read_text(encoding="utf-8")), np.float32)
        except (OSError, ValueError, TypeError):
            probe = np.zeros(0, np.float32)
        if probe.shape != (card.dim,) or not np.isfinite(probe).all():
            message = f"{str(folder / PROBE)!r} is missing or damaged"
            raise BadEncoder(message, "Delete its folder; it is made anew when needed.")
        budget = ApiBudget(card.name.removeprefix(PREFIX), settings.encoders)
        return cls(card, probe, budget=budget, client=client)

    def save_files(self, folder: Path) -> None:
        """Store the card and the sentence's vector in `folder`. Raises `CannotWrite`."""
        write_json(folder / PROBE, [round(float(x), 7) for x in self._probe])
        write_card(folder, self._card)

    @property
    def card(self) -> EncoderCard:
        """Name and length of the vectors; neither address nor key."""
        return self._card

    @property
    def usage(self) -> ApiUsage:
        """What was sent since it was loaded."""
        return self._budget.usage

    def encode(self, products: Sequence[Product], *, progress: Progress = silent) -> Encoded:
        """The vectors of the products' texts; a product without words is not present.

        Raises:
            BadSetting: it would cost more than `encoders.api_max_tokens`, or there is no address.
            BadService: the endpoint is away, or answers nonsense.
        """
        texts = [product.text for product in products]
        present = np.array([bool(text.strip()) for text in texts], dtype=bool)
        return Encoded(self._encode(texts, progress), present)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """float32 [n, dim]. Identical strings are sent once; blank ones give zeros, unsent."""
        return self._encode(texts, silent)

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.intp]:
        """[n]: estimated tokens of each text; only the endpoint knows the true number."""
        return np.array([estimated_tokens(text) for text in texts], np.intp)

    def batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """`texts` in pieces of one request each."""
        return batches(texts)

    def announce(self, texts: Sequence[str], progress: Progress) -> None:
        """Say what sending `texts` will cost. Raises `BadSetting` where it is beyond the limit."""
        self._budget.check([self._cut(text) for text in texts])
        progress.say(f"{self._budget.estimate([self._cut(text) for text in texts])}.")

    def account(self, progress: Progress) -> None:
        """Say what was sent so far."""
        progress.say(f"Sent to {self._card.name}: {self.usage}.")

    def _encode(self, texts: Sequence[str], progress: Progress) -> Vectors:
        place: dict[str, int] = {}
        for text in texts:
            if text.strip():
                place.setdefault(self._cut(text), len(place))
        self._budget.check(list(place))
        vectors = np.zeros((len(place) + 1, self._card.dim), np.float32)
        todo = ((text, row) for batch in batches(list(place)) for text, row in self._ask(batch))
        for text, row in progress.track(todo, total=len(place), what="Reading texts"):
            vectors[place[text]] = row
        return vectors[[place.get(self._cut(text), -1) if text.strip() else -1 for text in texts]]

    def _ask(self, batch: list[str]) -> Iterator[tuple[str, Vectors]]:
        with self._lock:
            probing = not self._same
            self._client = client = self._client or ApiClient(Endpoint.from_environment())
        sent = [PROBE_TEXT, *batch] if probing else batch
        reserved = self._budget.reserve(sent)
        answer = client.embeddings(self._card.name.removeprefix(PREFIX), sent)
        self._budget.settle(len(sent), reserved, answer.tokens)
        self._check(answer.vectors, probing=probing)
        yield from zip(batch, answer.vectors[len(sent) - len(batch) :], strict=True)

    def _check(self, vectors: Vectors, *, probing: bool) -> None:
        dim = vectors.shape[1]
        other = f"vectors of {dim} numbers instead of {self._card.dim}"
        if dim == self._card.dim:
            other = "other vectors than before"
            if not probing or float(vectors[0] @ self._probe) >= _ALIKE:
                self._same = True
                return
        raise BadService(
            f"{self._card.name} answers with {other}: another model stands behind the name",
            "Ask the endpoint it was first used with, or give the other model another name.",
        )

    def _cut(self, text: str) -> str:
        return text[: int(self._card.preprocessing["max_characters"])]


def api_files(name: str, models: ModelFolder, *, client: ApiClient | None = None) -> Path:
    """The stored folder of `api:MODEL`; the first time its endpoint is asked about one sentence.

    Raises:
        BadSetting: no model is named, or there is no address.
        BadService: the endpoint is away, or answers nonsense.
        MissingExtra: the HTTP library is not installed.
    """
    model = name.removeprefix(PREFIX)
    if not model.strip():
        raise BadSetting("api: names no model", "Write it as api:text-embedding-3-small.")
    sha256 = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()

    def make(folder: Path) -> None:
        asked = client or ApiClient(Endpoint.from_environment())
        vector = asked.embeddings(model, [PROBE_TEXT]).vectors[0]
        write_json(folder / PROBE, [round(float(x), 7) for x in vector])
        card = EncoderCard(
            name=name,
            modality="text",
            dim=len(vector),
            licence="see its provider",
            source="an OpenAI-compatible embeddings endpoint",
            sha256=sha256,  # of the name: nobody but the provider sees the weights
            preprocessing={"normalised": True, "endpoint": True},
        )
        write_card(folder, card)

    return models.made_once(name, sha256, make)
