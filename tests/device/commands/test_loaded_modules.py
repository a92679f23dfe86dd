"""The modules that a command loads, because `pairgrant token` may run before every request of a script."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ISSUER = "http://127.0.0.1:1"
"""An address without a server."""

PROGRAM = """
import json, sys
from pairgrant.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as exit:
    code = exit.code
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.json"
    path.touch(mode=0o600)
    members = {
        "version": 1,
        "issuer": ISSUER,
        "client_id": "lobby-tv",
        "access_token": "access-0",
        "refresh_token": "refresh-0",
        "scope": "openid",
        "obtained_at": time.time(),
        "expires_in": 600,
    }
    path.write_text(json.dumps(members))
    return path


def loaded_by(*arguments: str, token_file: Path) -> tuple[int, set[str], str]:
    """Exit code, the top-level modules loaded, and stdout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**kept, "PAIRGRANT_TOKEN_FILE": str(token_file), "PAIRGRANT_ISSUER": ISSUER},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules), done.stdout


HEAVY = {
    "textual",
    "rich",
    "nicegui",
    "qrcode",
    "pydantic",
    "typer",
    "starlette",
    "pairgrant_server",
    "structlog",
}


def test_fresh_token_loads_neither_screens_nor_http_nor_an_event_loop(token_file: Path) -> None:
    code, modules, out = loaded_by("token", token_file=token_file)
    assert (code, out) == (0, "access-0\n")
    assert modules & (HEAVY | {"httpx", "asyncio"}) == set()


def test_refresh_loads_http_but_no_screens(token_file: Path) -> None:
    members = json.loads(token_file.read_text())
    token_file.write_text(json.dumps({**members, "obtained_at": 0}))
    code, modules, _ = loaded_by("token", token_file=token_file)
    assert code == 7
    assert "httpx" in modules
    assert modules & (HEAVY - {"rich"}) == set()


@pytest.mark.parametrize("command", ["kiosk", "login", "token", "logout", "enroll", "doctor"])
def test_help_loads_nothing_heavy(command: str, token_file: Path) -> None:
    code, modules, _ = loaded_by(command, "--help", token_file=token_file)
    assert code == 0
    assert modules & (HEAVY | {"httpx", "asyncio"}) == set()


def test_login_in_json_loads_neither_textual_nor_qrcode(token_file: Path) -> None:
    code, modules, _ = loaded_by("login", "--json", token_file=token_file)
    assert code == 7
    assert modules & {"textual", "qrcode", "nicegui", "pairgrant_server"} == set()
