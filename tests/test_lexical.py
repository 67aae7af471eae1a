"""Words are counted as words, in any script, as scikit-learn counts them where it can."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from glasscase.catalog.toy import toy_products
from glasscase.encoders.lexical import LexicalEncoder
from glasscase.encoders.words import words_of
from glasscase.errors import BadEncoder, BadSetting, NotFitted
from glasscase.settings import LexicalSettings, Settings


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [product.text for product in toy_products(150)]


@pytest.mark.parametrize("kind", ["words", "characters"])
def test_counts_equal_those_of_scikit_learn(kind: str, texts: list[str]) -> None:
    plain = [" ".join(words_of(text)) for text in texts]
    assert all(text.isascii() for text in plain)
    how = {"analyzer": "char_wb", "ngram_range": (2, 5)}
    if kind == "words":
        how = {"token_pattern": "[a-z0-9]+", "ngram_range": (1, 2)}
    reference = CountVectorizer(min_df=2, **how)
    wanted = reference.fit_transform(plain)
    encoder = LexicalEncoder(kind=kind, min_documents=2).fit(texts)
    assert encoder.terms == reference.get_feature_names_out().tolist()
    difference = encoder.counts(texts) - wanted
    assert difference.nnz == 0
    frequencies = np.asarray((wanted > 0).sum(axis=0)).ravel()
    assert encoder.document_frequencies.tolist() == frequencies.tolist()
    assert encoder.n_documents == 150


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café-Becher, 300ml!", ["cafe", "becher", "300ml"]),
        ("ＢＬＵＥ Mug", ["blue", "mug"]),
        ("咖啡杯", ["咖啡", "啡杯"]),
        ("杯", ["杯"]),
        ("蓝色mug杯子", ["蓝色", "mug", "杯子"]),
        ("कॉफ़ी मग", ["कॉफ़ी", "मग"]),
        ("كوب قهوة أزرق", ["كوب", "قهوة", "أزرق"]),
        ("ספל קפה", ["ספל", "קפה"]),
        ("파란 머그컵", ["파란", "머그컵"]),
        ("Синяя кружка", ["синяя", "кружка"]),
        ("☕😀", ["☕", "😀"]),
        ("under_score", ["under", "score"]),
        (" \t\n ", []),
        ("...!?", []),
    ],
)
def test_words_of_any_script(text: str, words: list[str]) -> None:
    import unicodedata

    wanted = [unicodedata.normalize("NFC", unicodedata.normalize("NFKD", w)) for w in words]
    assert words_of(text) == wanted


def test_thai_gives_neighbouring_characters_with_their_marks() -> None:
    assert "".join(word[0] for word in words_of("แก้วกาแฟ")) + "ฟ" == "แก้วกาแฟ"


def test_the_vocabulary_keeps_the_most_frequent_and_breaks_ties_by_the_alphabet() -> None:
    texts = ["d c b a"] * 2 + ["z z z"] * 3 + ["rare"]
    encoder = LexicalEncoder(min_documents=2, max_terms=3).fit(texts)
    assert encoder.terms == ["a", "z", "z z"]
    assert encoder.document_frequencies.tolist() == [2, 3, 3]
    other_order = LexicalEncoder(min_documents=2, max_terms=3).fit(texts[::-1])
    assert other_order.state() == encoder.state()


@pytest.mark.parametrize("kind", ["words", "characters"])
def test_the_state_is_json_and_gives_equal_counts(kind: str, texts: list[str]) -> None:
    encoder = LexicalEncoder(kind=kind).fit(texts)
    back = LexicalEncoder.from_state(json.loads(json.dumps(encoder.state())))
    assert (back.counts(texts) != encoder.counts(texts)).nnz == 0
    assert back.state() == encoder.state()


def test_unknown_words_empty_texts_and_no_texts_are_rows_of_zeros() -> None:
    encoder = LexicalEncoder(min_documents=1).fit(["blue mug"])
    counts = encoder.counts(["", "nothing known", "mug"])
    assert counts.dtype == np.float32
    assert counts.toarray().tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert encoder.counts([]).shape == (0, 3)
    assert LexicalEncoder().fit([]).counts(["mug"]).shape == (1, 0)


def test_counts_do_not_change_what_was_learnt() -> None:
    encoder = LexicalEncoder(kind="characters", min_documents=1).fit(["mug"])
    before = encoder.state()
    encoder.counts(["something else entirely"])
    assert encoder.state() == before


def test_a_run_of_letters_without_end_is_cut() -> None:
    encoder = LexicalEncoder(kind="characters", min_documents=1).fit(["x" * 1_000_000])
    assert encoder.terms == [" x", " xx", " xxx", " xxxx", "x ", "xx", "xx ", "xxx", "xxx ",
                             "xxxx", "xxxx ", "xxxxx"]  # fmt: skip


def test_wrong_use_says_what_to_do() -> None:
    with pytest.raises(NotFitted, match=r"no vocabulary yet\. Call fit first"):
        LexicalEncoder().counts(["mug"])
    with pytest.raises(BadEncoder, match=r"no lexical kind 'letters'\. Use words or characters"):
        LexicalEncoder(kind="letters")  # type: ignore[arg-type]  # what the test is about


def test_settings_say_what_a_term_is() -> None:
    told = LexicalSettings(longest_phrase=3, min_products=1)
    assert LexicalEncoder.told("words", told).fit(["big red mug"]).terms == [
        "big", "big red", "big red mug", "mug", "red", "red mug",
    ]  # fmt: skip
    told = LexicalSettings(shortest_characters=3, longest_characters=3, min_products=1)
    encoder = LexicalEncoder.told("characters", told).fit(["cup"])
    assert encoder.terms == [" cu", "cup", "up "]
    again = LexicalEncoder.from_state(json.loads(json.dumps(encoder.state())))
    assert again.counts(["a cup"]).toarray().tolist() == [[1.0, 1.0, 1.0]]


def test_characters_out_of_order_are_refused() -> None:
    with pytest.raises(BadSetting, match="shortest_characters is 6, above longest_characters"):
        Settings.read(overrides=["lexical.shortest_characters=6"])
