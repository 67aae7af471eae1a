"""Trees from files: every format, and every way in which a tree is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from glasscase.catalog.stored_taxonomy import StoredTaxonomy
from glasscase.catalog.taxonomy_file import read_taxonomy
from glasscase.errors import BadCatalog

GOOGLE = """\
# Google_Product_Taxonomy_Version: 2021-09-21
1 - Animals & Pet Supplies
3237 - Animals & Pet Supplies > Live Animals
166 - Apparel & Accessories
"""
SHOPIFY = """\
# Shopify Product Taxonomy - Categories: 2024-07
# Format: {GID} : {Ancestor name} > ... > {Category name}

gid://shopify/TaxonomyCategory/ap                : Animals & Pet Supplies
gid://shopify/TaxonomyCategory/ap-1              : Animals & Pet Supplies > Live Animals
gid://shopify/TaxonomyCategory/aa                : Apparel & Accessories
"""
PETS, LIVE, APPAREL = (
    ("Animals & Pet Supplies",),
    ("Animals & Pet Supplies", "Live Animals"),
    ("Apparel & Accessories",),
)


def read(
    folder: Path, text: str | bytes, name: str = "tree.txt", *, one_root: bool = False
) -> StoredTaxonomy:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_taxonomy(path, one_root=one_root)


def refused(
    folder: Path, text: str | bytes, name: str = "tree.txt", *, one_root: bool = False
) -> str:
    with pytest.raises(BadCatalog) as caught:
        read(folder, text, name, one_root=one_root)
    return str(caught.value).replace(repr(str(folder / name)), "'T'")


def test_googles_format_with_and_without_ids(tmp_path: Path) -> None:
    found = read(tmp_path, GOOGLE)
    assert (found.format, found.release) == ("Google", "2021-09-21")
    assert found.ids == {PETS: "1", LIVE: "3237", APPAREL: "166"}
    bare = "\n".join(line.partition(" - ")[2] or line for line in GOOGLE.splitlines())
    same = read(tmp_path, bare)
    assert (same.format, same.release, same.ids) == ("Google", "2021-09-21", {})
    assert same.taxonomy.version == found.taxonomy.version


def test_shopifys_format(tmp_path: Path) -> None:
    found = read(tmp_path, SHOPIFY)
    assert (found.format, found.release) == ("Shopify", "2024-07")
    assert found.ids[LIVE] == "gid://shopify/TaxonomyCategory/ap-1"
    assert found.taxonomy.nodes == (PETS, LIVE, APPAREL)


def test_one_path_a_line(tmp_path: Path) -> None:
    found = read(tmp_path, "Home >> Mugs\n\nHome >> Pots\nToys\n")
    assert found.format == "paths"
    assert found.taxonomy.nodes == (("Home",), ("Home", "Mugs"), ("Home", "Pots"), ("Toys",))
    assert [one.line for one in found.categories] == [1, 3, 4]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_marks_and_line_ends_of_other_systems(tmp_path: Path, encoding: str, end: str) -> None:
    text = GOOGLE.replace("\n", end).replace("Live", "Läve")
    found = read(tmp_path, text.encode(encoding))
    assert found.ids[("Animals & Pet Supplies", "Läve Animals")] == "3237"
    assert found.release == "2021-09-21"


TABLE = "id,parent,name\n1,,Home\n2,1,Mugs\n3,1,Pots\n4,,Toys\n5,2,Small\n"


def test_a_table_of_parents_in_any_order(tmp_path: Path) -> None:
    lines = TABLE.splitlines()
    found = read(tmp_path, "\n".join([lines[0], *lines[:0:-1]]), "tree.csv")
    assert found.ids[("Home", "Mugs", "Small")] == "5"
    assert found.taxonomy.depth == 3
    named = read(tmp_path, "Category ID;Parent_ID;Category Name\n1;;Home\n2;1;Mugs", "tree.csv")
    assert named.ids == {("Home",): "1", ("Home", "Mugs"): "2"}


def test_a_single_root_is_left_out_and_two_are_told(tmp_path: Path) -> None:
    rooted = "id,parent,name\n9,,All\n1,9,Home\n2,1,Mugs\n"
    assert read(tmp_path, rooted, "t.csv", one_root=True).taxonomy.nodes == (
        ("Home",),
        ("Home", "Mugs"),
    )
    assert read(tmp_path, TABLE, "t.csv").taxonomy.children() == (("Home",), ("Toys",))
    assert refused(tmp_path, TABLE, "t.csv", one_root=True) == (
        "taxonomy 'T' has 2 roots where one was asked for: 'Home' (row 2) and 'Toys' (row 5). "
        "Give all but one a parent, or leave --one-root out."
    )
    assert refused(tmp_path, "Home > Mugs\nToys\nToys > Cars\n", "t.txt", one_root=True) == (
        "taxonomy 'T' has 2 roots where one was asked for: 'Home' (line 1) and 'Toys' (line 2). "
        "Give all but one a parent, or leave --one-root out."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id,parent,name\n1,3,Home\n2,1,Mugs\n3,2,Pots\n",
            "has a cycle: 'Home' (row 2) below 'Pots' (row 4) below 'Mugs' (row 3) below 'Home' "
            "(row 2). Give one of them another parent, or none.",
        ),
        (
            "id,parent,name\n1,1,Home\n",
            "has a cycle: 'Home' (row 2) below 'Home' (row 2). Give one of them another parent, "
            "or none.",
        ),
        (
            "id,parent,name\n1,,Home\n2,,Toys\n3,,Home\n",
            "row 4: a second 'Home' at the top, the first is row 2. Two categories of one name "
            "cannot stand side by side; rename or remove one.",
        ),
        (
            "id,parent,name\n1,,Home\n2,1,Mugs\n3,1,Mugs\n",
            "row 4: a second 'Mugs' below 'Home', the first is row 3. Two categories of one name "
            "cannot stand side by side; rename or remove one.",
        ),
        (
            "id,parent,name\n1,,Home\n2,7,Mugs\n",
            "row 3: the parent '7' of 'Mugs' is the id of no row. Add it, or leave the parent "
            "blank for a category at the top.",
        ),
        (
            "id,parent,name\n1,,Home\n1,,Toys\n",
            "row 3: the id '1' is that of row 2 too. Every category needs an id of its own.",
        ),
        (
            "id,parent,name\n1,,\n",
            "row 2: the name is missing. Every category needs an id and a name.",
        ),
        (
            "id,title,price\n1,Mug,2\n",
            "has no column for the parent (it has id, title, price). A table of categories has "
            "the columns id, parent and name.",
        ),
        ("id,parent,name\n1,,Home,x\n", "row 2: has 4 cells, the header has 3. Mend it."),
    ],
)
def test_a_table_that_is_no_tree(tmp_path: Path, text: str, message: str) -> None:
    said = refused(tmp_path, text, "tree.csv")
    assert said.removeprefix("taxonomy 'T'").lstrip(", ") == message


def test_a_chain_that_is_too_long_is_refused_without_recursion(tmp_path: Path) -> None:
    rows = [f"{n},{n - 1 or ''},c{n}" for n in range(1, 20_000)]
    said = refused(tmp_path, "\n".join(["id,parent,name", *reversed(rows)]), "tree.csv")
    assert "19999 levels, the limit is 30" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty. It needs one category a line."),
        ("# Google_Product_Taxonomy_Version: 2021-09-21\n", "is empty. It needs one category"),
        ('{"categories": []}', "is JSON, not a list of categories. Give Google's or Shopify's"),
        ("<!doctype html><p>Not found", "is HTML or XML, not a list of categories."),
        (
            GOOGLE + "Toys\n",
            "line 5: 'Toys' is not in Google's form, ID - A > B. Mend the line, or fetch the file "
            "again.",
        ),
        (GOOGLE + "1 - Toys\n", "line 5: the id '1' is that of line 2 too. Every category needs"),
        (
            GOOGLE + "7 - Apparel & Accessories\n",
            "line 5: 'Apparel & Accessories' is on line 4 too. Two categories of one name cannot "
            "stand below the same one; rename or remove one.",
        ),
        (
            GOOGLE + "7 - Toys > Balls\n",
            "line 5: 'Toys', above 'Balls', has no line of its own. The file is cut off or "
            "changed; fetch it again.",
        ),
        (GOOGLE + "7 - Toys >  > Balls\n", "line 5: 'Toys >  > Balls' has a level without a name"),
        ("Home > Mugs\nHome > Mugs\n", "line 2: 'Home > Mugs' is on line 1 too."),
        (
            "# Shopify Product Taxonomy - Attributes: 2024-07\n"
            "gid://shopify/TaxonomyAttribute/1 : Color\n",
            "line 2: is a 'TaxonomyAttribute', no category. Take Shopify's categories.txt.",
        ),
        (SHOPIFY + "aa-1 : Shoes\n", "line 7: 'aa-1 : Shoes' is not in Shopify's form"),
        ("A > " * 40 + "B\n", "line 1: 41 levels, the limit is 30."),
        (b"Home\0Mugs\n", "line 1: holds a NUL character, so it is no text."),
    ],
)
def test_a_file_of_another_format_or_a_broken_one(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    said = refused(tmp_path, text).removeprefix("taxonomy 'T'").lstrip(", ")
    assert said.startswith(message)


def test_what_is_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadCatalog, match="does not exist. Name a file of categories"):
        read_taxonomy(tmp_path / "none.txt")
    with pytest.raises(BadCatalog, match="is a folder"):
        read_taxonomy(tmp_path)
    monkeypatch.setattr("glasscase.catalog.taxonomy_file.MOST_BYTES", 3)
    assert "the limit is 0 MB" in refused(tmp_path, GOOGLE)
    monkeypatch.setattr("glasscase.catalog.taxonomy_file.MOST_BYTES", 10_000)
    monkeypatch.setattr("glasscase.catalog.taxonomy_file.MOST_CATEGORIES", 2)
    assert "has more than 2 lines" in refused(tmp_path, GOOGLE)
