"""What `tune` searches: every dial it may turn, declared in one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from glasscase.errors import BadSetting
from glasscase.models.bases import make_base
from glasscase.models.heads import make_head
from glasscase.models.late import LateHead
from glasscase.models.recipes import recipe_named
from glasscase.nearest_names import nearest_names

Value = bool | int | float | str

NETS = ("concat-mlp", "two-branch", "gated")
"""Recipes whose head is trained as `net.*` says."""
BASELINES = ("tfidf-lr", "tfidf-svm", "tfidf-rbf", "tfidf-forest")
WORDS = ("late", *BASELINES)
"""Recipes that read the words themselves."""
SEARCHED = ("late", "kernel", "linear", *NETS, *BASELINES)
"""Recipes on frozen vectors; the first that a catalogue has something for is tried first."""


@dataclass(frozen=True)
class Dial:
    """One setting that is searched: a few options, or a range."""

    setting: str
    """As `--set` calls it."""
    options: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    scale: Literal["even", "log", "whole"] = "even"
    """Of a range: evenly, by its logarithm, or whole numbers."""
    recipes: tuple[str, ...] = SEARCHED
    """Where it matters."""

    def holds(self, value: Value) -> bool:
        """Whether `value` can be drawn."""
        if self.options or isinstance(value, str):
            return value in self.options
        return self.low <= value <= self.high

    def ask(self, trial: Any) -> Value:
        """A value, drawn by an Optuna `trial`."""
        value: Value
        if self.options:
            value = trial.suggest_categorical(self.setting, list(self.options))
        elif self.scale == "whole":
            value = trial.suggest_int(self.setting, int(self.low), int(self.high))
        else:
            log = self.scale == "log"
            value = trial.suggest_float(self.setting, self.low, self.high, log=log)
        return value


RECIPE = Dial("train.recipe", SEARCHED)
DIALS: tuple[Dial, ...] = (
    Dial("train.effort", ("quick", "good", "best"), recipes=("late",)),
    Dial("net.learning_rate", low=1e-4, high=1e-2, scale="log", recipes=NETS),
    Dial("net.batch_size", (32, 64, 128, 256), recipes=NETS),
    Dial("net.weight_decay", low=1e-6, high=1e-1, scale="log", recipes=NETS),
    Dial("net.label_smoothing", low=0.0, high=0.2, recipes=NETS),
    Dial("net.dropout", low=0.1, high=0.6, recipes=NETS),
    Dial("net.class_weights", (True, False), recipes=NETS),
    Dial("lexical.longest_phrase", low=1, high=3, scale="whole", recipes=WORDS),
    Dial("lexical.min_products", low=1, high=4, scale="whole", recipes=WORDS),
    Dial("lexical.longest_characters", low=3, high=6, scale="whole", recipes=("late",)),
)
"""Everything but the recipe, which is asked first, and the encoders, which the user may list."""
ENCODERS: Mapping[str, tuple[str, ...]] = {
    "text": ("late", "kernel", "linear", *NETS),
    "image": ("late", "kernel", "linear", *NETS),
}
"""Modality -> recipes that read the vectors of its encoder."""


@dataclass(frozen=True)
class SearchSpace:
    """The dials that are turned in one search."""

    recipe: Dial
    dials: tuple[Dial, ...]

    def ask(self, trial: Any) -> dict[str, Value]:
        """One point: the recipe, and a value for every dial that matters to it."""
        recipe = self.recipe.ask(trial)
        asked = [dial for dial in self.dials if recipe in dial.recipes]
        return {self.recipe.setting: recipe, **{dial.setting: dial.ask(trial) for dial in asked}}

    def first(self, usual: Mapping[str, Value | None]) -> dict[str, Value]:
        """The point to try first: the first recipe with its `usual` settings, where it has some."""
        point: dict[str, Value] = {self.recipe.setting: self.recipe.options[0]}
        for dial in self.dials:
            value = usual.get(dial.setting)
            if self.recipe.options[0] in dial.recipes and value is not None and dial.holds(value):
                point[dial.setting] = value
        return point


def search_space(
    recipes: Sequence[str], encoders: Mapping[str, Sequence[str]], fixed: Collection[str]
) -> SearchSpace:
    """The space of some recipes.

    Args:
        recipes: of `SEARCHED`, in the order they are there.
        encoders: modality -> encoders to choose from, the usual one first.
        fixed: settings that were set on purpose and are left alone.
    """
    dials = [dial for dial in DIALS if dial.setting not in fixed]
    for modality, names in encoders.items():
        if len(names) > 1:
            dials.append(Dial(f"encoders.{modality}", tuple(names), recipes=ENCODERS[modality]))
    used = [dial for dial in dials if set(dial.recipes) & set(recipes)]
    return SearchSpace(replace(RECIPE, options=tuple(recipes)), tuple(used))


def check_recipes(names: Sequence[str]) -> None:
    """Raises `BadSetting` for the first name that cannot be searched."""
    for name in names:
        if name not in SEARCHED:
            near = nearest_names(name, SEARCHED, most=1)[0]
            raise BadSetting(
                f"the recipe {name!r} cannot be tuned",
                f"Did you mean {near!r}? These can: {', '.join(SEARCHED)}.",
            )


def readable(names: Sequence[str], blocks: Sequence[str]) -> list[str]:
    """Those of the recipes `names` whose head finds what it reads among `blocks`."""
    found = []
    for name in names:
        wanted = recipe_named(name).head
        if wanted == "late":
            head = make_head(wanted, effort="quick", blocks=blocks)
            there = isinstance(head, LateHead) and bool(head.bases)
        else:
            there = set(make_base(wanted).blocks) <= set(blocks)
        if there:
            found.append(name)
    return found
