"""A bundle opens as it was saved or not at all, and saving never harms what is there."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.toy import toy_products
from glasscase.encoders.lexical import LexicalEncoder
from glasscase.errors import BadBundle, CannotWrite
from glasscase.jobs.train import train
from glasscase.models import bundle as bundle_file
from glasscase.models.bundle import check_bundle
from glasscase.models.classifier import ProductClassifier
from glasscase.models.head import HeadState
from glasscase.models.words import WordsHead
from glasscase.settings import Settings

FILES = (
    "CARD.md",
    "bundle.json",
    "card.json",
    "head.safetensors",
    "image/card.json",
    "image/graph.onnx",
    "held_out.json",
    "held_out.safetensors",
    "known_kinds.json",
    "known_kinds.safetensors",
    "manifest.json",
    "sentence/card.json",
    "sentence/graph.onnx",
    "sentence/tokenizer.json",
    "taxonomy.json",
    "training.json",
    "training.safetensors",
    "usable.json",
    "words.json",
)
HEADS = ("words", "tfidf-lr", "tfidf-rbf", "tfidf-forest")


def linked(bundle: Path, to: Path) -> Path:
    """A copy of a bundle whose files are hard links: quick, and never to be written into."""
    for source in bundle.rglob("*"):
        if source.is_file():
            target = to / source.relative_to(bundle)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, target)
    return to


def rewritten(path: Path, data: bytes) -> None:
    path.unlink()  # the link, not the file it is shared with
    path.write_bytes(data)


def flipped(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    rewritten(path, bytes(data))


def refusal(path: Path, how: Callable[[Path], Any] = ProductClassifier.load) -> str:
    with pytest.raises(BadBundle) as caught:
        how(path)
    assert caught.value.remedy
    return str(caught.value)


@pytest.fixture
def copy(toy_bundle: Path, tmp_path: Path) -> Path:
    """Links to `toy_bundle`."""
    return linked(toy_bundle, tmp_path / "copy")


@pytest.fixture(scope="module")
def small_model() -> ProductClassifier:
    return ProductClassifier("words").fit(toy_products(36))


@pytest.fixture
def small(small_model: ProductClassifier, tmp_path: Path) -> Path:
    """A bundle of words alone, a few kilobytes, to be damaged at will."""
    return small_model.save(tmp_path / "small")


def names(bundle: Path) -> set[str]:
    return {p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file()}


# What is saved is what is loaded


def test_every_file_of_a_bundle_is_tested_here(toy_bundle: Path) -> None:
    assert names(toy_bundle) == set(FILES)


def test_saved_and_loaded_answers_are_equal(
    toy_model: ProductClassifier, toy_catalog: Catalog, tmp_path: Path
) -> None:
    some = [*toy_catalog.products[:6], toy_catalog.products[0].with_photos()]
    loaded = ProductClassifier.load(toy_model.save(tmp_path / "again"))
    assert loaded.predictions(some) == toy_model.predictions(some)
    assert np.array_equal(loaded.predict_proba(some), toy_model.predict_proba(some))
    assert loaded.classes_.tolist() == toy_model.classes_.tolist()
    assert loaded.settings == toy_model.settings
    assert loaded.columns == toy_model.columns
    assert loaded.card == toy_model.card
    assert loaded.taxonomy.to_dict() == toy_model.taxonomy.to_dict()
    assert loaded.training.content_keys == toy_model.training.content_keys
    assert loaded.training.titles == toy_model.training.titles


@pytest.mark.parametrize("head", HEADS)
def test_a_fitted_model_answers_the_same_from_its_bundle(head: str, tmp_path: Path) -> None:
    shop = toy_products(40)
    model = ProductClassifier(head).fit(shop[:36])
    loaded = ProductClassifier.load(model.save(tmp_path / "b"))
    close = 1e-5 if head == "tfidf-forest" else 0
    np.testing.assert_allclose(loaded.predict_proba(shop), model.predict_proba(shop), atol=close)
    assert loaded.head_name == head
    graphs = {name for name in names(tmp_path / "b") if name.startswith("graphs/")}
    assert graphs == ({"graphs/forest.onnx"} if "forest" in head else set())


def test_nothing_of_the_bundle_is_a_pickle_or_names_this_machine(toy_bundle: Path) -> None:
    assert {Path(name).suffix for name in FILES} == {".md", ".json", ".safetensors", ".onnx"}
    for name in FILES:
        if name.endswith((".json", ".md")) and "tokenizer" not in name:
            text = (toy_bundle / name).read_text(encoding="utf-8")
            assert str(Path.home()) + "/" not in text, name
            assert os.environ["GLASSCASE_CACHE"] not in text, name


@pytest.mark.parametrize("what", ["head", "encoder"])
def test_a_bundle_of_another_layout_is_no_bug_but_refused(
    what: str, small_model: ProductClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a version before this one would have stored it, its manifest in order."""
    part = WordsHead if what == "head" else LexicalEncoder
    state = part.state

    def earlier(self: Any) -> Any:
        found = state(self)
        del (found.arrays if isinstance(found, HeadState) else found)[
            "idf" if what == "head" else "kind"
        ]
        return found

    monkeypatch.setattr(part, "state", earlier)
    told = refusal(small_model.save(tmp_path / "earlier"))
    assert f"the {what} of the bundle" in told or f"an {what} of the bundle" in told
    assert "another version of Glasscase" in told
    assert "Train it anew" in told


