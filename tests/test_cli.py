"""The shell: verbs, exit codes, where words go, and that it agrees with Python."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import glasscase
from conftest import Refused, Shell
from glasscase.catalog.toy import ToyCatalogue
from glasscase.cli import toy as toy_verb
from glasscase.cli.bars import Bars, Lines
from glasscase.cli.main import app
from glasscase.cli.show import interval
from glasscase.errors import BadSetting

GLASSCASE = Path(sys.executable).with_name("glasscase")


def test_the_version_is_said(shell: Shell) -> None:
    assert shell("--version") == (0, f"glasscase {glasscase.__version__}\n", "")


def test_nothing_asked_is_answered_with_help(shell: Shell) -> None:
    code, out, err = shell()
    assert (code, err) == (0, "")
    listed = out.partition("Commands:")[2].partition("\n\n")[0]
    verbs = [line.split()[0] for line in listed.splitlines() if line.startswith("  ")]
    known = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback]
    known += [str(group.name) for group in app.registered_groups]
    assert verbs == [name.replace("_", "-") for name in known]
    assert {"profile", "train", "predict", "compare", "tune", "recipes", "toy"} <= set(verbs)
    assert "..." not in listed, "a summary is too long for its line"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evalute"], "No such command 'evalute'. Did you mean 'evaluate'? See glasscase --help."),
        (["train"], "Missing argument 'TABLE'. See glasscase train --help."),
        (["train", "x.csv"], "it is not said where the bundle goes. Say --out FOLDER."),
        (["train", "x.csv", "--out"], "Option '--out' requires an argument. See glasscase --help."),
        (["profile", "x.csv", "--levl", "1"], "No such option: --levl"),
        (["profile", "x.csv", "--level", "top"], "Invalid value for '--level'"),
    ],
)
def test_a_wrong_command_line_is_one_line(shell: Shell, arguments: list[str], message: str) -> None:
    code, out, err = shell(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_bug_is_ours_and_leaves_its_details(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(**_: object) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(toy_verb, "showing", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, err = shell("toy", tmp_path / "shop")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("This is a bug in Glasscase, not in your data: KeyError")
    (details,) = tmp_path.glob("glasscase-bug-*.txt")
    assert str(details) in err
    text = details.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "nobody thought of this" in text
    assert "Traceback" in shell("--debug", "toy", tmp_path / "shop")[2]


def test_ctrl_c_says_that_nothing_is_lost(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(toy_verb, "showing", stopped)
    code, out, err = shell("toy", tmp_path / "shop")
    assert (code, out) == (130, "")
    assert "the same command goes on from there" in err
    assert err.count("\n") == 1


def test_a_reader_that_has_seen_enough_is_no_error(toy_shop: ToyCatalogue) -> None:
    run = subprocess.run(
        f"'{GLASSCASE}' --help | head -n 1", shell=True, capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("Usage: glasscase")
    assert run.stderr == ""


def test_a_full_disk_behind_stdout_is_told() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stream:
        run = subprocess.run(
            [GLASSCASE, "--version"], stdout=stream, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 2
    assert "The disk is full. Free some space" in run.stderr


def test_toy_draws_a_shop(shell: Shell, tmp_path: Path) -> None:
    code, out, err = shell("toy", tmp_path / "shop", "--size", 12, "--seed", 3, "--json")
    assert (code, err) == (0, "")
    drawn = json.loads(out)
    assert drawn["size"] == 12
    assert len(Path(drawn["products"]).read_text().splitlines()) == 13
    code, out, _ = shell("toy", tmp_path / "shop", "--size", 12)
    assert "Next: glasscase train" in out


def test_cache_shows_what_is_kept_and_clears_it(shell: Shell, tmp_path: Path) -> None:
    import numpy as np

    from glasscase.encoders.cache import VectorCache
    from glasscase.encoders.encoder import EncoderCard
    from glasscase.encoders.text_cache import TextCache

    place = ["--set", f"cache.folder={tmp_path}"]
    card = EncoderCard("tiny", "text", 3, "MIT", "here", "0" * 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GLASSCASE_CACHE")
        with VectorCache(tmp_path, 10**6) as vectors:
            vectors.put_many(card, {"ab" * 32: np.ones(3, np.float32)})
        shown = json.loads(shell("cache", *place, "--json")[1])
        assert shown["usage"] == [{"encoder": "tiny", "vectors": 1, "size_bytes": 12}]
        assert shown["read_photos"] == 0
        texts = TextCache(tmp_path)
        texts.put_many("reader", {"ab" * 32: "OATS"})
        assert "The words on 1 photos are kept in " in shell("cache", *place)[1]
        code, out, _ = shell("cache", *place, "--clear")
        assert code == 0
        assert out.startswith("1 vectors were deleted.\n0 vectors are kept in ")
        assert texts.count() == 0


def test_encoders_worth_trying_are_listed_with_their_licence(
    shell: Shell, refused: Refused
) -> None:
    code, out, _ = shell("encoders", "--modality", "image")
    assert code == 0
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert rows["efficientnet-lite0"].split()[1:] == ["image", "1280", "14", "MB", "Apache-2.0"]
    assert rows["timm:convnextv2_base.fcmae_ft_in22k_in1k"].endswith("CC-BY-NC-4.0")
    assert "minilm-l6-v2" not in rows
    told = {one["name"]: one for one in json.loads(shell("encoders", "--json")[1])}
    assert told["minilm-l6-v2"]["dim"] == 384
    assert told["open_clip:timm/ViT-B-16-SigLIP2"]["modalities"] == ["text", "image"]
    assert not told["timm:convnextv2_base.fcmae_ft_in22k_in1k"]["commercial"]
    assert not told["hf:intfloat/e5-small-v2"]["verified"]
    assert "--modality 'sound' does not exist. Use text or image." in refused(
        "encoders", "--modality", "sound"
    )


def test_training_tells_how_models_compare(
    shell: Shell, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    train = ("train", toy_shop.products, "--text", "title", "--label", "category", "--level", 1)
    quick = ("--effort", "quick", "--seed", 3, "--out", bundle)
    code, out, err = shell(*train, *quick, "--set", "encoders.lexical=true")
    assert code == 0, err
    assert "Columns: id: id | text: title | photo: photo | label: category" in out
    assert "shipped" in out
    assert f"The model is in {bundle}. Next: glasscase predict" in out
    code, out, err = shell(*train, *quick, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["classes"] == ["Clothing", "Electronics", "Home", "Kitchen"]
    best = max(one["accuracy"]["value"] for one in told["candidates"])
    (shipped,) = [one for one in told["candidates"] if one["shipped"]]
    assert shipped["accuracy"]["value"] == best
    assert told["winner"] == shipped["name"]
    assert json.loads((bundle / "bundle.json").read_text())["settings"]["train"]["seed"] == 3


def test_evaluate_prints_the_fields_of_the_report(
    shell: Shell, toy_bundle: Path, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    asked = ("evaluate", toy_bundle, toy_shop.products, "--photos", toy_shop.images, "--quiet")
    code, out, err = shell(*asked, "--json", "--out", tmp_path / "report")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert set(told["metrics"]["accuracy"]) == {"value", "low", "high"}
    stored = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    del told["seconds_per_product"], stored["seconds_per_product"]
    assert told == stored
    code, out, _ = shell(*asked)
    assert "Columns:" not in out, "of a quiet command results only"
    accuracy = told["metrics"]["accuracy"]
    assert f"{accuracy['value']:.3f} ({accuracy['low']:.3f} to {accuracy['high']:.3f})" in out
    assert told["advice"] in out


def test_evaluate_refuses_what_belongs_to_training(
    shell: Shell, toy_bundle: Path, toy_shop: ToyCatalogue
) -> None:
    code, _, err = shell("evaluate", toy_bundle, toy_shop.products, "--set", "text.max_tokens=9")
    assert code == 2
    assert "settings of 'text' are part of the trained model" in err


def test_predict_writes_to_stdout_or_a_file_alike(
    shell: Shell, toy_bundle: Path, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    asked = ("predict", toy_bundle, toy_shop.new, "--photos", toy_shop.images, "--quiet")
    printed = shell(*asked)[1]
    code, out, err = shell(*asked, "--out", tmp_path / "p.csv")
    assert (code, err) == (0, "")
    assert (tmp_path / "p.csv").read_text(encoding="utf-8") == printed
    assert out.startswith(f"{toy_shop.new_size} rows: ")
    rows = list(csv.DictReader(io.StringIO(printed)))
    told = json.loads(shell(*asked, "--json")[1])
    assert [one["id"] for one in told] == [row["id"] for row in rows]
    assert set(told[0]) >= {"id", "label", "probability", "verdict", "top_k", "problem"}
    counted = json.loads(shell(*asked, "--out", tmp_path / "p.jsonl", "--json")[1])
    assert counted["rows"] == toy_shop.new_size
    assert counted["accept"] == sum(row["verdict"] == "accept" for row in rows)


def test_the_bar_for_accepting_can_be_moved(
    shell: Shell, toy_bundle: Path, toy_shop: ToyCatalogue
) -> None:
    asked = ("predict", toy_bundle, toy_shop.new, "--quiet", "--json")
    told = json.loads(shell(*asked, "--set", "decision.accept_at=1")[1])
    assert "accept" not in {one["verdict"] for one in told}


def test_explain_agrees_with_python(
    shell: Shell, toy_bundle: Path, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    from PIL import Image

    from glasscase import Photo, Product, ProductClassifier, explain

    photo = next(toy_shop.images.glob("*.jpg"))
    asked = ("explain", toy_bundle, "--photo", photo, "--text", "Blue ceramic mug")
    classes = ("--label", "Kitchen > Mugs", "--against", "Clothing > Caps")
    code, out, err = shell(*asked, *classes, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    product = Product(photo.name, {"text": "Blue ceramic mug"}, (Photo(photo.name, photo),))
    model = ProductClassifier.load(toy_bundle)
    expected = explain(model, product, label="Kitchen > Mugs", against="Clothing > Caps").to_dict()
    del told["seconds"], expected["seconds"]
    assert told == json.loads(json.dumps(expected))
    for ending in ("html", "png", "json"):
        assert shell(*asked, "--out", tmp_path / f"why.{ending}")[0] == 0
    assert "<h1>" in (tmp_path / "why.html").read_text(encoding="utf-8")
    assert Image.open(tmp_path / "why.png").format == "PNG"
    assert json.loads((tmp_path / "why.json").read_text())["label"]


def test_a_product_of_a_table_is_explained_by_row_or_id(
    shell: Shell, toy_bundle: Path, toy_shop: ToyCatalogue
) -> None:
    asked = (
        "explain", toy_bundle, toy_shop.new, "--photos", toy_shop.images,
        "--set", "explain.max_samples=50", "--json",
    )  # fmt: skip
    by_row = json.loads(shell(*asked, "--row", 4)[1])
    by_id = json.loads(shell(*asked, "--id", by_row["id"])[1])
    del by_row["seconds"], by_id["seconds"]
    assert by_row == by_id
    assert by_row["id"] == "N00002"


def test_a_photo_of_a_folder_is_explained_by_its_id(
    shell: Shell, refused: Refused, toy_bundle: Path, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    (tmp_path / "new" / "Mugs").mkdir(parents=True)
    photo = next(toy_shop.images.glob("*.jpg"))
    shutil.copyfile(photo, tmp_path / "new" / "Mugs" / "a.jpg")
    (tmp_path / "new" / "Mugs" / "b.jpg").write_text("no photo")
    asked = ("explain", toy_bundle, tmp_path / "new")
    code, out, err = shell(*asked, "--id", "Mugs/a.jpg", "--quiet")
    assert (code, err) == (0, "")
    assert "image: 100% of the say" in out
    assert "there is no product 'c.jpg' in the table" in refused(*asked, "--id", "c.jpg")


def test_a_table_is_learnt_by_its_photos_alone_when_asked(
    shell: Shell, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    code, out, _ = shell(
        "train", toy_shop.products, "--photos", toy_shop.images, "--modality", "image",
        "--effort", "quick", "--out", tmp_path / "bundle", "--json",
    )  # fmt: skip
    assert code == 0
    assert [row["name"] for row in json.loads(out)["candidates"]] == ["image"]
    told = json.loads(
        shell("explain", tmp_path / "bundle", toy_shop.new, "--photos", toy_shop.images,
              "--row", 4, "--json")[1]
    )  # fmt: skip
    assert told["words"]["note"] == "There are no words. This model reads none."


class FakeClock:
    """Every look at it is later by some seconds."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_lines_are_held_back_where_a_mistake_is_found_at_once() -> None:
    stream = io.StringIO()

    def mistaken() -> None:
        with Lines(stream, clock=FakeClock(0.1)) as lines:
            lines.say("a note")
            raise BadSetting("wrong")

    with pytest.raises(BadSetting):
        mistaken()
    assert stream.getvalue() == ""
    with Lines(stream, clock=FakeClock(0.1)) as lines:
        lines.say("a note")
    assert stream.getvalue() == "a note\n"


def test_long_work_speaks_now_and_then() -> None:
    stream = io.StringIO()
    with Lines(stream, clock=FakeClock(4.0)) as lines:
        lines.say("a note")
        assert list(lines.track(range(9), total=9, what="Encoding")) == list(range(9))
    said = stream.getvalue().splitlines()
    assert said[0] == "a note"
    assert said[1] == "Encoding: 2 of 9, about 28 s left"
    assert 2 <= len(said[1:]) <= 5


def test_bars_draw_and_clean_up_after_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        bars.say("[red] is no markup here")
        for _ in bars.track(range(3), total=3, what="Outer"):
            assert list(bars.track("ab", total=2, what="Inner")) == ["a", "b"]
        stopped = bars.track(range(3), total=3, what="Left early")
        next(stopped)
    out, err = capsys.readouterr()
    assert out == ""
    assert "[red] is no markup here" in err


def test_figures_are_shown_with_their_interval() -> None:
    assert interval({"value": 0.5, "low": 0.25, "high": 0.75}) == "0.500 (0.250 to 0.750)"
