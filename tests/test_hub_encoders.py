"""Encoders by name or folder, through the real loaders, with checkpoints made here."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasscase.catalog.product import Product
from glasscase.encoders.hub import hub_folder
from glasscase.encoders.model_folder import ModelFolder
from glasscase.encoders.table import load_encoder
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.errors import BadEncoder
from glasscase.settings import Settings

pytestmark = pytest.mark.xdist_group("hub-encoders")  # what it makes once is dear

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings()


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty hub cache, and any use of the network is a failure."""
    import socket

    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    def refuse(*_: Any) -> None:
        raise AssertionError("the network was tried")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders as timm, transformers and sentence-transformers write them."""
    declare_torchvision_schemas()
    import timm
    import torch
    import transformers
    from timm.models import save_for_hf

    root = tmp_path_factory.mktemp("checkpoints")
    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(0)
    for name in ("resnet10t", "test_vit"):
        network = timm.create_model(name, pretrained=False, num_classes=3).eval()
        save_for_hf(network, str(root / name), safe_serialization=True)
    vit = transformers.ViTModel(
        transformers.ViTConfig(
            hidden_size=16, intermediate_size=16, num_hidden_layers=2,
            num_attention_heads=2, image_size=32, patch_size=8,
        )
    )  # fmt: skip
    vit.eval().save_pretrained(root / "vit")
    scale = {"size": {"height": 32, "width": 32}, "image_mean": MEAN, "image_std": STD}
    (root / "vit" / "preprocessor_config.json").write_text(json.dumps(scale))
    return root


def scaled(images: np.ndarray, mean: Any, std: Any) -> Any:
    import torch

    pixels = torch.tensor(images).permute(0, 3, 1, 2) / 255.0
    return (pixels - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def noise(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, side, side, 3)).astype(np.uint8)


@pytest.mark.parametrize(("name", "maps"), [("resnet10t", True), ("test_vit", False)])
def test_a_folder_of_timm_equals_timm(
    folders: Path, settings: Settings, name: str, maps: bool
) -> None:
    import timm
    import torch

    encoder: Any = load_encoder(str(folders / name), modality="image", settings=settings)
    network = timm.create_model(f"local-dir:{folders / name}", pretrained=True).eval()
    config = timm.data.resolve_model_data_config(network)
    assert encoder.side == config["input_size"][-1]
    images = noise(encoder.side)
    with torch.no_grad():
        states = network.forward_features(scaled(images, config["mean"], config["std"]))
        wanted = network.forward_head(states, pre_logits=True).numpy()
    assert np.abs(encoder.encode_images(list(images)) - wanted).max() < 1e-4
    assert encoder.card.dim == wanted.shape[1]
    assert encoder.card.licence != ""
    assert encoder.has_maps is maps
    if maps:
        vectors, shown = encoder.feature_maps(list(images))
        assert np.abs(shown - states.numpy()).max() < 1e-4
        assert np.abs(shown.mean(axis=(2, 3)) - vectors).max() < 1e-5
    else:
        with pytest.raises(BadEncoder, match=r"has no feature maps .* such as efficientnet-lite0"):
            encoder.feature_maps(list(images))


def test_a_folder_of_transformers_equals_transformers(folders: Path, settings: Settings) -> None:
    import torch
    import transformers

    encoder: Any = load_encoder(str(folders / "vit"), modality="image", settings=settings)
    network = transformers.ViTModel.from_pretrained(folders / "vit").eval()
    images = noise(32)
    with torch.no_grad():
        wanted = network(pixel_values=scaled(images, MEAN, STD)).last_hidden_state[:, 0].numpy()
    assert np.abs(encoder.encode_images(list(images)) - wanted).max() < 1e-4
    assert encoder.card.preprocessing["mean"] == "0.5,0.4,0.3"


@pytest.fixture(scope="module")
def sentence_folder(folders: Path) -> Path:
    """A tiny BERT that pools by its class token and does not normalise."""
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "blue", "red", "mug", "chair", "##s"]
    bert = folders / "bert"
    bert.mkdir()
    (bert / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(vocab=str(bert / "vocab.txt")).save_pretrained(bert)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=20,
    )  # fmt: skip
    transformers.BertModel(config).eval().save_pretrained(bert)
    first = Transformer(str(bert))
    model = SentenceTransformer(modules=[first, Pooling(16, pooling_mode="cls")], device="cpu")
    model.save(str(folders / "sentences"), create_model_card=False)
    return folders / "sentences"


def test_a_folder_of_sentence_transformers_equals_it(
    sentence_folder: Path, settings: Settings
) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["blue mugs", "red chair", "blue red mug chair " * 4]
    encoder: Any = load_encoder(str(sentence_folder), modality="text", settings=settings)
    reference = SentenceTransformer(str(sentence_folder), device="cpu")
    wanted = reference.encode(texts, show_progress_bar=False)
    assert np.abs(encoder.encode_texts(texts) - wanted).max() < 1e-4
    assert encoder.card.preprocessing["pooling"] == "cls"
    assert encoder.card.preprocessing["normalised"] is False
    assert encoder.card.preprocessing["max_tokens"] == 20
    assert encoder.encode([Product(id="a")]).present.tolist() == [False]


def test_a_bert_without_modules_is_pooled_by_its_mean(
    sentence_folder: Path, settings: Settings
) -> None:
    import torch
    import transformers

    bert = sentence_folder.parent / "bert"
    encoder: Any = load_encoder(str(bert), modality="text", settings=settings)
    network = transformers.BertModel.from_pretrained(bert).eval()
    with torch.no_grad():
        states = network(input_ids=torch.tensor([[2, 5, 7, 3]])).last_hidden_state
    mean = states.mean(dim=1)[0].numpy()
    wanted = mean / np.linalg.norm(mean)
    assert np.abs(encoder.encode_texts(["blue mug"])[0] - wanted).max() < 1e-4


def test_modules_that_are_not_known_are_refused(
    sentence_folder: Path, settings: Settings, tmp_path: Path
) -> None:
    import shutil

    other = tmp_path / "dense"
    shutil.copytree(sentence_folder, other)
    modules = json.loads((other / "modules.json").read_text())
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": "somewhere.Dense"})
    (other / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(BadEncoder, match="has the modules 'Dense', which are not supported"):
        load_encoder(str(other), modality="text", settings=settings)


@pytest.mark.parametrize(
    ("name", "modality", "message"),
    [
        ("hf:owner/none", "text", r"'owner/none' is not on this machine; the network was not tried"
         r"\. Fetch it with --set encoders\.download=true"),
        ("timm:resnet50.a1_in1k", "image", "'timm/resnet50.a1_in1k' is not on this machine"),
        ("timm:resnext", "image", r"no network 'resnext'\. Did you mean .*resnet"),
        ("hf:not a name", "text", "'not a name' is not a name on the hub"),
        ("minilm", "text", r"there is no text encoder 'minilm'; the network was not tried\. "
         r"Use minilm-l6-v2, hf:OWNER/NAME, open_clip:OWNER/NAME or a folder"),
        ("minilm-l6-v2", "image", r"'minilm-l6-v2' is not for images\. Use efficientnet-lite0"),
        ("timm:resnet50", "text", "'timm:resnet50' is not for texts"),
    ],
)  # fmt: skip
def test_an_unknown_name_says_how_to_get_it(
    name: str, modality: Any, message: str, settings: Settings
) -> None:
    with pytest.raises(BadEncoder, match=message):
        load_encoder(name, modality=modality, settings=settings)


def test_offline_means_offline_even_when_downloads_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(BadEncoder, match="was not tried, because HF_HUB_OFFLINE is set"):
        hub_folder("owner/none", download=True)


def test_a_network_that_fails_is_said_to_have_been_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    def fetch(name: str, *, local_files_only: bool = False, **_: Any) -> str:
        if local_files_only:
            raise LocalEntryNotFoundError("not here")
        raise ConnectionError("no route to host")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    with pytest.raises(BadEncoder, match="the network was tried: no route to host"):
        hub_folder("owner/none", download=True)


def test_what_the_hub_has_here_is_used_and_pinned(
    folders: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import shutil

    import huggingface_hub

    commit = tmp_path / "models--timm--resnet10t.toy" / "snapshots" / ("c0ffee" * 7)[:40]
    shutil.copytree(folders / "resnet10t", commit)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(commit))
    encoder = load_encoder("timm:resnet10t.toy", modality="image", settings=settings)
    assert encoder.card.source == f"timm:resnet10t.toy@{commit.name}"
    assert encoder.card.name == "timm:resnet10t.toy"


def test_folders_that_hold_nothing_usable_are_named(
    folders: Path, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(BadEncoder, match="holds no encoder: there is no config.json in it"):
        load_encoder(str(tmp_path), modality="text", settings=settings)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"could carry code")
    with pytest.raises(BadEncoder, match=r"holds no \*\.safetensors"):
        load_encoder(str(tmp_path), modality="text", settings=settings)
    with pytest.raises(BadEncoder, match="holds a network for photos, not for text"):
        load_encoder(str(folders / "resnet10t"), modality="text", settings=settings)


def test_of_two_processes_that_export_at_once_the_second_is_dropped(tmp_path: Path) -> None:
    models = ModelFolder(tmp_path)

    def slow(folder: Path) -> None:
        (folder / "by").write_text("slow")
        models.made_once("hf:a/b", "ab" * 32, lambda other: (other / "by").write_text("fast"))

    made = models.made_once("hf:a/b", "ab" * 32, slow)
    assert made.name == "hf-a-b-abababababababab-r1"
    assert (made / "by").read_text() == "fast"
    assert [path.name for path in tmp_path.iterdir()] == [made.name]


def test_a_failed_export_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise BadEncoder("no", "Sorry.")

    with pytest.raises(BadEncoder, match="no"):
        ModelFolder(tmp_path).made_once("x", "ab" * 32, fail)
    assert list(tmp_path.iterdir()) == []


def test_the_same_weights_are_exported_to_the_same_bytes(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GLASSCASE_CACHE", raising=False)
    graphs = []
    for place in ("one", "another"):
        cache = {"folder": str(tmp_path / place)}
        load_encoder(str(folders / "vit"), modality="image", settings=Settings(cache=cache))
        (graph,) = (tmp_path / place / "models").glob("*/graph.onnx")
        graphs.append(graph.read_bytes())
    assert graphs[0] == graphs[1]
    assert str(Path(importlib.util.find_spec("torch").origin).parent).encode() not in graphs[0]
    assert b"site-packages" not in graphs[0]


def test_torchvision_can_be_imported() -> None:
    declare_torchvision_schemas()
    import torchvision

    assert torchvision.__version__
    assert "torchvision" in sys.modules
