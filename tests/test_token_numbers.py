"""Lists of token numbers: what is no number of the vocabulary is told, and the rest goes on."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glasscase import Catalog, Product, ProductClassifier, Settings, train
from glasscase.encoders.token_numbers import TokenNumbers
from glasscase.encoders.tokens import Tokens
from glasscase.errors import CannotTrain
from glasscase.models.end_to_end.joint_batches import JointBatches
from glasscase.models.end_to_end.text_cnn_branch import text_cnn_branch
from glasscase.models.end_to_end.word_vocabulary import write_number_vocabulary
from glasscase.models.training.kept_trainings import KeptTrainings

NUMBERS = TokenNumbers(15_000)
REST, NONE = "the rest of the list is read.", "it counts as no words."
TOKENS = f"Number tokens from 1 to that; {REST}"
WHOLE = f"Use whole numbers from 1 to 15,000; {REST}"


def listed(text: str, row: int = 812) -> Product:
    return Product(id=str(row), texts={"tokens": text}, row=row)


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    write_number_vocabulary(15_000, tmp_path / "tokenizer.json")
    return Tokens(tmp_path / "tokenizer.json", 60)


@pytest.mark.parametrize(
    ("text", "said", "read"),
    [
        ("[12, 7,15000]", None, [12, 7, 15_000]),
        ("12 7 15000", None, [12, 7, 15_000]),
        ("[0, 5]", None, [0, 5]),
        ("[]", None, []),
        ("[[12, 7], [391]]", None, [12, 7, 391]),
        ("[1, 2]. [3]", None, [1, 2, 3]),
        ("[12, 70001, 3]", f"has token 70001, the vocabulary has 15,000. {TOKENS}", [12, 0, 3]),
        (
            "[70001, 80000, 4]",
            f"has token 70001, the vocabulary has 15,000, and 1 more like it. {TOKENS}",
            [0, 0, 4],
        ),
        (
            "[70001]",
            f"has token 70001, the vocabulary has 15,000. {TOKENS}".replace(REST, NONE),
            [0],
        ),
        ("[-5, 3]", f"has '-5', which is no token number. {WHOLE}", [0, 3]),
        ("[2.5, 3.]", f"has '2.5', which is no token number. {WHOLE}", [0, 3]),
        ("[nan, 3]", f"has 'nan', which is no token number. {WHOLE}", [0, 3]),
        ("[007, 3]", f"has '007', which is no token number. {WHOLE}", [0, 3]),
        ("[²³, 3]", f"has '²³', which is no token number. {WHOLE}", [0, 3]),
        (
            "9" * 5000,
            f"has token {'9' * 20}, the vocabulary has 15,000. {TOKENS}".replace(REST, NONE),
            [0],
        ),
    ],
)  # fmt: skip
def test_what_is_no_number_is_told_and_keeps_its_place(
    text: str, said: str | None, read: list[int], tokens: Tokens
) -> None:
    told = [str(one) for one in NUMBERS.problems([listed(text)])]
    assert told == ([] if said is None else [f"row 812: text {said}"])
    assert tokens.windows([text])[0][0] == read
    assert NUMBERS.has(text) == any(read)


def test_a_list_of_100_000_numbers_is_cut_and_takes_no_time(tokens: Tokens) -> None:
    text = str([*range(1, 60), 70_001, *range(1, 100_000)])
    assert tokens.windows([text])[0][0] == [*range(1, 60), 0]
    (told,) = NUMBERS.problems([listed(text)])
    assert "70001" in told.reason
    assert "84,999 more" in told.reason


def test_a_list_without_any_number_counts_as_no_words(tmp_path: Path) -> None:
    products = [listed("[12]"), listed("[70001]"), listed("[]"), listed("")]
    branch = text_cnn_branch(products, tmp_path, token_ids=True)
    batches = JointBatches(products, np.zeros(4, np.int64), photos=None, text=branch)
    (batch,) = batches.epoch(0)
    assert batch.inputs[2][:, 0].tolist() == [1, 0, 0, 0]


def test_words_in_the_place_of_numbers_end_the_training(tmp_path: Path) -> None:
    with pytest.raises(CannotTrain) as caught:
        text_cnn_branch([listed("blue mug"), listed("red cap")], tmp_path, token_ids=True)
    assert str(caught.value) == (
        "no text is a list of token numbers from 1 to 15,000: the first is 'blue mug'. "
        "Leave net.token_ids out to learn from words."
    )


def shop() -> Catalog:
    """Two kinds of 20, told apart by their numbers; two rows hold something else."""
    random = np.random.default_rng(0)
    products = []
    for row in range(2, 42):
        kind = row % 2
        text = str((random.integers(1, 50, 8) + 100 * kind).tolist())
        products.append(replace(listed(text, row), category=(("Cups", "Caps")[kind],)))
    products[5] = replace(products[5], texts={"tokens": f"{products[5].text[:-1]}, 70001]"})
    products[6] = replace(products[6], texts={"tokens": "[nan]"})
    return Catalog(products)


def test_training_and_prediction_go_on_and_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Path(os.environ["GLASSCASE_CACHE"])
    (shared / "models").mkdir(parents=True, exist_ok=True)
    (tmp_path / "models").symlink_to(shared / "models")
    monkeypatch.setenv("GLASSCASE_CACHE", str(tmp_path))
    settings = Settings(
        train={"recipe": "text-cnn", "effort": "quick", "modality": "text"},
        net={"token_ids": True, "epochs": 4, "learning_rate": 5e-3, "accelerator": "cpu"},
    )
    catalog = shop()
    done = train(catalog, settings=settings)
    said = [str(one) for one in done.problems]
    expected = [
        f"row 7: text has token 70001, the vocabulary has 15,000. {TOKENS}",
        f"row 8: text has 'nan', which is no token number. {WHOLE}".replace(REST, NONE),
    ]
    assert said == expected
    done.model.save(tmp_path / "bundle")
    assert KeptTrainings(settings.cache).usage().count == 1
    done.forget_checkpoints()
    assert KeptTrainings(settings.cache).usage().count == 0
    loaded = ProductClassifier.load(tmp_path / "bundle")
    answers = loaded.predictions(catalog.products)
    first, second = (one.problem for one in answers if one.problem)
    assert first == expected[0].removeprefix("row 7: ")
    assert second.startswith(expected[1].removeprefix("row 8: "))
    assert answers[6].verdict == "abstain"
    assert not answers[6].label
    clean = replace(catalog.products[5], texts={"tokens": catalog.products[5].text[:-8] + "]"})
    got, wanted = loaded.predict_proba([catalog.products[5], clean])
    np.testing.assert_allclose(got, wanted, atol=1e-5, err_msg="a place at the end is padding")
