"""Each import package has one root of its errors; the docstring of its ``errors.py`` draws the tree."""

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = {
    "shared/pairgrant_protocol": "ProtocolError",
    "device/pairgrant": "PairgrantError",
    "verify_web/pairgrant_server": "PairgrantServerError",
}
BUILT_IN = {"Exception", "BaseException", "ValueError", "RuntimeError", "OSError", "TypeError"}


def error_bases(folder: str) -> dict[str, set[str]]:
    """Each error class of a package -> the names of its bases."""
    bases: dict[str, set[str]] = {}
    for file in (REPOSITORY / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {base.id for base in node.bases if isinstance(base, ast.Name)}
    errors = set(BUILT_IN)
    while found := {name for name, of in bases.items() if name not in errors and of & errors}:
        errors |= found
    return {name: of for name, of in bases.items() if name in errors}


def drawn_parents(folder: str) -> dict[str, str]:
    """Each class in the drawn tree -> the class above it."""
    docstring = ast.get_docstring(ast.parse((REPOSITORY / folder / "errors.py").read_text())) or ""
    parents: dict[str, str] = {}
    above: dict[int, str] = {}
    for line in docstring.splitlines():
        branch = re.match(r"([ │]*)(?:├── |└── )?([A-Z]\w+Error)\b", line)
        if branch is None or not line.startswith(" "):
            continue
        depth = line.index(branch[2]) // 4
        above[depth] = branch[2]
        if depth - 1 in above:
            parents[branch[2]] = above[depth - 1]
    return parents


@pytest.mark.parametrize(("folder", "root"), PACKAGES.items())
def test_every_error_derives_from_the_root_of_its_package(folder: str, root: str) -> None:
    bases = error_bases(folder)
    derived = {root}
    while found := {name for name, of in bases.items() if name not in derived and of & derived}:
        derived |= found
    assert sorted(bases.keys() - derived) == []


@pytest.mark.parametrize(("folder", "root"), PACKAGES.items())
def test_drawn_tree_has_exactly_the_errors_of_the_package(folder: str, root: str) -> None:
    bases = error_bases(folder)
    parents = drawn_parents(folder)
    public = {name for name in bases if not name.startswith("_")} - {root}
    assert sorted(parents) == sorted(public)
    assert {name: parent for name, parent in parents.items() if parent not in bases[name]} == {}
