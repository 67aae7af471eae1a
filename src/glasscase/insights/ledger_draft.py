"""A ledger while code writes it: facts get their ids, names are made harmless, doubles refused."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from glasscase.insights.display import display
from glasscase.insights.fact import Fact, Ledger
from glasscase.insights.names import clean_line, clean_name

MOST_FACTS = 20_000
MOST_SAID = 12
"""Sentences of a result itself that a report shows; more are counted."""
_LARGEST = 1e100
_LONGEST_SAID = 400
_ROUNDING = 1e-6


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
        self._partial: dict[str, str] = {}

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

        Raises:
            TypeError, ValueError: a figure beyond 1e100 or one that its unit cannot have (a share
                of 5, a count of -3), an interval that ends before it begins, a number of cases that
                is none, or a text that is no text; such a result is damaged.
        """
        if value is None or not _usable(value):
            return
        if len(self._facts) >= MOST_FACTS:
            self.partly(metric)
            return
        if not _possible(value, unit):
            raise ValueError(f"a figure of {value:g} is no {unit}")
        low, high = more.pop("low", None), more.pop("high", None)
        if low is None or high is None or not (_usable(low) and _usable(high)):
            low = high = None
        elif low > high:
            raise ValueError("an interval ends before it begins")
        cases = more.get("n")
        if not (cases is None or (type(cases) is int and 0 <= cases <= _LARGEST)):
            raise ValueError("a number of cases is a whole number")
        if more.get("better", "") not in ("", "more", "less"):
            raise ValueError("what is better is more or less")
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

    def partly(self, metric: str, keeps: str = "") -> None:
        """Only some figures of `metric` are added, so that nobody is told to be its first or last.

        Args:
            metric: as in `add`.
            keeps: `higher` or `lower` where that end is surely among them.
        """
        self._partial[metric.lower()] = keeps

    def said(self, sentences: Any) -> None:
        """Sentences that the result itself carries, such as the caveats of a measurement. It may
        come from anywhere, so they are cleaned, cut, and shown as what the result says.

        Raises `TypeError` where it is no list of texts.
        """
        if not isinstance(sentences, list | tuple):
            raise TypeError("notes are a list")
        for sentence in sentences[:MOST_SAID]:
            if not isinstance(sentence, str):
                raise TypeError("a note is a text")
            self.note(f"The result says: “{clean_line(sentence, _LONGEST_SAID)}”")
        if len(sentences) > MOST_SAID:
            self.note(f"The result says more: {len(sentences) - MOST_SAID} further notes.")

    def note(self, sentence: str) -> None:
        """A sentence of ours that every report of this ledger shows, such as what it is not."""
        self._notes[" ".join(sentence.split())] = None

    def ledger(self) -> Ledger:
        """All that was added."""
        return Ledger(
            self._title, self._kind, tuple(self._facts), tuple(self._names), tuple(self._notes),
            dict(self._partial),
        )  # fmt: skip


def _possible(value: float, unit: str) -> bool:
    """Whether a figure can have this value. Shares may be below 0 (variance explained)."""
    if unit == "share":
        return value <= 1 + _ROUNDING
    if unit == "count":
        return value >= 0
    return unit != "points" or abs(value) <= 100 + _ROUNDING


def _usable(number: float) -> bool:
    """Whether `number` is finite. Raises `TypeError` or `ValueError` where it is no figure."""
    if isinstance(number, bool):
        raise TypeError("a figure is a number")
    if not math.isfinite(number):
        return False
    if abs(number) > _LARGEST:
        raise ValueError("a figure is beyond 1e100")
    return True
