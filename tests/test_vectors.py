"""Vectors computed elsewhere stand in for an encoder's, from the table to the explanation."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from conftest import Refused, Shell, write_table
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.columns import Columns
from glasscase.catalog.product import Product
from glasscase.catalog.product_vector import ProductVector
from glasscase.catalog.vector_cells import BadVector, listed_vector, spread_vector
from glasscase.catalog.vector_names import vector_columns
from glasscase.encoders.given import GivenVectors
from glasscase.errors import BadCatalog
from glasscase.jobs.train import train
from glasscase.models.classifier import ProductClassifier
from glasscase.models.training_index import content_key
from glasscase.settings import Settings

QUICK = Settings.read(overrides=["train.effort=quick", "train.folds=3"])
LISTED = Columns(image_vectors="vec")


def spell(values: np.ndarray) -> str:
    return json.dumps([round(float(v), 4) for v in values])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 products of two kinds that only their vectors tell apart; the text column says nothing."""
    folder = tmp_path_factory.mktemp("vectors")
    dice = np.random.default_rng(0)
    rows: list[list[str]] = [["sku", "title", "category", "vec"]]
    for i in range(60):
        kind = i % 2
        centre = np.array([1.0, 0, 0, 0]) if kind else np.array([0, 1.0, 0, 0])
        vector = centre + dice.normal(0, 0.2, 4)
        rows.append([f"p{i}", f"item number {i}", ("Mugs", "Plates")[kind], spell(vector)])
    write_table(folder / "shop.csv", *rows)
    return folder


def read(tmp_path: Path, *cells: str, told: str = "vec") -> Catalog:
    rows = [[f"p{i}", f"a thing {i}", cell] for i, cell in enumerate(cells)]
    table = write_table(tmp_path / "t.csv", ["sku", "title", "vec"], *rows)
    return Catalog.read(table, columns=Columns(image_vectors=told))


@pytest.mark.parametrize(
    "cell", ["[0.5, -1, 2e-3]", "0.5 -1 2e-3", "[0.5\n -1 2e-3]", "0.5;-1;2e-3"]
)
def test_lists_are_read_in_every_usual_form(cell: str) -> None:
    found = listed_vector(cell)
    assert found is not None
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx([0.5, -1.0, 0.002])


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("[0.5, nan]", "holds nan at place 2, which is not finite"),
        ("[0.5, -inf]", "holds -inf at place 2, which is not finite"),
        ("[1e39, 0]", "holds 1e39 at place 1, which is not finite"),
        ("[0.5, null]", "holds 'null' at place 2, which is no number"),
        ("[0.5 ... 0.1]", "holds '...' at place 2, which is no number"),
        ("a mug", "holds 'a' at place 1, which is no number"),
        ("1_000 2", "holds '1_000' at place 1, which is no number"),
        ([0.5, [1.0]], "holds '[1.0]' at place 2, which is no number"),
        ([True, 0.5], "holds 'True' at place 1, which is no number"),
        ("0 " * 70_000, "has 70,000 numbers, the limit is 65,536"),
    ],
)
def test_what_is_no_vector_says_why(cell: object, words: str) -> None:
    with pytest.raises(BadVector) as caught:
        listed_vector(cell)
    assert str(caught.value) == words


def test_an_empty_cell_is_no_vector() -> None:
    assert [listed_vector(cell) for cell in ("", None, "[]", " ", float("nan"), [])] == [None] * 6


def test_spread_numbers_must_be_whole() -> None:
    names = ["v_0", "v_1", "v_2"]
    assert spread_vector(["1", 2, "3.5"], names).tolist() == [1.0, 2.0, 3.5]  # type: ignore[union-attr]
    assert spread_vector(["", None, float("nan")], names) is None
    with pytest.raises(BadVector, match=r"^lacks 'v_1' and 1 more$"):
        spread_vector(["1", "", "nan"], names)


def test_columns_go_by_their_number() -> None:
    assert vector_columns("v_*", ["v_2", "v_10", "v_1", "x"]) == ("v_1", "v_2", "v_10")
    assert vector_columns("*", ["a"]) == ()


def test_an_uneven_vector_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    catalog = read(tmp_path, "[1, 2, 3]", "[1, 2]", "[4, 5, 6]", "", "[1, x, 2]", "[7, 8, nan]")
    assert [product.vectors.keys() == {"image"} for product in catalog] == [
        True, False, True, False, False, False,
    ]  # fmt: skip
    assert [str(problem) for problem in catalog.problems] == [
        "row 3: image vector (vec) has 2 numbers, most others have 3. "
        "Mend it or leave it empty; the product goes on without it.",
        "row 6: image vector (vec) holds 'x' at place 2, which is no number. "
        "Mend it or leave it empty; the product goes on without it.",
        "row 7: image vector (vec) holds nan at place 3, which is not finite. "
        "Mend it or leave it empty; the product goes on without it.",
    ]
    assert [problem.product_id for problem in catalog.problems] == ["p1", "p4", "p5"]


