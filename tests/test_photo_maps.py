"""Heat maps of backbones that do not end in a plain average: through torch, on the right grid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasscase import Catalog, ProductClassifier, Settings, explain, train
from glasscase.catalog.image_decoding import decode, resize
from glasscase.encoders.table import load_photo_network
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.errors import BadSetting

pytestmark = pytest.mark.xdist_group("photo-maps")  # what it makes once is dear


@pytest.fixture(scope="module")
def backbones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny checkpoints in the formats of timm and transformers."""
    declare_torchvision_schemas()
    import timm
    import torch
    import transformers
    from timm.models import save_for_hf

    root = tmp_path_factory.mktemp("backbones")
    torch.manual_seed(0)
    for name in ("resnet10t", "test_vit", "test_mobilenetv4"):
        known = {model.split(".")[0] for model in timm.list_models()}
        chosen = name if name in known else "mobilenetv3_small_050"
        network = timm.create_model(chosen, pretrained=False, num_classes=3).eval()
        save_for_hf(network, str(root / name), safe_serialization=True)
    transformers.utils.logging.disable_progress_bar()
    clip = transformers.CLIPModel(
        transformers.CLIPConfig(
            text_config={"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
                         "intermediate_size": 16, "vocab_size": 50},
            vision_config={"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2,
                           "intermediate_size": 16, "image_size": 48, "patch_size": 8},
            projection_dim=12,
        )
    )  # fmt: skip
    clip.eval().save_pretrained(root / "clip")
    scale = {"size": {"height": 48, "width": 48}, "image_mean": [0.5] * 3, "image_std": [0.25] * 3}
    (root / "clip" / "preprocessor_config.json").write_text(json.dumps(scale))
    return root


def fitted(folder: Path, catalog: Catalog, **explained: Any) -> ProductClassifier:
    settings = Settings(encoders={"image": str(folder)}, explain=explained)
    return ProductClassifier("linear", settings=settings).fit(catalog)


def at_layer(model: ProductClassifier, layer: str) -> Settings:
    return Settings.model_validate(model.settings.model_dump() | {"explain": {"layer": layer}})


def product_with_photo(catalog: Catalog) -> Any:
    return next(product for product in catalog if product.photos and product.text)


def test_a_layer_through_torch_equals_the_exact_map(backbones: Path, toy_catalog: Catalog) -> None:
    model = fitted(backbones / "resnet10t", toy_catalog)
    product = product_with_photo(toy_catalog)
    (exact,) = explain(model, product).heat_maps
    layered = Settings.model_validate(
        model.settings.model_dump() | {"explain": {"layer": "layer4"}}
    )
    (through,) = explain(model, product, settings=layered).heat_maps
    assert exact.method == "Grad-CAM, exact gradient of the head"
    assert through.method == "Grad-CAM through torch, layer layer4"
    assert exact.peak > 0
    np.testing.assert_allclose(through.values, exact.values, atol=1e-4 * exact.peak)
    assert through.signed_sum == pytest.approx(exact.signed_sum, abs=1e-4 * exact.peak * 49)
    wrong = at_layer(model, "layer9")
    with pytest.raises(BadSetting, match=r"no layer 'layer9'. Close to it: layer"):
        explain(model, product, settings=wrong)


@pytest.mark.parametrize(
    ("name", "grid", "layer"),
    [
        ("test_vit", (10, 10), "blocks.5.norm1"),
        ("clip", (6, 6), "vision_model.encoder.layers.2.layer_norm1"),
    ],
)
def test_a_transformers_patches_are_looked_at_where_they_last_count(
    backbones: Path, toy_catalog: Catalog, name: str, grid: tuple[int, int], layer: str
) -> None:
    model = fitted(backbones / name, toy_catalog)
    explanation = explain(model, product_with_photo(toy_catalog))
    (heat,) = explanation.heat_maps
    assert explanation.heat_note == ""
    assert heat.values.shape == grid
    assert heat.method == f"Grad-CAM through torch, layer {layer}"
    assert heat.peak > 0


