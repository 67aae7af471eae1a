"""Judges settings on the folds of one task; what trials have in common is computed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.lexical import Kind, LexicalEncoder
from glasscase.evaluation.metrics import NO_ANSWER, ClassCounts
from glasscase.jobs.comparing.choose import pooled_without
from glasscase.jobs.comparing.side_by_side import fit_threads
from glasscase.jobs.comparing.task import Fold, Task, divisions
from glasscase.models.bases import blocks_for, make_base
from glasscase.models.classifier import check_usable, classes_and_targets
from glasscase.models.features import Features
from glasscase.models.head import Logits
from glasscase.models.heads import make_head
from glasscase.models.late import LateHead
from glasscase.models.out_of_fold import fold_logits
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.recipes import recipe_named
from glasscase.progress import Progress, silent
from glasscase.settings import LexicalSettings, Settings

Metric = Literal["accuracy", "macro_f1"]
SEED_STEP = 1_000_003
"""Added to the seed of the folds, so that `train` judges what was found on others."""
_LEXICAL: tuple[Kind, ...] = ("words", "characters")
_REMEMBERED_BYTES = 256_000_000
_Encoders = tuple[str, str]


@dataclass
class Opinions:
    """Held-out logits by what made them; the oldest go first when they take too much memory."""

    most_bytes: int = _REMEMBERED_BYTES
    _kept: OrderedDict[tuple[str, ...], Logits] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def get(self, key: tuple[str, ...]) -> Logits | None:
        """Those of `key`, None where they are not here."""
        return self._kept.get(key)

    def put(self, key: tuple[str, ...], logits: Logits) -> None:
        """Remember `logits`."""
        if key not in self._kept:
            self._kept[key] = logits
            self._bytes += logits.nbytes
        while self._bytes > self.most_bytes and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


@dataclass
class TrialJudge:
    """One catalogue with one division into folds."""

    products: Sequence[Product]
    """All labelled."""
    task: Task
    """With the features of the usual settings."""
    metric: Metric
    dense: dict[_Encoders, Features]
    """By names of text and image encoder."""
    problems: tuple[Problem, ...]
    opinions: Opinions = field(default_factory=Opinions)
    _features: tuple[str, Features] | None = None

    @classmethod
    def prepare(
        cls,
        products: Sequence[Product],
        settings: Settings,
        encoders: Sequence[_Encoders],
        *,
        metric: Metric,
        heads: Sequence[str] = (),
        progress: Progress = silent,
    ) -> TrialJudge:
        """Encode `products` with every pair of encoders, and divide them once.

        The folds are grouped and stratified as those of `train`, but others: their seed is. One
        division, also of a small catalogue: trials are many, and compared on the same products.
        `heads` are those that are searched: price and brand are encoded where one reads them.

        Raises:
            BadEncoder: one of them is not to be had.
            CannotTrain: there is nothing to tell categories by.
        """
        dense: dict[_Encoders, Features] = {}
        problems: tuple[Problem, ...] = ()
        for text, image in encoders:
            chosen = settings.encoders.model_copy(update={"text": text, "image": image})
            told = settings.model_copy(update={"encoders": chosen})
            encoder = ProductEncoder.fit(
                products, told, blocks=blocks_for(heads), progress=progress
            )
            encoded = encoder.encode(products, progress=progress)
            dense[text, image] = encoded.features
            problems = problems or encoded.problems
        features = next(iter(dense.values()))
        check_usable(features)
        classes, targets = classes_and_targets(products)
        groups = near_duplicate_groups(products, limits=settings.photos, progress=progress)
        seed = (settings.train.seed + SEED_STEP) % 2**31
        train = settings.train.model_copy(update={"seed": seed, "effort": "good"})
        folds = divisions(targets, groups, settings.model_copy(update={"train": train}))[:1]
        names = [str(name) for name in classes]
        task = Task(features, targets, names, groups, folds, seed)
        return cls(products, task, metric, dense, problems)

    def values(self, settings: Settings) -> Iterator[tuple[int, float]]:
        """Folds judged so far, and the metric on all their products; the last has every fold.

        Late fusion speaks from the second fold on: pools are fitted on the folds judged before,
        and in the end, as in `train`, on all others.
        """
        features = self.features(settings)
        recipe, blocks = recipe_named(settings.train.recipe), tuple(features.blocks)
        head = make_head(recipe.head, effort=settings.train.effort, blocks=blocks, net=settings.net)
        usable = head.usable(features)
        task = replace(self.task, features=features)
        logits = np.zeros((len(task.targets), len(task.classes)), np.float32)
        held: list[Fold] = []
        if isinstance(head, LateHead):
            parts = {name: np.zeros_like(logits) for name in head.bases}
            for fold in task.folds():
                for name, judged in self._base_logits(head, task, fold, settings).items():
                    parts[name][fold.held] = judged
                held.append(fold)
                if len(held) > 1:
                    _pool(task, held, head, parts, logits)
                    yield len(held), self._metric(logits, usable, held)
            return
        for fold in task.folds():
            logits[fold.held] = self._fold_logits(recipe.head, task, fold, settings)
            held.append(fold)
            yield len(held), self._metric(logits, usable, held)

    def features(self, settings: Settings) -> Features:
        """Of these encoders and words; those of the last question are kept."""
        key = _features_key(settings)
        if self._features is None or self._features[0] != key:
            dense = self.dense[settings.encoders.text, settings.encoders.image]
            self._features = (key, self._with_words(dense, settings.lexical))
        return self._features[1]

    def _with_words(self, features: Features, told: LexicalSettings) -> Features:
        """The same products with words counted another way, as `ProductEncoder` counts them."""
        kinds = [kind for kind in _LEXICAL if kind in features.blocks]
        blocks = {k: v for k, v in features.blocks.items() if k not in kinds}
        learnt = [product.text for product in self.products if product.text.strip()]
        there = zip(self.products, features.has("text"), strict=True)
        texts = [product.text if has else "" for product, has in there]
        for kind in kinds:
            lexical = LexicalEncoder.told(kind, told).fit(learnt)
            if lexical.terms:
                blocks[kind] = lexical.counts(texts)
        return Features(blocks, features.present)

    def _base_logits(
        self, head: LateHead, task: Task, fold: Fold, settings: Settings
    ) -> dict[str, Logits]:
        """Base -> logits of one fold, several fits at a time where a catalogue is small."""
        with fit_threads(tuple(head.bases), small=task.is_small) as threads:
            judge = partial(self._fold_logits, task=task, fold=fold, settings=settings)
            return dict(zip(head.bases, threads.map(judge, head.bases), strict=True))

    def _fold_logits(self, name: str, task: Task, fold: Fold, settings: Settings) -> Logits:
        key = (_features_key(settings), name, settings.net.model_dump_json(), str(fold.number))
        known = self.opinions.get(key)
        if known is not None:
            return known
        logits = fold_logits(
            partial(make_base, name, settings.net), task.labelled, held=fold.held, seed=fold.seed
        )
        self.opinions.put(key, logits)
        return logits

    def _metric(self, logits: Logits, usable: NDArray[np.bool_], held: Sequence[Fold]) -> float:
        rows = np.any([fold.held for fold in held], axis=0)
        answers = np.where(usable, logits.argmax(axis=1), NO_ANSWER)[rows]
        targets = self.task.targets[rows]
        if self.metric == "accuracy":
            return float((answers == targets).mean())
        counts = ClassCounts.count(targets, answers, len(self.task.classes))
        return float(counts.macro(counts.f1))


def _pool(
    task: Task, held: Sequence[Fold], head: LateHead, parts: dict[str, Logits], logits: Logits
) -> None:
    """Fill `logits` of the folds judged so far, each by pools fitted on the others of them."""
    rows = np.any([fold.held for fold in held], axis=0)
    seen = replace(task, features=task.features.take(rows), targets=task.targets[rows])
    opinions = {name: part[rows] for name, part in parts.items()}
    for fold in held:
        inner = replace(fold, held=fold.held[rows])
        logits[fold.held] = pooled_without(seen, inner, head, opinions).given


def _features_key(settings: Settings) -> str:
    encoders = settings.encoders
    return f"{encoders.text}\n{encoders.image}\n{settings.lexical.model_dump_json()}"
