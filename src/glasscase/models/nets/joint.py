"""Photos and words from their pixels and tokens to the classes, learnt as one network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from glasscase.models.nets.vector_inputs import VectorNet

RateGroup = tuple[float, list[nn.Parameter]]


class Joint(nn.Module):
    """A photo branch, a text branch, and a body that joins their vectors.

    `forward(photos, ids, present)`: photos uint8 [n, side, side, 3], token numbers [n, length]
    with 0 after a text's end, present [n, 2] -> logits [n, classes]. A branch may be None.

    Args:
        photo: scaled and run: uint8 photos -> vectors, or (vectors, maps).
        text: token numbers -> vectors.
        body: vectors of the branches there are (text first) and `present` -> logits.
        frozen: parts of the branches that stay as they are, batch norms and all.
        slow: (factor of the rate, parameters) of parts that learn more slowly than the rest.
    """

    def __init__(
        self,
        body: VectorNet,
        *,
        photo: nn.Module | None = None,
        text: nn.Module | None = None,
        frozen: Iterable[nn.Module] = (),
        slow: Sequence[RateGroup] = (),
    ) -> None:
        super().__init__()
        self.photo, self.text, self.body = photo, text, body
        self._frozen, self._slow = list(frozen), list(slow)
        for module in self._frozen:
            for parameter in module.parameters():
                parameter.requires_grad = False

    def thaw(self) -> None:
        """From here on everything is learnt, at one rate."""
        self._frozen, self._slow = [], []
        for parameter in self.parameters():
            parameter.requires_grad = True

    def rate_groups(self) -> list[RateGroup]:
        """The parameters that are learnt, with the factors of their rates."""
        known = {id(parameter) for _, group in self._slow for parameter in group}
        rest = [p for p in self.parameters() if p.requires_grad and id(p) not in known]
        slow = [(f, [p for p in group if p.requires_grad]) for f, group in self._slow]
        return [(1.0, rest), *((factor, group) for factor, group in slow if group)]

    def train(self, mode: bool = True) -> Joint:  # noqa: FBT001, FBT002  # torch's signature
        """Frozen parts stay as in use."""
        super().train(mode)
        for module in self._frozen:
            module.eval()
        return self

    def forward(self, photos: Tensor, ids: Tensor, present: Tensor) -> Tensor:
        """Logits [n, classes]."""
        logits: Tensor = self.body(*self.vectors(photos, ids), present)
        return logits

    def vectors(self, photos: Tensor, ids: Tensor) -> list[Tensor]:
        """What the branches there are give, text first."""
        found = [] if self.text is None else [self.text(ids)]
        if self.photo is not None:
            out = self.photo(photos)
            found.append(out[0] if isinstance(out, tuple) else out)
        return found


class MaskedSentences(nn.Module):
    """Token numbers with 0 as padding -> a sentence encoder's vectors; only for training.

    In use texts of one length are run together, without padding or mask (`encoders/net.py`).
    """

    def __init__(self, sentences: nn.Module, padding: int) -> None:
        super().__init__()
        self.sentences, self.padding = sentences, padding

    def forward(self, input_ids: Tensor) -> Tensor:
        """Vectors [n, dim] of ids [n, length]; -1 is padding."""
        mask = (input_ids >= 0).long()
        ids = torch.where(input_ids >= 0, input_ids, self.padding)
        vectors: Tensor = self.sentences(ids, mask)
        return vectors
