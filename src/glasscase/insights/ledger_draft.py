"""A ledger while code writes it: facts get their ids, names are made harmless, doubles refused."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from glasscase.insights.display import display
from glasscase.insights.fact import Fact, Ledger
from glasscase.insights.names import clean_name

MOST_FACTS = 20_000


class LedgerDraft:
    """Collects facts of one result in the order they are to be told.

    >>> draft = LedgerDraft("Two brands", "shelf", {"brands": [{"share": 0.25}]})
    >>> draft.add("share of shelf", "Aurora", 0.25, "share", where="/brands/0/share")
    >>> [fact.display for fact in draft.ledger()]
    ['25.0 %']
    """

    def __init__(self, title: str, kind: str, result: Mapping[str, Any]) -> None:
        """Begin a ledger of `result`, whose hash every fact carries."""
        self._title, self._kind = clean_name(title), kind
        self._source = hashlib.sha256(
            json.dumps(result, sort_keys=True, ensure_ascii=False, default=str).encode(
                "utf-8", "replace"
            )
        ).hexdigest()
        self._facts: list[Fact] = []
        self._names: dict[str, None] = {}
        self._notes: dict[str, None] = {}

    def add(
        self,
        metric: str,
        subject: str,
        value: float | None,
        unit: str,
        *,
        where: str,
        **more: Any,
    ) -> None:
        """Add one figure; one without a value, or with one that is no finite number, is left out.

        Args:
            metric: what was measured, in lower case words of our own: `share of shelf`.
            subject: whose figure it is: a name from outside may stand here.
            value: the figure; None where it was not measured.
            unit: one of `insights.display.UNITS`.
            where: JSON pointer into the result.
            more: further fields of `Fact`: `comparator, low, high, n, better, experimental`.
        """
        if value is None or not math.isfinite(value) or len(self._facts) >= MOST_FACTS:
            return
        low, high = more.pop("low", None), more.pop("high", None)
        if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
            low = high = None
        comparator = clean_name(more.pop("comparator")) if more.get("comparator") else ""
        more.pop("comparator", None)
        fact = Fact(
            id=f"F{len(self._facts) + 1}",
            metric=metric,
            subject=clean_name(subject),
            value=float(value),
            unit=unit,
            display=display(value, unit),
            comparator=comparator,
            low=None if low is None else float(low),
            high=None if high is None else float(high),
            source=self._source,
            where=where,
            **more,
        )
        self._facts.append(fact)
        self._names |= dict.fromkeys(name for name in (fact.subject, comparator) if name)

    def name(self, *names: str) -> None:
        """Names that sentences may use beside those of subjects and comparators."""
        self._names |= dict.fromkeys(clean_name(name) for name in names)

    def note(self, sentence: str) -> None:
        """A sentence of ours that every report of this ledger shows, such as what it is not."""
        self._notes[" ".join(sentence.split())] = None

    def ledger(self) -> Ledger:
        """All that was added."""
        return Ledger(
            self._title, self._kind, tuple(self._facts), tuple(self._names), tuple(self._notes)
        )
