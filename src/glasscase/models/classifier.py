"""The classifier: encoders, a head and a calibration, in scikit-learn's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.columns import Columns
from glasscase.catalog.product import Product
from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.usable import Usable
from glasscase.errors import BadProduct, CannotTrain, NotFitted
from glasscase.models.added_head import AddedHead
from glasscase.models.bases import blocks_read
from glasscase.models.bundle import load_bundle, save_bundle
from glasscase.models.calibration import Calibration, fit_calibration
from glasscase.models.concerns import (
    added_kinds,
    joined,
    unknown_kinds,
    unusable_parts,
    with_unknown,
)
from glasscase.models.deciding import Concern, Judgement, decide
from glasscase.models.features import BLOCKS, Block, Features
from glasscase.models.head import Head, Targets, softmax
from glasscase.models.heads import make_head
from glasscase.models.known_kinds import KnownKinds
from glasscase.models.late import LateHead
from glasscase.models.model_parts import ModelParts
from glasscase.models.out_of_fold import Labelled, out_of_fold_answers
from glasscase.models.prediction import Prediction
from glasscase.models.product_encoder import EncodedProducts, ProductEncoder
from glasscase.models.promise import Promise
from glasscase.models.shares import modality_shares
from glasscase.models.training_index import TrainingIndex
from glasscase.models.tree_probabilities import ClassTree
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

Products = Catalog | Sequence[Product] | Product
_AT_ONCE = 512


class ProductClassifier:
    """Says which category a product belongs to, and how sure it is.

    >>> from glasscase.catalog.toy import toy_products
    >>> shop = toy_products(48)
    >>> model = ProductClassifier("words").fit(shop)  # words alone: quick
    >>> [str(label) for label in model.predict(shop[:1])] == [shop[0].label]
    True

    Not covered: naming a kind it was never trained on; it says where a product looks like one.
    """

    def __init__(self, head: str = "late", *, settings: Settings | None = None) -> None:
        self.head_name = head
        self._settings = settings or Settings()
        self._parts: ModelParts | None = None

    @classmethod
    def of(cls, parts: ModelParts) -> ProductClassifier:
        """The classifier made of finished parts; encoders its head does not read are left out."""
        model = cls(parts.head.name, settings=parts.settings)
        model._parts = replace(parts, encoder=parts.encoder.restricted(parts.head.blocks))
        return model

    @property
    def parts(self) -> ModelParts:
        """All it consists of. Raises `NotFitted` before `fit` or `load`."""
        if self._parts is None:
            raise NotFitted("the model is not trained yet", "Call fit(...) or load(...) first.")
        return self._parts

    @property
    def settings(self) -> Settings:
        """The settings it was made with."""
        return self._settings

    def with_settings(self, settings: Settings) -> ProductClassifier:
        """The same model with other settings, such as when an answer is accepted."""
        return self.of(replace(self.parts, settings=settings))

    def with_promise(self, promise: Promise | None) -> ProductClassifier:
        """The same model with another promise, or none."""
        return self.of(replace(self.parts, promise=promise))

    @property
    def promise(self) -> Promise | None:
        """What may be accepted unseen, where `glasscase.promise` found out. Raises `NotFitted`."""
        return self.parts.promise

    @property
    def classes_(self) -> NDArray[np.str_]:
        """Sorted labels; the columns of `predict_proba`. Raises `NotFitted`."""
        return self.parts.classes

    @property
    def calibration(self) -> Calibration:
        """What makes the head's logits mean what they say. Raises `NotFitted`."""
        return self.parts.calibration

    @property
    def encoder(self) -> ProductEncoder:
        """All encoders. Raises `NotFitted`."""
        return self.parts.encoder

    @property
    def head(self) -> Head:
        """The head. Raises `NotFitted`."""
        return self.parts.head

    @property
    def training(self) -> TrainingIndex:
        """The products it was trained on. Raises `NotFitted`."""
        return self.parts.training

    @property
    def taxonomy(self) -> Taxonomy:
        """The tree of its categories. Raises `NotFitted`."""
        return self.parts.taxonomy

    @property
    def tree(self) -> ClassTree:
        """The categories above its classes, with their probabilities. Raises `NotFitted`."""
        return self.parts.tree

    @property
    def columns(self) -> Columns:
        """What the columns of its training table meant. Raises `NotFitted`."""
        return self.parts.columns

    @property
    def card(self) -> dict[str, Any]:
        """The model card as JSON values; empty for a model that was not chosen by `train`."""
        return self.parts.card

    @property
    def image_encoder(self) -> Any:
        """The `ImageEncoder`, or None for a model that reads no photos. Raises `NotFitted`."""
        return self.encoder.image

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002  # scikit-learn's signature
        """What the constructor was given."""
        del deep
        return {"head": self.head_name, "settings": self.settings}

    def fit(self, products: Products, *, progress: Progress = silent) -> Self:
        """Train one head on all labelled products; `glasscase.train` chooses among many.

        Raises:
            CannotTrain: fewer than two classes, or no product with what the head reads.
        """
        labelled = [p for piece in _pieces(products) for p in piece if p.category]
        wanted = blocks_read(make_head(self.head_name, effort="best", blocks=BLOCKS))
        classes, targets = classes_and_targets(labelled)
        check_classes(classes)
        encoder = ProductEncoder.fit(labelled, self.settings, blocks=wanted, progress=progress)
        encoded = encoder.encode(labelled, progress=progress)
        features = encoded.features
        check_usable(features)
        blocks = tuple(features.blocks)
        train = self.settings.train
        head = make_head(self.head_name, effort=train.effort, blocks=blocks, net=self.settings.net)
        rows = _readable(head, features)
        learnt, wanted_classes = features.take(rows), targets[rows]
        if isinstance(head, LateHead):
            calibration = _fit_late(head, learnt, wanted_classes, len(classes), seed=train.seed)
        else:
            head.fit(learnt, wanted_classes, len(classes), seed=train.seed)
            calibration = self._calibration(learnt, wanted_classes, len(classes))
        training = TrainingIndex.of(labelled, features, head.blocks)
        fitted = self.of(
            ModelParts(
                settings=self.settings,
                encoder=encoder,
                head=head,
                classes=classes,
                calibration=calibration,
                training=training,
                taxonomy=Taxonomy.from_paths(product.category for product in labelled),
                columns=products.columns if isinstance(products, Catalog) else Columns(),
                known_kinds=KnownKinds.learn(training.features, seed=train.seed),
                usable=Usable.learn(labelled, encoded.looks),
            )
        )
        self._parts = fitted.parts
        return self

    def _calibration(self, features: Features, targets: Targets, n_classes: int) -> Calibration:
        """From answers of heads that did not see the products."""
        train = self.settings.train
        folds = grouped_stratified_folds(
            targets, np.arange(len(targets)), folds=min(train.folds, len(targets)), seed=train.seed
        )

        def make() -> Head:
            return make_head(
                self.head_name,
                effort=train.effort,
                blocks=tuple(features.blocks),
                net=self.settings.net,
            )

        labelled = Labelled(features, targets, n_classes)
        answers = out_of_fold_answers(make, labelled, folds=folds, seed=train.seed)
        return fit_calibration(answers, features.present, targets, make().usable(features))

    def encode(
        self, products: Sequence[Product], *, progress: Progress = silent
    ) -> EncodedProducts:
        """Features of `products` and what could not be used of them."""
        return self.encoder.encode(products, progress=progress)

    def text_blocks(self, texts: Sequence[str]) -> dict[str, Block]:
        """Text blocks of bare strings."""
        return self.encoder.text_blocks(texts)

    def logits(self, features: Features) -> NDArray[np.float32]:
        """Calibrated logits [n, classes]."""
        return self.calibration.calibrated(self.head.logits(features), features.present)

    def temperatures(self, features: Features) -> NDArray[np.float64]:
        """What calibration divides the head's logits by, [n]."""
        return self.calibration.temperatures(self.head.logits(features), features.present)

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes]; rows sum to 1."""
        return softmax(self.logits(features))

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with something this model can work with."""
        return self.head.usable(features)

    def unknown(self, features: Features) -> NDArray[np.float64]:
        """[n]: the share of known products at least as far from the others as each (a p-value).

        Small for a product of an unknown kind; NaN where the model has no vectors to go by, and
        where the answer is a category that was added by examples.
        """
        known, head = self.parts.known_kinds, self.head
        if known is None:
            return np.full(len(features), np.nan)
        values = known.p_values(features)
        if isinstance(head, AddedHead):
            values[head.takes(features) != ""] = np.nan  # its kind is told by its examples
        return values

    def concerns(
        self,
        products: Sequence[Product],
        encoded: EncodedProducts,
        *,
        unknown: NDArray[np.float64] | None = None,
    ) -> list[tuple[Concern, ...]]:
        """What about each product [n] speaks against taking its answer, however sure.

        `unknown` [n]: p-values of `unknown`, where they were computed already.
        """
        p_values = self.unknown(encoded.features) if unknown is None else unknown
        return joined(
            unusable_parts(products, encoded, self.parts.usable, self.settings),
            unknown_kinds(p_values, self.settings.decision),
            added_kinds(self.head, encoded.features),
        )

    def predict(self, products: Products) -> NDArray[np.str_]:
        """The likeliest label of each product [n]."""
        return np.asarray(self.classes_[self.predict_proba(products).argmax(axis=1)])

    def predict_proba(self, products: Products) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes], columns as `classes_`.

        A product with nothing usable gets how frequent the classes are (`late`) or whatever an
        empty product gives; `predictions` abstains there.
        """
        parts = [self.probabilities(self.encode(piece).features) for piece in _pieces(products)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes_)))

    def predictions(self, products: Products, *, progress: Progress = silent) -> list[Prediction]:
        """One `Prediction` per product, in order, with verdict, shares and problems."""
        found: list[Prediction] = []
        for piece in _pieces(products):
            encoded = self.encode(piece, progress=progress)
            probs = self.probabilities(encoded.features)
            shares = modality_shares(self.probabilities, encoded.features, probs.argmax(axis=1))
            usable = self.usable(encoded.features)
            unknown = self.unknown(encoded.features)
            concerns = self.concerns(piece, encoded, unknown=unknown)
            judgement = Judgement(probs, shares, usable, concerns, self.tree)
            decided = decide(
                piece, self.classes_, judgement, encoded.problems, self.settings.decision,
                promise=self.promise,
            )  # fmt: skip
            found += with_unknown(decided, unknown)
        return found

    def save(self, path: str | Path) -> Path:
        """Store the model as a bundle folder; what stood there before stays if that fails.

        Raises:
            CannotWrite: no space, no permission, or `path` is something that is no bundle.
            NotFitted: there is nothing to store yet.
        """
        return save_bundle(self.parts, Path(path))

    @classmethod
    def load(cls, path: str | Path, *, cached: bool = True) -> ProductClassifier:
        """Open a bundle; needs neither network nor torch.

        `cached`: keep the vectors of products in the cache, so that a second run is quick.

        Raises:
            BadBundle: no bundle there, a changed byte, or a newer format.
        """
        return cls.of(load_bundle(Path(path), cached=cached))


def _fit_late(
    head: LateHead, features: Features, targets: Targets, n_classes: int, *, seed: int
) -> Calibration:
    """Fit `head`, and calibrate it by the very opinions its pools were fitted on: the pools are too
    few numbers to remember products by."""
    opinions = head.opinions(features, targets, n_classes, seed=seed)
    head.fit_pools(opinions, features.present, targets, n_classes)
    head.fit_bases(features, targets, n_classes, seed=seed)
    answers = head.held_out(opinions, features.present)
    return fit_calibration(answers, features.present, targets, head.usable(features))


def classes_and_targets(products: Sequence[Product]) -> tuple[NDArray[np.str_], Targets]:
    """Sorted class labels, and the number [n] of each product's (all must be labelled)."""
    labels = np.array([product.label for product in products], dtype=np.str_)
    classes, targets = np.unique(labels, return_inverse=True)
    return classes, targets.astype(np.intp)


