"""Product text without markup and debris, in any script."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from glasscase.settings import TextSettings

_TAGS = (
    "a abbr acronym address article aside audio b base bdi bdo big blockquote body br button "
    "canvas caption center cite code col colgroup data dd del details dfn dialog div dl dt em "
    "embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head "
    "header hr html i iframe img input ins kbd label legend li link main map mark marquee menu "
    "meta meter nav nobr noscript object ol optgroup option output p param picture pre progress q "
    "s samp section select small source span strike strong sub summary sup svg table tbody td "
    "textarea tfoot th thead time title tr track tt u ul var video wbr path g"
).replace(" ", "|")
_INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|em|font|i|ins|kbd|mark|s|samp|small|span|strike|strong|"
    "sub|sup|tt|u|var|wbr",
    re.IGNORECASE,
)
_TAG = re.compile(
    rf"<(/?)({_TAGS})(?:\s*/?>|[\s/](?:(?:\"[^\"]{{0,500}}+\"|'[^']{{0,500}}+'|[^<>\"']++){{0,60}}+>"
    r"|[^<>]{0,3000}+>))",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"<[!?][A-Za-z\[][^<>]{0,1000}+>")
_HIDDEN = re.compile(r"<(script|style|template|noscript)\b[^<>]{0,3000}+>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AMPERSANDS = re.compile(r"&(?:amp;)+")
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]+")
_STRAY_JOINER = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])")
_BROKEN = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
_PASSES = 10
_LONGEST_WORD = 50
"""A cut goes back to the end of a word, where one is so near."""


@dataclass(frozen=True, slots=True)
class CleanedText:
    """A text after cleaning, and what was taken away."""

    text: str
    removed_characters: int
    """Markup, debris and doubled spaces."""
    cut_characters: int
    """Beyond `text.max_characters`."""


def clean(text: str, settings: TextSettings) -> str:
    """`text` without HTML, control characters and doubled spaces, cut at the longest allowed.

    Block tags become spaces, inline ones nothing; scripts, styles and comments go with what they
    hold; entities become their characters. Only real HTML tags count, so `a < b` and `<3` stay.
    Unicode is composed (NFC); zero-width characters go, but joiners that shape a script or an
    emoji stay. Cleaning twice changes nothing more.

    With `settings.clean` off, only control characters and the length are seen to.

    Not covered: words a page hides by its style sheet.
    """
    return clean_counted(text, settings).text


def clean_counted(text: str, settings: TextSettings) -> CleanedText:
    """As `clean`, with the number of characters taken away."""
    result = _settled(text) if settings.clean else _without_debris(text).strip()
    removed = max(0, len(text) - len(result))
    kept = _cut(result, settings.max_characters).rstrip()
    if settings.clean and len(kept) < len(result):
        kept = _settled(kept)
    return CleanedText(kept, removed, len(result) - len(kept))


def _cut(text: str, most: int) -> str:
    """The first `most` characters of `text`, or a few less so that no word is torn.

    >>> _cut("blue mug", 6), _cut("blue mug", 8), _cut("blue mug", 3)
    ('blue', 'blue mug', 'blu')
    """
    kept = text[:most]
    before, space, torn = kept.rpartition(" ")
    goes_on = len(text) > most and not text[most].isspace()
    return before if goes_on and space and len(torn) < _LONGEST_WORD else kept


def _settled(text: str) -> str:
    """Clean until nothing changes: `&amp;lt;p&amp;gt;` hides a tag two layers deep."""
    for _ in range(_PASSES):
        cleaned = _once(text)
        if cleaned == text:
            break
        text = cleaned
    return text


def _once(text: str) -> str:
    if "<" in text:
        text = _without_hidden(_without_comments(text))
        text = _DECLARATION.sub(" ", _TAG.sub(_gap, text))
    if "&" in text:
        text = _ENTITY.sub(_character, _AMPERSANDS.sub("&amp;", text))
    return " ".join(_without_debris(text).split())


def _without_debris(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = _CONTROL.sub(" ", _BROKEN.sub("\ufffd", text))
    text = _STRAY_JOINER.sub("", _UNSEEN.sub("", text))
    return unicodedata.normalize("NFC", text)


def _gap(tag: re.Match[str]) -> str:
    return "" if _INLINE.fullmatch(tag.group(2)) else " "


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity.group())


def _without_comments(text: str) -> str:
    parts: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts += [text[at:start], " "]
        at = end + 3
    return "".join([*parts, text[at:]])


def _without_hidden(text: str) -> str:
    parts: list[str] = []
    at = 0
    while (opening := _HIDDEN.search(text, at)) is not None:
        closing = re.compile(rf"</{opening.group(1)}\s*>", re.IGNORECASE)
        end = closing.search(text, opening.end())
        if end is None:
            break
        parts += [text[at : opening.start()], " "]
        at = end.end()
    return "".join([*parts, text[at:]])
