"""Ablate: take one part of a model away at a time, and see what it was worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.errors import CannotTrain
from glasscase.evaluation.ablation import Ablation
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.parts import (
    About,
    CalibrationWorth,
    Removed,
    calibration_worth,
    standing_of,
    worths_of,
)
from glasscase.jobs.compare import bench_of, data_of, one_thread_where_small
from glasscase.jobs.comparing.contender import Contender, field_of, judge_all
from glasscase.jobs.comparing.contenders import (
    check_names,
    heads_of,
    late_contender,
    make_contender,
    with_own_encoders,
)
from glasscase.jobs.comparing.head_contenders import Bench, HeadContender, LateContender
from glasscase.jobs.comparing.task import Task, prepare
from glasscase.models.bases import BASES, blocks_read, make_base
from glasscase.models.confidence_curve import fit_curve
from glasscase.models.features import MODALITY_OF
from glasscase.models.head import Logits, softmax
from glasscase.models.missing import modalities_of
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_NOTES = (
    "A part is worth what the rest loses without it. Two parts that say the same are each worth "
    "little, though together they may be worth much.",
    "A gain is called real where both tests, corrected for all parts taken away (Holm), would see "
    "one as large by chance less than once in 20 times.",
)


@dataclass(frozen=True)
class Cut:
    """A part to be taken away, and the contender that is left."""

    part: str
    kinds: tuple[str, ...]
    left: tuple[str, ...]
    rest: Contender


def ablate(
    catalog: Catalog,
    *,
    model: str = "late",
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Ablation:
    """Judge `model` whole, and without each modality, feature block and base, on the same folds.

    Of late fusion every base that reads what is taken away goes with it, and the pools are fitted
    anew. Of a single head that reads several blocks, the same head learns from the others. The
    folds are those of `glasscase.train` with these settings.

    Raises:
        BadSetting: `model` is no model, or reads what the catalogue does not have.
        CannotTrain: fewer than two categories, or nothing to learn from.
    """
    check_names([model])
    settings = with_own_encoders(model, settings or Settings())
    ready = prepare(catalog, settings, heads=heads_of([model]), progress=progress)
    bench = bench_of(ready, progress=progress)
    whole = make_contender(model, bench, effort=settings.train.effort)
    cuts = cuts_of(whole)
    with one_thread_where_small(ready):
        judged = judge_all([whole, *(cut.rest for cut in cuts)], ready.task, progress=progress)
    if model in judged.failed:
        raise CannotTrain(f"{model!r} could not be trained", judged.failed[model])
    by_name = {entrant.name: entrant for entrant in judged.entrants}
    on = field_of(ready.task)
    removed = [
        Removed(cut.part, cut.kinds, cut.left, by_name[cut.rest.name])
        for cut in cuts
        if cut.rest.name in by_name
    ]
    return Ablation(
        standing_of(by_name[model], on),
        worths_of(by_name[model], removed, on),
        _calibration(ready.task, by_name[model].answers, judged.logits[model]),
        About(_NOTES, judged.failed, ready.problems, data_of(ready, settings)),
    )


def cuts_of(whole: Contender) -> list[Cut]:
    """Every part that can be taken away with something left; the same rest is judged once."""
    if isinstance(whole, LateContender):
        return _late_cuts(whole)
    return _head_cuts(whole) if isinstance(whole, HeadContender) else []


def _late_cuts(whole: LateContender) -> list[Cut]:
    bases = whole.head.bases
    wanted: list[tuple[str, str, tuple[str, ...]]] = []
    reads = {base: head.blocks for base, head in bases.items()}
    for modality in modalities_of(whole.head.blocks):
        wanted.append(
            (
                "modality",
                modality,
                _kept(reads, {b for b in MODALITY_OF if MODALITY_OF[b] == modality}),
            )
        )
    wanted += [("block", block, _kept(reads, {block})) for block in whole.head.blocks]
    wanted += [("base", base, tuple(name for name in bases if name != base)) for base in bases]
    merged: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
    for kind, part, left in wanted:
        if left:
            name, kinds = merged.get(left, (part, ()))
            merged[left] = name, (*kinds, kind)
    return [
        Cut(
            part,
            kinds,
            left,
            late_contender(f"without {kinds[0]} {part}", whole.family, left, whole.bench),
        )
        for left, (part, kinds) in merged.items()
    ]


def _kept(reads: dict[str, tuple[str, ...]], gone: set[str]) -> tuple[str, ...]:
    return tuple(base for base, blocks in reads.items() if not gone & set(blocks))


def _head_cuts(whole: HeadContender) -> list[Cut]:
    features = whole.bench.task.features
    blocks = [name for name in blocks_read(whole.make()) if name in features.blocks]
    cuts = []
    for block in blocks if len(blocks) > 1 else ():
        left = tuple(name for name in blocks if name != block)
        name = f"without block {block}"
        same = _like(whole, left) if block in MODALITY_OF else None
        alone = [MODALITY_OF.get(one) for one in blocks].count(MODALITY_OF.get(block)) == 1
        rest = (
            HeadContender(name, whole.family, BASES[same], whole.bench)
            if same
            else replace(whole, name=name, bench=_blinded(whole.bench, block, alone=alone))
        )
        kinds = ("block", "modality") if alone and block in MODALITY_OF else ("block",)
        cuts.append(Cut(block, kinds, left, rest))
    return cuts


def _like(whole: HeadContender, left: Sequence[str]) -> str | None:
    """The head of the table that is of the same kind but reads only `left`."""
    kind = type(whole.make())
    for name in BASES:
        head = make_base(name)
        if type(head) is kind and set(head.blocks) == set(left):
            return name
    return None


def _blinded(bench: Bench, block: str, *, alone: bool) -> Bench:
    """The same bench with nothing in a block; where it is alone its modality is missing too."""
    features = bench.task.features
    if block not in MODALITY_OF:
        features = features.only([name for name in features.blocks if name != block])
    elif alone:
        features = features.without(MODALITY_OF[block])
    else:
        features = features.replaced({block: np.zeros_like(features.blocks[block])})
    encoding = {name: costs for name, costs in bench.encoding.items() if name != block}
    return Bench(replace(bench.task, features=features), encoding, bench.net)


def _calibration(task: Task, plain: Answers, logits: Logits) -> CalibrationWorth:
    labels = [plain.names[target] for target in plain.targets]
    probs = softmax(cooled(task, plain, logits))
    calibrated = Answers.pair(labels, probs, task.classes, usable=plain.answered)
    return calibration_worth(plain, calibrated, field_of(task))


def cooled(task: Task, plain: Answers, logits: Logits) -> NDArray[np.float64]:
    """Every fold's logits calibrated by the other folds of its division."""
    n = len(task.targets)
    found = logits.astype(np.float64)
    for fold in task.folds():
        rows = fold.repeat * n + np.flatnonzero(~fold.held)
        held = fold.repeat * n + np.flatnonzero(fold.held)
        rows = rows[plain.answered[rows]]
        if len(rows):
            found[held] = fit_curve(logits[rows], plain.targets[rows]).calibrated(logits[held])
    return found
