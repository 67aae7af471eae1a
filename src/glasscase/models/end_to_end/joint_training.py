"""Learns encoders and head together, and takes them apart again for the bundle."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.augmentation.words import WordAugmentation
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.encoder import LEARNT_ON, EncoderCard
from glasscase.encoders.image_files import store_photo_network
from glasscase.encoders.learnt_weights import store_learnt
from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.encoders.table import encoder_from_files
from glasscase.extras import need
from glasscase.models.end_to_end.blueprint import Blueprint
from glasscase.models.end_to_end.blueprints import BLUEPRINTS
from glasscase.models.end_to_end.choices import NetChoices
from glasscase.models.end_to_end.joint_batches import JointBatches, no_targets
from glasscase.models.features import MODALITIES, MODALITY_OF
from glasscase.models.head import Logits, Targets
from glasscase.models.net_head import NetHead
from glasscase.models.photo_batches import PhotoBatches
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.training.division import division
from glasscase.models.training.history import History
from glasscase.models.training.listeners import listeners
from glasscase.models.training.loop import Trainer
from glasscase.models.training.losses import ClassLoss
from glasscase.models.training.torch_random import torch_random
from glasscase.models.training_index import content_key
from glasscase.progress import Progress, silent
from glasscase.settings import Settings


@dataclass
class TrainedJoint:
    """A network that learnt its encoders."""

    recipe: str
    blueprint: Blueprint
    net: Any
    """Torch: `nets.joint.Joint`, in eval mode."""
    dims: Mapping[str, int]
    n_classes: int
    settings: Settings
    histories: list[History] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def family(self) -> str:
        """`fused`, `text only` or `photo only`, by what it reads."""
        if len(self.dims) > 1:
            return "fused"
        return "text only" if "sentence" in self.dims else "photo only"

    def logits(
        self, products: Sequence[Product], *, progress: Progress = silent
    ) -> tuple[Logits, NDArray[np.bool_]]:
        """[n, classes], and [n] whether a product had anything to go by."""
        torch = need("torch", extra="train")
        logits = np.zeros((len(products), self.n_classes), np.float32)
        usable = np.zeros(len(products), dtype=bool)
        with ExitStack() as stack:
            photos = None
            if self.blueprint.photo is not None:
                photos = PhotoBatches(
                    products,
                    side=self.blueprint.choices.side,
                    settings=self.settings,
                    progress=silent,
                )
                stack.enter_context(photos)
            batches = JointBatches(
                products, no_targets(len(products)), photos=photos, text=self.blueprint.text
            )
            pairs = zip(batches.rows(0), batches.epoch(0), strict=True)
            for rows, batch in progress.track(pairs, total=len(batches), what="Judging"):
                with torch.no_grad():
                    logits[rows] = self.net(*batch.inputs).float().cpu().numpy()
                usable[rows] = batch.inputs[2].numpy().any(axis=1)
        return logits, usable

    def parts(self, folder: Path) -> tuple[ProductEncoder, NetHead]:
        """Encoders stored below `folder` and opened again, and the head they end in.

        Raises:
            CannotWrite: there is no space.
        """
        encoder = ProductEncoder(self.settings)
        blueprint = self.blueprint
        digest = _digest(self.net.state_dict())
        if blueprint.text is not None:
            card = self._card("text", blueprint.text.origin, digest)
            folder_of = folder / "sentence"
            folder_of.mkdir(parents=True, exist_ok=True)
            blueprint.text.store(folder_of, card)
            encoder.sentence = encoder_from_files(folder_of, settings=self.settings)
        if blueprint.photo is not None:
            photo = blueprint.photo
            scaled = replace(photo, scale=replace(photo.scale, side=blueprint.choices.side))
            card = self._card("image", blueprint.photo_origin, digest)
            folder_of = folder / "image"
            folder_of.mkdir(parents=True, exist_ok=True)
            store_photo_network(scaled, folder_of, replace(card, licence=photo.licence))
            store_learnt(scaled, folder_of)
            encoder.image = encoder_from_files(folder_of, settings=self.settings)
        head = NetHead.of_module(
            self.recipe,
            self.net.body,
            self.dims,
            self.n_classes,
            plan=blueprint.phases[-1].plan,
            history=self.histories[-1],
        )
        return encoder, head

    def _card(self, modality: Any, origin: str, digest: str) -> EncoderCard:
        return EncoderCard(
            name=f"{self.recipe} {modality}",
            modality=modality,
            dim=0,
            licence="as what it began as",
            source=f"{origin}, {LEARNT_ON} {self.recipe}",
            sha256=digest,
        )


@dataclass(frozen=True)
class Lesson:
    """What is to be learnt."""

    products: Sequence[Product]
    targets: Targets
    """[n], integers below `n_classes`."""
    n_classes: int
    seed: int = 0
    """The same gives the same weights on one machine."""

    def run(self, recipe: str, settings: Settings) -> str:
        """What is learnt by what settings from which products, as a SHA-256."""
        digest = hashlib.sha256(f"{recipe}:{self.seed}".encode())
        sections = (
            settings.net,
            settings.encoders,
            settings.text,
            settings.photos,
            settings.augment,
        )
        for section in sections:
            digest.update(section.model_dump_json(exclude={"log"}).encode())
        digest.update(settings.train.modality.encode())
        for product, target in zip(self.products, self.targets.tolist(), strict=True):
            digest.update(f"{content_key(product)}:{target}".encode())
        return digest.hexdigest()

    def part(self, rows: NDArray[np.intp]) -> Lesson:
        """Some of the products."""
        return replace(
            self, products=[self.products[row] for row in rows.tolist()], targets=self.targets[rows]
        )


def fit_joint(
    recipe: str,
    lesson: Lesson,
    *,
    settings: Settings,
    work: Path,
    progress: Progress = silent,
    trainer: Callable[..., Trainer] = Trainer,
) -> TrainedJoint:
    """Learn by a recipe of `BLUEPRINTS`; a tenth of the products chooses the epoch.

    Args:
        recipe: its name.
        lesson: what is to be learnt.
        settings: `net`, `encoders`, `photos`, `text`, `augment` and `loading` count.
        work: folder of its checkpoints; the same run in the same folder goes on from them.
        progress: shows epochs.
        trainer: makes the training loop; another one may measure it.

    Raises:
        BadCheckpoint: what lies in `work` is damaged or another run's.
        CannotTrain: memory ran out, or the loss was no number.
        BadEncoder: an encoder to begin with is not here.
    """
    work.mkdir(parents=True, exist_ok=True)
    done = _begun(recipe, lesson, settings, work)
    blueprint = done.blueprint
    kept, held = (np.flatnonzero(part) for part in division(lesson.targets, lesson.seed))
    if len(kept) == 1:
        kept = np.repeat(kept, 2)  # batch norm needs two
    learnt, judged = lesson.part(kept), lesson.part(held)
    chosen = blueprint.choices
    with ExitStack() as stack:
        seen = unseen = None
        if blueprint.photo is not None:
            seen = PhotoBatches(
                learnt.products,
                side=blueprint.choices.side,
                augmentation=_photo_augmentation(chosen, settings, lesson.seed),
                settings=settings,
                progress=progress,
            )
            unseen = PhotoBatches(judged.products, side=blueprint.choices.side, settings=settings)
            stack.enter_context(seen)
            stack.enter_context(unseen)
        validation = JointBatches(
            judged.products, judged.targets, photos=unseen, text=blueprint.text
        )
        for number, phase in enumerate(blueprint.phases, 1):
            if phase.thawed:
                done.net.thaw()
            plan = replace(phase.plan, seed=lesson.seed)
            training = JointBatches(
                learnt.products,
                learnt.targets,
                photos=seen,
                text=blueprint.text,
                words=_word_augmentation(chosen, lesson.seed),
                order=(plan.batch_size, plan.seed, plan.balanced),
            )
            loop = trainer(
                done.net,
                blueprint.loss(ClassLoss(plan, learnt.targets, lesson.n_classes)),
                plan,
                checkpoint=(
                    work / f"phase-{number}.safetensors",
                    f"{lesson.run(recipe, settings)}-{number}",
                ),
                listeners=listeners(settings.net.log, work),
                progress=progress,
            )
            done.histories.append(loop.fit(training, validation))
        done.problems = [] if seen is None or unseen is None else seen.problems + unseen.problems
    done.net = done.net.cpu().eval()
    return done


def _begun(recipe: str, lesson: Lesson, settings: Settings, work: Path) -> TrainedJoint:
    """The network before anything is learnt."""
    from glasscase.models.nets.joint import Joint
    from glasscase.models.nets.vector_inputs import VectorNet

    with torch_random(lesson.seed):
        blueprint = BLUEPRINTS[recipe](lesson.products, settings, work)
        dims = _dims(blueprint)
        columns = {name: MODALITIES.index(MODALITY_OF[name]) for name in dims}
        body = VectorNet(
            dims,
            columns,
            blueprint.body(dims, lesson.n_classes),
            drop=blueprint.drop,
            scaled=False,
        )
        text = None if blueprint.text is None else blueprint.text.module
        photo = None if blueprint.photo is None else blueprint.photo.from_pixels()
        net = Joint(body, photo=photo, text=text, frozen=blueprint.frozen, slow=blueprint.slow)
    return TrainedJoint(recipe, blueprint, net, dims, lesson.n_classes, settings)


def _dims(blueprint: Blueprint) -> dict[str, int]:
    dims = {} if blueprint.text is None else {"sentence": blueprint.text.dim}
    if blueprint.photo is not None:
        dims["image"] = _photo_dim(blueprint.photo, blueprint.choices.side)
    return dims


def _photo_dim(photo: PhotoNetwork, side: int) -> int:
    torch = need("torch", extra="train")
    with torch.no_grad():
        out = photo.from_pixels()(torch.zeros((1, side, side, 3), dtype=torch.uint8))
    return int((out[0] if isinstance(out, tuple) else out).shape[1])


def _photo_augmentation(
    chosen: NetChoices, settings: Settings, seed: int
) -> PhotoAugmentation | None:
    if chosen.augment == "none":
        return None
    return PhotoAugmentation(chosen.augment, seed, settings.augment.mirrored)


def _word_augmentation(chosen: NetChoices, seed: int) -> WordAugmentation | None:
    if chosen.augment == "none" or chosen.token_ids:
        return None
    return WordAugmentation(chosen.augment, seed)


def _digest(weights: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].numpy().tobytes())
    return digest.hexdigest()
