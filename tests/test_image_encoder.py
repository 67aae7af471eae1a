"""Image vectors and maps equal those of timm, and a bad photo is a problem, never a crash."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embedded_encoders import lite0
from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.toy import toy_products
from glasscase.encoders.embedded import lite0_network
from glasscase.encoders.image import ImageEncoderOnnx
from glasscase.errors import BadEncoder
from glasscase.settings import PhotoSettings


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    return [photo for product in toy_products(14) for photo in product.photos][:12]


@pytest.fixture(scope="module")
def images(photos: list[Photo]) -> list[np.ndarray]:
    return [decode(photo.read(), name=photo.name) for photo in photos]


def test_vectors_and_maps_equal_those_of_timm(images: list[np.ndarray]) -> None:
    import torch

    pixels = np.stack([resize(image, 224) for image in images])
    scaled = torch.tensor(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    network = lite0_network()
    with torch.no_grad():
        maps = network.forward_features(scaled).numpy()
        vectors = network.forward_head(torch.tensor(maps), pre_logits=True).numpy()
    got_vectors, got_maps = lite0().feature_maps(images)
    assert got_maps.shape == (len(images), 1280, 7, 7)
    assert np.abs(got_maps - maps).max() < 1e-4
    assert np.abs(got_vectors - vectors).max() < 1e-4
    assert np.abs(lite0().encode_images(images) - vectors).max() < 1e-4


def test_the_weights_know_what_they_see() -> None:
    """A picture of horizontal stripes is nearer to other stripes than to a disc."""
    stripes = np.zeros((224, 224, 3), np.uint8)
    stripes[::16] = stripes[1::16] = stripes[2::16] = 255
    shifted = np.roll(stripes, 5, axis=0)
    y, x = np.mgrid[:224, :224]
    disc = np.repeat(((x - 112) ** 2 + (y - 112) ** 2 < 3600)[..., None] * 255, 3, 2)
    a, b, c = lite0().encode_images([stripes, shifted, disc.astype(np.uint8)])
    cosine = lambda p, q: p @ q / np.linalg.norm(p) / np.linalg.norm(q)  # noqa: E731 - used twice
    assert cosine(a, b) > cosine(a, c) + 0.1


def test_no_images_no_rows() -> None:
    vectors, maps = lite0().feature_maps([])
    assert vectors.shape == (0, 1280)
    assert maps.shape == (0, 1280, 7, 7)
    assert lite0().encode_images([]).shape == (0, 1280)


def test_several_photos_are_averaged_and_bad_ones_left_out(photos: list[Photo]) -> None:
    a, b = photos[:2]
    bad = Photo("page.jpg", data=b"<html>not found</html>")
    gone = Photo("gone.jpg", path=Path("/nowhere/gone.jpg"))
    products = [
        Product(id="both", photos=(a, b), row=2),
        Product(id="a", photos=(a,), row=3),
        Product(id="some", photos=(bad, b), row=4),
        Product(id="none", photos=(gone,), row=5),
        Product(id="blank", row=6),
    ]
    result = lite0().encode(products)
    assert result.present.tolist() == [True, True, True, False, False]
    alone = lite0().encode([products[1], Product(id="b", photos=(b,))]).vectors
    assert np.abs(result.vectors[0] - alone.mean(axis=0)).max() < 1e-5
    assert np.abs(result.vectors[2] - alone[1]).max() < 1e-5
    assert not result.vectors[3:].any()
    assert [(p.row, p.product_id, p.field) for p in result.problems] == [
        (4, "some", "photo"),
        (5, "none", "photo"),
    ]
    assert str(result.problems[0]).startswith("row 4: photo 'page.jpg' is ")
    assert str(result.problems[1]) == (
        "row 5: photo 'gone.jpg' does not exist. Add it or clear it."
    )


def test_the_limits_it_was_given_hold(tmp_path: Path, photos: list[Photo]) -> None:
    lite0().save_files(tmp_path)
    strict = ImageEncoderOnnx.from_files(tmp_path, limits=PhotoSettings(max_megapixels=0.001))
    result = strict.encode([Product(id="a", photos=(photos[0],))])
    assert not result.present[0]
    assert "the limit is 0.001 MP" in result.problems[0].reason
    assert strict.card.fingerprint() == lite0().card.fingerprint()


def test_a_large_jpeg_decoded_small_is_still_the_same_picture(images: list[np.ndarray]) -> None:
    stream = io.BytesIO()
    large = Image.fromarray(images[0]).resize((2000, 2000), Image.Resampling.BICUBIC)
    large.save(stream, "JPEG", quality=95)
    product = Product(id="large", photos=(Photo("large.jpg", data=stream.getvalue()),))
    drafted = lite0().encode([product]).vectors[0]
    whole = lite0().encode_images([np.array(large)])[0]
    assert drafted @ whole / np.linalg.norm(drafted) / np.linalg.norm(whole) > 0.99


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "other.pth"
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(BadEncoder, match="does not hold EfficientNet-Lite0's weights"):
        lite0_network(path)
