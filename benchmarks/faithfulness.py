"""Do explanations stand their own test? On products the model was not trained on.

    python benchmarks/faithfulness.py --data ../shared/data [--set flipkart] [--products 100]

Trains with `glasscase train` on all but two hundreds of products and explains one of them (`--part
dev` is the hundred that the method was chosen on, `test` the one it was not). Prints for how many

- removing the five heaviest words lowers the probability of the answer more than removing five
  random words does, on average over 20 draws;
- blurring the hottest fifth of the photo lowers it more than blurring a random fifth does, where
  the photo's share is above a third: random places, mean of 20 draws, and the same region moved
  elsewhere (the map rolled round, mean of 20 draws), which has the same shape;

and how alike explanations are: twice the same, and the five heaviest words of five seeds (mean
overlap of pairs), for texts whose combinations are all asked and for longer ones; and beside it
what `words.overlap` says of itself. Where the shipped model reads no photos, `--head late` takes
the head that reads both.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase import Catalog, ProductClassifier, Settings, explain, train
from glasscase.catalog.product import Product
from glasscase.explanations.blurred_photos import BlurredPhotos
from glasscase.explanations.explanation import Explanation
from glasscase.explanations.question import Question
from glasscase.explanations.word_masks import SplitText
from glasscase.explanations.word_weights import MOST_WORDS
from glasscase.models.head import softmax
from sets import SETS, read_set

DRAWS, SEEDS, TOP = 20, 5, 5
Rows = NDArray[np.intp]


def divided(name: str, data: Path) -> tuple[Catalog, dict[str, Rows], Rows]:
    """The set, its two hundreds, and the rest, which is trained on."""
    catalog = read_set(name, data).labelled()
    order = np.random.default_rng(0).permutation(len(catalog))
    return catalog, {"test": order[:100], "dev": order[100:200]}, np.sort(order[200:])


def asked(model: ProductClassifier, product: Product, told: Explanation) -> Question:
    """The question that `told` answers."""
    features = model.encode([product]).features
    label = [str(one) for one in model.classes_].index(told.label)
    return Question.of(model, product, features, (label, None), model.settings)


def words_fall(question: Question, told: Explanation, random: np.random.Generator) -> list[float]:
    """How far the answer falls without the five heaviest words, and without five random ones."""
    split = SplitText.of(told.words.text, most=MOST_WORDS)
    weights = {word.word: word.weight for word in told.words.words}
    of_column = np.array([weights.get(word, -np.inf) for word in split.distinct])
    number = min(TOP, max(1, split.columns // 2))
    heaviest = np.argsort(-of_column, kind="stable")[:number]
    draws = [random.permutation(split.columns)[:number] for _ in range(DRAWS)]
    masks = np.ones((DRAWS + 2, split.columns), bool)
    for row, gone in enumerate([heaviest, *draws]):
        masks[row + 1, gone] = False
    answers = question.answers(split.render_all(masks))
    return [float(answers[0] - answers[1]), float(answers[0] - answers[2:].mean())]


def photo_falls(question: Question, told: Explanation, random: np.random.Generator) -> list[float]:
    """How far it falls with the hottest fifth blurred, with random places, with it elsewhere."""
    photos = BlurredPhotos.of(question, told.heat_maps)
    assert photos is not None
    order, heat = photos.order, told.heat_maps[0].signed
    count = round(0.2 * len(order))
    rows = [np.zeros(len(order), bool), photos.first(order, [count])[0]]
    rows += [photos.first(random.permutation(len(order)), [count])[0] for _ in range(DRAWS)]
    moves = [(int(i), int(j)) for i, j in itertools.product(*map(range, heat.shape)) if i or j]
    for move in random.permutation(len(moves))[:DRAWS]:
        grid = np.roll(rows[1][: heat.size].reshape(heat.shape), moves[move], axis=(0, 1))
        rows.append(np.concatenate([grid.ravel(), rows[1][heat.size :]]))
    probs = softmax(photos.logits(np.stack(rows)))[:, question.label]
    falls = probs[0] - probs[1:]
    return [float(falls[0]), float(falls[1 : DRAWS + 1].mean()), float(falls[DRAWS + 1 :].mean())]


def overlap(model: ProductClassifier, product: Product) -> tuple[float, bool, float, int]:
    """Mean overlap of the five heaviest words of all pairs of seeds; whether exact; own opinion."""
    tops, own = [], []
    for seed in range(SEEDS):
        values = model.settings.model_dump()
        values["explain"]["seed"] = seed
        settings = Settings.model_validate(values)
        told = explain(model, product, settings=settings, parts=("words",))
        tops.append({word for word, _ in told.words.top(TOP)})
        own.append(told.words.overlap)
    pairs = [len(one & other) / max(1, len(one)) for one, other in itertools.combinations(tops, 2)]
    return float(np.mean(pairs)), told.words.method == "exact", float(np.mean(own)), len(tops[0])


def same(one: Explanation, other: Explanation) -> bool:
    """Whether two explanations are identical but for the time they took."""
    first, second = one.to_dict(), other.to_dict()
    del first["seconds"], second["seconds"]
    return first == second


def share_of(flags: Sequence[bool]) -> str:
    """How many of how many."""
    return f"{sum(flags)} of {len(flags)} ({100 * np.mean(flags):.0f} %)" if flags else "none"


def print_falls(model: ProductClassifier, products: Sequence[Product]) -> None:
    """How often what an explanation points at counts more than random parts do."""
    random = np.random.default_rng(1)
    words, photos, twice = [], [], []
    for product in products:
        told = explain(model, product, parts=("words", "photo"))
        question = asked(model, product, told)
        twice.append(same(told, explain(model, product, parts=("words", "photo"))))
        if told.words.words:
            words.append(words_fall(question, told, random))
        shares = {share.modality: share.share for share in told.shares}
        if shares.get("image", 0.0) > 1 / 3 and told.heat_maps:
            photos.append(photo_falls(question, told, random))
    print(f"identical twice: {share_of(twice)}")
    print(f"words: heaviest fall more than random: {share_of([a > b for a, b in words])}")
    print(f"  median falls {np.median(np.array(words), axis=0).round(4).tolist()}")
    if photos:
        for what, at in (("random places", 1), ("the region elsewhere", 2)):
            found = [row[0] > row[at] for row in photos]
            print(f"photo: hottest fifth falls more than {what}: {share_of(found)}")
        print(f"  mean falls {np.mean(np.array(photos), axis=0).round(4).tolist()}")


def print_seeds(model: ProductClassifier, products: Sequence[Product]) -> None:
    """How alike explanations by other seeds are."""
    found = [overlap(model, product) for product in products]
    for what, exact in (("enumerated", True), ("longer", False)):
        rows = [row for row in found if row[1] == exact]
        if rows:
            mean, own = np.mean([row[0] for row in rows]), np.mean([row[2] for row in rows])
            print(f"seeds, {what}: top 5 overlap {mean:.3f} over {len(rows)}; said {own:.3f}")


def main() -> None:
    """Explain the held-out products of one set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=list(SETS), default="flipkart")
    parser.add_argument("--part", choices=["test", "dev"], default="test")
    parser.add_argument("--products", type=int, default=100)
    parser.add_argument("--seeds-of", type=int, default=30, help="Products explained by 5 seeds.")
    parser.add_argument("--head", help="This head instead of the one `train` ships.")
    parser.add_argument("--bundle", type=Path, help="Where the model is, or is to be kept.")
    chosen = parser.parse_args()
    catalog, parts, rest = divided(chosen.set, chosen.data)
    if chosen.bundle is not None and chosen.bundle.exists():
        model = ProductClassifier.load(chosen.bundle)
    else:
        known = catalog.take(rest)
        model = ProductClassifier(chosen.head).fit(known) if chosen.head else train(known).model
        if chosen.bundle is not None:
            model.save(chosen.bundle)
    products = [catalog[int(row)] for row in parts[chosen.part][: chosen.products]]
    print(
        f"{chosen.set}, {chosen.part}, head {model.head.name} over {', '.join(model.head.blocks)}"
    )
    print_falls(model, products)
    print_seeds(model, [one for one in products[: chosen.seeds_of] if one.text])


if __name__ == "__main__":
    main()
