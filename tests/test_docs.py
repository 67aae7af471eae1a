"""The pages are true: their code runs, the generated ones are up to date, links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.toy import ToyCatalogue
from glasscase.cli.main import main
from glasscase.models.classifier import ProductClassifier

ROOT = Path(__file__).parents[1]
QUICKER = {
    "train": ["--effort", "quick", "--set", "train.folds=3"],
    "explain": ["--set", "explain.max_samples=50"],
}
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, *languages: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [body for language, body in found if language in languages]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["settings.md", "service-settings.md", "shell.md", "encoders.md"])
def test_generated_pages_are_up_to_date(name: str) -> None:
    page = generator().PAGES[name]()
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page, "run: make docs"


def test_every_setting_has_its_line() -> None:
    from glasscase.settings import Settings

    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for section, field in Settings.model_fields.items():
        for name in type(field.default).model_fields:
            assert f"| `{section}.{name}` |" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index


def test_what_make_is_told_to_do_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    for page in PAGES:
        for block in blocks(page, "", "sh"):
            for line in block.splitlines():
                told = re.match(r"make ([a-z]+)\b(?!=)", line)
                assert told is None or told[1] in targets, f"{page.name}: {line}"
    for script in re.findall(r"python (benchmarks/\w+\.py)", PAGES[0].read_text(encoding="utf-8")):
        assert (ROOT / script).exists(), script


@pytest.fixture
def shop_here(
    tmp_path: Path,
    toy_shop: ToyCatalogue,
    unseen_shop: ToyCatalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A working folder with a shop under every name the pages use."""
    shutil.copytree(toy_shop.folder, tmp_path / "shop")
    shutil.copytree(unseen_shop.folder, tmp_path / "unseen")
    shutil.copytree(toy_shop.images, tmp_path / "images")
    for name in ("products.csv", "more.csv"):
        shutil.copy(toy_shop.products, tmp_path / name)
    shutil.copy(toy_shop.new, tmp_path / "new.csv")
    shutil.copy(next(toy_shop.images.glob("*.jpg")), tmp_path / "mug.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md"])
def test_the_shell_lines_of_a_page_run(
    page: str, shop_here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line for block in blocks(ROOT / page, "", "sh") for line in block.splitlines()]
    shell = [
        shlex.split(line, comments=True)[1:] for line in lines if line.startswith("glasscase ")
    ]
    verbs = [words for words in shell if words[0] != "serve"]  # it runs until it is stopped
    assert {words[0] for words in verbs} >= {"profile", "train", "evaluate", "predict", "explain"}
    for words in verbs:
        assert main([*words, *QUICKER.get(words[0], [])]) == 0, capsys.readouterr().err
        if "--out" in words:
            assert (shop_here / words[words.index("--out") + 1]).exists()


@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md"])
@pytest.mark.usefixtures("shop_here")
def test_the_python_of_a_page_runs(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_python(ROOT / page)
    assert "Kitchen" in capsys.readouterr().out


@pytest.mark.parametrize(
    "page",
    [p for p in PAGES if p.stem not in ("README", "quickstart") and blocks(p, "python")],
    ids=lambda page: page.name,
)
def test_the_python_of_a_page_about_one_thing_runs(
    page: Path,
    shop_here: Path,
    toy_bundle: Path,
    toy_model: ProductClassifier,
    toy_catalog: Catalog,
) -> None:
    """These may speak of `model`, `products` and `product`, and of the folder `bundle`."""
    (shop_here / "bundle").symlink_to(toy_bundle)
    product = toy_catalog[0].with_text("Blue ceramic coffee mug")
    run_python(page, model=toy_model, products=toy_catalog.products, product=product)


def run_python(page: Path, **known: object) -> None:
    exec(compile("\n".join(blocks(page, "python")), page.name, "exec"), known)
