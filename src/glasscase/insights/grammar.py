"""The sentences a writer may write, as patterns over tokens; each says what it claims.

A controlled language (after Kuhn 2014, "A Survey and Classification of Controlled Natural
Languages"): whatever fits a pattern can be computed anew from the ledger, whatever does not is
refused. So an invented figure, name, cause, judgement, advice or order has no place to stand in,
however it is spelled.

In the patterns `S`, `M`, `V`, `I`, `N` are a subject, a metric, a figure, its interval and its
number of cases; everything else is the words themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from glasscase.insights.claims import Cause, Claim, Compare, Extreme, Relation, Tell
from glasscase.insights.sentence_tokens import Token

MOST_TOKENS = 90
_MOST_READINGS = 40
_MOST_TRIES = 400
_POINT, _OPEN, _CLOSED = (Token("word", mark) for mark in ".()")
_CODES = {"subject": "S", "metric": "M", "value": "V", "interval": "I", "n": "N"}
_ORDERS: dict[str, Relation] = {
    "higher than": "higher", "more than": "higher", "above": "higher", "ahead of": "ahead",
    "larger than": "higher", "greater than": "higher", "lower than": "lower",
    "less than": "lower", "below": "lower", "behind": "behind", "smaller than": "lower",
    "level with": "level", "not told apart from": "apart",
    "higher": "higher", "larger": "higher", "greater": "higher", "lower": "lower",
    "smaller": "lower", "highest": "higher", "largest": "higher", "greatest": "higher",
    "lowest": "lower", "smallest": "lower",
    "raises": "higher", "raised": "higher", "increases": "higher", "increased": "higher",
    "lowers": "lower", "lowered": "lower", "decreases": "lower", "decreased": "lower",
}  # fmt: skip


def _words(*phrases: str) -> str:
    return "(?:" + "|".join(sorted((f"{p} " for p in phrases), key=len, reverse=True)) + ")"


_IS = _words("is", "was", "stands at", "comes to", "reaches", "is measured at", "is estimated at")
_AT = _words("is at", "stands at", "comes to", "reaches", "is measured at", "at", "with", ":")
_BARE = ("at", "with", ":")
"""What stands for a verb that the clause before has."""
_HAS = _words("has", "shows", "reaches", "had", "showed", "reached")
_BE = _words("is", "was", "stands", "lies", "comes")
_THAN = _words(*(name for name in _ORDERS if " " in name or name in ("above", "below", "behind")))
_MORE = _words("higher", "larger", "greater", "lower", "smaller")
_MOST = _words("highest", "largest", "greatest", "lowest", "smallest")
_CAUSES = _words("raises", "raised", "increases", "increased", "lowers", "lowered", "decreases",
                 "decreased")  # fmt: skip
_SUBJECT = r"(?P<s>S\d+ )(?:against (?P<c>S\d+ ))?"
_METRIC = r"(?P<m>M\d+ )"
_IN = rf"(?:(?:,? ?)(?:in |on |by |for ){_METRIC})?"


def _figure(name: str) -> str:
    """A figure with, perhaps, its interval and its number of cases."""
    return (
        rf"(?P<v{name}>V\d+ )(?:\( (?P<i{name}>I\d+ )\) |, (?P<j{name}>I\d+ ),? ?)?"
        rf"(?:,? ?from (?P<n{name}>N\d+ )cases )?"
    )


_BESIDE = rf"(?:(?P<w>at |\( |, ){_figure('2')}(?:\) )?)?"
_THEN = rf"(?:(?:, (?:and )?|and )(?P<r>{_THAN})(?:that of )?(?P<t>S\d+ ){_BESIDE})?"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:the )?{_METRIC}(?:of |for ){_SUBJECT}{_IS}{_figure('1')}{_THEN}",
        rf"{_SUBJECT}'s {_METRIC}{_IS}{_figure('1')}{_THEN}",
        rf"{_SUBJECT}{_HAS}(?:a |an |the )?{_METRIC}(?:of |: ){_figure('1')}{_THEN}",
        rf"{_SUBJECT}(?P<b>{_AT}){_figure('1')}{_IN}{_THEN}",
        rf"(?:the )?{_METRIC}(?:of |for ){_SUBJECT}: {_figure('1')}",
        rf"for {_SUBJECT}, (?:the )?{_METRIC}{_IS}{_figure('1')}{_THEN}",
        rf"{_figure('1')}is (?:the )?{_METRIC}(?:of |for ){_SUBJECT}",
        rf"(?P<s>S\d+ )(?:(?:at |with |\( ){_figure('1')}(?:\) )?)?{_BE}(?P<r>{_THAN})"
        rf"(?P<t>S\d+ ){_BESIDE}{_IN}",
        rf"(?:the )?{_METRIC}of (?P<s>S\d+ )(?:(?:, |\( ){_figure('1')}(?:, |\) ))?{_BE}"
        rf"(?P<r>{_THAN})(?:that of )?(?P<t>S\d+ ){_BESIDE}",
        rf"(?P<s>S\d+ ){_HAS}(?:a )?(?P<r>{_MORE}){_METRIC}than (?P<t>S\d+ ){_BESIDE}",
        rf"(?P<s>S\d+ ){_HAS}the (?P<e>{_MOST}){_METRIC}(?:(?:of |at |with |, |: ){_figure('1')})?",
        rf"the (?P<e>{_MOST}){_METRIC}is that of (?P<s>S\d+ )"
        rf"(?:(?:at |with |, |: ){_figure('1')})?",
        rf"(?P<s>S\d+ )(?:is |stands )(?:the )?(?P<e>{_MOST})(?:in |on |by ){_METRIC}"
        rf"(?:(?:at |with |, |: ){_figure('1')})?",
        rf"{_SUBJECT}(?P<k>{_CAUSES})(?:the )?{_METRIC}by {_figure('1')}",
    )
)
_OPENER = re.compile(
    rf"(?:overall|in this (?:set|comparison|catalogue|photo|shelf|report)|on this shelf|"
    rf"(?:in|on|for|by) (?:the )?{_METRIC}) ?(?:, |: )"
)
_JOINT = re.compile(r"(?:, (?:and |while |whereas )?|; (?:and )?|and |while |whereas )")
VOCABULARY = frozenset(
    word
    for pattern in (*_PATTERNS, _OPENER, _JOINT)
    for word in re.findall(r"(?<![\\?<\w])'?[a-z]{1,}(?![\w>])", pattern.pattern)
) | {".", ",", ";", ":", "(", ")", "'s"}
"""Every plain word and mark that some pattern holds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a sentence: everything it claims."""

    claims: tuple[Claim, ...]


def readings(tokens: Sequence[Token]) -> list[Reading]:
    """Every way `tokens` fit the patterns; [] where they fit none or are too many."""
    if not tokens or len(tokens) > MOST_TOKENS or tokens[-1] != _POINT:
        return []
    if tokens.count(_OPEN) != tokens.count(_CLOSED):
        return []
    codes = [
        f"{_CODES[token.kind]}{i} " if token.kind in _CODES else f"{token.text} "
        for i, token in enumerate(tokens[:-1])
    ]
    text = "".join(codes)
    ends = [0]
    for code in codes:
        ends.append(ends[-1] + len(code))
    opener = _OPENER.match(text)
    starts = [(0, "")]
    if opener is not None:
        starts.append((opener.end(), opener["m"] or ""))
    found: list[Reading] = []
    for start, metric in starts:
        opened = _text(metric, tokens).lower() if metric else ""
        clauses = _Clauses(text, tuple(ends), tokens, opened)
        found += (Reading(claims) for claims in clauses.after(start, _Said(metric)))
        if len(found) >= _MOST_READINGS or clauses.tries >= _MOST_TRIES:
            return []  # too many ways to understand it
    return found


@dataclass(frozen=True, slots=True)
class _Said:
    """What earlier clauses leave for the next."""

    metric: str
    """Code of the metric last named; empty: none."""
    first: bool = True
    compared: bool = False
    """The clause before compares, so that "and B at ..." could be a part of what it compares."""


class _Clauses:
    """Ways to read a sentence as clauses, joined by `_JOINT`."""

    def __init__(
        self, text: str, ends: tuple[int, ...], tokens: Sequence[Token], opened: str
    ) -> None:
        self.tries = 0
        self._text, self._ends, self._tokens = text, ends, tokens
        self._opened = opened
        """The metric a sentence opens with, as in "In price, ...": all its clauses keep to it."""

    def after(self, start: int, said: _Said) -> Iterator[tuple[Claim, ...]]:
        """Claims of every way to read what stands after `start`."""
        for end in self._ends:
            if end <= start:
                continue
            for match in _fits(self._text[start:end]):
                self.tries += 1
                if self.tries >= _MOST_TRIES:
                    return
                named = match.groupdict()
                metric = named.get("m") or said.metric
                if not self._told_clearly(named, metric, said):
                    continue
                claims = tuple(_claims(named, metric, self._tokens))
                if end == len(self._text):
                    yield claims
                    continue
                joint = _JOINT.match(self._text, end)
                if joint is not None:
                    compared = bool(named.get("r") or named.get("e"))
                    for more in self.after(
                        joint.end(), _Said(metric, first=False, compared=compared)
                    ):
                        yield claims + more

    def _told_clearly(self, named: dict[str, str | None], metric: str, said: _Said) -> bool:
        """Whether a reader cannot take the clause for another one than we do."""
        if not metric or (self._opened and _text(metric, self._tokens).lower() != self._opened):
            return False
        loose = named.get("v2") and not named.get("v1") and named["w"] != "( "
        if loose:  # "A is above B at {{F2}}": whose figure is it?
            return False
        bare = not said.first and (named.get("b") or "").strip() in _BARE
        return not (bare and (said.compared or named.get("r")))


def _text(code: str, tokens: Sequence[Token]) -> str:
    return tokens[int(code.strip()[1:])].text


@lru_cache(maxsize=4096)
def _fits(clause: str) -> tuple[re.Match[str], ...]:
    matches = (pattern.fullmatch(clause) for pattern in _PATTERNS)
    return tuple(match for match in matches if match is not None)


def _claims(named: dict[str, str | None], metric: str, tokens: Sequence[Token]) -> Iterator[Claim]:
    """What a clause claims, read off the groups of its pattern."""

    def token(code: str) -> Token:
        return tokens[int(code.strip()[1:])]

    def told(name: str, subject: str, comparator: str) -> Tell | None:
        value = named.get(f"v{name}")
        if not value:
            return None
        beside = [named.get(f"{kind}{name}") for kind in "ijn"]
        others = tuple(token(code).fact for code in beside if code)
        return Tell(token(value).fact, subject, token(metric).text, comparator, others)

    subject = token(named["s"] or "").text
    comparator = token(named["c"] or "").text if named.get("c") else ""
    right = token(named["t"] or "").text if named.get("t") else ""
    for one in (told("1", subject, comparator), told("2", right, "")):
        if one is not None:
            yield one
    words = {key: (named.get(key) or "").strip() for key in "rek"}
    if words["r"]:
        yield Compare(_ORDERS[words["r"]], subject, right, token(metric).text, comparator)
    if words["e"]:
        order = _ORDERS[words["e"]]
        yield Extreme("higher" if order == "higher" else "lower", subject, token(metric).text)
    if words["k"]:
        order = _ORDERS[words["k"]]
        fact = token(named["v1"] or "").fact
        yield Cause(fact, "higher" if order == "higher" else "lower")
