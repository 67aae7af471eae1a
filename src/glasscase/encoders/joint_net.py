"""The halves of CLIP and SigLIP as transformers makes them, each a module of its own.

Imported only by what exports or trains. A half holds none of the other's weights.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class JointPhotos(nn.Module):
    """Scaled photos [n, 3, side, side] -> vectors [n, dim], those of `get_image_features`."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        whole: Any = network
        self.vision_model = whole.vision_model
        self.visual_projection = getattr(whole, "visual_projection", None) or nn.Identity()

    def forward(self, pixels: Tensor) -> Tensor:
        """Pool and project, each as the network learnt it."""
        pooled = self.vision_model(pixel_values=pixels).pooler_output
        vectors: Tensor = self.visual_projection(pooled)
        return vectors


class JointSentences(nn.Module):
    """Token numbers [n, length] -> vectors [n, dim]: `get_text_features` at length 1.

    CLIP looks at the end mark and only backwards, so what follows a text's end cannot matter.
    SigLIP looks at the last token in both directions and was trained on texts filled up to its
    context, without a mask; so the filling up is part of this module.
    """

    def __init__(self, network: nn.Module, padding: int | None) -> None:
        """`padding`: the token that texts are filled up with; None where they are not."""
        super().__init__()
        whole: Any = network
        self.text_model = whole.text_model
        self.text_projection = getattr(whole, "text_projection", None) or nn.Identity()
        self.padding = padding
        self.context = int(whole.config.text_config.max_position_embeddings)

    def forward(self, input_ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """`mask` [n, length] is 0 where there is no token, after a text's end."""
        ids = input_ids if self.padding is None else self._filled(input_ids, mask, self.padding)
        pooled = self.text_model(input_ids=ids).pooler_output
        vectors: Tensor = self.text_projection(pooled)
        return nn.functional.normalize(vectors, p=2.0, dim=1)

    def _filled(self, ids: Tensor, mask: Tensor | None, padding: int) -> Tensor:
        if mask is not None:
            ids = torch.where(mask > 0, ids, padding)
        return nn.functional.pad(ids, (0, self.context), value=padding)[:, : self.context]
