"""A product's main photo against a profile of rules: the report."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names
from glasscase.packs.claims import blocks_of
from glasscase.packs.hero_additions import no_added_marks, no_added_text, single_product
from glasscase.packs.hero_check import HeroCheck, HeroView, Limits, Verdict
from glasscase.packs.hero_fill import aspect, fill, longest_side
from glasscase.packs.hero_ground import white_ground
from glasscase.packs.hero_legibility import letters_large_enough, read_when_small
from glasscase.packs.hero_words import how_much, variety, what, who
from glasscase.packs.pack import Pack
from glasscase.packs.product_box import product_box
from glasscase.packs.reading import Reading, read_pack

EMBEDDED = "hero_profiles.json"
_MOST_BYTES = 1_000_000
_MOST_CHECKS = 50

Rule = Callable[[HeroView, Limits], HeroCheck]
RULES: dict[str, tuple[Rule, frozenset[str]]] = {
    "who": (who, frozenset()),
    "what": (what, frozenset()),
    "variety": (variety, frozenset()),
    "how_much": (how_much, frozenset()),
    "letters_large_enough": (letters_large_enough, frozenset({"tile_mm", "acuity", "distance_mm"})),
    "read_when_small": (read_when_small, frozenset({"tile_mm", "least_share"})),
    "white_ground": (white_ground, frozenset({"least_level", "least_share"})),
    "fill": (fill, frozenset({"least_share"})),
    "longest_side": (longest_side, frozenset({"least_px"})),
    "aspect": (aspect, frozenset({"least", "most"})),
    "no_added_text": (no_added_text, frozenset()),
    "no_added_marks": (no_added_marks, frozenset({"least_share"})),
    "single_product": (single_product, frozenset({"least_share"})),
}
"""Every rule by its name, and the limits it wants."""


@dataclass(frozen=True, slots=True)
class HeroProfile:
    """Rules with their limits."""

    name: str
    title: str
    version: int
    source: str
    checks: tuple[tuple[str, bool, Limits], ...]
    """Kind, whether it is required, and its limits."""


@dataclass(frozen=True, slots=True)
class HeroReport:
    """Every rule of a profile, checked on one photo."""

    pack: str
    profile: HeroProfile
    checks: tuple[HeroCheck, ...]

    @property
    def verdict(self) -> Verdict:
        """`fail` where a required rule fails; `pass` where all of them pass."""
        verdicts = {check.verdict for check in self.checks if check.required}
        if "fail" in verdicts:
            return "fail"
        return "cannot tell" if "cannot tell" in verdicts else "pass"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "pack": self.pack,
            "profile": self.profile.name,
            "title": self.profile.title,
            "version": self.profile.version,
            "source": self.profile.source,
            "verdict": self.verdict,
            "checks": [check.to_dict() for check in self.checks],
        }


def hero_report(
    pack: Pack,
    profile: str | HeroProfile = "mobile-ready",
    *,
    reading: Reading | None = None,
    variety: str = "",
) -> HeroReport:
    """Check the photo of `pack` against a profile.

    Args:
        pack: the pack; its `brand`, `product` and `variety` are looked for.
        profile: a name (`mobile-ready`, `marketplace`) or what `read_profiles` returned.
        reading: what `read_pack` found; None: it is read now.
        variety: the variety's name, such as `dark roast`; empty: the pack's own.

    Raises:
        BadSetting: no profile has this name.
    """
    rules = embedded_profile(profile) if isinstance(profile, str) else profile
    reading = reading or read_pack(pack)
    blocks = blocks_of(pack, reading.lines)
    view = HeroView(pack, reading, blocks, product_box(pack.image), variety or pack.variety)
    checks = tuple(
        replace(RULES[kind][0](view, limits), required=required)
        for kind, required, limits in rules.checks
    )
    return HeroReport(pack.id, rules, checks)


def embedded_profile(name: str) -> HeroProfile:
    """A profile that comes with Glasscase.

    >>> [kind for kind, required, _ in embedded_profile("marketplace").checks if not required]
    ['longest_side', 'aspect']
    """
    profiles = _embedded()
    if name not in profiles:
        near = ", ".join(nearest_names(name, sorted(profiles)))
        raise BadSetting(f"there is no hero profile {name!r}", f"Use one of: {near}.")
    return profiles[name]


def read_profiles(path: str | Path) -> dict[str, HeroProfile]:
    """Profiles of a shop's own, from a JSON file like the embedded one.

    Raises:
        BadSetting: no such file, no JSON, an unknown rule or a limit that makes no sense.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        message = f"hero profiles {str(path)!r} cannot be read: {why}"
        raise BadSetting(message, "Give a JSON file.") from None
    if len(data) > _MOST_BYTES:
        message = f"hero profiles {str(path)!r} are larger than 1 MB"
        raise BadSetting(message, "Give a file of rules.")
    return _parsed(data, str(path))


@lru_cache(maxsize=1)
def _embedded() -> dict[str, HeroProfile]:
    return _parsed(files("glasscase.packs").joinpath(EMBEDDED).read_bytes(), EMBEDDED)


def _parsed(data: bytes, name: str) -> dict[str, HeroProfile]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        message = f"hero profiles {name!r} are not JSON"
        raise BadSetting(message, "Copy the embedded ones and change them.") from None
    profiles = told.get("profiles") if isinstance(told, dict) else None
    if not isinstance(profiles, dict) or not isinstance(told.get("version"), int):
        message = f"hero profiles {name!r} lack 'version' or 'profiles'"
        raise BadSetting(message, "Copy the embedded ones and change them.")
    return {str(key): _profile(str(key), one, told["version"]) for key, one in profiles.items()}


def _profile(name: str, told: Any, version: int) -> HeroProfile:
    shown = f"hero profile {name[:60]!r}"
    checks = told.get("checks") if isinstance(told, dict) else None
    if not isinstance(checks, list) or not 1 <= len(checks) <= _MOST_CHECKS:
        raise BadSetting(f"{shown} has no list of 1 to {_MOST_CHECKS} checks", "Add 'checks'.")
    return HeroProfile(
        name,
        str(told.get("title", name))[:200],
        version,
        str(told.get("source", ""))[:2000],
        tuple(_check(one, shown) for one in checks),
    )


def _check(told: Any, shown: str) -> tuple[str, bool, Limits]:
    kind = told.get("kind") if isinstance(told, Mapping) else None
    if not isinstance(kind, str) or kind not in RULES:
        near = ", ".join(nearest_names(str(kind)[:60], list(RULES)))
        raise BadSetting(f"{shown} has no rule {str(kind)[:60]!r}", f"Use one of: {near}.")
    wanted = RULES[kind][1]
    for name in sorted(wanted):
        if not _positive(told.get(name)):
            message = f"{shown}: {name!r} of {kind!r} is no number above 0"
            raise BadSetting(message, f"Give one for each of: {', '.join(sorted(wanted))}.")
    limits = {name: float(told[name]) for name in wanted}
    return kind, told.get("required", True) is not False, limits


def _positive(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value > 0