def test_a_bundle_with_one_temperature_is_refused_as_another_layout(
    small_model: ProductClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = bundle_file._description

    def earlier(*parts: Any) -> dict[str, Any]:
        about = described(*parts)
        del about["calibration"]
        return {**about, "temperature": 1.0}

    monkeypatch.setattr(bundle_file, "_description", earlier)
    told = refusal(small_model.save(tmp_path / "earlier"))
    assert "the description of the bundle is laid out as another version" in told
    assert "there is no 'calibration'" in told


BARE = """
import importlib.abc, socket, sys
EXTRA = {extra!r}
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in EXTRA:
            raise ImportError("not installed here: " + name)
sys.meta_path.insert(0, Refuse())
def offline(*arguments, **options):
    raise OSError("the network is off")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = offline
from glasscase.catalog.catalog import Catalog
from glasscase.models.classifier import ProductClassifier
model = ProductClassifier.load({bundle!r}, cached=False)
catalog = Catalog.read({table!r}, photos={photos!r})
import json
print(json.dumps([p.to_dict() for p in model.predictions(catalog.products[:8])]))
assert not EXTRA & {{name.split(".")[0] for name in sys.modules}}
"""
EXTRA = {
    *("torch", "torchvision", "timm", "transformers", "sentence_transformers", "onnx", "skl2onnx"),
    *("onnxscript", "sklearn", "threadpoolctl", "pandas", "matplotlib"),
}


def test_it_answers_without_torch_and_without_a_network(
    toy_bundle: Path, toy_shop: Any, toy_model: ProductClassifier, toy_catalog: Catalog
) -> None:
    code = BARE.format(
        extra=EXTRA,
        bundle=str(toy_bundle),
        table=str(toy_shop.products),
        photos=str(toy_shop.images),
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ours = toy_model.predictions(toy_catalog.products[:8])
    for got, expected in zip(json.loads(done.stdout), ours, strict=True):
        assert (got["id"], got["label"]) == (expected.id, expected.label)
        assert got["probability"] == pytest.approx(expected.probability, abs=1e-3)


# Damage is told


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_is_refused_with_the_files_name(name: str, copy: Path) -> None:
    flipped(copy / name, (copy / name).stat().st_size // 2)
    message = refusal(copy, check_bundle)
    assert name in message
    assert re.search("was changed|cannot be read|is damaged", message)
    assert message.endswith(("train it anew.", "Train or copy it again."))


def test_loading_checks_first(small: Path) -> None:
    flipped(small / "words.json", 40)
    assert refusal(small) == (
        f"'words.json' of the bundle {str(small)!r} was changed. "
        "Copy it again from where it was made, or train it anew."
    )


def test_no_byte_of_the_manifest_can_be_flipped(small: Path) -> None:
    manifest = small / "manifest.json"
    whole = manifest.read_bytes()
    for position in range(0, len(whole) - 1, 7):
        flipped(manifest, position)
        assert "manifest.json" in refusal(small, check_bundle) or b"format" in whole[:position]
        rewritten(manifest, whole)
    check_bundle(small)


def test_a_changed_hash_in_the_manifest_is_found_out(small: Path) -> None:
    """Who changes a file and its hash must also change the manifest's own."""
    flipped(small / "words.json", 40)
    manifest = json.loads((small / "manifest.json").read_text())
    manifest["files"]["words.json"]["sha256"] = "0" * 64
    (small / "manifest.json").write_text(json.dumps(manifest))
    assert f"manifest.json of {str(small)!r} was changed" in refusal(small)


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": "1"}', "nonsense", ""])
def test_a_manifest_that_is_something_else(small: Path, text: str) -> None:
    (small / "manifest.json").write_text(text)
    assert "manifest.json" in refusal(small)


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_a_missing_file_is_named(name: str, copy: Path) -> None:
    (copy / name).unlink()
    assert f"the bundle {str(copy)!r} lacks {name!r}" in refusal(copy, check_bundle)


def test_a_file_cut_short_is_refused(copy: Path) -> None:
    path = copy / "head.safetensors"
    rewritten(path, path.read_bytes()[:1000])
    assert "'head.safetensors' of the bundle" in refusal(copy, check_bundle)


@pytest.mark.parametrize("name", ["notes.txt", "graphs/other.onnx", "image/weights.bin"])
def test_an_additional_file_is_named(name: str, small: Path) -> None:
    (small / name).parent.mkdir(exist_ok=True)
    (small / name).write_text("x")
    expected = f"holds {name!r}, which is not in its manifest. Remove that file."
    assert expected in refusal(small)


def test_a_link_to_an_equal_file_is_refused(small: Path, tmp_path: Path) -> None:
    (small / "words.json").rename(tmp_path / "elsewhere.json")
    (small / "words.json").symlink_to(tmp_path / "elsewhere.json")
    assert "'words.json' of the bundle" in refusal(small)


def test_a_newer_format_asks_for_a_newer_glasscase(small: Path) -> None:
    manifest = json.loads((small / "manifest.json").read_text())
    (small / "manifest.json").write_text(json.dumps({**manifest, "format": 2}))
    assert refusal(small) == (
        f"the bundle {str(small)!r} has format 2, this Glasscase reads up to 1. "
        "Run: pip install --upgrade glasscase"
    )


def test_a_path_that_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    assert refusal(tmp_path / "nowhere") == (
        f"there is no bundle at {str(tmp_path / 'nowhere')!r}. Check the path, or train one."
    )
    assert "is a file; a bundle is a folder" in refusal(tmp_path / "file")
    assert "is no bundle: it has no manifest.json" in refusal(tmp_path / "folder")


# Saving harms nothing


@pytest.mark.parametrize("there", ["notes.txt", "manifest.json", "bundle.json"])
def test_a_folder_that_is_no_bundle_is_never_replaced(
    there: str, small_model: ProductClassifier, tmp_path: Path
) -> None:
    """Neither is a web project, whose manifest.json is about something else."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / there).write_text("mine")
    with pytest.raises(CannotWrite, match="exists and is no bundle. Choose another --out."):
        small_model.save(folder)
    assert (folder / there).read_text() == "mine"
    assert names(tmp_path) == {f"mine/{there}"}


def test_a_file_is_never_replaced(small_model: ProductClassifier, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(CannotWrite, match="exists and is no bundle"):
        small_model.save(tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


def test_an_empty_folder_and_an_old_bundle_are_replaced(
    small_model: ProductClassifier, tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    small_model.save(tmp_path / "b")
    other = ProductClassifier("tfidf-lr").fit(toy_products(36)).save(tmp_path / "b")
    assert ProductClassifier.load(other).head_name == "tfidf-lr"
    assert [path.name for path in tmp_path.iterdir()] == ["b"], "nothing is left behind"


def _full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


STEPS = (
    "glasscase.models.bundle.write_arrays",
    "glasscase.models.product_encoder.ProductEncoder.save",
    "glasscase.models.training_index.TrainingIndex.save",
    "glasscase.models.bundle.write_text",
    "glasscase.models.bundle.write_manifest",
)


@pytest.mark.parametrize("fails", [_full, _stopped])
@pytest.mark.parametrize("step", [*STEPS, "the last rename"])
def test_a_save_that_fails_midway_leaves_the_old_bundle(
    step: str,
    fails: Callable[..., None],
    small_model: ProductClassifier,
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {name: (small / name).read_bytes() for name in names(small)}
    if step == "the last rename":
        rename = os.replace

        def replace(source: Any, target: Any) -> None:
            fails() if ".new-" in Path(source).name else rename(source, target)

        monkeypatch.setattr(os, "replace", replace)
    else:
        monkeypatch.setattr(step, fails)
    kind = CannotWrite if fails is _full else KeyboardInterrupt
    with pytest.raises(kind) as caught:
        small_model.save(small)
    monkeypatch.undo()
    if fails is _full:
        assert str(caught.value) == (
            f"cannot write {str(small)!r}: No space left on device. "
            "Free some space or choose another place; what was there before is unchanged."
        )
    assert {name: (small / name).read_bytes() for name in names(small)} == before
    assert [path.name for path in small.parent.iterdir()] == ["small"], "nothing is left behind"
    some = toy_products(3)
    assert (ProductClassifier.load(small).predict(some) == small_model.predict(some)).all()


# Equal training, equal bytes


def test_the_same_training_gives_the_same_bytes(
    toy_bundle: Path, toy_catalog: Catalog, toy_settings: Settings, tmp_path: Path
) -> None:
    """Of vectors in the cache, where `toy_bundle` has put them: whoever computes them beside other
    products may get another last bit."""
    part = toy_catalog.take(range(120))
    first, again = (
        train(part, settings=toy_settings).model.save(tmp_path / name) for name in ("a", "b")
    )
    assert names(again) == names(first) == names(toy_bundle)
    for name in names(again) - {"manifest.json"}:
        assert (again / name).read_bytes() == (first / name).read_bytes(), name
    one, other = (json.loads((p / "manifest.json").read_text()) for p in (again, first))
    assert {k for k in one if one[k] != other[k]} <= {"made", "sha256"}
