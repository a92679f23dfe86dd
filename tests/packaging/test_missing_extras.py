"""Each command says in one sentence what to install where its extra is missing."""

import importlib.util
import re
import tomllib
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from pairgrant.cli import main as pairgrant
from pairgrant.commands import kiosk, login
from pairgrant.terminal import has_screens
from pairgrant_server import __main__ as server_command
from pairgrant_server import missing_extra
from pairgrant_server.missing_extra import MissingExtraError, require_extra

TOP = Path(__file__).parents[2]
find_spec = importlib.util.find_spec


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Top-level modules that look as if they were not installed."""
    missing: set[str] = set()

    def find(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name in missing else find_spec(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    monkeypatch.setattr(missing_extra, "find_spec", find)
    return missing


@pytest.mark.parametrize("module", server_command.SERVER_MODULES)
def test_server_command_names_its_extra_where_a_module_is_missing(
    module: str, uninstalled: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    uninstalled.add(module)
    with pytest.raises(SystemExit) as end:
        server_command.main()
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        "pairgrant-server: The server is not installed. Install it with: pip install 'pairgrant[server]'\n"
    )


def test_server_command_looks_for_every_dependency_of_its_extra() -> None:
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    names = {re.split(r"[<>=;\[ ]", dependency)[0] for dependency in extras["server"]}
    modules = {"argon2" if name == "argon2-cffi" else name.replace("-", "_") for name in names}
    assert set(server_command.SERVER_MODULES) == modules


def test_server_command_runs_where_its_extra_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr("pairgrant_server.cli.main", lambda: calls.append("run"))
    server_command.main()
    assert calls == ["run"]


def test_error_names_the_extra_and_the_command_that_installs_it(uninstalled: set[str]) -> None:
    uninstalled.add("asyncpg")
    with pytest.raises(MissingExtraError, match=r"pip install 'pairgrant\[postgresql\]'$"):
        require_extra("postgresql", ("asyncpg",), "The PostgreSQL driver")


class TestScreens:
    @pytest.fixture
    def on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for command in (kiosk, login):
            monkeypatch.setattr(command, "why_no_screens", lambda: None)

    def test_screens_are_there_with_the_extra(self) -> None:
        assert has_screens()

    @pytest.mark.usefixtures("on_a_terminal")
    def test_kiosk_names_its_extra(self, uninstalled: set[str], capsys: pytest.CaptureFixture[str]) -> None:
        uninstalled.add("textual")
        assert pairgrant(["kiosk"]) == 1
        assert "pip install 'pairgrant[kiosk]'" in capsys.readouterr().err

    @pytest.mark.usefixtures("on_a_terminal")
    def test_login_continues_in_text_and_names_the_extra(
        self, uninstalled: set[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        uninstalled.add("textual")
        ca_file = tmp_path / "ca.pem"
        ca_file.write_text("no certificate")
        assert pairgrant(["login", "--issuer", "https://127.0.0.1:1", "--ca-file", str(ca_file)]) == 2
        text = capsys.readouterr().err
        assert "Plain text: the screens are not installed" in text
        assert "pip install 'pairgrant[kiosk]'" in text
