"""The text branch of `text-cnn`: the shop's own words, or token numbers it brings."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasscase.catalog.product import Product
from glasscase.encoders.card_file import GRAPH, write_card
from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.export import RECIPE, export_sentences
from glasscase.encoders.transformer_files import TOKENIZER
from glasscase.models.end_to_end.blueprint import TextBranch
from glasscase.models.end_to_end.word_vocabulary import (
    check_numbers,
    write_number_vocabulary,
    write_vocabulary,
)


def text_cnn_branch(products: Sequence[Product], work: Path, *, token_ids: bool) -> TextBranch:
    """Learn the vocabulary of `products` into `work`, and make the network for it.

    Raises:
        CannotTrain: with `token_ids`, a text is no list of numbers within the vocabulary.
    """
    from glasscase.models.nets.text_cnn import LENGTH, PADDING, VOCABULARY, TextCnn

    texts = [product.text for product in products if product.text.strip()]
    path = work / TOKENIZER
    if token_ids:
        check_numbers(texts, VOCABULARY)
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
        }
        write_card(folder, replace(card, dim=TextCnn.dim, preprocessing=preprocessing))

    return TextBranch(module, TextCnn.dim, path, LENGTH, PADDING, store, "random weights")
