"""The writer that needs nobody: sentences by rule, the same for the same ledger."""

from __future__ import annotations

from glasscase.insights.claims import Order
from glasscase.insights.fact import Fact, Ledger
from glasscase.insights.relations import extreme_of, order_of
from glasscase.insights.sections import Section

NAME = "template"
_PAIRS_TOLD = 3
_TOLD_EACH = 3
"""Subjects that bear one name, figures of several units, and those whose intervals are not known
are told one by one."""


def template_sentences(section: Section, ledger: Ledger) -> list[str]:
    """What is to be said of one metric, with places: who stands first and last where that is told
    apart, else who cannot be told apart; a few pairs.
    """
    alone = section.alone
    found = [_alone(alone[0])] if len(alone) == 1 else _several(alone, ledger)
    return found + [_pair(fact) for fact in section.pairs[:_PAIRS_TOLD]]


def _alone(fact: Fact) -> str:
    return f"The {_metric(fact)} of {_subject(fact)} is {_figure(fact)}."


def _pair(fact: Fact) -> str:
    against = f"{{{{{fact.id}.comparator}}}}"
    return f"The {_metric(fact)} of {_subject(fact)} against {against} is {_figure(fact)}."


def _several(facts: list[Fact], ledger: Ledger) -> list[str]:
    """Two or more subjects, best first."""
    if not facts:
        return []
    first, second, last = facts[0], facts[1], facts[-1]
    comparable = len({fact.unit for fact in facts}) == 1 and all(f.comparable for f in facts)
    unique = len({fact.subject for fact in facts}) == len(facts)
    if not (comparable and unique):
        return [_alone(fact) for fact in facts[:_TOLD_EACH]]
    order = order_of(first, second)
    if len(facts) == 2:
        how = {"higher": "higher than", "lower": "lower than", "level": "not told apart from"}
        return [
            f"In {_metric(first)}, {_subject(first)} at {_figure(first)} is {how[order]} "
            f"{_subject(second)} at {_figure(second)}."
        ]
    told = [_first(facts, first, second, ledger)]
    worst: Order = "lower" if first.better != "less" else "higher"
    if ledger.whole(last.metric, worst) and extreme_of(facts, worst) is last:
        told.append(f"{_subject(last)} has the {_word(last, best=False)} {_metric(last)}: "
                    f"{_figure(last)}.")  # fmt: skip
    return told


def _first(facts: list[Fact], first: Fact, second: Fact, ledger: Ledger) -> str:
    best: Order = "higher" if first.better != "less" else "lower"
    if ledger.whole(first.metric, best) and extreme_of(facts, best) is first:
        word = _word(first, best=True)
        return f"{_subject(first)} has the {word} {_metric(first)}: {_figure(first)}."
    if order_of(first, second) != "level":  # another one is as near: told by its figure alone
        return _alone(first)
    return (
        f"In {_metric(first)}, {_subject(first)} at {_figure(first)} is not told apart from "
        f"{_subject(second)} at {_figure(second)}."
    )


def _word(fact: Fact, *, best: bool) -> str:
    return "highest" if best == (fact.better != "less") else "lowest"


def _subject(fact: Fact) -> str:
    return f"{{{{{fact.id}.subject}}}}"


def _metric(fact: Fact) -> str:
    return f"{{{{{fact.id}.metric}}}}"


def _figure(fact: Fact) -> str:
    interval = "" if fact.low is None else f" ({{{{{fact.id}.interval}}}})"
    return f"{{{{{fact.id}}}}}{interval}"
