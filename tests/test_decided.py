"""What is made of answers before figures are taken from them."""

from __future__ import annotations

import numpy as np

from glasscase import Product, ProductClassifier, Settings
from glasscase.evaluation.answers import Answers
from glasscase.jobs.decisions.decided import accepted, decided
from glasscase.models.calibration import HeldOut
from glasscase.models.deciding import NOTHING
from glasscase.models.out_of_fold import Gathered


def test_where_there_is_no_answer_none_is_accepted(toy_model: ProductClassifier) -> None:
    """Not even where every answer is taken, however unsure."""
    told = toy_model.settings.model_dump()
    told["decision"] |= {"accept_at": 1e-6, "abstain_below": 0, "unknown_at": 0}
    model = toy_model.with_settings(Settings.parse(told))
    products = [Product("a", texts={"title": "Blue mug of clay"}), Product("b")]
    encoded = model.encode(products)
    answers = Answers.pair(
        ["Mugs", "Mugs"],
        model.probabilities(encoded.features),
        [str(name) for name in model.classes_],
        usable=model.usable(encoded.features),
    )
    made = decided(model, answers, products, encoded)
    assert accepted(made) == [True, False]
    assert (made[1].verdict, made[1].reason) == ("abstain", NOTHING)


def test_held_out_answers_stand_at_the_rows_they_are_about() -> None:
    def told(*values: float) -> np.ndarray:
        return np.array([[value, -value] for value in values], np.float32)

    found = Gathered(5, 2)
    found.take_in(
        np.array([False, True, False, True, False]), HeldOut(told(1, 2), {"text": told(3, 4)})
    )
    found.take_in(np.array([4]), HeldOut(told(5), {"image": told(6)}))
    held = found.held_out()
    assert held.given[:, 0].tolist() == [0, 1, 0, 2, 5]
    assert {name: part[:, 1].tolist() for name, part in held.alone.items()} == {
        "text": [0, -3, 0, -4, 0],
        "image": [0, 0, 0, 0, -6],
    }
