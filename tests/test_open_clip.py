"""Networks in open_clip's format, through its own loader, with a checkpoint made here."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasscase import Catalog, ProductClassifier, Settings, explain
from glasscase.encoders.hub import hub_folder
from glasscase.encoders.table import load_encoder
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.errors import BadEncoder

pytestmark = pytest.mark.xdist_group("open-clip")  # what it makes once is dear

MEAN, STD = [0.5, 0.4, 0.3], [0.2, 0.3, 0.4]
MARKS = ["<pad>", "<unk>", "<s>", "</s>"]
WORDS = [*MARKS, "blue", "red", "mug", "chair", "a", "300", "ml", *"bcdefghij"]
TEXTS = ["blue mug", "a red chair", "Blue  Mug, 300 ml!", f"{'blue ' * 8}chair"]
CONFIG: dict[str, Any] = {
    "embed_dim": 12,
    "vision_cfg": {"image_size": 48, "layers": 3, "width": 16, "head_width": 8, "patch_size": 8},
    "text_cfg": {
        "context_length": 9, "vocab_size": len(WORDS), "width": 16, "heads": 2, "layers": 2,
        "hf_tokenizer_name": "glasscase/tiny", "tokenizer_kwargs": {"clean": "canonicalize"},
    },
}  # fmt: skip
SIGLIP = {"no_causal_mask": True, "proj_bias": True, "pool_type": "last"}


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty hub cache, and any use of the network is a failure."""
    import socket

    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    def refuse(*_: Any) -> None:
        raise AssertionError("the network was tried")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def tokeniser_files(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    named = dict(zip(("pad_token", "unk_token", "bos_token", "eos_token"), MARKS, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=made, **named).save_pretrained(folder)


def checkpoint(folder: Path, config: dict[str, Any]) -> Path:
    declare_torchvision_schemas()
    import open_clip
    import torch
    from open_clip.push_to_hf_hub import save_for_hf

    tokeniser_files(folder)
    (folder / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": config, "preprocess_cfg": {"mean": MEAN, "std": STD}})
    )
    torch.manual_seed(0)
    network = open_clip.create_model(f"local-dir:{folder}", load_weights=False).eval()
    tokeniser = open_clip.get_tokenizer(f"local-dir:{folder}")
    save_for_hf(network, tokeniser, config, str(folder), safe_serialization=True)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("open-clip")
    for name in ("clip", "siglip"):
        (root / name).mkdir()
    checkpoint(root / "clip", CONFIG)
    text = CONFIG["text_cfg"] | SIGLIP
    checkpoint(root / "siglip", CONFIG | {"custom_text": True, "text_cfg": text})
    return root


def loaded(folder: Path, modality: Any) -> Any:
    return load_encoder(f"open_clip:{folder}", modality=modality, settings=Settings())


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_photos_equal_those_of_open_clip(folders: Path, name: str) -> None:
    import open_clip
    import torch

    encoder = loaded(folders / name, "image")
    images = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3)).astype(np.uint8)
    network = open_clip.create_model(f"local-dir:{folders / name}").eval()
    pixels = torch.tensor(images).permute(0, 3, 1, 2) / 255.0
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    with torch.no_grad():
        wanted = network.encode_image((pixels - mean) / std).numpy()
    assert (encoder.side, encoder.card.dim, encoder.has_maps) == (48, 12, False)
    assert encoder.card.name == encoder.card.source == f"open_clip:{folders / name}"
    np.testing.assert_allclose(encoder.encode_images(list(images)), wanted, atol=1e-4)


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_texts_equal_those_of_open_clip(folders: Path, name: str) -> None:
    import open_clip
    import torch

    encoder = loaded(folders / name, "text")
    network = open_clip.create_model(f"local-dir:{folders / name}").eval()
    tokeniser = open_clip.get_tokenizer(f"local-dir:{folders / name}")
    with torch.no_grad():
        wanted = network.encode_text(tokeniser(TEXTS), normalize=True).numpy()
    assert encoder.card.preprocessing["model_max_tokens"] == 9
    one_window = encoder.encode_texts(TEXTS[:3])
    np.testing.assert_allclose(one_window, wanted[:3], atol=1e-4)
    assert np.abs(one_window[0] - one_window[2]).max() > 1e-3
    assert encoder.encode_texts([""]).tolist() == [[0.0] * 12]
    long = encoder.encode_texts(TEXTS[3:])  # in windows, where open_clip cuts
    assert np.linalg.norm(long[0]) == pytest.approx(1.0, abs=1e-5)


