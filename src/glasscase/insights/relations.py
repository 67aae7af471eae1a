"""Relations between figures, computed from the ledger and never believed."""

from __future__ import annotations

from glasscase.insights.claims import Cause, Claim, Compare, Extreme, Order, Relation, Tell
from glasscase.insights.fact import Fact, Ledger

_BETTER: dict[str, Order] = {"more": "higher", "less": "lower"}
_OTHER: dict[Order, Order] = {"higher": "lower", "lower": "higher"}


def order_of(left: Fact, right: Fact) -> Order:
    """How `left` stands to `right`: told apart only where their intervals do not touch and a reader
    sees two figures. Figures of which nobody knows how sure they are, are not told apart.

    >>> a = Fact("F1", "share", "A", 0.3, "share", "30.0 %", low=0.2, high=0.4)
    >>> b = Fact("F2", "share", "B", 0.1, "share", "10.0 %", exact=True)
    >>> order_of(a, b), order_of(b, a), order_of(a, a)
    ('higher', 'lower', 'level')
    """
    (left_low, left_high), (right_low, right_high) = _bounds(left), _bounds(right)
    if left.display == right.display or not (left.comparable and right.comparable):
        return "level"
    if left_low > right_high:
        return "higher"
    return "lower" if left_high < right_low else "level"


def extreme_of(facts: list[Fact], order: Order) -> Fact | None:
    """The fact that stands highest (or lowest), told apart from every other; None: no such fact."""
    if len(facts) < 2:
        return None
    first = max(facts, key=lambda fact: fact.value if order == "higher" else -fact.value)
    apart = all(order_of(first, other) == order for other in facts if other is not first)
    return first if apart else None


def objection(claim: Claim, ledger: Ledger) -> str:
    """Why `claim` does not follow from the ledger; empty where it does."""
    if isinstance(claim, Tell):
        return _told_wrong(claim, ledger)
    if isinstance(claim, Cause):
        return _not_caused(claim, ledger)
    if isinstance(claim, Compare):
        return _compared_wrong(claim, ledger)
    return _not_extreme(claim, ledger)


def _bounds(fact: Fact) -> tuple[float, float]:
    if fact.low is None or fact.high is None:
        return fact.value, fact.value
    return min(fact.low, fact.value), max(fact.high, fact.value)


def _of(metric: str, ledger: Ledger) -> list[Fact]:
    """Facts of a metric that are of one subject alone."""
    return [fact for fact in ledger.of_metric(metric) if not fact.comparator]


def _only(subject: str, metric: str, ledger: Ledger) -> Fact | None:
    found = [fact for fact in _of(metric, ledger) if fact.subject == subject]
    return found[0] if len(found) == 1 else None


def _told_wrong(claim: Tell, ledger: Ledger) -> str:
    fact = ledger.by_id[claim.fact]
    if claim.subject != fact.subject:
        return f"{fact.id} is a figure of {fact.subject!r}, not of {claim.subject!r}"
    if claim.metric.lower() != fact.metric.lower():
        return f"{fact.id} is {fact.metric!r}, not {claim.metric!r}"
    if claim.comparator != fact.comparator:
        against = f"against {fact.comparator!r}" if fact.comparator else "against nobody"
        return f"{fact.id} is a figure {against}"
    if any(other != claim.fact for other in claim.others):
        return f"beside {fact.id} stand the interval and the number of {fact.id} only"
    return ""


def _not_caused(claim: Cause, ledger: Ledger) -> str:
    fact = ledger.by_id[claim.fact]
    if not fact.experimental:
        return f"{fact.id} is no result of an experiment, so no sentence may speak of causes"
    if not fact.comparable:
        return f"the interval of {fact.id} is not known, so it shows no cause"
    low, high = _bounds(fact)
    order = "higher" if low > 0 else "lower" if high < 0 else "level"
    if order != claim.order:
        return f"{fact.id} does not say so: it is {fact.display}"
    if claim.order == "lower":
        return f"{fact.id} has its own minus: tell its figure without the verb"
    return ""


def _compared_wrong(claim: Compare, ledger: Ledger) -> str:
    left = _only(claim.left, claim.metric, ledger)
    right = _only(claim.right, claim.metric, ledger)
    if left is None or right is None or left is right or left.unit != right.unit:
        return f"the ledger has no two figures of {claim.metric!r} to compare"
    if claim.against:
        return f"a figure against {claim.against!r} is compared with no other"
    for fact in (left, right):
        if not fact.comparable:
            return f"the interval of {fact.id} is not known, so it is compared with none"
    order = order_of(left, right)
    if _holds(claim.order, order, left, right):
        return ""
    if claim.order in ("ahead", "behind") and left.better not in _BETTER:
        return f"the ledger does not say which {claim.metric!r} is better: say higher or lower"
    says = {"higher": "higher than", "lower": "lower than", "level": "not told apart from"}[order]
    return f"{left.id} is {says} {right.id}"


def _holds(said: Relation, order: Order, left: Fact, right: Fact) -> bool:
    """Whether what is said of two figures is so. Figures that cannot be told apart are not level:
    that is said of the same figure only. Ahead is better, whichever way that is.
    """
    if said == "apart":
        return order == "level"
    if said == "level":
        return left.display == right.display and left.low == left.high == right.low == right.high
    if said in ("ahead", "behind"):
        wanted = _BETTER.get(left.better) if left.better == right.better else None
        return order == (wanted if said == "ahead" or wanted is None else _OTHER[wanted])
    return order == said


def _not_extreme(claim: Extreme, ledger: Ledger) -> str:
    facts = _of(claim.metric, ledger)
    if not ledger.whole(claim.metric, claim.order):
        return f"the ledger holds only some of the figures of {claim.metric!r}"
    one_each = len({fact.subject for fact in facts}) == len(facts)
    same_unit = len({fact.unit for fact in facts}) == 1
    found = extreme_of(facts, claim.order) if one_each and same_unit else None
    if found is not None and found.subject == claim.subject:
        return ""
    which = "highest" if claim.order == "higher" else "lowest"
    return f"{claim.subject!r} is not told apart from all others as the {which} in {claim.metric!r}"
