"""Every import contract of pyproject.toml catches an import that it forbids."""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[2]
FOLDERS = ("shared", "device", "verify_web")
SERVER = "pairgrant_server"
STORE = f"{SERVER}.authorization_server.store"


@dataclass(frozen=True, slots=True)
class Planted:
    """An import that ``contract`` (the beginning of its name) forbids in ``where``, a package or a module."""

    contract: str
    where: str
    imported: str


PLANTED = [
    Planted("The protocol imports only the standard library", "pairgrant_protocol", "httpx"),
    Planted("The device and the server never", "pairgrant.session", "pairgrant_server"),
    Planted("The device and the server never", f"{SERVER}.settings", "pairgrant"),
    Planted("The device is a library first", "pairgrant.oauth", "pairgrant.session"),
    Planted("The device is a library first", "pairgrant.sign_in", "pairgrant.tui"),
    Planted("The device is a library first", "pairgrant.text", "pairgrant.tui"),
    Planted("The server: commands start it", f"{SERVER}.accounts", f"{SERVER}.pages"),
    Planted("The server: commands start it", f"{SERVER}.front", f"{SERVER}.settings"),
    Planted("The server: commands start it", f"{SERVER}.logs", f"{SERVER}.command_error"),
    Planted("The authorization server: endpoints", STORE, f"{SERVER}.authorization_server.build"),
    Planted("Pages call services", f"{SERVER}.pages.site", STORE),
    Planted("Pages call services", f"{SERVER}.pages", f"{SERVER}.authorization_server.endpoints"),
    Planted("The authorization server works without", f"{SERVER}.authorization_server.http", "starlette"),
    Planted("The two database engines never", f"{STORE}.postgresql", f"{STORE}.sqlite"),
    Planted("The two database engines never", f"{STORE}.sql", f"{STORE}.postgresql"),
    Planted("Only the backend chooses", f"{SERVER}.authorization_server.tokens", f"{STORE}.sqlite"),
    Planted("Only the backend chooses", f"{SERVER}.app", f"{STORE}.postgresql"),
    Planted("Only the screens import Textual", "pairgrant.sign_in", "textual"),
    Planted("Only the screens import Textual", "pairgrant.text", "rich"),
    Planted("Only the logo of a kiosk", "pairgrant.tui", "PIL"),
    Planted("Only the screens in a browser", "pairgrant.tui", "aiohttp"),
    Planted("Only the screens in a browser", "pairgrant.text", "textual_serve"),
    Planted("Only the pages import NiceGUI", f"{SERVER}.front", "nicegui"),
    Planted("Only the pages import NiceGUI", f"{SERVER}.app", "jinja2"),
    Planted("Only the pages import Babel", f"{SERVER}.translation", "babel"),
    Planted("Only serving knows uvicorn", f"{SERVER}.front", "uvicorn"),
    Planted("Only the command line imports Typer", f"{SERVER}.backend", "typer"),
    Planted("Only the PostgreSQL engine", f"{SERVER}.backend", "asyncpg"),
    Planted("Only the places from files", f"{SERVER}.backend", "maxminddb"),
    Planted("Only the SQLite engine", f"{SERVER}.accounts", "sqlite3"),
]
CONTAINERS = ("pairgrant", SERVER, f"{SERVER}.authorization_server", STORE)


@pytest.fixture(scope="module")
def contracts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    return found


def _folder_of(module: str) -> str:
    """Which of ``FOLDERS`` holds the import package of ``module``."""
    (found,) = (folder for folder in FOLDERS if (TOP / folder / module.partition(".")[0]).is_dir())
    return found


def _changed(number: int, where: str) -> str:
    """The module that gets planted import ``number``: a new one in a package, or ``where`` itself."""
    is_package = (TOP / _folder_of(where) / where.replace(".", "/")).is_dir()
    return f"{where}.planted_{number}" if is_package else where


def _append(tree: Path, module: str, line: str) -> None:
    with (tree / _folder_of(module) / f"{module.replace('.', '/')}.py").open("a") as file:
        file.write(f"\n{line}\n")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, contracts: list[dict[str, Any]]) -> dict[str, str]:
    """What import-linter says of each broken contract, in a copy of the tree with all planted imports."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(TOP / "pyproject.toml", tree)
    for folder in (*FOLDERS, "tests/architecture"):
        shutil.copytree(TOP / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for number, planted in enumerate(PLANTED):
        _append(tree, _changed(number, planted.where), f"import {planted.imported}")
    for container in CONTAINERS:
        _append(tree, f"{container}.in_no_layer", "")
    path = os.pathsep.join([*(str(tree / folder) for folder in FOLDERS), str(tree)])
    script = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    names = {contract["name"] for contract in contracts}
    found: dict[str, str] = {}
    name = ""
    for line in done.stdout.partition("\nBroken contracts\n")[2].splitlines():
        name = line if line in names else name
        found[name] = f"{found.get(name, '')}{line}\n"
    return found


def test_every_contract_has_a_planted_import(contracts: list[dict[str, Any]]) -> None:
    for contract in contracts:
        assert any(contract["name"].startswith(planted.contract) for planted in PLANTED), contract["name"]


@pytest.mark.parametrize(
    "number", range(len(PLANTED)), ids=lambda number: f"{PLANTED[number].where}-{number}"
)
def test_forbidden_import_breaks_its_contract(number: int, reports: dict[str, str]) -> None:
    planted = PLANTED[number]
    (report,) = (text for name, text in reports.items() if name.startswith(planted.contract))
    module = _changed(number, planted.where)
    assert any(module in line and planted.imported in line for line in report.splitlines()), report


@pytest.mark.parametrize("container", CONTAINERS)
def test_module_in_no_layer_breaks_the_contract(container: str, reports: dict[str, str]) -> None:
    assert any("in_no_layer" in text and container in text for text in reports.values())


def test_ignored_import_that_does_not_exist_is_an_error(contracts: list[dict[str, Any]]) -> None:
    assert {contract.get("unmatched_ignore_imports_alerting", "error") for contract in contracts} == {"error"}
