"""Groups of unknown products: found without a number, named, and usable as examples."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Refused, Shell, write_table
from glasscase import Catalog, Photo, Product, ProductClassifier, add_category, unknowns
from glasscase.catalog.columns import Columns
from glasscase.errors import BadSetting
from glasscase.jobs.table_source import TableSource
from glasscase.models.features import Features
from glasscase.models.product_groups import cohesion, groups_of, usual_cohesion
from glasscase.review.distinctive_words import distinctive_words
from glasscase.review.unknown_groups import UnknownGroups

TOOLS = ("hose", "rake", "hedge shears", "watering can", "spade", "fork")
GUITARS = ("six string", "twelve string", "left handed", "travel", "classical", "dreadnought")


def strangers() -> list[Product]:
    """Twelve garden tools and nine guitars, in turn."""
    tools = [
        f"Garden {TOOLS[i % 6]} size {i}, rust free steel, for garden soil and plants"
        for i in range(12)
    ]
    guitars = [
        f"Acoustic guitar, {GUITARS[i % 6]} model {i}, guitar with rosewood neck" for i in range(9)
    ]
    texts = [
        text for pair in zip(tools, [*guitars, *[""] * 3], strict=True) for text in pair if text
    ]
    return [Product(id=f"s{i}", texts={"title": text}) for i, text in enumerate(texts)]


def planted(sizes: list[int], seed: int = 0, noise: float = 0.35) -> Features:
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(len(sizes)), sizes)
    centres = np.random.default_rng(5).normal(size=(len(sizes), 32))
    rows = centres[kind] + noise * rng.normal(size=(len(kind), 32))
    return Features({"image": rows.astype(np.float32)}, np.array([[False, True]] * len(kind)))


def test_groups_follow_what_is_usual_among_known_categories() -> None:
    known = planted([30, 30, 30], 1)
    usual = usual_cohesion(known, [f"c{i // 30}" for i in range(90)])
    assert 0.6 < usual < 0.95
    numbers = groups_of(planted([12, 9, 5, 1], 2), least_cohesion=usual - 0.05)
    assert numbers[:12].tolist() == [0] * 12
    assert numbers[12:21].tolist() == [1] * 9
    assert numbers[21:26].tolist() == [2] * 5
    assert numbers[26] == 3, "one like no other stays alone"
    assert cohesion(planted([9], 3)) > cohesion(planted([3, 3, 3], 3))


def test_few_or_none_are_no_problem() -> None:
    assert groups_of(planted([1]), least_cohesion=0.5).tolist() == [0]
    assert groups_of(planted([2]).take(np.zeros(0, np.intp)), least_cohesion=0.5).tolist() == []
    assert usual_cohesion(planted([3]), ["a"] * 3) == 0.5, "nothing known to go by"


def test_words_that_set_apart() -> None:
    inside = ["Garden hose 5 m, cheap", "Garden hoses, cheap", "Long hose, cheap"]
    outside = ["Mug, cheap", "Pot, cheap", "Watch, cheap", "Garden mug"]
    found = distinctive_words(inside, outside)
    assert found[0] in {"hose", "garden"}
    assert "cheap" not in found
    assert not {"hose", "hoses"} <= set(found)


@pytest.fixture(scope="module")
def found(toy_model: ProductClassifier, toy_catalog: Catalog) -> UnknownGroups:
    return unknowns(toy_model, Catalog([*toy_catalog.products[:60], *strangers()]))


def test_strangers_are_grouped_and_named(found: UnknownGroups) -> None:
    by_word = {("plants" in one.words): one for one in found.groups[:2]}
    assert set(by_word) == {True, False}, [one.words for one in found.groups]
    assert by_word[True].size >= 9
    assert by_word[False].size >= 7
    assert "guitar" in by_word[False].words
    assert all("Garden" in product.text for product in by_word[True].products)
    assert by_word[True].cohesion >= found.usual_cohesion - 0.05
    assert by_word[True].nearest
    assert found.sentences[0].startswith(f"{found.called} of 81 products are unlike all")


def test_one_product_is_told_in_the_singular(found: UnknownGroups) -> None:
    alone = replace(found, groups=(), alone=1)
    assert alone.sentences[0].startswith("1 of 81 products is unlike all")
    assert replace(found, alone=1).sentences[1].endswith("; 1 belongs to none.")


def test_its_tables_are_examples(
    found: UnknownGroups, toy_model: ProductClassifier, tmp_path: Path
) -> None:
    page = found.save(tmp_path / "page.html")
    tables = sorted((tmp_path / "page-groups").iterdir())
    assert [one.name for one in tables] == found.file_names()
    products = TableSource(tables[0]).read(toy_model)
    assert [one.id for one in products] == [one.id for one in found.groups[0].products]
    added = add_category(toy_model, "New", products)
    assert added.examples >= 5
    html = page.read_text(encoding="utf-8")
    assert html.count('<section class="card group">') == len(found.groups)
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", html)


def test_the_page_escapes_and_shows_each_picture_once(found: UnknownGroups) -> None:
    evil = "<script>alert(1)</script>"
    stream = io.BytesIO()
    Image.new("RGB", (40, 40), (200, 10, 10)).save(stream, "PNG")
    photo = Photo("p.png", data=stream.getvalue())
    bad = tuple(Product(f"{evil}{i}", {"t": evil}, (photo,)) for i in range(3))
    group = replace(found.groups[0], name=evil, nearest=evil, products=bad)
    html = replace(found, groups=(group,), columns=Columns()).page()
    assert "<script" not in html
    assert html.count("data:image/jpeg") == 1
    assert json.loads(json.dumps(group.to_dict()))["size"] == 3


def test_nothing_unknown_is_said(toy_model: ProductClassifier, toy_catalog: Catalog) -> None:
    found = unknowns(toy_model, Catalog(toy_catalog.products[:20]), limit=1e-6)
    assert found.groups == ()
    assert found.sentences[-1] == "They form no group that could be a category."
    assert "No products resemble one another enough." in found.page()


def test_what_cannot_be_asked(toy_model: ProductClassifier, toy_catalog: Catalog) -> None:
    blind = ProductClassifier.of(replace(toy_model.parts, known_kinds=None, card={}))
    with pytest.raises(BadSetting) as told:
        unknowns(blind, toy_catalog)
    assert str(told.value) == (
        "this model cannot tell products of unknown kinds: it knows no usual distances. Train one "
        "on sentences or photos, with encoders that are not learnt themselves."
    )
    with pytest.raises(BadSetting, match="--limit is 2, which is not between 0 and 1"):
        unknowns(toy_model, toy_catalog, limit=2)
    with pytest.raises(BadSetting, match="A group takes 3 products at the least"):
        unknowns(toy_model, toy_catalog, least=1)


def test_the_shell(shell: Shell, refused: Refused, toy_bundle: Path, tmp_path: Path) -> None:
    rows = [["id", "title"], *([one.id, one.text] for one in strangers())]
    table = write_table(tmp_path / "new.csv", *rows)
    out = tmp_path / "unknown.html"
    code, said, err = shell("unknowns", toy_bundle, table, "--out", out, "-q")
    assert code == 0, err
    assert "proposed name" in said
    assert f"The page is {out}" in said
    first = next((tmp_path / "unknown-groups").iterdir())
    assert next(csv.reader(first.open(encoding="utf-8")))[:2] == ["id", "title"]
    code, said, _ = shell("unknowns", toy_bundle, table, "--json", "-q")
    assert json.loads(said)["products"] == 21
    assert "--limit is 3" in refused("unknowns", toy_bundle, table, "--limit", "3", "-q")