def test_the_map_of_a_transformer_is_grad_cam_of_its_tokens(
    backbones: Path, toy_catalog: Catalog
) -> None:
    """The same by hand: hold the tokens, let autograd weigh them, leave the class token out."""
    import timm
    import torch

    model = fitted(backbones / "test_vit", toy_catalog)
    product = product_with_photo(toy_catalog)
    (heat,) = explain(model, product).heat_maps
    network = timm.create_model(
        f"local-dir:{backbones / 'test_vit'}", pretrained=True, num_classes=0
    ).eval()
    config = timm.data.resolve_model_data_config(network)
    side = config["input_size"][-1]
    (photo,) = product.photos
    image = decode(photo.read(), name=photo.name, limits=model.settings.photos, at_least_px=side)
    pixels = torch.tensor(resize(image, side)).permute(2, 0, 1)[None] / 255.0
    mean, std = (torch.tensor(config[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    held: list[Any] = []
    network.blocks[-1].norm1.register_forward_hook(lambda *given: held.append(given[2]))
    vector = network((pixels - mean) / std)
    features = model.encode([product]).features
    asked = np.zeros((1, len(model.classes_)))
    asked[0, list(model.classes_).index(explain(model, product).label)] = (
        1 / model.temperatures(features)[0]
    )
    slope = torch.tensor(model.head.gradient(features, "image", asked)[0], dtype=torch.float32)
    (gradient,) = torch.autograd.grad((vector[0] * slope).sum(), held[0])
    patches, weights = held[0][0, 1:], gradient[0, 1:].mean(dim=0)
    wanted = torch.relu(patches @ weights).reshape(heat.values.shape).detach().numpy()
    assert wanted.max() > 0
    np.testing.assert_allclose(heat.values, wanted, atol=1e-4 * wanted.max())


def test_a_convolution_after_the_pooling_is_no_obstacle(
    backbones: Path, toy_catalog: Catalog
) -> None:
    model = fitted(backbones / "test_mobilenetv4", toy_catalog)
    assert not model.image_encoder.has_maps
    (heat,) = explain(model, product_with_photo(toy_catalog)).heat_maps
    assert heat.values.shape[0] > 1
    assert np.isfinite(heat.values).all()


def test_weights_that_moved_or_changed_are_a_note_not_an_error(
    backbones: Path, toy_catalog: Catalog, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "vit"
    shutil.copytree(backbones / "test_vit", folder)
    model = fitted(folder, toy_catalog)
    product = product_with_photo(toy_catalog)
    weights = folder / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(bytes(changed))
    told = explain(model, product)
    assert told.heat_maps == ()
    assert "are not those this model was trained with. Put the old weights back" in told.heat_note
    shutil.rmtree(folder)
    assert "No heat map: " in explain(model, product).heat_note


@pytest.fixture(scope="module")
def tuned(backbones: Path, toy_catalog: Catalog) -> ProductClassifier:
    """A ViT learnt on, photos alone."""
    settings = Settings(
        train={"recipe": "finetune", "modality": "image", "folds": 2},
        encoders={"image": str(backbones / "test_vit")},
        net={"accelerator": "cpu", "epochs": 1, "unfreeze": 6, "side": 64, "augment": "none",
             "learning_rate": 1e-2, "batch_size": 16},
        loading={"workers": "none"},
    )  # fmt: skip
    photos = [product for product in toy_catalog if product.photos]
    common = [one for one in photos if one.category and one.category[-1] in {"Mugs", "Caps"}]
    return train(Catalog(common[:24]), settings=settings).model


def test_a_transformer_that_was_learnt_on_is_looked_into_as_it_is_now(
    tuned: ProductClassifier, backbones: Path, toy_catalog: Catalog, tmp_path: Path
) -> None:
    product = product_with_photo(toy_catalog)
    told = explain(tuned, product, parts=("photo",))
    (heat,) = told.heat_maps
    assert heat.values.shape == (4, 4)
    assert heat.method == "Grad-CAM through torch, layer blocks.5.norm1"
    loaded = ProductClassifier.load(tuned.save(tmp_path / "bundle"))
    (again,) = explain(loaded, product, parts=("photo",)).heat_maps
    np.testing.assert_allclose(again.signed, heat.signed, atol=1e-5 * heat.peak)
    network = load_photo_network(
        str(backbones / "test_vit"), tuned.image_encoder.card, download=False,
        learnt=tuned.image_encoder.learnt,
    )  # fmt: skip
    (photo,) = product.photos
    import torch

    side = int(tuned.image_encoder.card.preprocessing["side_px"])
    image = resize(decode(photo.read(), name=photo.name, at_least_px=side), side)
    vectors = network.from_pixels()(torch.tensor(image[None])).detach().numpy()
    np.testing.assert_allclose(vectors, tuned.image_encoder.encode_images([image]), atol=1e-3)


def test_learnt_weights_that_are_gone_or_damaged_are_a_note(
    tuned: ProductClassifier, toy_catalog: Catalog, tmp_path: Path
) -> None:
    product = product_with_photo(toy_catalog)
    folder = tmp_path / "bundle"
    tuned.save(folder)
    loaded = ProductClassifier.load(folder)
    learnt = loaded.image_encoder.learnt
    learnt.write_bytes(b"broken")
    note = explain(loaded, product, parts=("photo",)).heat_note
    assert "what the photo network learnt cannot be read" in note
    learnt.unlink()
    note = explain(loaded, product, parts=("photo",)).heat_note
    assert "and its maps are not in the bundle" in note
