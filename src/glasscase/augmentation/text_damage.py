"""What happens to words on their way into a catalogue, one thing at a time, to test models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from glasscase.augmentation.draws import Draws
from glasscase.augmentation.text_units import Unit, joined, text_units
from glasscase.augmentation.words import WordStrength, changed_words, in_case
from glasscase.catalog.language import language_of
from glasscase.catalog.product import Product
from glasscase.catalog.stop_words import STOP_WORDS

Change = Callable[[str, float, Draws], str]
_EMOJI = ("🔥", "✨", "😍", "👍", "🎁", "💯", "🛒", "⭐")
_BOILERPLATE = (
    "Free shipping on all orders.",
    "30 days money back guarantee, no questions asked.",
    "Best price online, buy now while stocks last!",
    "Customer satisfaction is our first priority, please leave five stars.",
    "Colours may differ slightly from the picture shown.",
    "Visit our store for more offers.",
)
_ONLY = WordStrength(drop=0, swap=0, typo=0, case=0, drop_field=0)


@dataclass(frozen=True, slots=True)
class TextDamage:
    """One kind of change."""

    amounts: tuple[float, float, float]
    """How much, by strength 1, 2, 3."""
    told: str
    """What an amount means, `{}` in its place."""
    change: Change
    once: bool = False
    """Made to the first field alone, as it would stand once in a listing."""

    def describe(self, strength: int) -> str:
        """The amount of one strength in words.

        >>> TEXT_DAMAGE["missing words"].describe(1), TEXT_DAMAGE["case"].describe(3)
        ('15 % of the words missing', 'all in capitals')
        """
        amount = self.amounts[strength - 1]
        return _CASES[int(amount)] if not self.told else self.told.format(f"{amount:g}")


_CASES = ("each word with a capital", "all in small letters", "all in capitals")


def damaged_texts(product: Product, kind: str, strength: int, *, seed: int) -> Product:
    """`product` with its words changed; the same for its id, kind, strength and seed.

    Every field is changed by itself, emoji and boilerplate are added to the first one with words.
    The strengths share their draws: what 1 mistypes, 3 mistypes too.
    """
    damage = TEXT_DAMAGE[kind]
    amount = damage.amounts[strength - 1]
    texts: dict[str, str] = {}
    done = False
    for name, text in product.texts.items():
        if not text.strip() or (damage.once and done):
            texts[name] = text
            continue
        texts[name] = damage.change(text, amount, Draws(seed, "damage", kind, product.id, name))
        done = True
    return replace(product, texts=texts)


def _typos(text: str, percent: float, draws: Draws) -> str:
    return changed_words(text, replace(_ONLY, typo=percent / 100), draws)


def _missing(text: str, percent: float, draws: Draws) -> str:
    return changed_words(text, replace(_ONLY, drop=percent / 100), draws)


def _swapped(text: str, percent: float, draws: Draws) -> str:
    return changed_words(text, replace(_ONLY, swap=percent / 100), draws)


def _case(text: str, which: float, draws: Draws) -> str:
    del draws
    return in_case(text, (2, 0, 1)[int(which)])


def _emoji(text: str, count: float, draws: Draws) -> str:
    units = text_units(text)
    for _ in range(int(count)):
        at, sign = draws.below(len(units) + 1), _EMOJI[draws.below(len(_EMOJI))]
        units.insert(at, Unit(sign, " "))
        if at and not units[at - 1].gap:
            units[at - 1] = replace(units[at - 1], gap=" ")
    return joined(units)


def _boilerplate(text: str, count: float, draws: Draws) -> str:
    first = draws.below(len(_BOILERPLATE))
    said = [_BOILERPLATE[(first + i) % len(_BOILERPLATE)] for i in range(int(count))]
    return " ".join([text if text[-1] in ".!?" else f"{text}.", *said])


def _foreign(text: str, percent: float, draws: Draws) -> str:
    """Small words of a language the text is not in, between its own."""
    own = language_of(text)
    others = [name for name in sorted(STOP_WORDS) if name != own]
    words = sorted(STOP_WORDS[others[draws.below(len(others))]])
    mixed: list[Unit] = []
    for unit in text_units(text):
        mixed.append(unit)
        luck, which = draws.between(0, 1), draws.below(len(words))
        if luck < percent / 100:
            mixed[-1] = replace(unit, gap=unit.gap or " ")
            mixed.append(Unit(words[which], " "))
    return joined(mixed)


TEXT_DAMAGE: Mapping[str, TextDamage] = MappingProxyType(
    {
        "typos": TextDamage((10, 25, 50), "{} % of the longer words mistyped", _typos),
        "case": TextDamage((0, 1, 2), "", _case),
        "missing words": TextDamage((15, 30, 60), "{} % of the words missing", _missing),
        "swapped words": TextDamage((15, 40, 80), "{} % of neighbours swapped", _swapped),
        "emoji": TextDamage((1, 3, 8), "{} emoji put in", _emoji, once=True),
        "boilerplate": TextDamage(
            (1, 2, 4), "{} sentences every shop writes", _boilerplate, once=True
        ),
        "foreign small words": TextDamage(
            (15, 30, 60), "small words of another language after {} % of the words", _foreign
        ),
    }
)
"""All kinds by name, in the order they are reported."""
