"""The ledger of facts: every figure a report may name, written by code, never by a writer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from glasscase.insights.display import interval

_ID = re.compile(r"F[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One measured figure, with everything a statement about it may say."""

    id: str
    """`F1`, `F2` ...; unique in its ledger."""
    metric: str
    """What was measured, in words a reader knows: `share of shelf`."""
    subject: str
    """Whose figure it is: a pack, a brand, a category, a model."""
    value: float
    unit: str
    """`share`, `points`, `count`, `px` ...; `share` is 0 to 1."""
    display: str
    """How the figure is written in a sentence, with its unit: `23.4 %`."""
    comparator: str = ""
    """Whom the subject is compared with, where the figure is a difference or a ratio."""
    low: float | None = None
    high: float | None = None
    """95 % interval; None where the figure is `exact` or its interval is not known."""
    n: int | None = None
    """How many it rests on: products, boxes, draws."""
    source: str = ""
    """SHA-256 of the result the figure was read from."""
    where: str = ""
    """Where in that result it stands, as a JSON pointer: `/brands/0/share`."""
    better: str = ""
    """`more` or `less`, where one of them is better."""
    experimental: bool = False
    """The figure comes from an experiment; only then may a sentence speak of causes."""
    exact: bool = False
    """The figure was counted or is what the model itself says, so it has no interval to know."""

    @property
    def comparable(self) -> bool:
        """Whether it is known how sure the figure is; any other is compared with none."""
        return self.exact or (self.low is not None and self.high is not None)

    @property
    def how_sure(self) -> str:
        """The interval, or `exact`, or `not known`."""
        return self.interval or ("exact" if self.exact else "not known")

    @property
    def interval(self) -> str:
        """The 95 % interval as people read it; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return interval(self.low, self.high, self.unit)

    @property
    def whose(self) -> str:
        """The subject, and whom it is compared with."""
        return f"{self.subject} against {self.comparator}" if self.comparator else self.subject

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Ledger:
    """All facts of one report, in the order they are to be told."""

    title: str
    kind: str
    """`product`, `packs`, `shelf`, `kpi` or `catalogue`."""
    facts: tuple[Fact, ...]
    names: tuple[str, ...] = ()
    """Every name a sentence may use: brands, products, categories; untrusted, so quoted."""
    notes: tuple[str, ...] = ()
    """Sentences by code, such as "Not a sales forecast.": shown as they are."""
    partial: Mapping[str, str] = field(default_factory=dict)
    """Metrics, in lower case, of which only some figures are facts here -> the end that is surely
    among them: `higher`, `lower`, or empty."""
    by_id: Mapping[str, Fact] = field(init=False, repr=False, compare=False)
    by_metric: Mapping[str, tuple[Fact, ...]] = field(init=False, repr=False, compare=False)
    known_names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        wrong = [fact.id for fact in self.facts if not _ID.fullmatch(fact.id)]
        if wrong:
            raise ValueError(f"facts are called F1, F2 ...; not {wrong[0]!r}")
        by_id = {fact.id: fact for fact in self.facts}
        if len(by_id) != len(self.facts):
            raise ValueError("two facts have the same id")
        by_metric: dict[str, list[Fact]] = {}
        for fact in self.facts:
            by_metric.setdefault(fact.metric.lower(), []).append(fact)
        metrics = {metric: tuple(facts) for metric, facts in by_metric.items()}
        object.__setattr__(self, "by_id", MappingProxyType(by_id))
        object.__setattr__(self, "by_metric", MappingProxyType(metrics))
        object.__setattr__(self, "known_names", frozenset(self.names))

    def of_metric(self, metric: str) -> tuple[Fact, ...]:
        """Facts of `metric`, in any case."""
        return self.by_metric.get(metric.lower(), ())

    def whole(self, metric: str, order: str) -> bool:
        """Whether the highest (`higher`) or lowest figure of `metric` is surely among the facts."""
        return self.partial.get(metric.lower(), order) == order

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "title": self.title,
            "kind": self.kind,
            "facts": [fact.to_dict() for fact in self.facts],
            "names": list(self.names),
            "notes": list(self.notes),
        }
