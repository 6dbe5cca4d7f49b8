"""The house as it is built: who imports whom, and only through front doors."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("courses", "creditbank", "search", "lms.accounts", "lms.learning", "lms.training")
NOT_PRODUCT = {"tests", "tools"}


def _contracts():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def test_every_top_level_package_is_named_in_the_contracts():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_PRODUCT
    assert packages == set(_contracts()["root_packages"])
    layers = " ".join(_contracts()["contracts"][0]["layers"]).replace("|", " ").split()
    assert packages == {layer.split(".")[0] for layer in layers}


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from search import api` is the front door too.
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def _package(name):
    return next((package for package in PACKAGES if name == package or name.startswith(package + ".")), None)


@pytest.mark.parametrize("package", PACKAGES)
def test_other_packages_come_in_by_the_front_door(package):
    """`<package>.api`, or the api of an applet with a door of its own (courses.h5p.api)."""
    folder = ROOT / package.replace(".", "/")
    wrong = []
    for path in folder.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for name in _imports(path):
            other = _package(name)
            if other and other != package and "api" not in name.removeprefix(other).split(".")[1:3]:
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []
