"""CLIP and SigLIP checkpoints of transformers: two encoders, and the space they share."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasscase import Catalog, ProductClassifier, Settings, search, zero_shot
from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.toy import toy_products
from glasscase.encoders.joint_text_files import load_text
from glasscase.encoders.table import load_encoder
from glasscase.encoders.tokens import Tokens
from glasscase.errors import BadEncoder
from glasscase.models.head import softmax
from glasscase.models.joint_space import CLIP_TEMPERATURE
from joint_checkpoints import CONTEXT, DIM, MEAN, SIDE, STD, save_clip, save_siglip

pytestmark = pytest.mark.xdist_group("joint-checkpoints")
TEXTS = ["blue mug", "a Red chair", "lamp of brass, 300 ml", "mug"]
LOWER = [text.lower() for text in TEXTS]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("joint")
    texts = [product.text for product in toy_products(60)]
    save_clip(root / "clip", texts)
    save_clip(root / "clip-legacy", texts, legacy=True)
    save_siglip(root / "siglip", texts)
    return root


def loaded(folder: Path, modality: Any) -> Any:
    return load_encoder(str(folder), modality=modality, settings=Settings())


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Checkpoints of other runs are not to be met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSCASE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def text_features(folder: Path, texts: list[str]) -> Any:
    """Those of transformers, through its own tokeniser."""
    import torch
    import transformers

    tokeniser = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(folder).eval()
    small = [text.lower() for text in texts]
    padding = "max_length" if "siglip" in folder.name else True
    given = tokeniser(
        small, padding=padding, truncation=True, max_length=CONTEXT, return_tensors="pt"
    )
    with torch.no_grad():
        return unit(network.get_text_features(**given).pooler_output.numpy())


def image_features(folder: Path, images: Any) -> Any:
    import torch
    import transformers

    network = transformers.AutoModel.from_pretrained(folder).eval()
    pixels = torch.tensor(images).permute(0, 3, 1, 2) / 255.0
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    with torch.no_grad():
        features = network.get_image_features(pixel_values=(pixels - mean) / std)
    return features.pooler_output.numpy()


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_texts_equal_those_of_transformers(folders: Path, name: str) -> None:
    encoder = loaded(folders / name, "text")
    found = encoder.encode_texts(TEXTS)
    np.testing.assert_allclose(found, text_features(folders / name, TEXTS), atol=1e-4)
    assert np.abs(found[0] - found[3]).max() > 1e-2
    assert encoder.card.dim == (DIM if name == "clip" else 32)
    assert encoder.card.preprocessing["max_tokens"] == CONTEXT
    assert encoder.encode_texts([""]).tolist() == [[0.0] * encoder.card.dim]


@pytest.mark.parametrize("name", ["clip", "clip-legacy", "siglip"])
def test_padding_changes_nothing_in_training(folders: Path, name: str) -> None:
    """Also where a checkpoint has the wrong number of the end mark, as OpenAI's own."""
    import torch

    from glasscase.models.nets.joint import MaskedSentences

    network = load_text(folders / name)
    windows = [one[0] for one in Tokens(folders / name / "tokenizer.json", CONTEXT).windows(LOWER)]
    ids = torch.full((len(LOWER), max(map(len, windows))), -1)
    for row, window in zip(ids, windows, strict=True):
        row[: len(window)] = torch.tensor(window)
    with torch.no_grad():
        found = MaskedSentences(network.module, padding=0)(ids).numpy()
    np.testing.assert_allclose(found, text_features(folders / name, LOWER), atol=1e-4)


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_photos_equal_those_of_transformers(folders: Path, name: str) -> None:
    encoder = loaded(folders / name, "image")
    images = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3)).astype(np.uint8)
    wanted = image_features(folders / name, images)
    np.testing.assert_allclose(encoder.encode_images(list(images)), wanted, atol=1e-4)


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_long_texts_are_read_in_windows_that_begin_and_end_like_texts(
    folders: Path, name: str
) -> None:
    import torch
    import transformers

    long = "blue mug with a red lamp beside the brass chair " * 4
    encoder = loaded(folders / name, "text")
    most = Settings().text.max_windows
    windows = Tokens(folders / name / "tokenizer.json", CONTEXT, most).windows([long])[0]
    assert len(windows) > 2
    tokeniser = transformers.AutoTokenizer.from_pretrained(folders / name)
    network = transformers.AutoModel.from_pretrained(folders / name).eval()
    mean = np.zeros(encoder.card.dim)
    for window in windows:
        assert len(window) <= CONTEXT
        assert window[-1] == tokeniser.eos_token_id
        filled = window + [tokeniser.pad_token_id] * (CONTEXT - len(window))
        with torch.no_grad():
            pooled = network.get_text_features(input_ids=torch.tensor([filled])).pooler_output
        mean += len(window) * unit(pooled.numpy())[0]
    wanted = mean / np.linalg.norm(mean)
    np.testing.assert_allclose(encoder.encode_texts([long])[0], wanted, atol=1e-4)


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_an_untrained_checkpoint_names_categories_as_transformers_does(
    folders: Path, name: str, toy_catalog: Catalog
) -> None:
    """Of any model on both halves: zero-shot is the checkpoint's own, and search works."""
    whole = [one for one in toy_catalog if one.photos and one.text and one.category][:40]
    names = {"text": str(folders / name), "image": str(folders / name)}
    settings = Settings(encoders=names, train={"folds": 2, "effort": "quick"})
    model = ProductClassifier("linear", settings=settings).fit(whole)
    asked = ["mug", "chair", "a brass lamp"]
    shown = [replace(one, photos=one.photos[:1]) for one in whole[:6]]
    look = partial(decode, name="", limits=settings.photos, at_least_px=SIDE)
    images = np.stack([resize(look(one.photos[0].read()), SIDE) for one in shown])
    cosines = unit(image_features(folders / name, images)) @ text_features(folders / name, asked).T
    probs = zero_shot(model, shown, asked)
    np.testing.assert_array_equal(np.argsort(probs), np.argsort(cosines))
    np.testing.assert_allclose(probs, softmax(cosines / CLIP_TEMPERATURE), atol=2e-3)
    assert len(search(model, text="blue mug", top=3)) == 3


def test_a_checkpoint_without_tokeniser_is_told(folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    shutil.copytree(folders / "clip", folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(
        BadEncoder, match=r"has no tokenizer\.json that can be read, so it can look"
    ):
        loaded(folder, "text")
    shutil.copytree(folders / "siglip", tmp_path / "siglip")
    (tmp_path / "siglip" / "tokenizer_config.json").write_text("{}")
    with pytest.raises(BadEncoder, match=r"tokenizer_config\.json of .* names no padding token"):
        loaded(tmp_path / "siglip", "text")


def test_the_text_half_of_another_kind_is_refused(folders: Path, tmp_path: Path) -> None:
    import transformers

    folder = tmp_path / "other"
    shutil.copytree(folders / "clip", folder)
    config = json.loads((folder / "config.json").read_text())
    assert transformers.CLIPSegConfig.model_type == "clipseg"
    config |= {"model_type": "clipseg", "architectures": ["CLIPSegModel"]}
    for half in ("text", "vision"):
        config[f"{half}_config"]["model_type"] = f"clipseg_{half}_model"
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadEncoder, match=r"the text half of .*, a clipseg, is not supported"):
        loaded(folder, "text")
