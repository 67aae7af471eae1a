"""Titles, descriptions, brands and prices of toy products, as different shops would write them."""

from __future__ import annotations

import html
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from glasscase.catalog.toy_drawings.palette import Look
from glasscase.catalog.toy_vocabulary import KINDS, STRANGER_KINDS, Kind

_BRANDS = {
    "Kitchen": ("Norrvik", "Casa Bruna", "Pottery & Sons", "Kjøkken"),
    "Clothing": ("Loomfield", "Bare Thread", "Ropa Clara", "Harbour Row"),
    "Electronics": ("Voltaro", "Nimbus", "Qvist Audio", "Pixelworks"),
    "Home": ("Hygga", "Villa Lind", "Maison Or", "Stillroom"),
}
_ANYWHERE = ("Everyday", "Basics & Co", "Amundi", "Tiny Market", "Orla")
_NAMES = (
    "Halla",
    "Fjord",
    "Luna",
    "Sable",
    "Oslo",
    "Marlow",
    "Pico",
    "Atlas",
    "Wren",
    "Juno",
    "Cove",
    "Ember",
    "Tilda",
    "Rio",
    "Nova",
    "Bergen",
)
_PRAISE = (
    "a favourite of our customers",
    "made to be used every day",
    "new this season",
    "a gift that is never returned",
    "back in stock at last",
    "designed in our own studio",
)
_GENERAL = (
    "Also available in other colours.",
    "Colours may differ slightly on your screen.",
    "Packed without plastic.",
    "Two years of guarantee.",
    "Made in small batches.",
    "Photographed in daylight.",
    "Gift wrapping on request.",
)
BOILERPLATE = (
    "Free delivery on orders over 40. Returns within 30 days, no questions asked.",
    "Buy with confidence: secure payment and friendly customer service, seven days a week.",
    "Subscribe to our newsletter and save 10 % on your next order!",
)
PATTERN_WORDS = {
    "striped": "striped",
    "dotted": "polka-dot",
    "checked": "checked",
    "printed": "printed",
    "two-tone": "two-tone",
    "plain": "",
}


TWIN_WORDS: Mapping[frozenset[str], tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        frozenset({"Mugs", "Bottles"}): (
            ("Insulated drinks companion", "To-go vessel for hot and cold", "Everyday drinkware"),
            (
                "Keeps tea hot and lemonade cold.",
                "Dishwasher safe and free from BPA.",
                "Holds just under half a litre.",
                "For desk, train and campsite.",
            ),
        ),
        frozenset({"Pans", "Clocks"}): (
            ("Round classic", "Kitchen essential, 28 cm", "Brushed metal, round, ready to hang"),
            (
                "Brushed metal, 28 cm across.",
                "Hangs from a hook on the kitchen wall.",
                "Timeless round shape, made to last decades.",
                "Wipe clean with a damp cloth.",
            ),
        ),
        frozenset({"T-Shirts", "Caps"}): (
            (
                "Team colours fan wear",
                "Festival essential in cotton",
                "Logo edition, washed cotton",
            ),
            (
                "Washed cotton that feels worn in from day one.",
                "The logo is stitched, not glued.",
                "Unisex fit for summer days.",
                "Official colours of the season.",
            ),
        ),
        frozenset({"Socks", "Cushions"}): (
            ("Cosy knit for winter evenings", "Set of two in soft wool", "Hygge knitwear"),
            (
                "Knitted from soft, thick yarn.",
                "Comes as a set of two.",
                "For evenings on the sofa.",
                "Warm, soft and easy to wash.",
            ),
        ),
        frozenset({"Laptops", "Headphones"}): (
            ("Bluetooth travel edition", "Slim and foldable, 20 hours", "Home office performer"),
            (
                "Folds flat and fits into hand luggage.",
                "The battery lasts up to 20 hours.",
                "Bluetooth 5.3 and fast charging by USB-C.",
                "With microphones for clear calls.",
            ),
        ),
        frozenset({"Mice", "Lamps"}): (
            (
                "USB desk accessory with LED",
                "Desk essential, rechargeable",
                "Silent-switch edition",
            ),
            (
                "Charges by USB and stands firmly on any desk.",
                "The LED changes colour at a touch.",
                "A silent switch that does not disturb anybody.",
                "Tidy design for the home office.",
            ),
        ),
    }
)
"""Titles and sentences that suit both kinds of a pair equally: only the photo can tell."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the shop says about a product."""

    title: str
    sentences: tuple[str, ...]
    brand: str
    price: float
    boilerplate: str = ""
    marked_up: bool = False
    """The description is stored as HTML."""

    @property
    def description(self) -> str:
        """The sentences alone, as a clean text."""
        return " ".join(self.sentences)

    @property
    def stored_description(self) -> str:
        """The description as the shop's table holds it, HTML and boilerplate included."""
        parts = [*self.sentences, self.boilerplate] if self.boilerplate else list(self.sentences)
        if not self.marked_up or not parts:
            return " ".join(parts)
        first, *others = (html.escape(part) for part in parts)
        points = "".join(f"<li>{part}</li>" for part in others)
        return f"<p><b>{first}</b></p>" + (f"<ul>{points}</ul>" if points else "")


