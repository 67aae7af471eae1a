"""Share of shelf against share of market: who has more space than sales, and who less.

`index = share of shelf / share of market` (1: as much space as sales) and `difference = share of
shelf - share of market`, with the doubt of the share of shelf. The market share is taken as given.

Not covered: what space does to sales. Much space may follow from high sales as well as cause them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasscase.errors import BadSetting
from glasscase.intervals import Interval, number, percentile_interval
from glasscase.shelf.reckoning.shares import Share

_ROUNDING = 0.005


@dataclass(frozen=True, slots=True)
class AgainstMarket:
    """One brand's space against its sales."""

    name: str
    market: float
    """Share of market, 0 to 1, as given."""
    shelf: Interval
    difference: Interval
    index: Interval
    verdict: str
    """`more space than sales`, `less space than sales`, `not told apart`, or `not known` where
    no product was found."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "market_share": number(self.market),
            "shelf_share": self.shelf.to_dict(),
            "difference": self.difference.to_dict(),
            "index": self.index.to_dict(),
            "verdict": self.verdict,
        }


def against_market(shares: Sequence[Share], market: Mapping[str, float]) -> list[AgainstMarket]:
    """Every brand of `market` (name -> 0 to 1), in its order.

    Raises:
        BadSetting: a market share outside 0 to 1, or all of them together above 1.
    """
    for name, value in market.items():
        if not (math.isfinite(value) and 0 <= value <= 1):
            raise BadSetting(
                f"the market share of {name!r} is {value:g}",
                "Write a share from 0 to 1: 0.25 for 25 %.",
            )
    if (total := sum(market.values())) > 1 + _ROUNDING:
        raise BadSetting(
            f"market shares add up to {total:.3f}", "Together they are at most 1: check them."
        )
    on_shelf = {share.name.casefold(): share for share in shares}
    draws = next((len(s.draws) for s in shares if s.draws is not None), 1)
    return [_against(name, value, on_shelf, draws) for name, value in market.items()]


def _against(name: str, market: float, on_shelf: Mapping[str, Share], draws: int) -> AgainstMarket:
    share = on_shelf.get(name.casefold())
    if share is None or share.draws is None:
        drawn, seen = np.zeros(draws), 0.0 if on_shelf else math.nan
        shelf = Interval(seen, seen, seen)
    else:
        drawn, seen, shelf = share.draws, share.by_facings.value, share.by_facings
    difference = percentile_interval(seen - market, drawn - market)
    index = Interval.undefined()
    if market > 0:
        index = percentile_interval(seen / market, drawn / market)
    verdict = "not told apart" if difference.defined else "not known"
    if difference.low > 0:
        verdict = "more space than sales"
    elif difference.high < 0:
        verdict = "less space than sales"
    return AgainstMarket(name, float(market), shelf, difference, index, verdict)
