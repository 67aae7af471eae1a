"""Do the words printed on photos help? The same folds with and without them.

    python benchmarks/photo_words.py --data ../shared/data [--products 400] [--set grocery]

Groceries have no texts at all; of Flipkart's products the description is removed, then all words;
fashion_noisy has photos of 60x80 pixels, on which nothing can be read. For each set the best model
without and with the block, the block alone by words and by runs of characters, and the time.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from glasscase import Catalog, Settings, train
from glasscase.catalog.columns import Columns
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.encoders.lexical import Kind, LexicalEncoder
from glasscase.encoders.photo_words import PhotoWords
from glasscase.encoders.text_cache import TextCache
from glasscase.intervals import paired_accuracy_difference
from glasscase.jobs.comparing.choose import Task, choose
from glasscase.jobs.train import Training
from glasscase.models.features import Features

FLIPKART = Columns(text=("product_name",), label="product_category_tree")
FASHION = Columns(text=("noisyTextDescription",), label="category")


def groceries(data: Path) -> list[Product]:
    """Shop photos of one kind each."""
    folder = data / "grocery_boxes"
    images = {path.stem: path for path in folder.rglob("*") if path.suffix in {".png", ".jpg"}}
    found = []
    for path in sorted(folder.rglob("*.xml")):
        kind = re.search(r"<name>(.*?)</name>", path.read_text(encoding="utf-8"))
        if kind is not None and path.stem in images:
            photo = Photo(path.stem, images[path.stem])
            found.append(Product(path.stem, photos=(photo,), category=(kind.group(1).lower(),)))
    return found


def shop(data: Path, name: str, columns: Columns) -> list[Product]:
    """Labelled products of a table."""
    folder = data / name
    read = Catalog.read(folder / "products.csv", photos=folder / "images", columns=columns, level=1)
    return [product for product in read.labelled() if product.photos]


SETS: dict[str, Callable[[Path], list[Product]]] = {
    "grocery": groceries,
    "flipkart, title": lambda data: shop(data, "flipkart", FLIPKART),
    "flipkart, photos alone": lambda data: [
        product.with_text("") for product in shop(data, "flipkart", FLIPKART)
    ],
    "fashion, photos alone": lambda data: [
        product.with_text("") for product in shop(data, "fashion_noisy", FASHION)
    ],
}


def correct(training: Training, products: list[Product]) -> tuple[np.ndarray, int]:
    """Which held-out answers of the shipped head were right, and how many divisions there are."""
    names = sorted({product.label or "" for product in products})
    targets = np.array([names.index(product.label or "") for product in products])
    repeats = len(training.choice.winner.logits) // len(targets)
    return training.choice.winner.correct(np.concatenate([targets] * repeats)), repeats


def alone(products: list[Product], texts: tuple[str, ...], kind: Kind) -> str:
    """Accuracy of the words on the photos alone, by `kind` of term."""
    names = sorted({product.label or "" for product in products})
    targets = np.array([names.index(product.label or "") for product in products])
    counts = LexicalEncoder(kind=kind).fit([text for text in texts if text]).counts(texts)
    present = np.stack([np.zeros(len(products), bool), np.ones(len(products), bool)], axis=1)
    groups = near_duplicate_groups(products)
    folds = grouped_stratified_folds(targets, groups, folds=5, seed=0)
    task = Task(Features({"photo_words": counts}, present), targets, names, groups, [folds], 0)
    found = choose(task, effort="quick").candidates
    return str(next(one for one in found if one.name == "photo-words").accuracy)


def run(name: str, products: list[Product], settings: Settings) -> None:
    """Read, then train without and with the words on the photos."""
    words = PhotoWords(cache=TextCache(settings.cache.path))
    started = time.perf_counter()
    texts = words.read(products).texts
    seconds = time.perf_counter() - started
    some = np.mean([bool(text) for text in texts])
    print(f"\n{name}: {len(products)} products, words found on {some:.0%}")
    print(f"  {seconds / len(products):.2f} s a product (0 where they were kept from before)")
    for kind in ("words", "characters"):
        print(f"  photo words alone, {kind}: {alone(products, texts, kind)}")
    results = []
    for asked in ("false", "true"):
        chosen = Settings.read(overrides=[f"encoders.photo_words={asked}"])
        training = train(Catalog(products), settings=chosen)
        best = training.choice.winner
        print(f"  photo_words={asked}: {best.name} accuracy {best.accuracy}, F1 {best.macro_f1}")
        results.append(correct(training, products))
    (without, repeats), (with_words, _) = results
    groups = near_duplicate_groups(products)
    gain = paired_accuracy_difference(
        with_words, without, groups=np.concatenate([groups] * repeats).tolist(), seed=0
    )
    print(f"  gain: {gain}")


def main() -> None:
    """One set after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--products", type=int, default=400)
    parser.add_argument("--set", dest="only", default="")
    arguments = parser.parse_args()
    settings = Settings()
    for name, read in SETS.items():
        if arguments.only in name:
            products = read(arguments.data)
            chosen = np.random.default_rng(0).permutation(len(products))[: arguments.products]
            kept = [products[i] for i in sorted(chosen)]
            run(name, kept, settings)


if __name__ == "__main__":
    main()
