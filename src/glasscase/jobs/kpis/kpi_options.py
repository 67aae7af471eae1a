"""What may be said about a KPI and its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from glasscase.catalog.columns import Columns
from glasscase.errors import BadSetting
from glasscase.kpi.learner import FAMILIES, Family
from glasscase.kpi.scale import KINDS

LINKS = ("identity", "log1p", "logit")
EXPOSURES = ("offset", "weight")
_MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class KpiOptions:
    """Columns by what they mean, and how to go about it; everything may be left out.

    Raises:
        BadSetting: an unknown kind, link or family, or a number out of its range.
    """

    kind: str | None = None
    """`rate`, `count`, `amount`, `rating`, `number`; None: by the column's name and values."""
    link: str | None = None
    """`identity`, `log1p`, `logit`; None: by the kind."""
    time: str | None = None
    """Column of the time of measurement: models are then judged on what came later."""
    group: str | None = None
    """Column of what belongs together, such as the brand: it is held back as a whole."""
    exposure: str | None = None
    """Column of impressions, days or distribution that the figure rests on."""
    exposure_as: Literal["offset", "weight"] | None = None
    """None: an offset for counts and amounts, a weight for others."""
    weight: str | None = None
    """Column of how much a row counts, such as the number of ratings."""
    experiment: str | None = None
    """Column of the treatment, where luck decided it."""
    features: tuple[str, ...] = ()
    """Columns to read as named features; empty: all that can be."""
    leave_out: tuple[str, ...] = ()
    """Columns never to read."""
    models: tuple[Family, ...] = ("ridge", "boosting", "gated")
    level: float = 0.9
    """Share of new products whose value an interval should hold."""
    folds: int = 5
    seed: int = 0
    force: bool = False
    """Go on below 100 products."""
    columns: Columns = field(default_factory=Columns)
    """What the columns of the catalogue mean; the rest is guessed."""

    def __post_init__(self) -> None:
        _one_of("kind of KPI", self.kind, KINDS)
        _one_of("link", self.link, LINKS)
        _one_of("way to use an exposure", self.exposure_as, EXPOSURES)
        for family in self.models:
            _one_of("model", family, FAMILIES)
        if not 0.5 <= self.level <= 0.99:
            raise BadSetting(
                f"an interval level of {self.level:g} is impossible", "Use 0.5 to 0.99."
            )
        if not 2 <= self.folds <= 20:
            raise BadSetting(f"{self.folds} folds are impossible", "Use 2 to 20.")
        if not 0 <= self.seed <= _MOST_SEED:
            raise BadSetting(f"a seed of {self.seed} is impossible", f"Use 0 to {_MOST_SEED}.")
        if self.exposure_as == "offset" and self.link in ("identity", "logit"):
            raise BadSetting("an offset needs a logarithm", "Leave --link out, or use a weight.")

    @property
    def named(self) -> dict[str, str]:
        """Meaning -> column, of those that are told."""
        told = {
            "time": self.time, "group": self.group, "exposure": self.exposure,
            "weight": self.weight, "experiment": self.experiment,
        }  # fmt: skip
        return {meaning: name for meaning, name in told.items() if name}


def _one_of(what: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise BadSetting(f"there is no {what} {value!r}", f"Use {', '.join(known)}.")
