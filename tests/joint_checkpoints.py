"""Tiny CLIP and SigLIP checkpoints, saved in the real format, tokenisers and all."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas

SIDE, DIM, CONTEXT = 32, 24, 20
MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)
_TOWER: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
}  # fmt: skip


def save_clip(folder: Path, texts: Sequence[str], *, legacy: bool = False, seed: int = 0) -> Path:
    """`legacy`: with the wrong number of the end mark that OpenAI's own checkpoints carry."""
    declare_torchvision_schemas()
    import torch
    import transformers

    tokeniser = clip_tokeniser(texts)
    tokeniser.save_pretrained(folder)
    end = 2 if legacy else tokeniser.eos_token_id
    begin, padding = tokeniser.bos_token_id, tokeniser.pad_token_id
    text = {"max_position_embeddings": CONTEXT, "vocab_size": len(tokeniser), "eos_token_id": end,
            "bos_token_id": begin, "pad_token_id": padding}  # fmt: skip
    config = transformers.CLIPConfig(
        text_config=_TOWER | text, vision_config=_TOWER | {"image_size": SIDE, "patch_size": 8},
        projection_dim=DIM, logit_scale_init_value=3.0,
    )  # fmt: skip
    torch.manual_seed(seed)
    return _saved(transformers.CLIPModel(config), folder)


def save_siglip(folder: Path, texts: Sequence[str], *, seed: int = 0) -> Path:
    declare_torchvision_schemas()
    import torch
    import transformers

    tokeniser = _siglip_tokeniser(texts)
    tokeniser.save_pretrained(folder)
    text = {"max_position_embeddings": CONTEXT, "vocab_size": len(tokeniser),
            "projection_size": _TOWER["hidden_size"], "bos_token_id": 1, "eos_token_id": 1,
            "pad_token_id": 1}  # fmt: skip
    config = transformers.SiglipConfig(
        text_config=_TOWER | text, vision_config=_TOWER | {"image_size": SIDE, "patch_size": 8}
    )
    torch.manual_seed(seed)
    return _saved(transformers.SiglipModel(config), folder)


def _saved(network: Any, folder: Path) -> Path:
    import torch

    with torch.no_grad():  # as they begin, all texts are nearly one vector
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.mul_(2.0)
    network.eval().save_pretrained(folder)
    scale = {"size": {"height": SIDE, "width": SIDE}, "image_mean": MEAN, "image_std": STD}
    (folder / "preprocessor_config.json").write_text(json.dumps(scale))
    return folder


def clip_tokeniser(texts: Sequence[str]) -> Any:
    """Pairs of bytes, begin and end marks last, as OpenAI's; made the same way every time."""
    from tokenizers import pre_tokenizers
    from transformers import CLIPTokenizer

    merges: dict[tuple[str, str], None] = {}
    for word in _common(texts):
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        while len(pieces) > 1:
            merges[pieces[0], pieces[1]] = None
            pieces[:2] = ["".join(pieces[:2])]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    known = [*alphabet, *(f"{one}</w>" for one in alphabet), *map("".join, merges)]
    known += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(known))}
    return CLIPTokenizer(vocab=vocabulary, merges=list(merges), model_max_length=CONTEXT)


def _siglip_tokeniser(texts: Sequence[str]) -> Any:
    """Pieces of sentences, an end mark that is the padding too; small letters are up to others."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = sorted({letter for text in texts for letter in text.lower()} | {"\u2581"})
    words = [f"\u2581{word}" for word in _common(texts)]
    pieces = [("<unk>", 0.0), ("</s>", 0.0), *((word, -2.0) for word in words)]
    pieces += [(letter, -4.0) for letter in letters]
    made: Any = Tokenizer(models.Unigram(pieces, unk_id=0))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="</s>", pad_token="</s>", unk_token="<unk>",
        model_max_length=CONTEXT, model_input_names=["input_ids"],
    )  # fmt: skip


def _common(texts: Sequence[str], most: int = 300) -> list[str]:
    """The commonest words of small Latin letters."""
    counts = Counter(word for text in texts for word in re.findall(r"[a-z]{2,}", text.lower()))
    return sorted(counts, key=lambda word: (-counts[word], word))[:most]