def check_classes(classes: Sequence[str] | NDArray[np.str_]) -> None:
    """Raises `CannotTrain` where there are fewer than two categories to tell apart."""
    if len(classes) == 0:
        raise CannotTrain("no product has a category", "Name the column with --label.")
    if len(classes) == 1:
        raise CannotTrain(
            f"all products are in one category, {str(classes[0])!r}",
            "Add products of another category, or go one --level deeper.",
        )


def check_usable(features: Features) -> None:
    """Raises `CannotTrain` where there is nothing to tell categories by."""
    if not features.present.any():
        raise CannotTrain(
            "no product has words or a usable photo",
            "Name the text columns with --text or the photo folder with --photos.",
        )


def _readable(head: Head, features: Features) -> NDArray[np.bool_]:
    """[n]: products `head` can learn from. Raises `CannotTrain` where there are none."""
    rows = head.usable(features)
    if not rows.any() or not set(head.blocks) <= features.blocks.keys():
        raise nothing_to_read(head)
    return rows


def nothing_to_read(head: Head) -> CannotTrain:
    """The error where no product has what `head` reads."""
    return CannotTrain(
        f"no product has all that the head {head.name!r} reads: {', '.join(head.blocks)}",
        "Choose the head 'late', which makes do with what there is.",
    )


def _pieces(products: Products) -> Iterable[Sequence[Product]]:
    if isinstance(products, Product):
        products = [products]
    items = products.products if isinstance(products, Catalog) else list(products)
    strange = next((item for item in items if not isinstance(item, Product)), None)
    if strange is not None:
        raise BadProduct(
            f"a {type(strange).__name__} is not a product",
            "Give a Catalog or Products; Catalog.read makes them of a table or data frame.",
        )
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
