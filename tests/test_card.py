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
from glasscase.explanations.contrast import Contrast
from glasscase.explanations.curves import Curves
from glasscase.explanations.explanation import Explanation, Neighbour
from glasscase.explanations.flip import Flip, Without
from glasscase.explanations.heat_map import AttentionMap, HeatMap
from glasscase.explanations.overlay import (
    WEAKEST_REFERENCE,
    attention_picture,
    overlay_png,
    photo_picture,
    ramp_css,
    reference_logits,
    region_png,
)
from glasscase.explanations.photo_flip import PhotoFlip
from glasscase.explanations.shapley import ModalityShare
from glasscase.explanations.word_flip import WordFlip
from glasscase.explanations.word_report import WordReport, WordWeight
from glasscase.pages.thumbnail import png

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
    assert "others would name about 3.1 again" in card(explained(words=shaky))


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


def test_a_photo_of_which_no_place_matters_much_is_said_to():
    faint = Page(card(explained(heat_maps=[heat(peak=0.012)]), [grey_photo()])).text
    assert "No single place of this photo matters much" in faint
    assert "0.012 logits, at most 0.3 points of 100" in faint
    strong = Page(card(explained(heat_maps=[heat(peak=0.4)]), [grey_photo()])).text
    assert "matters much" not in strong


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
    drawn = pixels(png(attention_picture(GREY, almost_even)))
    assert np.abs(drawn - uncoloured).max() <= 4
    assert almost_even.sentence == "most on row 4 of 7, column 6 of 7, 1.0 times an even look"
    drawn = pixels(png(attention_picture(GREY, peaked)))
    assert np.abs(drawn[70, 110] - uncoloured[70, 110]).max() > 50
    assert np.abs(drawn[10, 10] - uncoloured[10, 10]).max() == 0
    assert "24.5 times an even look" in peaked.sentence


def test_the_colours_grow_lighter_step_by_step_so_that_they_read_without_colour():
    steps = [tuple(map(int, rgb)) for rgb in re.findall(r"rgb\((\d+) (\d+) (\d+)\)", ramp_css())]
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in steps]
    assert len(steps) == 9
    assert all(later > earlier + 10 for earlier, later in zip(light, light[1:], strict=False))


def test_photos_are_shrunk_and_never_grown():
    assert photo_picture(np.zeros((2000, 1000, 3), np.uint8), longest_px=500).size == (250, 500)
    assert photo_picture(GREY).size == (140, 140)


def places(at=(3, 5)):
    grid = np.zeros((7, 7), bool)
    grid[at] = True
    return grid


def tried(**changes):
    """An explanation of which everything was tried."""
    curve = Curves(
        what="words", answer="probability", shares=(0.0, 0.5, 1.0),
        heaviest_first=(0.9, 0.3, 0.1), heaviest_last=(0.9, 0.8, 0.1), random=(0.9, 0.6, 0.1),
        orders=3, named=2, at_named=0.3, random_at_named=0.6,
    )  # fmt: skip
    words = (WordWeight("<mug>", 8, 11, 2.5, 0.0), WordWeight("cup", 19, 22, -1.0, 0.0))
    rival = Contrast(
        label="Kitchen > Mugs", against="Bowls & <Plates>", probability_against=0.07,
        words=WordReport(TEXT, words, "log-odds", "exact", 16, 0.9, 1.0), heat_maps=(),
        shares=(ModalityShare("text", 2.0, 0.8), ModalityShare("image", -0.5, 0.2)), log_odds=1.5,
    )  # fmt: skip
    flip = Flip(
        "Kitchen > Mugs",
        WordFlip(("<mug>",), ((8, 11),), "Bowls & <Plates>", 0.6, "smallest", 1),
        (Without("image", "Kitchen > Mugs", 0.8, changes=False),),
        PhotoFlip("Bowls & <Plates>", 0.55, 1 / 49, (("mug.jpg", places()),)),
    )
    more = {"rival": rival, "flip": flip, "checks": (curve, replace(curve, what="photo"))}
    return explained(**(more | changes))


def test_what_was_tried_is_told_and_escaped():
    html = card(tried(), [grey_photo()])
    page = Page(html)
    for sentence in (
        "Without the word “<mug>” the model says “Bowls & <Plates>” (60 %).",
        "With the strongest 2 % of the photo blurred the model says “Bowls & <Plates>” (55 %).",
        "Without the photo the model still says “Kitchen > Mugs” (80 %).",
        "“<mug>” speaks most for “Kitchen > Mugs”, “cup” for “Bowls & <Plates>”.",
        "Removing the 2 heaviest words takes it from 90.0 % to 30.0 %; 2 random words, to 60.0 %.",
        "changes the answer more than random parts do.",
    ):
        assert sentence in page.text
    assert "<mug>" not in html.replace("&lt;mug&gt;", "")
    assert "With the outlined 2 % blurred the model says “Bowls & <Plates>”." in page.text


