"""Boxes that people drew, in four formats, well made and badly made."""

import json

import numpy as np
import pytest
from PIL import Image

from glasscase.errors import BadCatalog, BadPhoto
from glasscase.shelf.files.box_files import lesson_of, read_box_folder
from glasscase.shelf.files.box_formats import MOST_BYTES, voc_boxes

VOC = """<annotation><filename>a.png</filename>
<object><name>can</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>30</xmax><ymax>60</ymax></bndbox>
</object>{more}</annotation>"""


@pytest.fixture
def folder(tmp_path):
    Image.new("RGB", (100, 80)).save(tmp_path / "a.png")
    return tmp_path


def _coco(folder, annotations):
    stored = {
        "images": [{"id": 1, "file_name": "shots/a.png"}],
        "categories": [{"id": 7, "name": "can"}],
        "annotations": annotations,
    }
    (folder / "boxes.json").write_text(json.dumps(stored))


def _write(folder, format_):
    if format_ == "coco":
        _coco(folder, [{"image_id": 1, "category_id": 7, "bbox": [10, 20, 20, 40]}])
    elif format_ == "voc":
        (folder / "a.xml").write_text(VOC.format(more=""))
    elif format_ == "yolo":
        (folder / "a.txt").write_text("can 0.2 0.5 0.2 0.5\n")
    else:
        (folder / "a.bboxes.tsv").write_text("10\t20\t30\t60\n")
        (folder / "a.bboxes.labels.tsv").write_text("can\n")


@pytest.mark.parametrize("format_", ["coco", "voc", "yolo", "tsv"])
def test_every_format_says_the_same_box(folder, format_):
    _write(folder, format_)
    found = read_box_folder(folder)
    assert (found.format, len(found.photos), found.problems) == (format_, 1, ())
    lesson, problems = lesson_of(found.photos[0])
    np.testing.assert_allclose(lesson.boxes.corners, [[10, 20, 30, 60]], atol=1e-4)
    assert lesson.boxes.labels == ("can",)
    assert lesson.image.shape == (80, 100, 3)
    assert not problems


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1\t2\t3", "row 2: a.bboxes.tsv box has 3 values, 4 are needed. Correct or remove it."),
        ("1\t2\tx\t4", "row 2: a.bboxes.tsv box holds '1 2 x 4', which are not four numbers. "
         "Correct or remove it."),
        ("1\t2\tnan\t4", "row 2: a.bboxes.tsv box holds '1 2 nan 4', which are not four numbers. "
         "Correct or remove it."),
    ],
)  # fmt: skip
def test_a_bad_line_is_told_and_the_others_count(folder, line, told):
    (folder / "a.bboxes.tsv").write_text(f"10\t20\t30\t60\n{line}\n")
    found = read_box_folder(folder)
    assert [str(one) for one in found.problems] == [told]
    assert len(lesson_of(found.photos[0])[0].boxes) == 1


def test_boxes_that_are_none_on_this_photo_are_told(folder):
    (folder / "a.bboxes.tsv").write_text("30\t60\t10\t20\n200\t0\t300\t50\n90\t70\t150\t150\n")
    lesson, problems = lesson_of(read_box_folder(folder).photos[0])
    assert lesson.boxes.corners.tolist() == [[90, 70, 100, 80]]
    assert [str(one) for one in problems] == [
        "row 1: a.png box (30, 60, 10, 20) has no area. Give left, top, right, bottom in that "
        "order.",
        "row 2: a.png box (200, 0, 300, 50) is outside the photo of 100 x 80 px. Draw it anew.",
    ]


def test_yolo_in_pixels_is_told(folder):
    (folder / "a.txt").write_text("0 50 40 20 40\n0 0.5 0.5 0.2 0.2\n")
    found = read_box_folder(folder)
    assert [str(one) for one in found.problems] == [
        "row 1: a.txt box holds 50, where shares of the photo's sides belong. Divide pixels by "
        "the photo's size."
    ]
    assert len(found.photos[0].drawn) == 1


