"""Operator commands: what they print, and that every refusal is one line with exit code 1."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.command_line import CommandLine, Finished, refusal_of
from tests.commands.command_tree import leaf_commands


def add_client(run: CommandLine, *words: str, stdin: str = "") -> Finished:
    return run("client", "add", "tv", "--name", "Lobby TV", "--grant", "device_code", *words, stdin=stdin)


class TestClient:
    def test_client_is_added_listed_shown_and_removed(self, pairgrant_server: CommandLine) -> None:
        added = add_client(pairgrant_server, "--grant", "refresh_token", "--scope", "openid offline_access")
        assert (added.returncode, added.stdout) == (0, "Added the public client tv.\n")
        assert pairgrant_server("client", "list").stdout.split() == ["tv", "public", "Lobby", "TV"]
        shown = pairgrant_server("client", "show", "tv").stdout
        assert "device_code, refresh_token" in shown
        assert "openid offline_access" in shown
        assert pairgrant_server("client", "remove", "tv").returncode == 0
        assert "client list" in refusal_of(pairgrant_server("client", "remove", "tv"))

    def test_client_with_a_secret_from_standard_input_is_confidential(
        self, pairgrant_server: CommandLine
    ) -> None:
        secret = "a secret of a fair length"
        added = add_client(pairgrant_server, "--secret-stdin", stdin=secret + "\n")
        assert added.stdout == "Added the confidential client tv.\n"
        assert secret not in added.stderr + pairgrant_server("client", "show", "tv").stdout

    def test_short_secret_is_accepted_with_a_warning(self, pairgrant_server: CommandLine) -> None:
        added = add_client(pairgrant_server, "--secret-stdin", stdin="hunter2")
        assert added.returncode == 0
        assert "can be guessed" in added.stderr

    def test_empty_standard_input_is_refused(self, pairgrant_server: CommandLine) -> None:
        assert "pipe the secret" in refusal_of(add_client(pairgrant_server, "--secret-stdin"))

    def test_taken_client_id_is_refused(self, pairgrant_server: CommandLine) -> None:
        add_client(pairgrant_server)
        assert "'tv' already" in refusal_of(add_client(pairgrant_server))

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("--grant", "implicit"), "RFC 9700"),
            (("--grant", "password"), "RFC 9700"),
            (("--scope", 'open"id'), "is not a scope"),
            (("--redirect-uri", "javascript:alert(1)"), "is not a redirect URI"),
        ],
    )
    def test_invalid_registration_is_refused_with_the_reason(
        self, pairgrant_server: CommandLine, words: tuple[str, ...], expected: str
    ) -> None:
        assert expected in refusal_of(add_client(pairgrant_server, *words))

    def test_unknown_client_is_refused(self, pairgrant_server: CommandLine) -> None:
        assert "no client 'unknown'" in refusal_of(pairgrant_server("client", "show", "unknown"))


class TestUser:
    def test_user_is_added_locked_unlocked_and_removed(self, pairgrant_server: CommandLine) -> None:
        added = pairgrant_server("user", "add", "alice", "--password-stdin", stdin="correct horse battery\n")
        assert (added.returncode, added.stdout) == (0, "Added alice.\n")
        assert pairgrant_server("user", "lock", "alice").returncode == 0
        assert pairgrant_server("user", "list").stdout.split() == ["alice", "locked", "alice"]
        assert pairgrant_server("user", "unlock", "alice").returncode == 0
        assert pairgrant_server("user", "list").stdout.split() == ["alice", "active", "alice"]
        assert pairgrant_server("user", "remove", "alice").returncode == 0
        assert "no user 'alice'" in refusal_of(pairgrant_server("user", "lock", "alice"))

    @pytest.mark.parametrize(
        ("password", "expected"),
        [
            ("fourteen chars", "at least 15"),
            ("alicealicealice", "username"),
            ("passwordpassword", "easy to guess"),
            ("", "pipe"),
        ],
    )
    def test_invalid_password_is_refused(
        self, pairgrant_server: CommandLine, password: str, expected: str
    ) -> None:
        done = pairgrant_server("user", "add", "alice", "--password-stdin", stdin=password)
        assert expected in refusal_of(done)

    def test_username_is_taken_in_any_case(self, pairgrant_server: CommandLine) -> None:
        pairgrant_server("user", "add", "alice", "--password-stdin", stdin="correct horse battery")
        done = pairgrant_server("user", "add", "ALICE", "--password-stdin", stdin="correct horse battery")
        assert "taken" in refusal_of(done)


class TestDecisions:
    def test_unknown_code_is_refused_with_advice(self, pairgrant_server: CommandLine) -> None:
        pairgrant_server("user", "add", "alice", "--password-stdin", stdin="correct horse battery")
        assert "Compare it with the device" in refusal_of(
            pairgrant_server("approve", "WDJB-MJHT", "--user", "alice")
        )

    def test_malformed_code_is_refused_with_the_reason(self, pairgrant_server: CommandLine) -> None:
        assert "consonants" in refusal_of(pairgrant_server("deny", "HELLO", "--user", "alice"))

    def test_unknown_user_is_refused_by_name(self, pairgrant_server: CommandLine) -> None:
        assert "no user 'bob'" in refusal_of(pairgrant_server("approve", "WDJB-MJHT", "--user", "bob"))

    def test_locked_user_can_not_approve(self, pairgrant_server: CommandLine) -> None:
        pairgrant_server("user", "add", "alice", "--password-stdin", stdin="correct horse battery")
        pairgrant_server("user", "lock", "alice")
        assert "locked" in refusal_of(pairgrant_server("approve", "WDJB-MJHT", "--user", "alice"))


class TestSettings:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("--database", "mysql://x"), "sqlite:////path"),
            (("--public-url", "ftp://pair.example"), "https://pair.example"),
            (("--public-url", "https://pair.example/auth"), "without a path"),
            (("--public-url", "https://user@pair.example"), "https://pair.example"),
            (("--port", "99999"), "--port"),
            (("--certfile", "cert.pem"), "--keyfile"),
            (("--certfile", "/no/cert.pem", "--keyfile", "/no/key.pem"), "there is no file /no/cert.pem"),
            (("--host", "203.0.113.9", "--insecure"), "Can't listen"),
            (("--host", "203.0.113.9"), "or add --insecure"),
            (("--host", "no-such-interface0"), "--host (PAIRGRANT_HOST)"),
            (("--host", "127.0.0.1:80"), "--host 127.0.0.1 --port 80"),
            (("--port", "0"), "--public-url (PAIRGRANT_PUBLIC_URL)"),
        ],
    )
    def test_server_that_can_not_start_gives_the_reason(
        self, pairgrant_server: CommandLine, words: tuple[str, ...], expected: str
    ) -> None:
        assert expected in refusal_of(pairgrant_server("run", *words))

    def test_database_that_can_not_be_opened_stops_the_server_process(
        self, environment: dict[str, str]
    ) -> None:
        words = ("run", "--database", "sqlite:////proc/no/where.db", "--public-url", "http://localhost")
        done = subprocess.run(
            [sys.executable, "-m", "pairgrant_server", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "--database" in refusal_of(Finished(done.returncode, done.stdout, done.stderr))

    def test_port_in_use_is_named(self, pairgrant_server: CommandLine) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            assert port in refusal_of(pairgrant_server("run", "--port", port))

    def test_error_in_a_variable_names_the_variable(self, pairgrant_server: CommandLine) -> None:
        assert "PAIRGRANT_INTERVAL" in refusal_of(pairgrant_server("run", PAIRGRANT_INTERVAL="0"))

    def test_database_in_an_unusable_folder_is_refused(
        self, pairgrant_server: CommandLine, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        refusal = refusal_of(
            pairgrant_server("user", "list", "--database", f"sqlite:///{tmp_path}/file/x.db")
        )
        assert "can't be opened" in refusal

    def test_server_key_that_others_can_read_is_refused(
        self, pairgrant_server: CommandLine, tmp_path: Path
    ) -> None:
        pairgrant_server("user", "list")
        (tmp_path / "pairgrant.db.key").chmod(0o644)
        assert "chmod 600" in refusal_of(pairgrant_server("user", "list"))

    def test_missing_server_key_is_not_replaced(self, pairgrant_server: CommandLine, tmp_path: Path) -> None:
        pairgrant_server("user", "list")
        (tmp_path / "pairgrant.db.key").unlink()
        assert "Restore it" in refusal_of(pairgrant_server("user", "list"))
        assert not (tmp_path / "pairgrant.db.key").exists()


class TestNewDatabase:
    def test_new_database_and_server_key_are_announced_once(
        self, without_database: CommandLine, tmp_path: Path
    ) -> None:
        first, second = without_database("user", "list"), without_database("user", "list")
        assert f"Made a new database: {tmp_path / 'pairgrant.db'}" in first.stderr
        assert f"Made the server key: {tmp_path / 'pairgrant.db.key'}. Back it up" in first.stderr
        assert "Made" not in second.stderr


class TestHelp:
    @pytest.mark.parametrize("words", leaf_commands(), ids=" ".join)
    def test_every_command_has_help_with_an_example(
        self, pairgrant_server: CommandLine, words: tuple[str, ...]
    ) -> None:
        done = pairgrant_server(*words, "--help")
        assert done.returncode == 0
        assert "Example: pairgrant-server " + " ".join(words) in " ".join(done.stdout.split())


class TestImports:
    def test_small_command_imports_no_pages_and_no_web_server(self, environment: dict[str, str]) -> None:
        script = (
            "import sys, json; sys.argv[1:] = ['user', 'list']\n"
            "from pairgrant_server.cli import main\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            "print(json.dumps(sorted(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        loaded = set(json.loads(done.stdout.splitlines()[-1]))
        assert (
            loaded & {"nicegui", "fastapi", "starlette", "uvicorn", "httpx", "textual", "pairgrant"} == set()
        )

    def test_authorization_server_imports_no_nicegui_and_no_fastapi(self) -> None:
        script = "import sys, pairgrant_server.authorization_server.build; print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ}
        )
        assert (
            set(done.stdout.split()) & {"nicegui", "fastapi", "starlette", "sqlite3", "asyncpg", "pairgrant"}
            == set()
        )
