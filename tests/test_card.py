"""The card and the overlay: everything escaped, nothing made to look like something."""

import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.explanations.card import card, photos_in
from glasscase.explanations.explanation import Explanation, Neighbour
from glasscase.explanations.heat_map import AttentionMap, HeatMap
from glasscase.explanations.overlay import (
    WEAKEST_REFERENCE,
    attention_png,
    overlay_png,
    photo_png,
    ramp_css,
    reference_logits,
)
from glasscase.explanations.shapley import ModalityShare
from glasscase.explanations.word_report import WordReport, WordWeight

TEXT = 'Blue <b>mug</b> & "cup"'


def heat(peak=0.3, at=(3, 5), name="mug.jpg"):
    values = np.zeros((7, 7), np.float32)
    values[at] = peak
    return HeatMap(name, values, peak, "Grad-CAM")


def explained(**changes):
    words = (
        WordWeight("Blue", 0, 4, 0.001, 0.0),
        WordWeight("mug", 8, 11, 0.4, 0.0),
        WordWeight("cup", 19, 22, -0.2, 0.0),
    )
    found = Explanation(
        id="<7>",
        label="Kitchen > Mugs",
        against=None,
        probability=0.93,
        predicted="Kitchen > Mugs",
        verdict="review",
        reason="Less than 95.0 % sure (decision.accept_at).",
        top=(("Kitchen > Mugs", 0.93), ("Bowls & <Plates>", 0.07)),
        words=WordReport(TEXT, words, "probability", "exact", 16, 0.9, 1.0),
        heat_maps=(heat(),),
        heat_note="",
        shares=(ModalityShare("text", 2.0, 0.8), ModalityShare("image", -0.5, 0.2)),
        base=-1.0,
        neighbours=(Neighbour("n1", "Kitchen > Mugs", "Red <mug>", "near.png", 0.91),),
        problems=(Problem(3, "photo", "'<x>.webp' is 41 MP", "Shrink it."),),
        model="late head over words, sentence, image",
        seconds=0.4,
    )
    return replace(found, **changes)


def grey_photo(name="mug.jpg", size=(140, 140)):
    stream = io.BytesIO()
    Image.new("RGB", size, (200, 200, 200)).save(stream, "PNG")
    return Photo(name, data=stream.getvalue())


class Page(HTMLParser):
    """Tags and words of a page; complains of anything left open."""

    VOID = {"meta", "img", "br", "link", "input"}

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"style", "title"}:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


def test_the_page_is_whole_self_contained_and_escapes_everything():
    page = Page(card(explained(), [grey_photo()]))
    assert not [tag for tag, _ in page.tags if tag in {"script", "b", "link"} and tag != "b"]
    addresses = [attrs[k] for _, attrs in page.tags for k in ("src", "href") if k in attrs]
    assert addresses
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    for piece in ("Product <7>", "Bowls & <Plates>", "Red <mug>", "'<x>.webp' is 41 MP"):
        assert piece in page.text
    assert "<b>mug" not in card(explained())


def test_words_are_coloured_in_place_with_signs_for_those_who_see_no_colour():
    page = card(explained())
    spans = re.findall(r'<span class="w (\w+)" style="--s: ([\d.]+)"[^>]*>(\w+)<sup', page)
    assert spans == [("for", "1.000", "mug"), ("against", "0.500", "cup")]
    assert "(for, +40.0 points of probability)" in page
    assert "(against, -20.0 points of probability)" in page
    plain = re.sub(r"<sup.*?</sup>|<span class=\"sr\">.*?</span>", "", page)
    words = re.search(r'<div class="words" dir="auto">(.*?)</div>', plain, re.DOTALL).group(1)
    assert Page(f"<p>{words}</p>").text == TEXT


def test_next_to_no_weight_is_not_coloured_up():
    weak = explained().words
    weak = replace(weak, words=tuple(replace(w, weight=w.weight / 1000) for w in weak.words))
    assert 'class="w ' not in card(explained(words=weak))


def test_what_the_model_is_not_sure_of_is_said_in_words():
    assert "The model leans to “Kitchen &gt; Mugs”; a person should look." in card(explained())
    assert "a person should decide" in card(explained(verdict="abstain"))
    assert "every combination of the words was tried" in card(explained())
    shaky = replace(explained().words, method="sampled", overlap=0.62, samples=300)
    assert "about 3.1 would be named again" in card(explained(words=shaky))


def test_nothing_is_ever_certain_or_impossible():
    page = Page(card(explained(top=(("Mugs", 0.99999), ("Bowls", 0.00001))))).text
    assert "over 99.9 %" in page
    assert "under 0.1 %" in page
    assert "100.0 %" not in page


