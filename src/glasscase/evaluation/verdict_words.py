"""What a comparison comes to, in words."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.evaluation.pairs import Pair
from glasscase.evaluation.standings import Standing, Standings
from glasscase.evaluation.wording import milliseconds
from glasscase.pages.page import percent

VERDICTS = {"real": "real", "doubtful": "doubtful", "chance": "may be chance"}
_CHEAPER = 2.0


def advice(found: Standings) -> str:
    """The one sentence or two to act on: which model to ship, and what a cheaper one would cost."""
    best, others = found.best, found.like_best()
    first = f"Ship {best.name}: {percent(best.accuracy.value)} right"
    if not others:
        return f"{first}, and the lead over every other model is real."
    rest = f"{first}, the most; its lead over {listed([o.name for o in others])} may be chance."
    cheaper = _cheapest(best, others)
    if cheaper is None:
        return rest
    pair = found.pair(best.name, cheaper.name)
    return (
        f"{rest} Where {_time(best)} a product is too much, take {cheaper.name}: {_time(cheaper)}, "
        f"behind by {points(pair)}."
    )


def points(pair: Pair) -> str:
    """How far two models are apart, as people read it: without a sign."""
    found = pair.difference
    sign = -1 if found.value < 0 else 1
    ends = sorted((100 * sign * found.low, 100 * sign * found.high))
    return f"{100 * abs(found.value):.1f} points (95 % interval {ends[0]:+.1f} to {ends[1]:+.1f})"


def listed(names: Sequence[str], most: int = 4) -> str:
    """Names as a sentence has them.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c", "d", "e", "f"])
    ('a, b and c', 'a, b, c, d and 2 more')
    """
    shown = [*names[:most], f"{len(names) - most} more"] if len(names) > most else list(names)
    return " and ".join([*filter(None, [", ".join(shown[:-1])]), shown[-1]])


def _cheapest(best: Standing, others: Sequence[Standing]) -> Standing | None:
    timed = [one for one in others if one.costs.product_seconds is not None]
    own = best.costs.product_seconds
    if own is None or not timed:
        return None
    found = min(timed, key=lambda one: one.costs.product_seconds or 0.0)
    return found if (found.costs.product_seconds or 0.0) * _CHEAPER <= own else None


def _time(one: Standing) -> str:
    return milliseconds(one.costs.product_seconds or 0.0)
