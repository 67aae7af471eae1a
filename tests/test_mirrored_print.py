"""A photo that is turned round says what it says, and that it is turned round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from glasscase.encoders.read_line import ReadLine
from glasscase.packs.mirrored_print import is_mirrored, lines_either_way

PHOTO = np.full((60, 100, 3), 255, np.uint8)
PHOTO[10:20, 5:45] = 0  # print, on the left of the photo


def line(words: str, score: float, left: float = 5.0, right: float = 45.0) -> ReadLine:
    return ReadLine(np.array([[left, 10.0], [right, 10], [right, 20], [left, 20]]), words, score)


@dataclass
class OneWayReader:
    """Reads where the print is on the left; else it says nonsense, and is fairly sure of it."""

    words: str = "Oat flakes"
    score: float = 0.9
    asked: list[Any] = field(default_factory=list)

    def lines(self, image: Any, *, name: str = "") -> tuple[ReadLine, ...]:
        self.asked.append(image)
        if image[15, 20, 0] == 0:
            return (line(self.words, self.score),)
        return (line("s91s11 J6O", 0.87, 55, 95),)


def test_a_turned_photo_is_read_in_the_mirror_and_its_places_are_the_photos() -> None:
    (read,) = lines_either_way(OneWayReader(), np.ascontiguousarray(PHOTO[:, ::-1]))
    assert (read.words, read.box) == ("Oat flakes", (55.0, 10.0, 95.0, 20.0))
    assert is_mirrored(read)


def test_what_is_cut_out_of_a_turned_photo_can_be_read() -> None:
    photo = np.random.default_rng(0).integers(0, 255, PHOTO.shape).astype(np.uint8)
    photo[15, 20] = 0
    (straight,) = lines_either_way(OneWayReader(), photo)
    turned = np.ascontiguousarray(photo[:, ::-1])
    (mirrored,) = lines_either_way(OneWayReader(), turned)
    assert not is_mirrored(straight)
    np.testing.assert_array_equal(mirrored.strip(turned), straight.strip(photo))


@pytest.mark.parametrize("known", [("Quaker", "oat flakes"), ("QUÄKER OAT",)])
def test_a_known_word_settles_it_without_a_second_look(known: tuple[str, ...]) -> None:
    reader = OneWayReader(score=0.6)
    assert lines_either_way(reader, PHOTO, known=known)[0].words == "Oat flakes"
    assert len(reader.asked) == 1


def test_a_sure_reader_is_asked_once_and_a_doubtful_one_twice() -> None:
    sure, doubtful = OneWayReader(score=0.97), OneWayReader(score=0.9)
    for reader in (sure, doubtful):
        assert lines_either_way(reader, PHOTO)[0].words == "Oat flakes"
    assert (len(sure.asked), len(doubtful.asked)) == (1, 2)


def test_both_ways_round_say_the_same_whatever_is_known() -> None:
    for known in ((), ("flakes",), ("Dunmore",)):
        there = lines_either_way(OneWayReader(score=0.88), PHOTO, known=known)
        back = lines_either_way(
            OneWayReader(score=0.88), np.ascontiguousarray(PHOTO[:, ::-1]), known=known
        )
        assert [one.words for one in there] == [one.words for one in back] == ["Oat flakes"]


def test_scraps_that_are_read_in_the_mirror_turn_no_photo_round() -> None:
    class Scraps:
        def lines(self, image: Any, *, name: str = "") -> tuple[ReadLine, ...]:
            return () if image[15, 20, 0] == 0 else (line("DO", 0.61, 55, 95),)

    assert lines_either_way(Scraps(), PHOTO, known=("Dunmore",)) == ()
