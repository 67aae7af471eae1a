"""Adapters of learned models: what goes in and comes out, and files that are no such models."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasscase.errors import BadEncoder, BadSetting, GlasscaseError
from glasscase.packs.attention import Looking, look
from glasscase.packs.learned_saliency import SaliencyModel, open_saliency_model
from glasscase.packs.pack import Pack
from glasscase.packs.saliency_choice import chosen_saliency
from saliency_files import SIZE, brightness, model


def half_red() -> np.ndarray[Any, np.dtype[np.uint8]]:
    image = np.zeros((60, 120, 3), np.uint8)
    image[:, 60:, 0] = 255
    return image


def share_right(opened: SaliencyModel) -> float:
    density = opened(half_red())
    assert density.shape == (60, 120)
    assert density.sum() == pytest.approx(1, abs=1e-3)
    return float(density[:, 66:].sum())


def test_a_map_is_stretched_back_and_padding_is_left_out(tmp_path: Path) -> None:
    path = brightness(tmp_path, [1, 3, *SIZE])
    kept = open_saliency_model(path, "transalnet", size=SIZE)
    assert share_right(kept) > 0.85
    assert kept(half_red())[:3, 66:].mean() > 0.9 * kept(half_red())[20:40, 66:].mean()


def test_a_log_density_is_raised_and_five_dimensions_are_filled(tmp_path: Path) -> None:
    path = brightness(tmp_path, [1, 1, 3, *SIZE])
    raised = open_saliency_model(path, "unisal", size=SIZE, mean=(0, 0, 0), std=(1, 1, 1))
    assert share_right(raised) == pytest.approx(54 / 120 * 2 * np.e**3 / (1 + np.e**3), abs=0.05)


def test_blue_can_come_first_and_channels_are_normalised(tmp_path: Path) -> None:
    path = brightness(tmp_path, ["batch", 3, "height", "width"])
    plain = {"size": SIZE, "log_density": True}
    red_first = share_right(open_saliency_model(path, "transalnet", **plain))
    blue_first = share_right(open_saliency_model(path, "transalnet", bgr=True, **plain))
    half = share_right(open_saliency_model(path, "transalnet", std=(2, 2, 2), **plain))
    assert red_first > half > blue_first > 0.5


def test_a_learned_model_measures_attention(tmp_path: Path) -> None:
    opened = open_saliency_model(brightness(tmp_path, [1, 3, *SIZE]), "transalnet", size=SIZE)
    packs = [
        Pack(name, np.full((50, 40, 3), level, np.uint8))
        for name, level in (("dark", 20), ("bright", 230))
    ]
    found = look(packs, Looking(arrangements=4, saliency=opened))
    shares = [measures[0].value or 0 for measures in found.measures]
    assert shares[1] > 2 * shares[0]


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ([("Log", {}), ("ReduceSum", {"also": ["channels"]})], "with what is no number"),
        ([("Identity", {})], "answers [1, 3, 32, 48], not one map"),
        ([("ReduceMean", {})], "answers [1, 1, 1, 1], not one map"),
    ],
)
def test_answers_that_are_no_map_are_refused(
    tmp_path: Path, operations: list[tuple[str, dict[str, Any]]], said: str
) -> None:
    opened = open_saliency_model(model(tmp_path, [1, 3, *SIZE], operations), "unisal", size=SIZE)
    with pytest.raises(BadEncoder) as refused:
        opened(half_red())
    assert said in str(refused.value)


def test_files_that_are_no_such_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadEncoder) as missing:
        open_saliency_model(tmp_path / "none.onnx", "unisal")
    assert str(missing.value) == (
        f"saliency model '{tmp_path}/none.onnx' does not exist."
        " Fetch or export it first: docs/attention.md says how."
    )
    (tmp_path / "text.onnx").write_text("not a graph")
    with pytest.raises(BadEncoder, match=r"saliency model 'text.onnx' cannot be run: .* Export it"):
        open_saliency_model(tmp_path / "text.onnx", "unisal")
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(
        BadEncoder, match=r"saliency model 'empty.onnx' has 0 bytes. It should have"
    ):
        open_saliency_model(tmp_path / "empty.onnx", "unisal")
    with pytest.raises(BadEncoder) as other:
        open_saliency_model(brightness(tmp_path, [1, 3, *SIZE]), "unisal", size=(64, 48))
    assert str(other.value) == (
        "saliency model 'model.onnx' takes [1, 3, 32, 48], and its form gives [1, 3, 64, 48]."
        " Give size=(32, 48), or another form."
    )
    with pytest.raises(BadEncoder, match="It should take one float picture"):
        open_saliency_model(model(tmp_path, [5], [("Identity", {})]), "unisal")


@pytest.mark.parametrize(
    ("form", "changes", "said"),
    [
        (
            "unisol",
            {},
            "there is no form 'unisol' of saliency models; there are unisal, transalnet."
            " Did you mean 'unisal'?",
        ),
        (
            "unisal",
            {"width": 3},
            "saliency models have no 'width'. There are size, mean, std, keep_shape, log_density,"
            " bgr, source.",
        ),
        (
            "unisal",
            {"size": (9000, 20)},
            "the size of a saliency model is (9000, 20). Give height and width, 16 to 4096 pixels"
            " each.",
        ),
        (
            "unisal",
            {"std": (0, 1, 1), "mean": (0, 0, 0)},
            "mean and std of a saliency model are (0, 0, 0) and (0, 1, 1). Give three numbers each,"
            " std above 0.",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(
    form: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        open_saliency_model("model.onnx", form, **changes)
    assert str(refused.value) == said


def test_a_map_is_chosen_by_one_word_and_told(tmp_path: Path) -> None:
    path = brightness(tmp_path, [1, 3, *SIZE])
    learned = chosen_saliency(f"transalnet:{path}")
    again = open_saliency_model(path, "transalnet", size=SIZE)
    assert learned.model is not None
    assert learned.model.form.size == SIZE  # the file's own
    assert learned.fingerprint == chosen_saliency(again).fingerprint
    assert learned.fingerprint != chosen_saliency(f"unisal:{path}").fingerprint
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert learned.to_dict() == {"name": "transalnet", "file": "model.onnx", "sha256": digest}
    assert chosen_saliency("sum").notes == ()
    assert "not by the usual sum" in chosen_saliency("fine_grained").notes[0]
    brightness(tmp_path, ["batch", 3, *SIZE])  # another file of this name
    assert chosen_saliency(f"transalnet:{path}").fingerprint != learned.fingerprint


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("fine", "there is no saliency map 'fine'; there are sum, centre_surround, "),
        ("model.onnx", "there is no saliency map 'model.onnx'; there are sum, "),
        ("transalnet", "saliency 'transalnet' names no file. Write transalnet:FILE.onnx."),
        ("transalent:a.onnx", "there is no form 'transalent' of saliency models; there are "),
        ("unisal:none.onnx", "saliency model 'none.onnx' does not exist. Fetch or export it"),
        (3, "a int is no saliency map. Give a name, FORM:FILE, or an opened model."),
    ],
)
def test_what_is_no_map_is_refused_in_a_sentence(told: Any, said: str) -> None:
    with pytest.raises(GlasscaseError) as refused:
        chosen_saliency(told)
    assert str(refused.value).startswith(said)