def test_a_photo_blurred_as_a_whole_is_not_said_to_have_an_outline():
    told = tried().flip
    whole = replace(told.photo, share=1.0, regions=(("mug.jpg", np.ones((7, 7), bool)),))
    page = Page(card(tried(flip=replace(told, photo=whole)), [grey_photo()])).text
    assert "With the whole photo blurred the model says “Bowls & <Plates>” (55 %)." in page
    assert "With all of it blurred the model says" in page
    assert "outlined" not in page
    assert "100 %" not in page.split("What would change the answer")[1].split("Why ")[0]


def test_a_word_without_end_breaks_instead_of_widening_the_page():
    assert re.search(r"\.lead[^{]*\{[^}]*overflow-wrap: anywhere", card(tried(), [grey_photo()]))


def test_an_explanation_that_fails_its_check_says_so():
    (curve, photo) = tried().checks
    failed = replace(curve, random=(0.9, 0.2, 0.1))
    page = Page(card(tried(checks=(failed, photo)), [grey_photo()])).text
    assert "do not lean on the order of the words." in page


def test_a_check_that_can_show_nothing_is_not_called_failed():
    (curve, photo) = tried().checks
    flat = dict.fromkeys(("heaviest_first", "heaviest_last", "random"), (0.9, 0.9, 0.9))
    page = Page(card(tried(checks=(curve, replace(photo, **flat))), [grey_photo()])).text
    assert "The order of the places cannot be tested here" in page
    assert "do not lean on the order" not in page


def test_the_page_is_in_order_for_those_who_hear_it():
    page = Page(card(tried(), [grey_photo()]))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= before + 1 for before, later in zip(levels, levels[1:], strict=False))
    assert ("html", {"lang": "en"}) in page.tags
    assert all("alt" in attrs for tag, attrs in page.tags if tag == "img")
    headers = [attrs for tag, attrs in page.tags if tag == "th"]
    assert headers
    assert all(attrs.get("scope") in {"col", "row"} for attrs in headers)
    tables = [tag for tag, _ in page.tags].count("table")
    assert [tag for tag, _ in page.tags].count("caption") == tables >= 5
    drawn = [attrs for tag, attrs in page.tags if tag == "svg"]
    for attrs in drawn:
        assert attrs.get("aria-hidden") == "true" or attrs.get("aria-label")


def test_curves_differ_by_more_than_colour_and_their_figures_stand_beside_them():
    html = card(tried(), [grey_photo()])
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    dashes = [re.search(rf"\.{kind} \{{[^}}]*\}}", style).group(0) for kind in
              ("first", "random", "last")]  # fmt: skip
    patterns = {re.search(r"dasharray: ([\d ]+)", dash or "") and
                re.search(r"dasharray: ([\d ]+)", dash).group(1) for dash in dashes}  # fmt: skip
    assert len(patterns) == 3
    points = re.findall(r'<polyline class="first" points="([^"]+)"', html)
    heights = [float(pair.split(",")[1]) for pair in points[0].split()]
    assert heights == sorted(heights)  # a falling answer falls on the page
    assert "strongest first" in Page(html).text
    assert "30 %" in Page(html).text


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(colour, under, share):
    pairs = [(int(colour[k : k + 2], 16), int(under[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def test_all_words_can_be_read_in_light_and_dark():
    """WCAG 2: a contrast of 4.5 to 1 at the least, on the strongest colour of a word as well."""
    css = re.search(r"<style>(.*?)</style>", card(tried()), re.DOTALL).group(1)
    strongest = int(re.search(r"var\(--s\) \* (\d+)%", css).group(1)) / 100
    blocks = re.findall(r":root \{([^}]*)\}", css)
    assert len(blocks) == 2
    for block in blocks:
        of = dict(re.findall(r"--(\w+): (#\w{6})", block))
        for ink in ("ink", "soft", "for", "against", "good", "warn", "bad"):
            for under in ("paper", "card"):
                assert contrast(of[ink], of[under]) >= 4.5, (ink, under, block)
        for sign in ("for", "against"):
            assert contrast(of["ink"], mixed(of[sign], of["card"], strongest)) >= 4.5


def test_a_deeper_doubt_is_told_by_the_category_that_can_be_stated():
    told = explained(predicted="Kitchen > Mugs", category=("Kitchen",), category_probability=0.99)
    assert "Sure as far as “Kitchen” (99.0 %), unsure which kind of it." in Page(card(told)).text
    sure = explained(predicted="Kitchen > Mugs", category=("Kitchen", "Mugs"))
    assert "Sure as far as" not in card(sure)


def test_the_region_is_drawn_where_it_is():
    striped = np.zeros((140, 140, 3), np.uint8)
    striped[:, ::8] = 255
    drawn = pixels(region_png(striped, places((0, 0)), longest_px=140))
    plain = pixels(png(photo_picture(striped)))
    assert np.abs(drawn - plain)[:22, :22].mean() > 30
    assert np.abs(drawn - plain)[40:, 40:].max() == 0
