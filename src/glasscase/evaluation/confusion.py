"""Which classes are taken for which, with products to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.product import Product
from glasscase.evaluation.answers import Answers

NO_ANSWER_NAME = "(no answer)"
EXCERPT = 160


@dataclass(frozen=True)
class Example:
    """A product the model got wrong, so that a person can see why."""

    product_id: str
    row: int | None
    text: str
    """Beginning of its words."""
    photo: str
    """Name of its first photo, empty without one."""
    probability: float
    """Given to the wrong answer."""
    label_probability: float
    """Given to the true class; 0 where the model does not know it."""
    thumbnail: str = ""
    """A small JPEG as `data:` address, empty without a usable photo; not in the JSON."""


@dataclass(frozen=True)
class Confusion:
    """Products of one class answered as another."""

    label: str
    answer: str
    count: int
    share: float
    """Of the products of `label`."""
    examples: tuple[Example, ...] = ()

    def showing(self, thumbnails: Sequence[str]) -> Confusion:
        """The same with the examples' thumbnails filled in."""
        pairs = zip(self.examples, thumbnails, strict=True)
        return replace(self, examples=tuple(replace(one, thumbnail=t) for one, t in pairs))


def confusion_matrix(answers: Answers) -> NDArray[np.int64]:
    """Products by true class (rows) and answer (columns): [c, c + 1].

    The last column counts products without an answer. Rows and columns as `Answers.names`.
    """
    size = len(answers.names)
    columns = np.where(answers.answered, answers.predicted, size)
    cells = np.bincount(answers.targets * (size + 1) + columns, minlength=size * (size + 1))
    return np.asarray(cells.reshape(size, size + 1), np.int64)


def most_confused(
    answers: Answers, products: Sequence[Product], *, pairs: int = 10, examples: int = 4
) -> tuple[Confusion, ...]:
    """The most frequent mistakes, at most `pairs`, each with its most confident examples.

    `products` [n] in the order of `answers`. Products without an answer are not among them.
    """
    matrix = confusion_matrix(answers)
    support = matrix.sum(axis=1)
    wrong = matrix[:, :-1].copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:pairs]
    found = []
    for label, answer in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if not wrong[label, answer]:
            break
        rows = np.flatnonzero((answers.targets == label) & (answers.predicted == answer))
        surest = rows[np.argsort(-answers.confidence[rows], kind="stable")][:examples]
        found.append(
            Confusion(
                answers.names[label],
                answers.names[answer],
                count=int(wrong[label, answer]),
                share=float(wrong[label, answer] / support[label]),
                examples=tuple(_example(answers, products[row], int(row)) for row in surest),
            )
        )
    return tuple(found)


def excerpt(text: str, length: int = EXCERPT) -> str:
    """The beginning of `text` in one line, cut between words where there are any.

    >>> excerpt("a blue mug", 7)
    'a blue…'
    """
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[:length]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


def _example(answers: Answers, product: Product, row: int) -> Example:
    target = answers.targets[row]
    known = target < answers.n_known
    return Example(
        product_id=product.id,
        row=product.row,
        text=excerpt(product.text),
        photo=product.photos[0].name if product.photos else "",
        probability=float(answers.confidence[row]),
        label_probability=float(answers.probs[row, target]) if known else 0.0,
    )