def test_a_comparison_is_headed_as_one():
    page = Page(card(explained(against="Bowls"))).text
    assert "Why Kitchen > Mugs rather than Bowls?" in page
    assert "speaks for “Bowls”" in page
    assert "“Kitchen > Mugs” is 1.6 times more likely than “Bowls”." in page


def test_every_photo_stands_beside_its_own_overlay():
    two = (heat(name="a.png"), heat(name="b.png", at=(0, 0)))
    page = Page(card(explained(heat_maps=two), [grey_photo("a.png"), grey_photo("b.png")]))
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert [i["alt"][:12] for i in images] == ["Photo a.png", "Where the ph"] + [
        "Photo b.png",
        "Where the ph",
    ]
    assert images[1]["src"] != images[3]["src"]
    assert "7 x 7 places" in page.text


def test_an_unreadable_photo_leaves_a_card_all_the_same():
    page = card(explained(), [Photo("mug.jpg", data=b"broken")])
    assert "What the photo says" not in page
    assert "What could not be used" in page


def test_no_photo_and_no_words_still_make_a_card():
    empty = WordReport("", (), "probability", "none", 0, 1.0, 1.0, "There are no words.")
    page = card(explained(words=empty, heat_maps=(), heat_note="There is no photo.", shares=()))
    assert "There are no words." in page
    assert "There is no photo." in page


def test_neighbours_have_thumbnails_only_from_inside_the_folder(tmp_path):
    inside = tmp_path / "images"
    inside.mkdir()
    (inside / "near.png").write_bytes(grey_photo().data)
    (tmp_path / "secret.png").write_bytes(grey_photo().data)
    find = photos_in(inside)
    assert find("near.png").path == inside / "near.png"
    assert find("../secret.png") is None
    assert find("missing.png") is None
    count = [tag for tag, _ in Page(card(explained(), training_photo=find)).tags].count("img")
    assert count == 1


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float)


GREY = np.full((140, 140, 3), 200, np.uint8)


def test_the_overlay_colours_the_place_and_leaves_the_rest():
    drawn = pixels(overlay_png(GREY, heat(at=(3, 5)), reference=0.3))
    changed = np.abs(drawn - 200).sum(axis=2)
    row, column = np.unravel_index(changed.argmax(), changed.shape)
    assert 60 <= row < 80
    assert 100 <= column < 120
    assert changed[:, :60].max() == 0


def test_no_evidence_is_drawn_as_none_and_weak_evidence_as_weak():
    nothing = heat(peak=0.0)
    assert reference_logits([nothing]) == WEAKEST_REFERENCE
    drawn = pixels(overlay_png(GREY, nothing, reference=reference_logits([nothing])))
    assert np.abs(drawn - 200).max() == 0
    weak, strong = heat(peak=0.0003), heat(peak=0.5)
    faint = pixels(overlay_png(GREY, weak, reference=reference_logits([weak])))
    clear = pixels(overlay_png(GREY, strong, reference=reference_logits([strong])))
    assert np.abs(faint - 200).max() < 0.25 * np.abs(clear - 200).max()
    assert reference_logits([weak, strong]) == pytest.approx(0.5)


def test_a_network_that_looks_everywhere_alike_colours_nothing():
    def attention(most):
        values = np.full((7, 7), (1 - most) / 48, np.float32)
        values[3, 5] = most
        return AttentionMap("mug.jpg", "Where it looks", values, "attention")

    uncoloured = pixels(overlay_png(GREY, heat(peak=0.0), reference=1.0))
    almost_even, peaked = attention(1.02 / 49), attention(0.5)
    drawn = pixels(attention_png(GREY, almost_even))
    assert np.abs(drawn - uncoloured).max() <= 4
    assert almost_even.sentence == "most on row 4 of 7, column 6 of 7, 1.0 times an even look"
    drawn = pixels(attention_png(GREY, peaked))
    assert np.abs(drawn[70, 110] - uncoloured[70, 110]).max() > 50
    assert np.abs(drawn[10, 10] - uncoloured[10, 10]).max() == 0
    assert "24.5 times an even look" in peaked.sentence


def test_the_colours_grow_lighter_step_by_step_so_that_they_read_without_colour():
    steps = [tuple(map(int, rgb)) for rgb in re.findall(r"rgb\((\d+) (\d+) (\d+)\)", ramp_css())]
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in steps]
    assert len(steps) == 9
    assert all(later > earlier + 10 for earlier, later in zip(light, light[1:], strict=False))


def test_photos_are_shrunk_and_never_grown():
    assert pixels(photo_png(np.zeros((2000, 1000, 3), np.uint8), longest_px=500)).shape == (
        500,
        250,
        3,
    )
    assert pixels(photo_png(GREY)).shape == (140, 140, 3)
