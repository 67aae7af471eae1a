"""A ledger in sections, one for each metric, in the order of its facts."""

from __future__ import annotations

from dataclasses import dataclass

from glasscase.insights.fact import Fact, Ledger


@dataclass(frozen=True, slots=True)
class Section:
    """The facts of one metric."""

    metric: str
    facts: tuple[Fact, ...]

    @property
    def alone(self) -> list[Fact]:
        """Facts of one subject, best first: largest, or smallest where less is better."""
        found = [fact for fact in self.facts if not fact.comparator]
        less = any(fact.better == "less" for fact in found)
        return sorted(found, key=lambda fact: fact.value if less else -fact.value)

    @property
    def pairs(self) -> list[Fact]:
        """Facts of a subject against a comparator, in the order of the ledger."""
        return [fact for fact in self.facts if fact.comparator]


def sections_of(ledger: Ledger) -> list[Section]:
    """The sections of `ledger`; metrics that differ in capitals only are one."""
    return [Section(facts[0].metric, facts) for facts in ledger.by_metric.values()]
