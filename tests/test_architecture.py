"""The house rules that a machine can watch: floors, sizes, names, words, silence."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import glasscase

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "glasscase"
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = {
    "torch", "torchvision", "transformers", "timm", "sklearn", "onnx", "onnxruntime", "pandas",
    "matplotlib", "pyarrow", "scipy", "PIL",
}  # fmt: skip
DRAWERS = {"utils", "helpers", "common", "base", "core", "misc", "manager", "handler", "processor"}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


def loaded_by(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(run.stdout.split())


@pytest.mark.parametrize("door", ["glasscase", "glasscase.cli.main", "glasscase.settings"])
def test_doors_open_fast(door: str) -> None:
    assert not HEAVY & loaded_by(f"import {door}")


def test_the_help_page_loads_nothing_heavy() -> None:
    code = "from glasscase.cli.main import main\nassert main(['train', '--help']) == 0"
    assert not (HEAVY | {"numpy", "rich.console"}) & loaded_by(code)


def test_imports_only_go_down() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_public_name_can_be_imported() -> None:
    for name in glasscase.__all__:
        assert getattr(glasscase, name).__doc__, f"glasscase.{name} has no docstring"
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        glasscase.nonsense  # noqa: B018  (the look-up is the test)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_file_holds_one_concept(path: Path) -> None:
    assert path.stem not in DRAWERS
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def public_definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_public_thing_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module has no docstring"
    silent = [name for name, node in public_definitions(tree) if not ast.get_docstring(node)]
    assert not silent


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_only_the_door_prints(path: Path) -> None:
    if path.is_relative_to(SOURCE / "cli"):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "print" not in names


def test_nothing_happens_on_import(tmp_path: Path) -> None:
    code = "\n".join(f"import {dotted(path)}" for path in MODULES)
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"HOME": str(tmp_path), "GLASSCASE_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_stored_code_is_ever_run() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported = [getattr(node, "module", None), *(name.name for name in node.names)]
                assert not {"pickle", "dill", "cloudpickle", "joblib"} & set(imported), path


def test_the_version_is_said_once() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == glasscase.__version__
    assert importlib.metadata.version("glasscase") == glasscase.__version__
