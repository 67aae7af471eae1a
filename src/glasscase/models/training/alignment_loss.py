"""What a network that aligns text and photo is punished for: classes and pairs together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glasscase.extras import need

if TYPE_CHECKING:
    from torch import Tensor

    from glasscase.models.nets.alignment import Aligned
    from glasscase.models.training.losses import ClassLoss

PAIRS_SHARE = 0.5
"""Weight of the pairs; the classes have the rest."""


class AlignmentLoss:
    """(1 - w) * class loss + w * symmetric InfoNCE over the products of a batch that have both.

    Source: Radford et al. 2021, figure 3 (van den Oord et al. 2018 for InfoNCE): in each batch
    every text is to find its own photo among all of them, and every photo its text.

    Not covered: negatives from other GPUs; each process compares within its part of a batch.
    """

    def __init__(self, class_loss: ClassLoss, pairs_share: float = PAIRS_SHARE) -> None:
        self.class_loss, self.pairs_share = class_loss, pairs_share

    def __call__(self, outputs: Aligned | Tensor, targets: Tensor) -> Any:
        """The loss: a scalar. Of bare logits (in validation) it is the class loss alone."""
        if not isinstance(outputs, tuple):
            return self.class_loss(outputs, targets)
        classes = self.class_loss(outputs.logits, targets)
        paired = outputs.paired > 0
        text, image = outputs.text[paired], outputs.image[paired]
        pairs = info_nce(text, image, outputs.temperature)
        return (1 - self.pairs_share) * classes + self.pairs_share * pairs

    def right(self, outputs: Aligned | Tensor, targets: Tensor) -> Any:
        """How many of the batch have their class first."""
        logits = outputs.logits if isinstance(outputs, tuple) else outputs
        return self.class_loss.right(logits, targets)


def info_nce(text: Tensor, image: Tensor, temperature: Tensor) -> Any:
    """Mean of both cross-entropies over unit vectors [n, dim]; 0 for fewer than two pairs."""
    torch = need("torch", extra="train")
    if len(text) < 2:
        return temperature * 0.0
    cosines = text.float() @ image.float().T / temperature
    own = torch.arange(len(text), device=text.device)
    cross_entropy = torch.nn.functional.cross_entropy
    return (cross_entropy(cosines, own) + cross_entropy(cosines.T, own)) / 2
