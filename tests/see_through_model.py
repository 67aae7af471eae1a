"""A model one can see through: real head and features, encoders of ten words and three colours."""

import io
from types import SimpleNamespace

import numpy as np
from PIL import Image, ImageDraw

from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.models.features import Features
from glasscase.models.head import softmax
from glasscase.models.linear import LinearHead
from glasscase.models.tree_probabilities import ClassTree
from glasscase.settings import Settings

WORDS = ["mug", "plate", "coffee", "dinner", "杯子", "كوب", "☕", "blue", "gift", "round"]
RED, GREEN = (220, 30, 30), (30, 190, 40)
PALE_RED, PALE_GREEN = (255, 128, 128), (128, 255, 128)
"""Beside grey, red alone or green alone changes."""


def photo(colour, at=(20, 20), name="photo.jpg", *, striped=False):
    """A grey photo of 112 px with a coloured cue of 32 px whose corner is `at`."""
    image = Image.new("RGB", (112, 112), (128, 128, 128))
    ImageDraw.Draw(image).rectangle((*at, at[0] + 31, at[1] + 31), fill=colour)
    for left in range(at[0], at[0] + 32, 4) if striped else ():
        ImageDraw.Draw(image).rectangle((left, at[1], left + 1, at[1] + 31), fill=(128, 128, 128))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return Photo(name, data=stream.getvalue())


class ColourMaps:
    """An image encoder whose maps are red, green and blue of 7 x 7 places."""

    card = SimpleNamespace(preprocessing={})
    has_maps = True

    def feature_maps(self, images):
        cells = [resize(image, 112).reshape(7, 16, 7, 16, 3).mean(axis=(1, 3)) for image in images]
        maps = np.stack(cells).transpose(0, 3, 1, 2).astype(np.float32) / 255
        return maps.mean(axis=(2, 3)), maps

    def encode_images(self, images):
        return self.feature_maps(images)[0]


class StripeMaps(ColourMaps):
    """The same for how much red, green and blue change from one pixel to the next."""

    card = SimpleNamespace(preprocessing={"side_px": 112})

    def feature_maps(self, images):
        pixels = np.stack([resize(image, 112) for image in images]).astype(np.float32) / 255
        changes = np.abs(np.diff(pixels, axis=2, append=pixels[:, :, -1:]))
        cells = changes.reshape(len(images), 7, 16, 7, 16, 3).mean(axis=(2, 4))
        maps = 10 * cells.transpose(0, 3, 1, 2) + 0.05
        return maps.mean(axis=(2, 3)), maps


class TinyModel:
    """The face of a classifier: real head, real features, encoders one can see through."""

    sentence = photo_words = None  # no encoder stands behind its text block
    promise = None

    def __init__(self, products, labels, *, temperature=1.5, image_encoder=None):
        self.classes_ = np.array(sorted(set(labels)))
        self.tree = ClassTree.of(self.classes_)
        self.image_encoder = image_encoder or ColourMaps()
        self.settings = Settings()
        self.temperature = temperature
        self.asked = 0
        features = self.encode(products).features
        self.head = LinearHead(("sentence", "image"), l2=0.01)
        self.head.fit(features, np.searchsorted(self.classes_, labels), len(self.classes_))
        self.training = SimpleNamespace(
            ids=[product.id for product in products],
            labels=labels,
            titles=[product.text for product in products],
            photo_names=[product.photos[0].name if product.photos else "" for product in products],
            features=features,
        )

    def encode(self, products, progress=None):
        problems, images, present = [], np.zeros((len(products), 3), np.float32), []
        for row, product in enumerate(products):
            good = []
            for one in product.photos:
                try:
                    good.append(decode(one.read(), name=one.name))
                except BadPhoto as error:
                    problems.append(Problem(None, "photo", error.reason, error.remedy))
            if good:
                images[row] = self.image_encoder.feature_maps(good)[0].mean(axis=0)
            present.append([bool(product.text.strip()), bool(good)])
        text = self.text_blocks([product.text for product in products])
        features = Features({**text, "image": images}, np.array(present))
        return SimpleNamespace(features=features, problems=tuple(problems))

    def text_blocks(self, texts):
        rows = [[float(word in text) for word in WORDS] for text in texts]
        return {"sentence": np.array(rows, np.float32)}

    @property
    def encoder(self):
        return self

    def with_texts(self, features, texts):
        self.asked += len(texts)
        shown = features.shown(len(texts)).replaced(self.text_blocks(texts))
        present = shown.present.copy()
        present[:, 0] = [bool(text.strip()) for text in texts]
        return Features(shown.blocks, present)

    def usable(self, features):
        return features.present.any(axis=1)

    def concerns(self, products, encoded, unknown=None):
        return [() for _ in products]

    def unknown(self, features):
        return np.full(len(features), np.nan)

    def probabilities(self, features):
        return softmax(self.logits(features))

    def logits(self, features):
        return self.head.logits(features) / self.temperature

    def temperatures(self, features):
        return np.full(len(features), self.temperature)


def product(text="", *photos, id="p"):
    return Product(id, texts={"title": text} if text else {}, photos=photos)


def tiny_model(*, striped=False):
    """Trained on red mugs, green plates and trays, with words that say so."""
    random = np.random.default_rng(0)
    products, labels = [], []
    for k in range(120):
        mug = k % 2 == 0
        own = ["mug", "coffee", "杯子", "كوب", "☕"] if mug else [["plate"], ["dinner"]][k % 4 // 2]
        often = [0.9, 0.4, 0.7, 0.7, 0.7]
        kept = [w for w, share in zip(own, often, strict=False) if random.random() < share]
        kept += list(random.choice(WORDS[7:], 1))
        at = tuple(int(v) for v in random.integers(0, 80, 2))
        red, green = (PALE_RED, PALE_GREEN) if striped else (RED, GREEN)
        shown = photo(red if mug else green, at, striped=striped)
        products.append(product(" ".join(kept), shown, id=f"t{k}"))
        labels.append("Mugs" if mug else ("Plates" if k % 4 == 1 else "Trays"))
    return TinyModel(products, labels, image_encoder=StripeMaps() if striped else None)