def test_both_halves_of_one_network_live_side_by_side(folders: Path) -> None:
    assert loaded(folders / "clip", "text").card.modality == "text"
    assert loaded(folders / "clip", "image").card.modality == "image"


def test_a_bare_folder_is_recognised(folders: Path) -> None:
    encoder = load_encoder(str(folders / "clip"), modality="image", settings=Settings())
    assert encoder.card.dim == 12


def test_heat_maps_lie_on_the_patches(folders: Path, toy_catalog: Catalog) -> None:
    settings = Settings(encoders={"image": f"open_clip:{folders / 'clip'}"})
    model = ProductClassifier("image-linear", settings=settings).fit(toy_catalog)
    product = next(one for one in toy_catalog if one.photos)
    told = explain(model, product)
    assert told.heat_note == ""
    (heat,) = told.heat_maps
    assert heat.values.shape == (6, 6)
    assert heat.method == "Grad-CAM through torch, layer transformer.resblocks.2.ln_1"
    assert heat.peak > 0


def test_loading_leaves_logging_as_it_was(folders: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from glasscase.encoders.open_clip_files import load_open_clip

    before = list(logging.getLogger().handlers)
    load_open_clip(folders / "clip")
    assert logging.getLogger().handlers == before
    assert capfd.readouterr() == ("", "")


def test_weights_that_could_carry_code_are_not_read(folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    shutil.copytree(folders / "clip", folder)
    (folder / "open_clip_model.safetensors").rename(folder / "model.safetensors")
    (folder / "open_clip_pytorch_model.bin").write_bytes(b"open_clip itself would take this one")
    assert loaded(folder, "image").card.dim == 12
    (folder / "model.safetensors").unlink()
    with pytest.raises(BadEncoder, match=r"holds no \*\.safetensors"):
        loaded(folder, "image")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text_cfg": {"hf_model_name": "x"}}, "text towers of hf: in open_clip's format are not"),
        ({"multimodal_cfg": {}}, "CoCa models in open_clip's format are not supported"),
        ({"vision_cfg": None}, "describes no network"),
        ({"vision_cfg": CONFIG["vision_cfg"] | {"width": 24}}, "cannot load .*state_dict"),
        ({"vision_cfg": {"nonsense": 1}}, "open_clip cannot load .*nonsense"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_here_is_refused(
    folders: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    folder = tmp_path / "clip"
    shutil.copytree(folders / "clip", folder)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": CONFIG | change}))
    with pytest.raises(BadEncoder, match=message):
        loaded(folder, "image")


def test_other_formats_and_tokenisers_are_told(folders: Path, tmp_path: Path) -> None:
    with pytest.raises(BadEncoder, match=r"holds no \*\.safetensors"):
        loaded(tmp_path, "image")
    folder = tmp_path / "clip"
    shutil.copytree(folders / "clip", folder)
    (folder / "tokenizer_config.json").write_text("{}")
    with pytest.raises(BadEncoder, match=r"tokenizer_config\.json of .* names no padding token"):
        loaded(folder, "text")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(BadEncoder, match=r"has no tokenizer\.json that can be read"):
        loaded(folder, "text")
    (folder / "open_clip_config.json").unlink()
    with pytest.raises(BadEncoder, match=r"holds no open_clip_config\.json"):
        loaded(folder, "image")


def test_names_are_fetched_only_when_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    with pytest.raises(
        BadEncoder, match="'Marqo/none' is not on this machine; the network was not"
    ):
        load_encoder("open_clip:Marqo/none", modality="image", settings=Settings())
    asked: list[list[str]] = []
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"")

    def fetch(_: str, *, allow_patterns: list[str], **__: Any) -> str:
        asked.append(allow_patterns)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    assert hub_folder("a/b", download=False, weights="open_clip*.safetensors") == tmp_path
    assert asked == [["*.json", "*.txt", "*.model", "open_clip*.safetensors"]]
