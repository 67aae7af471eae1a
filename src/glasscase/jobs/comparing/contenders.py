"""Names of models -> contenders on a catalogue's folds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from glasscase.errors import BadSetting
from glasscase.jobs.comparing.choose import family_of
from glasscase.jobs.comparing.contender import Contender
from glasscase.jobs.comparing.head_contenders import Bench, HeadContender, LateContender
from glasscase.models.bases import BASES, make_base
from glasscase.models.features import Features
from glasscase.models.heads import make_head
from glasscase.models.late import LateHead
from glasscase.models.recipes import RECIPES
from glasscase.nearest_names import nearest_names
from glasscase.settings import Settings

LATE = {"late": "fused", "text": "text only", "photo": "photo only"}
"""What is stacked by name, and its family."""
HEADS = {
    **{name: name for name in (*LATE, *BASES)},
    **{recipe.name: recipe.head for recipe in RECIPES if not recipe.learns_encoders},
}
"""Name of a model -> name of its head: the heads themselves, and the recipes on frozen vectors."""
LEARNING = tuple(recipe.name for recipe in RECIPES if recipe.learns_encoders)
"""Recipes that learn their encoders anew for every fold."""
MODELS = (*HEADS, *LEARNING)
"""Every name `make_contender` knows."""
DEFAULT = (
    "late",
    *("words", "sentence", "image"),
    *("kernel", "concat"),
    *("tfidf-lr", "tfidf-rbf", "tfidf-forest"),
)
"""What is compared when nothing is named: the default, each modality, fusions and baselines."""


def learns(name: str, settings: Settings) -> bool:
    """Whether the model learns its encoders with these settings."""
    return any(one.name == name and one.learns(settings) for one in RECIPES)


def with_own_encoders(name: str, settings: Settings) -> Settings:
    """The settings with the encoders that the recipe `name` needs, where the user set no others."""
    own = next((one.settings.get("encoders", {}) for one in RECIPES if one.name == name), {})
    told = settings.model_dump(exclude_unset=True)
    return Settings.parse({**told, "encoders": {**own, **told.get("encoders", {})}})


def make_contender(name: str, bench: Bench, *, effort: str) -> Contender:
    """The contender `name`; `effort` says what `late`, `text` and `photo` stack.

    Raises:
        BadSetting: no such model, or the catalogue lacks what it reads.
    """
    check_names([name])
    if name in LEARNING:
        raise BadSetting(
            f"the recipe {name!r} learns its encoders, so there are no parts to take away",
            "Compare it whole, with --models.",
        )
    wanted, blocks = HEADS[name], _there(bench.task.features)
    if wanted not in LATE:
        lacking = [block for block in make_base(wanted).blocks if block not in blocks]
        if lacking:
            raise _nothing_for(name, lacking)
        return HeadContender(name, family_of(wanted), partial(make_base, wanted, bench.net), bench)
    head = make_head(wanted, effort=effort, blocks=blocks)
    if not isinstance(head, LateHead) or not head.bases:
        raise _nothing_for(name, ["words"] if wanted == "text" else ["photos"])
    return late_contender(name, LATE[wanted], head.base_names, bench)


def late_contender(name: str, family: str, bases: Sequence[str], bench: Bench) -> LateContender:
    """Late fusion of some heads of `BASES`."""
    makers = {base: partial(make_base, base) for base in bases}
    return LateContender(name, family, LateHead(tuple(bases), name=name), bench, makers)


def fitting(names: Sequence[str], bench: Bench, *, effort: str) -> list[Contender]:
    """Those of `names` for which the catalogue has what they read."""
    found = []
    for name in names:
        try:
            found.append(make_contender(name, bench, effort=effort))
        except BadSetting:
            check_names([name])
    return found


def check_names(names: Sequence[str]) -> None:
    """Raises `BadSetting` for the first name that is no model, with the nearest one."""
    for name in names:
        if name not in MODELS:
            near = nearest_names(name, MODELS, most=1)[0]
            raise BadSetting(
                f"there is no model {name!r}",
                f"Did you mean {near!r}? Models are: {', '.join(MODELS)}.",
            )


def heads_of(names: Sequence[str]) -> tuple[str, ...]:
    """The heads of those models that are heads on frozen vectors."""
    return tuple(HEADS[name] for name in names if name in HEADS)


def _there(features: Features) -> tuple[str, ...]:
    return tuple(name for name in features.blocks if bool(np.any(features.there(name))))


def _nothing_for(name: str, lacking: Sequence[str]) -> BadSetting:
    return BadSetting(
        f"the model {name!r} reads {' and '.join(lacking)}, which this catalogue does not have",
        "Leave it out of --models, or name the columns or the folder with --text or --photos.",
    )
