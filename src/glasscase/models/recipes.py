"""The table of recipes: published and own architectures by name, and when to use which.

A recipe is settings with a name. `train.recipe` (`glasscase train --recipe`) takes one of the
table, or a TOML file of settings whose own `train.recipe` names the one it builds on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names
from glasscase.settings import Settings


@dataclass(frozen=True)
class Recipe:
    """One way to make a model."""

    name: str
    what: str
    """In a few words."""
    size: str
    """Weights that are learnt."""
    source: str
    """Where it comes from."""
    use: str
    """When to take it."""
    head: str
    """Of `models/heads.py`; the head a recipe that learns its encoders ends with has its name."""
    learns_encoders: bool = False
    """Whether photos and words are learnt end to end; else encoders stay as they are."""
    learns_if_unfrozen: bool = False
    """Whether they are learnt where `net.unfreeze` is 1 or more."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What it sets, by section; what the user sets goes before."""

    def learns(self, settings: Settings) -> bool:
        """Whether encoders are learnt with these settings."""
        return self.learns_encoders or (self.learns_if_unfrozen and bool(settings.net.unfreeze))

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "what": self.what,
            "size": self.size,
            "source": self.source,
            "use": self.use,
            "learns_encoders": self.learns_encoders,
            "learns_if_unfrozen": self.learns_if_unfrozen,
            "settings": {name: dict(part) for name, part in self.settings.items()},
        }


_TFIDF = "TF-IDF of words and pairs"
_BASELINE = "A classical baseline: small, quick, words only."
RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "late", "Late fusion of words, sentences and photos, chosen among all heads of the effort",
        "under 1 M", "log-linear opinion pool on out-of-fold opinions",
        "First, and usually last.", "late",
    ),
    Recipe(
        "concat-mlp", "image 1280 + sentence 384 -> 512 -> 128 -> classes, dropout 0.3 / 0.2",
        "0.9 M", "the classical fused network",
        "To compare with what others do; from some thousand products on.", "concat",
    ),
    Recipe(
        "two-branch", "text and photo made small apart, then joined; batch norm, dropout",
        "1.1 M (1.4 M with ResNet-50)", "published two-branch product classifiers",
        "Larger catalogues; image encoders with many numbers.", "two-branch",
    ),
    Recipe(
        "gated", "words, photo, price and brand weighed by a learnt gate, modality dropout 0.25",
        "0.5 M", "Arevalo et al. 2017, gated multimodal units",
        "Where many products lack a photo or words; where price or brand say more.", "gated",
    ),
    Recipe(
        "text-cnn", "convolutions over learnt word vectors beside a photo backbone",
        "2.4 M, and the backbone in phase 2 (net.phases=2)", "Kim 2014, with a photo branch",
        "Odd vocabularies, token numbers in place of words (net.token_ids=true).", "text-cnn",
        learns_encoders=True,
    ),
    Recipe(
        "se-cnn", "a small convolutional network with squeeze-and-excitation, photos alone",
        "1.0 M", "Hu et al. 2018, from random weights",
        "To see what a network learns from your photos and nothing else.", "se-cnn",
        learns_encoders=True, settings={"train": {"modality": "image"}},
    ),
    Recipe(
        "finetune", "photo and sentence encoders whose last blocks learn on",
        "1 to 6 M with the default encoders", "layer-wise rates, Howard and Ruder 2018",
        "From some thousand products on; better with a GPU.", "finetune", learns_encoders=True,
    ),
    Recipe(
        "cross-attention", "32 tokens of the text and 7 x 7 places of the photo look at each other",
        "0.3 M", "Vaswani et al. 2017 across modalities, as in Lu et al. 2019",
        "Where words point at parts of photos; up to some ten thousand products in memory.",
        "cross-attention",
        settings={
            "encoders": {"text": "minilm-l6-v2-tokens", "image": "efficientnet-lite0-grid"}
        },
    ),
    Recipe(
        "clip-align", "text and photo projected into one space of 128, learnt with the classes",
        "0.2 M, and the encoders' last blocks with net.unfreeze",
        "Radford et al. 2021, contrastive alignment",
        "To search by words or photo and to try categories by name, beside the classes; with "
        "net.unfreeze=1 to learn encoders, or a CLIP or SigLIP, on your own products.",
        "clip-align", learns_if_unfrozen=True,
    ),
    Recipe(
        "kernel", "sentence and image vectors compared with those of training products",
        "training products x classes", "kernel ridge, Suykens and Vandewalle 1999",
        "Most products have both words and a photo; quick up to some thousand.", "kernel",
    ),
    Recipe(
        "linear", "sentence and image vectors side by side through one matrix",
        "numbers x classes", "multinomial logistic regression",
        "Small catalogues, many classes; the plainest fusion there is.", "linear",
    ),
    Recipe(
        "image-only", "the photos alone, with any image encoder", "under 1 M",
        "kernel ridge on frozen vectors", "No usable words; to judge an image encoder.", "photo",
        settings={"train": {"modality": "image"}},
    ),
    Recipe(
        "text-only", "words, characters and sentences alone, with any text encoder", "under 1 M",
        "late fusion of the text heads", "No photos; to judge a text encoder.", "text",
        settings={"train": {"modality": "text"}},
    ),
    Recipe(
        "tfidf-lr", f"{_TFIDF}, logistic regression", "terms x classes", "Spärck Jones 1972",
        _BASELINE, "tfidf-lr", settings={"train": {"modality": "text"}},
    ),
    Recipe(
        "tfidf-svm", f"{_TFIDF}, linear SVM", "terms x classes", "Joachims 1998",
        _BASELINE, "words", settings={"train": {"modality": "text"}},
    ),
    Recipe(
        "tfidf-rbf", f"{_TFIDF}, SVM with a Gaussian kernel", "support vectors x terms",
        "Cortes and Vapnik 1995", _BASELINE, "tfidf-rbf", settings={"train": {"modality": "text"}},
    ),
    Recipe(
        "tfidf-forest", f"{_TFIDF}, random forest", "trees", "Breiman 2001",
        _BASELINE, "tfidf-forest", settings={"train": {"modality": "text"}},
    ),
)  # fmt: skip
"""All recipes, the default first."""