def test_coco_tells_annotation_by_annotation(folder):
    _coco(
        folder,
        [
            {"image_id": 1, "category_id": 7, "bbox": [10, 20, 20, 40]},
            {"image_id": 9, "bbox": [1, 1, 2, 2]},
            {"image_id": 1, "bbox": [1, 1, True, 2]},
            {"image_id": [], "bbox": [1, 1, 2, 2]},
            {"image_id": 1, "bbox": [1, 1, 9, 9], "iscrowd": 1},
            "nonsense",
        ],
    )
    found = read_box_folder(folder)
    assert len(found.photos[0].drawn) == 1
    assert [(one.row, one.reason) for one in found.problems] == [
        (2, "speaks of image '9', which is not among images"),
        (3, "has a bbox that is not four numbers"),
        (4, "speaks of image '[]', which is not among images"),
        (5, "is a crowd, which is left out"),
        (6, "is not an object"),
    ]


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><annotation>&c;</annotation>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "has a document type, which is refused"),
        ("<svg></svg>", "is not a Pascal VOC file: it begins with <'svg'> instead of <annotation>"),
        ("<annotation>" * 20, "is not a Pascal VOC file: elements are nested more than 12 deep"),
        ("<annotation>", "is not a Pascal VOC file: no element found: line 1, column 12"),
        ("x" * (MOST_BYTES + 1), "'a.xml' is 2 MB, the limit is 2 MB"),
    ],
)
def test_hostile_xml_is_refused_in_words(tmp_path, text, reason):
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(BadCatalog) as raised:
        voc_boxes(tmp_path / "a.xml")
    assert raised.value.reason == reason


def test_one_hostile_file_stops_no_other(folder):
    Image.new("RGB", (50, 50)).save(folder / "b.png")
    (folder / "a.xml").write_text(VOC.format(more=""))
    (folder / "b.xml").write_text(BOMB)
    (folder / "c.xml").write_text(VOC.format(more=""))
    found = read_box_folder(folder)
    assert [one.path.name for one in found.photos] == ["a.png"]
    assert [str(one) for one in found.problems] == [
        "b.xml has a document type, which is refused. Remove <!DOCTYPE ...> from it.",
        "c.xml speaks of photo 'c', which is not there. Add it.",
    ]


def test_of_photos_of_one_name_the_nearest_is_meant(tmp_path):
    for place, side in (("bad", 30), ("good", 100), ("good/images", 60)):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (side, side)).save(tmp_path / place / "a.png")
    (tmp_path / "good" / "a.bboxes.tsv").write_text("1\t2\t20\t20\n")
    found = read_box_folder(tmp_path)
    assert [one.path for one in found.photos] == [tmp_path / "good" / "a.png"]
    (tmp_path / "good" / "a.png").unlink()
    assert read_box_folder(tmp_path).photos[0].path == tmp_path / "good" / "images" / "a.png"
    (tmp_path / "good" / "a.bboxes.tsv").rename(tmp_path / "a.bboxes.tsv")
    (tmp_path / "good" / "images").rename(tmp_path / "images")
    with pytest.raises(BadCatalog, match="photo 'a', of which there are 2. Put the right one"):
        read_box_folder(tmp_path)


def test_coco_names_of_folders_count(folder):
    (folder / "shots").mkdir()
    (folder / "shots" / "a.png").write_bytes((folder / "a.png").read_bytes())
    _write(folder, "coco")
    assert read_box_folder(folder).photos[0].path == folder / "shots" / "a.png"


def test_a_photo_that_is_none_is_told(folder):
    (folder / "a.png").write_bytes(b"no photo at all")
    (folder / "a.bboxes.tsv").write_text("10\t20\t30\t60\n")
    with pytest.raises(BadPhoto, match=r"'a\.png'"):
        lesson_of(read_box_folder(folder).photos[0])


def test_folders_without_boxes_or_with_two_formats_are_told(folder, tmp_path):
    with pytest.raises(BadCatalog, match="holds no boxes. Give a folder with boxes in one of COCO"):
        read_box_folder(folder)
    _write(folder, "voc")
    _write(folder, "tsv")
    with pytest.raises(BadCatalog, match=r"holds boxes of several formats \(voc, tsv\)"):
        read_box_folder(folder)
    with pytest.raises(BadCatalog, match="'.*nowhere' does not exist. Give the folder"):
        read_box_folder(tmp_path / "nowhere")
