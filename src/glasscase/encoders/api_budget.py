"""What texts cost at an endpoint: an estimate before, a count after, and a limit between."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glasscase.errors import BadSetting
from glasscase.settings import EncoderSettings

PRICES = {
    "text-embedding-3-small": 0.02,
    "text-embedding-3-large": 0.13,
    "text-embedding-ada-002": 0.10,
    "mistral-embed": 0.10,
}
"""US dollars per million tokens, as published in 2026; `encoders.api_price` goes before it."""
BATCH_TEXTS = 64
BATCH_TOKENS = 8_000
"""Of one request; what is lost at most when the work is stopped. Mistral takes 256 and 16,000."""
_BYTES_PER_TOKEN = 3
_LIMIT = "GLASSCASE_API_MAX_TOKENS"


def estimated_tokens(text: str) -> int:
    """Tokens of a text, rather too many than too few: one for every three bytes.

    >>> estimated_tokens("Blue mug, 300 ml"), estimated_tokens("")
    (6, 0)
    """
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """`texts` in pieces for one request each; a text too long for that goes alone.

    >>> [len(batch) for batch in batches(["x" * 12_000] * 3 + ["y"] * 65)]
    [2, 64, 2]
    """
    batch: list[str] = []
    tokens = 0
    for text in texts:
        wanted = estimated_tokens(text)
        if batch and (len(batch) == BATCH_TEXTS or tokens + wanted > BATCH_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(text)
        tokens += wanted
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """What was sent by one encoder since it was loaded."""

    requests: int = 0
    texts: int = 0
    tokens: int = 0
    """As the endpoint counts them; estimated for answers that do not say."""
    dollars: float | None = None
    """None where no price is known."""

    def __str__(self) -> str:
        """For a person.

        >>> print(ApiUsage(requests=2, texts=70, tokens=5_120, dollars=0.0001024))
        70 texts in 2 requests, 5,120 tokens, 0.0001 US dollars
        """
        return f"{self.texts:,} texts in {self.requests:,} requests, {self.tokens:,} tokens" + (
            "" if self.dollars is None else f", {self.dollars:.4f} US dollars"
        )


class ApiBudget:
    """Counts tokens against a limit, which holds as long as the encoder lives. Thread-safe."""

    def __init__(self, model: str, settings: EncoderSettings) -> None:
        """Limit and price of `settings`; GLASSCASE_API_MAX_TOKENS goes before the limit.

        Raises:
            BadSetting: the variable is no number.
        """
        self._model = model
        self._limit = _limit(settings)
        self._price = settings.api_price or PRICES.get(model)
        self._lock = threading.Lock()
        self._reserved = 0
        self._usage = ApiUsage()

    @property
    def usage(self) -> ApiUsage:
        """What was sent so far."""
        usage = self._usage
        return ApiUsage(usage.requests, usage.texts, usage.tokens, self.dollars(usage.tokens))

    def dollars(self, tokens: int) -> float | None:
        """What so many tokens cost; None where no price is known."""
        return None if self._price is None else tokens * self._price / 1e6

    def estimate(self, texts: Sequence[str]) -> str:
        """What sending `texts` will take, for a person."""
        tokens = sum(map(estimated_tokens, texts))
        dollars = self.dollars(tokens)
        price = "of unknown price" if dollars is None else f"{dollars:.4f} US dollars"
        return f"{len(texts):,} texts go to api:{self._model}: about {tokens:,} tokens, {price}"

    def check(self, texts: Sequence[str]) -> None:
        """Raises `BadSetting` where sending `texts` would pass the limit."""
        with self._lock:
            self._check(texts)

    def reserve(self, texts: Sequence[str]) -> int:
        """Take the estimate for `texts` from the limit before they are sent. Raises as `check`."""
        with self._lock:
            self._check(texts)
            tokens = sum(map(estimated_tokens, texts))
            self._reserved += tokens
            return tokens

    def settle(self, texts: int, reserved: int, counted: int | None) -> None:
        """Count what was sent, by the endpoint's own count where it gives one."""
        tokens = reserved if counted is None else counted
        with self._lock:
            self._reserved += tokens - reserved
            usage = self._usage
            self._usage = ApiUsage(usage.requests + 1, usage.texts + texts, usage.tokens + tokens)

    def _check(self, texts: Sequence[str]) -> None:
        wanted = sum(map(estimated_tokens, texts))
        if self._reserved + wanted > self._limit:
            before = f" after {self._reserved:,} sent before" if self._reserved else ""
            raise BadSetting(
                f"{self.estimate(texts)}{before}, more than the limit of {self._limit:,} tokens",
                f"Agree to it with --set encoders.api_max_tokens={self._reserved + wanted} when "
                f"training, or with {_LIMIT}={self._reserved + wanted} in the environment.",
            )


def _limit(settings: EncoderSettings) -> int:
    told = os.environ.get(_LIMIT, "").strip()
    if not told:
        return settings.api_max_tokens
    if not (told.isascii() and told.isdigit() and len(told) < 16):
        raise BadSetting(f"{_LIMIT} is no number of tokens", "Set it to one, such as 1000000.")
    return int(told)