def recipe_named(name: str) -> Recipe:
    """The recipe of the table. Raises `BadSetting` naming the nearest."""
    for recipe in RECIPES:
        if recipe.name == name:
            return recipe
    names = [recipe.name for recipe in RECIPES]
    near = nearest_names(name, names, most=1)[0]
    message = f"there is no recipe {name!r}"
    raise BadSetting(message, f"Did you mean {near!r}? Recipes are: {', '.join(names)}.")


def with_recipe(settings: Settings) -> tuple[Recipe, Settings]:
    """The recipe that `train.recipe` names, and the settings with what the recipe sets.

    Its `learns_encoders` says what holds with these settings.
    What was set on purpose goes before the recipe file, that before the recipe's own.

    Raises:
        BadSetting: there is no such recipe or file, or the file sets something impossible.
    """
    told = settings.model_dump(exclude_unset=True)
    name = settings.train.recipe
    if name.endswith(".toml"):
        filed = Settings.read(Path(name))
        name = filed.train.recipe
        if name.endswith(".toml"):
            message = f"recipe file {settings.train.recipe!r} builds on another file"
            raise BadSetting(message, "Name a recipe of `glasscase recipes` as its train.recipe.")
        told.get("train", {}).pop("recipe", None)
        told = _merged(filed.model_dump(exclude_unset=True), told)
    recipe = recipe_named(name)
    own = {section: dict(values) for section, values in recipe.settings.items()}
    merged = _merged(own, told)
    merged.setdefault("train", {})["recipe"] = name
    parsed = Settings.parse(merged)
    return replace(recipe, learns_encoders=recipe.learns(parsed)), parsed


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    sections = {*under, *over}
    return {name: {**under.get(name, {}), **over.get(name, {})} for name in sections}
