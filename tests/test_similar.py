"""Products like another one, and products found by words or photo, whatever model there is."""

from __future__ import annotations

import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadProduct, BadSetting
from glasscase.jobs.find import find
from glasscase.jobs.similar import By, similar
from glasscase.models.classifier import ProductClassifier


@pytest.mark.parametrize("by", ["words", "photo", "both"])
def test_a_product_sent_along_finds_itself_and_an_id_does_not(
    toy_model: ProductClassifier, toy_catalog: Catalog, by: By
) -> None:
    product = next(one for one in toy_catalog.products if one.photos and one.text)
    first, *rest = similar(toy_model, product, by=by, top=4)
    assert (first.id, first.similarity > 0.98) == (product.id, True)
    again = similar(toy_model, product.id, by=by, top=3)
    assert [one.id for one in again] == [one.id for one in rest]
    assert [one.similarity for one in rest] == sorted(
        (one.similarity for one in rest), reverse=True
    )


def test_words_and_photo_each_find_their_own(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    labels = toy_model.training.labels
    words = next(p for p in toy_catalog.products if p.label == labels[0] and p.text)
    photo = next(p for p in toy_catalog.products if p.label != labels[0] and p.photos)
    mixed = Product("mixed", texts=words.texts, photos=photo.photos)
    assert similar(toy_model, mixed, by="words", top=1)[0].id == words.id
    assert similar(toy_model, mixed, by="photo", top=1)[0].id == photo.id


def test_without_a_joint_space_like_is_compared_with_like(
    toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    product = next(one for one in toy_catalog.products if one.photos and one.text)
    words = find(toy_model, text=product.text, top=2)
    assert (words.compared, words.hits[0].id, len(words.hits)) == ("words", product.id, 2)
    photo = Photo("mine.png", data=product.photos[0].read())
    seen = find(toy_model, photo=photo, top=1)
    assert (seen.compared, seen.hits[0].id) == ("photo", product.id)


def test_what_cannot_be_compared_is_said(toy_model: ProductClassifier) -> None:
    with pytest.raises(BadProduct, match="the product has no photo the model can use"):
        similar(toy_model, Product("a", texts={"title": "blue mug"}), by="photo")
    with pytest.raises(BadSetting, match=r"there is no training product 'nowhere'"):
        similar(toy_model, "nowhere")
    with pytest.raises(BadSetting, match="0 products are asked for"):
        similar(toy_model, "nowhere", top=0)
    with pytest.raises(BadSetting, match="a search is by words or by a photo"):
        find(toy_model)
