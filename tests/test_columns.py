"""Columns are guessed by name and content, and what is given wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from glasscase.catalog.columns import Columns, guess_columns, no_such_column
from glasscase.catalog.tables import open_table
from glasscase.errors import BadCatalog

DATA = Path(__file__).parents[2] / "shared" / "data"
FLIPKART = [
    "uniq_id",
    "crawl_timestamp",
    "product_url",
    "product_name",
    "product_category_tree",
    "pid",
    "retail_price",
    "discounted_price",
    "image",
    "is_FK_Advantage_product",
    "description",
    "product_rating",
    "overall_rating",
    "brand",
    "product_specifications",
]


def _rows(**values):
    return [{name: f"{value}{i}" if name == "id" else value for name, value in values.items()}
            for i in range(20)]  # fmt: skip


def test_flipkarts_names_alone_are_enough():
    assert guess_columns(FLIPKART, []) == Columns(
        id="uniq_id",
        text=("product_name", "description"),
        photo=("image",),
        label="product_category_tree",
        price="discounted_price",
        brand="brand",
    )


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is absent")
def test_real_tables():
    table = open_table(DATA / "flipkart" / "products.csv")
    rows = [row for _, row in table.peek(200)]
    assert guess_columns(table.names, rows) == guess_columns(FLIPKART, [])
    table = open_table(DATA / "fashion_noisy" / "products.csv")
    rows = [row for _, row in table.peek(200)]
    guessed = guess_columns(table.names, rows)
    assert guessed == Columns(id="id", text=("noisyTextDescription",), label="category")


def test_addresses_ids_and_specifications_are_never_text():
    rows = _rows(
        id="a",
        title="Blue mug for coffee",
        product_link="https://shop.example/p/1",
        description='{"key": "value of all this"}',
        summary="http://shop.example/long text",
        specifications="Material ceramic and glaze",
        seller="The friendly shop of mugs",
        specification_details="Material ceramic and glaze",
        seller_description="The friendly shop of mugs",
    )
    assert guess_columns(list(rows[0]), rows).text == ("title",)


def test_shopify_and_google_exports():
    rows = _rows(
        Handle="blue-mug",
        Title="Blue Mug",
        **{"Body (HTML)": "<p>Holds 300 ml</p>", "Vendor": "Mugs Inc"},
        **{"Google Product Category": "Home > Mugs", "Variant Price": "9.99"},
    )
    for i, row in enumerate(rows):
        row["Handle"] += str(i)
    guessed = guess_columns(list(rows[0]), rows)
    assert guessed.text == ("Title", "Body (HTML)")
    assert guessed.id == "Handle"
    assert guessed.label == "Google Product Category"
    assert guessed.brand == "Vendor"
    assert guessed.price == "Variant Price"


def test_unknown_names_fall_back_to_prose():
    rows = _rows(id="a", was_es_ist="Eine blaue Tasse mit Henkel", farbe="blau", zahl="12")
    assert guess_columns(list(rows[0]), rows).text == ("was_es_ist",)


def test_several_photo_columns_and_no_addresses():
    rows = _rows(title="Mug", image_1="a.jpg", image_2="", image_url="https://x.example/a.jpg",
                 photo_credit="Jane")  # fmt: skip
    assert guess_columns(list(rows[0]), rows).photo == ("image_1", "image_2")


def test_an_id_whose_values_repeat_is_none():
    rows = [{"code": "BR", "item_id": str(i), "name": "Mug"} for i in range(20)]
    assert guess_columns(["code", "item_id", "name"], rows).id == "item_id"


def test_a_price_column_must_hold_prices():
    rows = _rows(price="on request", retail_price="9.99", name="Mug")
    assert guess_columns(list(rows[0]), rows).price == "retail_price"


def test_what_is_given_wins_and_the_rest_is_guessed():
    given = Columns(text=("brand",), label="description")
    guessed = guess_columns(FLIPKART, [], given)
    assert guessed.text == ("brand",)
    assert guessed.label == "description"
    assert guessed.brand is None
    assert guessed.id == "uniq_id"


def test_a_column_that_is_not_there():
    with pytest.raises(BadCatalog) as caught:
        guess_columns(["id", "product_name", "Category"], [], Columns(text=("product_nam",)))
    assert str(caught.value) == (
        "there is no column 'product_nam'. Did you mean 'product_name'? "
        "Columns are: id, product_name, Category."
    )
    assert str(no_such_column("category", ["Category"])) == (
        "there is no column 'category'. Did you mean 'Category'? Columns are: Category."
    )
    assert str(no_such_column("xyz", ["a", "b"])) == (
        "there is no column 'xyz'. Columns are: a, b."
    )


def test_the_choice_of_a_model_fits_a_file_without_labels():
    columns = Columns(id="sku", text=("title", "body"), label="category", photo=("image",))
    assert columns.among(["sku", "title", "image"]) == Columns(
        id="sku", text=("title",), photo=("image",)
    )


def test_describe_is_one_line():
    line = guess_columns(FLIPKART, []).describe()
    assert line == (
        "id: uniq_id | text: product_name, description | photo: image | "
        "label: product_category_tree | price: discounted_price | brand: brand"
    )