def write_words(leaf: str, look: Look, dice: random.Random, *, clear: bool = False) -> Words:
    """Words for a product of the kind `leaf`; `clear`: the title says what it is."""
    kind = KINDS.get(leaf) or STRANGER_KINDS[leaf]
    brand = dice.choice((*_BRANDS.get(kind.parent, ()), *_ANYWHERE))
    noun, material, size = (dice.choice(of) for of in (kind.nouns, kind.materials, kind.sizes))
    sentences = [
        _capital(line.format(noun=noun, material=material, size=size))
        for line in dice.sample(
            kind.details, k=min(len(kind.details), dice.choice((1, 2, 2, 3, 4)))
        )
    ]
    sentences += dice.sample(_GENERAL, k=dice.choice((0, 1, 1, 2)))
    if dice.random() < 0.16:
        other = KINDS[dice.choice([name for name in KINDS if name != leaf])]
        sentences.append(f"Goes well with our {look.colour} {dice.choice(other.nouns)}.")
    dice.shuffle(sentences)
    return Words(
        title=_title(kind, look, dice, brand=brand, noun=noun)
        if not clear
        else _capital(f"{_adjectives(look)} {material} {noun}, {size}"),
        sentences=tuple(sentences),
        brand=brand,
        price=_price(kind, dice),
        boilerplate=dice.choice(BOILERPLATE) if dice.random() < 0.25 else "",
        marked_up=dice.random() < 0.18,
    )


def write_twin_words(leaf: str, dice: random.Random) -> Words:
    """Words that suit another kind as well as `leaf`: nothing in them tells which it is."""
    titles, details = next(words for pair, words in TWIN_WORDS.items() if leaf in pair)
    brand = dice.choice(_ANYWHERE)
    ends = ("", f", {dice.choice(_PRAISE)}", f" by {brand}", f" \u201c{dice.choice(_NAMES)}\u201d")
    sentences = [*dice.sample(details, k=dice.choice((2, 3))), *dice.sample(_GENERAL, k=1)]
    title = dice.choice(titles) + dice.choice(ends)
    return Words(title, tuple(sentences), brand, _price(KINDS[leaf], dice))


def blank(words: Words) -> Words:
    """Nothing written but brand and price."""
    return replace(words, title="", sentences=(), boilerplate="", marked_up=False)


def retitled(words: Words, dice: random.Random) -> Words:
    """The same product listed again: a slightly different title, perhaps one sentence less."""
    change = dice.randrange(4)
    title = words.title
    if change == 0:
        title = f"{title} (new)"
    elif change == 1:
        title = f"{words.brand}: {title}"
    elif change == 2:
        title = f"{title} - {dice.choice(_NAMES)} edition"
    else:
        title = title.upper() if title != title.upper() else title.capitalize()
    sentences = words.sentences if dice.random() < 0.6 else words.sentences[:-1] or words.sentences
    price = round(words.price * dice.choice((0.9, 1.0, 1.0, 1.1)), 2)
    return replace(words, title=title, sentences=sentences, price=price)


def _title(kind: Kind, look: Look, dice: random.Random, *, brand: str, noun: str) -> str:
    material, size, name = (dice.choice(of) for of in (kind.materials, kind.sizes, _NAMES))
    adjectives = _adjectives(look)
    style = dice.random()
    if style < 0.3:
        return _capital(f"{adjectives} {material} {noun}, {size}")
    if style < 0.48:
        return f"{brand} {name} {noun} - {look.colour}"
    if style < 0.6:
        return f"{noun} {size} | {material} | {look.colour} | {brand}".upper()
    if style < 0.72:
        return f"The {name}: {adjectives} {noun}, {dice.choice(_PRAISE)}"
    if style < 0.82:
        return f"{brand} {name} {dice.randrange(2, 90) * 10} {size}"  # a model's name, no noun
    if style < 0.9:
        return f"{name} in {look.colour} - {dice.choice(_PRAISE)}"  # even less
    return f"{_capital(noun)} *{look.colour}* {material} !! {dice.choice(_PRAISE)} !!"


def _adjectives(look: Look) -> str:
    return " ".join(word for word in (PATTERN_WORDS[look.pattern], look.colour) if word)


def _price(kind: Kind, dice: random.Random) -> float:
    low, high = kind.price
    price: int = round(low * (high / low) ** dice.betavariate(2, 2))
    return price - 1.0 if price >= 200 else round(price - dice.choice((0.01, 0.05, 0.5)), 2)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