def test_the_first_vector_does_not_set_the_length(tmp_path: Path) -> None:
    catalog = read(tmp_path, "[1]", "[1, 2]", "[3, 4]")
    assert [problem.row for problem in catalog.problems] == [2]


def test_one_column_per_number(tmp_path: Path) -> None:
    table = write_table(
        tmp_path / "t.csv",
        ["sku", "v_1", "v_0", "title"],
        ["a", "1", "2", "A mug"],
        ["b", "", "", "B"],
    )
    catalog = Catalog.read(table, columns=Columns(text_vectors="v_*"))
    assert catalog[0].vectors["text"].values.tolist() == [2.0, 1.0]
    assert catalog[0].vectors["text"].source == "columns v_*"
    assert catalog[1].vectors == {}
    assert catalog.columns.describe().endswith("| text vectors: v_*")
    assert catalog.columns.text == ("title",)


def test_a_file_is_merged_by_id(tmp_path: Path) -> None:
    table = write_table(
        tmp_path / "t.csv", ["sku", "title"], ["a", "Mug"], ["b", "Plate"], ["c", "Cup"]
    )
    vectors = write_table(
        tmp_path / "v.csv", ["sku", "d0", "d1"],
        ["b", "1", "2"], ["a", "3", "4"], ["z", "5", "6"], ["a", "9", "9"], ["c", "1", "oops"],
    )  # fmt: skip
    catalog = Catalog.read(table, columns=Columns(image_vectors=str(vectors)))
    assert [p.vectors["image"].values.tolist() for p in catalog if p.vectors] == [[3, 4], [1, 2]]
    said = [str(problem).replace(str(vectors), "v.csv") for problem in catalog.problems]
    assert said == [
        "v.csv names 1 products twice, such as 'a'; the first counts. Keep one row per product.",
        "row 4: image vector (v.csv) holds 'oops' at place 2, which is no number. "
        "Mend it or leave it empty; the product goes on without it.",
        "v.csv holds 1 of 4 ids that are not in the table, such as 'z'. They are left out.",
    ]


def test_pieces_of_a_table_have_the_same_vectors(shop: Path) -> None:
    whole = Catalog.read(shop / "shop.csv", columns=LISTED)
    pieces = Catalog.stream(shop / "shop.csv", columns=LISTED, chunk_rows=7)
    streamed = [product for piece in pieces for product in piece]
    for one, other in zip(whole, streamed, strict=True):
        assert np.array_equal(one.vectors["image"].values, other.vectors["image"].values)


def test_a_source_that_is_nowhere_is_refused(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(BadCatalog, match="there is no column 'vek'. Did you mean 'vec'?"):
        Catalog.read(shop / "shop.csv", columns=Columns(image_vectors="vek"))
    with pytest.raises(BadCatalog, match=r"image vectors: 'vec' holds none. Write lists such as"):
        read(tmp_path, "", "")
    nameless = write_table(tmp_path / "n.csv", ["title"], ["A red mug"], ["A red mug"])
    with pytest.raises(BadCatalog, match=r"is merged by product id, and the table has no column"):
        Catalog.read(nameless, columns=Columns(image_vectors=str(shop / "shop.csv")))


def test_what_does_not_fit_the_model_is_missing() -> None:
    def product(name: str, *numbers: float) -> Product:
        vector = ProductVector(np.array(numbers, np.float32), "column vec")
        return Product(name, vectors={"image": vector} if numbers else {})

    encoder = GivenVectors.learnt(
        [product("a", 1, 2), product("b", 3, 4), product("c", 5)], "image"
    )
    assert encoder is not None
    assert (encoder.card.dim, encoder.card.source, encoder.card.name) == (
        2, "column vec", "given-image-vectors",
    )  # fmt: skip
    encoded = encoder.encode([product("a", 1, 2), product("c", 5), product("d")])
    assert encoded.present.tolist() == [True, False, False]
    assert encoded.vectors.tolist() == [[1, 2], [0, 0], [0, 0]]
    assert [str(problem) for problem in encoded.problems] == [
        "image vector has 1 numbers, the model reads 2. Compute it as in training."
    ]


def test_content_differs_where_only_the_vector_does() -> None:
    def key(number: float) -> str:
        vector = ProductVector(np.array([number], np.float32), "x")
        return content_key(Product("a", vectors={"image": vector}))

    assert key(1.0) != key(2.0)
    assert key(1.0) == key(1.0)


@pytest.fixture(scope="module")
def bundle(shop: Path) -> Path:
    catalog = Catalog.read(shop / "shop.csv", columns=LISTED)
    training = train(catalog, settings=QUICK.model_copy(update={
        "train": QUICK.train.model_copy(update={"modality": "image"}),
    }))  # fmt: skip
    return training.model.save(shop / "bundle")


def test_a_model_of_vectors_is_saved_and_read_again(shop: Path, bundle: Path) -> None:
    model = ProductClassifier.load(bundle)
    card = json.loads((bundle / "image" / "card.json").read_text())
    assert (card["name"], card["dim"], card["source"]) == ("given-image-vectors", 4, "column vec")
    assert model.columns.image_vectors == "vec"
    catalog = Catalog.read(shop / "shop.csv", columns=LISTED)
    right = np.mean(model.predict(catalog) == np.array(catalog.labels()))
    assert right > 0.95


def test_predict_reads_the_same_columns(
    shop: Path, bundle: Path, shell: Shell, tmp_path: Path
) -> None:
    new = write_table(
        tmp_path / "new.csv", ["sku", "title", "vec"],
        ["a", "an item", "[0, 1, 0, 0]"], ["b", "an item", "[1, 0, 0, 0]"], ["c", "an item", ""],
        ["d", "an item", "[1, 0]"],
    )  # fmt: skip
    code, _, err = shell("predict", bundle, new, "--out", tmp_path / "out.csv")
    assert code == 0, err
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["label"] for row in rows] == ["Mugs", "Plates", "", ""]
    assert [row["verdict"] for row in rows[2:]] == ["abstain", "abstain"]
    assert "image vector (vec) has 2 numbers, most others have 4" in rows[3]["problem"]


