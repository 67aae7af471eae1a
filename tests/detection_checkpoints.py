"""Tiny detection checkpoints with random weights, saved in the real format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from joint_checkpoints import clip_tokeniser

LABELS = {0: "bottle", 1: "can", 2: "box"}
_WIDTH: dict[str, Any] = {
    "d_model": 32, "encoder_layers": 1, "decoder_layers": 2, "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "init_std": 0.25,
}  # fmt: skip
_TOWER: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
}  # fmt: skip


def save_detr(folder: Path) -> Path:
    transformers = _ready()
    config = transformers.DetrConfig(
        use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, num_queries=40,
        backbone_config=_resnet(transformers, "stage4"), id2label=LABELS, **_WIDTH,
    )  # fmt: skip
    size = {"shortest_edge": 64, "longest_edge": 128}
    return _saved(
        transformers.DetrForObjectDetection(config),
        transformers.DetrImageProcessor(size=size),
        folder,
    )


def save_deformable_detr(folder: Path) -> Path:
    transformers = _ready()
    config = transformers.DeformableDetrConfig(
        use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, num_queries=150,
        backbone_config=_resnet(transformers, "stage2", "stage3", "stage4"), id2label=LABELS,
        num_feature_levels=3, **_WIDTH,
    )  # fmt: skip
    size = {"shortest_edge": 64, "longest_edge": 128}
    return _saved(
        transformers.DeformableDetrForObjectDetection(config),
        transformers.DeformableDetrImageProcessor(size=size),
        folder,
    )


def save_rtdetr(folder: Path) -> Path:
    transformers = _ready()
    backbone = transformers.RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = transformers.RTDetrConfig(
        backbone_config=backbone, d_model=32, encoder_hidden_dim=32, encoder_ffn_dim=32,
        encoder_in_channels=[16, 16, 32], encoder_attention_heads=2, num_queries=60,
        decoder_in_channels=[32, 32, 32], decoder_layers=1, decoder_ffn_dim=32,
        decoder_attention_heads=2, num_denoising=0, id2label=LABELS,
    )  # fmt: skip
    size = {"height": 64, "width": 96}
    return _saved(
        transformers.RTDetrForObjectDetection(config),
        transformers.RTDetrImageProcessor(size=size),
        folder,
    )


def save_owlv2(folder: Path) -> Path:
    transformers = _ready()
    tokeniser = clip_tokeniser(["a bottle of milk", "a box of tea", "product product bottle"])
    tokeniser.model_max_length = 16
    text = {
        "max_position_embeddings": 16, "vocab_size": len(tokeniser),
        "bos_token_id": tokeniser.bos_token_id, "eos_token_id": tokeniser.eos_token_id,
        "pad_token_id": tokeniser.pad_token_id,
    }  # fmt: skip
    config = transformers.Owlv2Config(
        text_config=_TOWER | text, vision_config=_TOWER | {"image_size": 64, "patch_size": 8},
        projection_dim=32,
    )  # fmt: skip
    images = transformers.Owlv2ImageProcessor(size={"height": 64, "width": 64})
    processor = transformers.Owlv2Processor(image_processor=images, tokenizer=tokeniser)
    return _saved(transformers.Owlv2ForObjectDetection(config), processor, folder)


def save_grounding_dino(folder: Path) -> Path:
    transformers = _ready()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "product", "bottle", "can", "?"]
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(words))
    tokeniser = transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    bert = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64,
    )  # fmt: skip
    swin = transformers.SwinConfig(
        image_size=64, patch_size=4, embed_dim=8, depths=[1, 1, 1], num_heads=[1, 1, 1],
        window_size=4, out_features=["stage2", "stage3"],
    )  # fmt: skip
    config = transformers.GroundingDinoConfig(
        backbone_config=swin, text_config=bert, num_queries=30, num_feature_levels=3,
        max_text_len=32, use_timm_backbone=False, backbone=None, **_WIDTH,
    )  # fmt: skip
    images = transformers.GroundingDinoImageProcessor(
        size={"shortest_edge": 64, "longest_edge": 96}
    )
    processor = transformers.GroundingDinoProcessor(image_processor=images, tokenizer=tokeniser)
    return _saved(transformers.GroundingDinoForObjectDetection(config), processor, folder)


def _ready() -> Any:
    declare_torchvision_schemas()
    import torch
    import transformers

    torch.manual_seed(0)
    return transformers


def _resnet(transformers: Any, *stages: str) -> Any:
    return transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 8, 16], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=list(stages),
    )  # fmt: skip


def _saved(network: Any, processor: Any, folder: Path) -> Path:
    import torch

    grown = {"decoder": 2.0, "query": 4.0, "queries": 4.0, "bbox": 1.3, "box": 1.3}
    with torch.no_grad():  # as they begin, nothing is sure and all boxes are nearly one
        for name, parameter in network.named_parameters():
            if any(part in name for part in ("class", "score", "logit")):
                parameter.normal_(0, 1) if parameter.ndim > 1 else parameter.fill_(-1)
            elif parameter.ndim > 1:
                parameter.mul_(next((by for part, by in grown.items() if part in name), 1.0))
        if hasattr(network, "class_labels_classifier"):
            network.class_labels_classifier.bias[-1] = -20  # "nothing" is never said
    network.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
