"""How little light flips an answer: projected gradient steps on the pixels of a photo.

L-infinity, untargeted, from the photo itself: x <- clip(x + step * sign(d loss / d x)), never more
than eps from the photo (Madry et al. 2018, arXiv:1706.06083; Kurakin et al. 2017). The gradient
goes through the head exactly and through the photo network in torch; what is reported is what the
bundle's own network says of the changed photo, whole numbers of 0 to 255 per channel.

Not covered: printed attacks, attacks without the weights, defences. A few steps are a lower bound:
more steps or random starts flip more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.product import Product
from glasscase.encoders.given import is_given
from glasscase.encoders.table import load_photo_network
from glasscase.errors import BadEncoder, BadPhoto
from glasscase.extras import need
from glasscase.models.features import Features

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

EPSILONS = (2, 4)
"""Levels of 255 a channel may be changed by."""
STEPS = 5
_STEP_LEVELS = 1
Images = NDArray[np.uint8]


@dataclass(frozen=True)
class PhotoGradients:
    """A model together with its photo network in torch."""

    model: ProductClassifier
    network: Any

    @classmethod
    def of(cls, model: ProductClassifier) -> PhotoGradients:
        """Load the network behind the model's image encoder.

        Raises:
            BadEncoder: there is no way for a gradient: no photos read, vectors given, a network
                that learnt on, places kept apart, other weights than the model's.
            MissingExtra: torch is not installed.
        """
        encoder = model.image_encoder
        if encoder is None or "image" not in model.head.blocks:
            raise BadEncoder("the model does not look at photos", "Attack its words.")
        if is_given(encoder):
            raise BadEncoder("the vectors of photos were computed elsewhere", "Use an encoder.")
        if encoder.card.preprocessing.get("places"):
            raise BadEncoder("the model reads places of its own last maps", "Attack its words.")
        settings = model.settings.encoders
        return cls(
            model, load_photo_network(settings.image, encoder.card, download=settings.download)
        )

    def squares(self, product: Product) -> Images | None:
        """[photos, side, side, 3] as the network sees them; None where a photo is unusable."""
        side = self.network.scale.side
        found = []
        for photo in product.photos:
            try:
                image = decode(
                    photo.read(), name=photo.name, limits=self.model.settings.photos,
                    at_least_px=side,
                )  # fmt: skip
            except BadPhoto:
                return None
            found.append(resize(image, side))
        return np.stack(found) if found else None

    def attacked(self, photos: Images, features: Features, answer: int, eps: int) -> Images:
        """The photos of one product changed by at most `eps` levels, away from class `answer`.

        Args:
            photos: uint8 [photos, side, side, 3].
            features: of this product, one row.
            answer: the class it is to lose.
            eps: largest change of a channel, in levels of 255.
        """
        low = np.maximum(photos.astype(np.int16) - eps, 0)
        high = np.minimum(photos.astype(np.int16) + eps, 255)
        moved = photos.astype(np.int16)
        for _ in range(STEPS):
            slope = self._slope(moved.astype(np.uint8), features, answer)
            moved = np.clip(moved + _STEP_LEVELS * np.sign(slope).astype(np.int16), low, high)
        return moved.astype(np.uint8)

    def answers(self, photos: Images, features: Features) -> NDArray[np.float64]:
        """Probabilities [classes] by the bundle's own network."""
        vectors = self.model.image_encoder.encode_images(list(photos))
        block = vectors.mean(axis=0, keepdims=True).astype(np.float32)
        return np.asarray(self.model.probabilities(features.replaced({"image": block}))[0])

    def _slope(self, photos: Images, features: Features, answer: int) -> NDArray[np.float32]:
        """Where the loss, minus the log of the answer's probability, grows: of `photos` shape."""
        torch = need("torch", extra="train")
        pixels = self.network.from_pixels().scaled(torch.tensor(photos)).requires_grad_()
        vectors = self._vectors(pixels)
        block = vectors.detach().mean(dim=0, keepdim=True).numpy()
        there = features.replaced({"image": np.asarray(block, np.float32)})
        cotangent = self.model.probabilities(there).astype(np.float32)
        cotangent[0, answer] -= 1.0
        head = self.model.head.gradient(there, "image", cotangent)[0]
        along = torch.tensor(head / len(photos), dtype=torch.float32)
        slope = torch.autograd.grad((vectors * along).sum(), pixels)[0]
        return np.asarray(slope.permute(0, 2, 3, 1).numpy(), np.float32)

    def _vectors(self, pixels: Any) -> Any:
        output = self.network.vectors(pixels)
        return output[0] if self.network.has_maps else output