def test_predict_says_which_vectors_it_misses(bundle: Path, shell: Shell, tmp_path: Path) -> None:
    new = write_table(tmp_path / "new.csv", ["sku", "title"], ["a", "an item"])
    code, _, err = shell("predict", bundle, new, "--out", tmp_path / "out.csv")
    assert code == 0
    assert "No column of image vectors was found; the model was trained on vec. " in err
    assert "Name it with --image-vectors." in err


def test_no_heat_map_is_drawn_from_a_vector(shop: Path, bundle: Path, shell: Shell) -> None:
    code, out, err = shell("explain", bundle, shop / "shop.csv", "--id", "p3", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["heat_maps"] == []
    assert (
        told["heat_note"] == "The photo's vector was computed elsewhere, so there is no heat map."
    )
    assert told["label"] == "Plates"
    assert told["neighbours"][0]["label"] == "Plates"


def test_no_word_is_weighed_by_a_given_text_vector(shop: Path) -> None:
    from glasscase.jobs.explain import explain

    catalog = Catalog.read(shop / "shop.csv", columns=Columns(text_vectors="vec"))
    without_words = Settings.read(overrides=["train.effort=quick", "train.folds=3",
                                             "encoders.lexical=false"])  # fmt: skip
    model = train(catalog, settings=without_words).model
    told = explain(model, catalog[3])
    assert told.words.words == ()
    assert (
        "The text vector was computed elsewhere, so its words cannot be weighed." in told.words.note
    )
    assert told.label == "Plates"


def test_words_beside_a_given_vector_are_weighed_alone(shop: Path) -> None:
    from glasscase.jobs.explain import explain

    catalog = Catalog.read(shop / "shop.csv", columns=Columns(text_vectors="vec"))
    model = ProductClassifier("late", settings=QUICK).fit(catalog)
    assert {"words", "sentence"} <= set(model.head.blocks)
    told = explain(model, catalog[3])
    assert told.words.words != ()
    assert told.words.note.endswith("only what the model reads of the words themselves is weighed.")
    features = model.encode(catalog.products[3:4]).features
    silenced = model.encoder.with_texts(features, ["", "item"])
    assert silenced.present.tolist() == [[True, False]] * 2
    given = catalog[3].vectors["text"].values
    assert np.allclose(silenced.blocks["sentence"], [given, given])


def test_a_text_without_its_vector_is_missing(shop: Path) -> None:
    catalog = Catalog.read(shop / "shop.csv", columns=Columns(text_vectors="vec"))
    model = ProductClassifier("late", settings=QUICK).fit(catalog)
    encoded = model.encode([Product("x", texts={"title": "item number 3"}, row=7)])
    assert encoded.features.present.tolist() == [[False, False]]
    assert encoded.features.blocks["words"].nnz == 0
    assert str(encoded.problems[0]) == (
        "row 7: text vector is missing, so the words are not used. "
        "This model reads them by such vectors alone: add it."
    )


def test_the_shell_takes_vectors_from_a_file(
    shop: Path, shell: Shell, refused: Refused, tmp_path: Path
) -> None:
    with (shop / "shop.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    table = write_table(
        tmp_path / "t.csv", ["sku", "category"], *[[r["sku"], r["category"]] for r in rows]
    )
    vectors = write_table(tmp_path / "v.csv", ["sku", "vec"], *[[r["sku"], r["vec"]] for r in rows])
    code, out, err = shell(
        "train", table, "--image-vectors", vectors, "--out", tmp_path / "b", "--effort", "quick"
    )
    assert code == 0, err
    assert f"image vectors: {vectors}" in out
    assert refused("train", table, "--image-vectors", "v2.csv", "--out", tmp_path / "b") == (
        "there is no column 'v2.csv'. Columns are: sku, category.\n"
    )
