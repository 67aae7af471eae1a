"""The text branch of `text-cnn`: the shop's own words, or token numbers it brings."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.card_file import GRAPH, write_card
from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.export import RECIPE, export_sentences
from glasscase.encoders.token_numbers import TokenNumbers
from glasscase.encoders.transformer_files import TOKENIZER
from glasscase.errors import CannotTrain
from glasscase.models.end_to_end.blueprint import TextBranch
from glasscase.models.end_to_end.word_vocabulary import write_number_vocabulary, write_vocabulary


def token_problems(products: Sequence[Product]) -> list[Problem]:
    """What `text_cnn_branch` would leave out of lists of token numbers."""
    from glasscase.models.nets.text_cnn import VOCABULARY

    return TokenNumbers(VOCABULARY).problems(products)


def text_cnn_branch(products: Sequence[Product], work: Path, *, token_ids: bool) -> TextBranch:
    """Learn the vocabulary of `products` into `work`, and make the network for it.

    Raises:
        CannotTrain: with `token_ids`, no text has a number of the vocabulary.
    """
    from glasscase.models.nets.text_cnn import LENGTH, PADDING, VOCABULARY, TextCnn

    texts = [product.text for product in products if product.text.strip()]
    path = work / TOKENIZER
    numbers = TokenNumbers(VOCABULARY) if token_ids else None
    if numbers is not None:
        if not any(map(numbers.has, texts)):
            raise CannotTrain(
                f"no text is a list of token numbers from 1 to {VOCABULARY:,}: "
                f"the first is {texts[0][:30]!r}",
                "Leave net.token_ids out to learn from words.",
            )
        write_number_vocabulary(VOCABULARY, path)
    else:
        write_vocabulary(texts, VOCABULARY, path)
    module = TextCnn()

    def store(folder: Path, card: EncoderCard) -> None:
        export_sentences(module, folder / GRAPH)
        shutil.copyfile(path, folder / TOKENIZER)
        preprocessing: dict[str, Any] = {
            "model_max_tokens": LENGTH,
            "model_max_windows": 1,
            "max_tokens": LENGTH,
            "recipe": RECIPE,
            **({} if numbers is None else numbers.told()),
        }
        write_card(folder, replace(card, dim=TextCnn.dim, preprocessing=preprocessing))

    return TextBranch(module, TextCnn.dim, path, LENGTH, PADDING, store, "random weights")
