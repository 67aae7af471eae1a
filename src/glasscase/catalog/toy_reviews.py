"""Reviews with stars: as uneven as in life, and the words agree with the stars."""

from __future__ import annotations

import random
from dataclasses import dataclass

from glasscase.catalog.toy_vocabulary import KINDS, STRANGER_KINDS

_OPENINGS = {
    1: (
        "Very disappointed.",
        "Waste of money.",
        "Broke after two days.",
        "Awful, sent it back.",
        "Do not buy this.",
    ),
    2: (
        "Not what I expected.",
        "Rather poor for the price.",
        "Meh, it looked better online.",
        "Had hoped for more.",
    ),
    3: ("It is okay.", "Does the job, nothing special.", "Mixed feelings.", "Average."),
    4: (
        "Good, with one small flaw.",
        "Happy with it overall.",
        "Nice quality, slow delivery.",
        "Really good for the money.",
    ),
    5: (
        "Absolutely love it!",
        "Perfect.",
        "Best purchase this year.",
        "Excellent quality!",
        "Exactly as described, wonderful.",
    ),
}
_MIDDLES = {
    1: (
        "Customer service never answered about the {noun}.",
        "Threw the {noun} away in the end.",
        "Sent the {noun} straight back.",
    ),
    2: (
        "Hardly ever use the {noun}.",
        "Would not order the {noun} again.",
        "The colour of the {noun} is off.",
    ),
    3: (
        "Have seen better than the {noun}.",
        "No strong feelings about the {noun}.",
        "Expected more of the {noun}, and less of the box.",
    ),
    4: (
        "Use the {noun} nearly every day.",
        "Got the {noun} just like in the photo.",
        "Only the packaging of the {noun} could be better.",
    ),
    5: (
        "My whole family wants the {noun} now.",
        "Bought the {noun} a second time as a gift.",
        "Cannot imagine a day without the {noun}.",
    ),
}
_STARS = (1, 2, 3, 4, 5)
_LIKED = (6, 3, 7, 22, 62)
_DISLIKED = (38, 20, 16, 14, 12)


@dataclass(frozen=True, slots=True)
class Review:
    """What one customer thought."""

    stars: int
    """1 to 5."""
    text: str


def write_reviews(leaf: str, dice: random.Random) -> tuple[Review, ...]:
    """None to a dozen reviews of a product of the kind `leaf`; about one in seven is disliked."""
    kind = KINDS.get(leaf) or STRANGER_KINDS[leaf]
    weights = _DISLIKED if dice.random() < 0.15 else _LIKED
    count = min(12, int(dice.expovariate(1 / 2.6)))
    reviews = []
    for stars in dice.choices(_STARS, weights, k=count):
        parts = [dice.choice(_OPENINGS[stars])]
        if dice.random() < 0.75:
            parts.append(dice.choice(_MIDDLES[stars]).format(noun=dice.choice(kind.nouns)))
        dice.shuffle(parts)
        reviews.append(Review(stars, " ".join(parts)))
    return tuple(reviews)
