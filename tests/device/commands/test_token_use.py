"""Commands that use the stored tokens: ``token`` for scripts, ``api``, ``status`` and ``whoami``."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pairgrant.oauth.dpop_key import new_key
from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess, CommandProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]
StartProcess = Callable[..., CommandProcess]
Change = Callable[..., dict[str, Any]]


@pytest.fixture
def server(start_server: Start, run_pairgrant: Run) -> FakeServer:
    """A server at which this device has signed in, with plain bearer tokens of ten minutes."""
    server = start_server()
    login = run_pairgrant("login", "--json", issuer=server.issuer)
    login.until('"code"')
    server.person("approve")
    assert login.end()[0] == 0
    return server


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """``change(**members)``: change the stored tokens; returns them."""

    def changed(**members: Any) -> dict[str, Any]:
        path = tmp_path / "run" / "tokens.json"
        tokens: dict[str, Any] = {**json.loads(path.read_text()), **members}
        path.write_text(json.dumps(tokens))
        return tokens

    return changed


class TestToken:
    def test_json_names_the_type_the_scope_and_the_end(
        self, server: FakeServer, run_pairgrant: Run, change: Change
    ) -> None:
        code, out, _ = run_pairgrant("token", "--json", issuer=server.issuer).end()
        event, tokens = json.loads(out), change()
        assert (code, event["event"], event["token_type"]) == (0, "token", "Bearer")
        assert event["access_token"] == tokens["access_token"]
        assert event["scope"] == "openid profile board:read"
        assert event["expires_at"] == int(tokens["obtained_at"]) + 600
        assert 0 < event["expires_in"] <= 600

    def test_bound_token_is_refused_alone_and_says_what_to_do(
        self, server: FakeServer, run_pairgrant: Run, change: Change
    ) -> None:
        change(dpop_key=new_key().reveal())
        code, out, err = run_pairgrant("token", issuer=server.issuer).end()
        assert (code, out) == (2, "")
        for way in ("--headers METHOD URL", "pairgrant api", "--no-dpop"):
            assert way in err
        code, out, _ = run_pairgrant("token", "--json", issuer=server.issuer).end()
        assert (code, json.loads(out)["error"]) == (2, "token_bound")

    def test_headers_of_a_bound_token_are_an_object_in_json(
        self, server: FakeServer, run_pairgrant: Run, change: Change
    ) -> None:
        change(dpop_key=new_key().reveal())
        request = ("--headers", "GET", "https://api.example/x")
        code, out, _ = run_pairgrant("token", "--json", *request, issuer=server.issuer).end()
        assert (code, sorted(json.loads(out)["headers"])) == (0, ["Authorization", "DPoP"])

    @pytest.mark.parametrize(("min_ttl", "refreshes"), [("0", 0), ("300", 0), ("590", 1), ("599", 1)])
    def test_token_that_would_expire_too_soon_is_refreshed(
        self, server: FakeServer, run_pairgrant: Run, change: Change, min_ttl: str, refreshes: int
    ) -> None:
        before = change(obtained_at=change()["obtained_at"] - 100)["access_token"]
        asked = server.seen("/token")
        code, out, _ = run_pairgrant("token", "--min-ttl", min_ttl, issuer=server.issuer).end()
        assert (code, server.seen("/token") - asked) == (0, refreshes)
        assert (out.strip() == before) == (refreshes == 0)

    def test_token_shorter_than_wanted_is_printed_with_a_remark(
        self, server: FakeServer, run_pairgrant: Run
    ) -> None:
        code, out, err = run_pairgrant("token", "--min-ttl", "7200", issuer=server.issuer).end()
        assert (code, bool(out.strip())) == (0, True)
        assert "don't last that long" in err

    @pytest.mark.parametrize("wrong", ["-1", "nan", "soon", "1e12"])
    def test_wrong_number_of_seconds_is_wrong_usage(self, run_pairgrant: Run, wrong: str) -> None:
        code, _, err = run_pairgrant("token", f"--min-ttl={wrong}", issuer="https://a.example").end()
        assert (code, "--min-ttl" in err) == (2, True)

    def test_token_of_the_environment_takes_the_place_of_a_sign_in(self, run_pairgrant: Run) -> None:
        given = {"PAIRGRANT_TOKEN": " from-the-job "}
        code, out, err = run_pairgrant("token", issuer="https://a.example", **given).end()
        assert (code, out, err) == (0, "from-the-job\n", "")
        words = ("token", "--headers", "GET", "https://api.example/x")
        _, out, _ = run_pairgrant(*words, issuer="https://a.example", **given).end()
        assert out == "Authorization: Bearer from-the-job\n"

    @pytest.mark.parametrize("token", ["a b", "a\r\nX: 1", "ä"])
    def test_environment_without_a_token_is_named(self, run_pairgrant: Run, token: str) -> None:
        code, _, err = run_pairgrant("token", issuer="https://a.example", PAIRGRANT_TOKEN=token).end()
        assert (code, err) == (2, "pairgrant: PAIRGRANT_TOKEN can't be used: it is not an access token.\n")

    def test_many_at_once_refresh_once_and_print_the_same(
        self, server: FakeServer, start_pairgrant: StartProcess, change: Change
    ) -> None:
        change(obtained_at=change()["obtained_at"] - 650)
        asked = server.seen("/token")
        commands = [start_pairgrant("token", issuer=server.issuer) for _ in range(12)]
        with ThreadPoolExecutor(12) as pool:
            ends = list(pool.map(CommandProcess.end, commands))
        assert {(code, err) for code, _, err in ends} == {(0, "")}
        assert len({out for _, out, _ in ends}) == 1
        assert server.seen("/token") - asked == 1


class TestApi:
    def test_path_is_at_the_server_of_the_sign_in(self, server: FakeServer, run_pairgrant: Run) -> None:
        code, out, err = run_pairgrant("api", "GET", "/board/notices", issuer=server.issuer).end()
        assert (code, json.loads(out), err) == (0, {"notices": []}, "")

    def test_rejected_token_is_refreshed_once(self, server: FakeServer, run_pairgrant: Run) -> None:
        server.person("forget-access")
        asked = server.seen("/token")
        code, _, _ = run_pairgrant("api", "get", "/board/notices", issuer=server.issuer).end()
        assert (code, server.seen("/token") - asked) == (0, 1)

    def test_other_status_is_named_and_its_body_printed(self, server: FakeServer, run_pairgrant: Run) -> None:
        code, out, err = run_pairgrant("api", "GET", "/nowhere", issuer=server.issuer).end()
        assert (code, json.loads(out)) == (1, {"error": "not_found"})
        assert err == "pairgrant: The server responded with 404.\n"

    def test_busy_server_is_worth_another_try(self, server: FakeServer, run_pairgrant: Run) -> None:
        server.person("down")
        assert run_pairgrant("api", "GET", "/board/notices", issuer=server.issuer).end()[0] == 7

    @pytest.mark.parametrize(
        ("data", "headers", "content_type"),
        [
            ('{"a": 1}', (), "application/json"),
            ("a=1", ("--header", "content-type: text/plain"), "text/plain"),
        ],
    )
    def test_data_is_the_body_of_the_request(
        self, server: FakeServer, run_pairgrant: Run, data: str, headers: tuple[str, ...], content_type: str
    ) -> None:
        words = ("api", "POST", "/echo", "--data", data, *headers)
        _, out, _ = run_pairgrant(*words, issuer=server.issuer).end()
        assert json.loads(out) == {"content_type": content_type, "body": data}

    def test_data_comes_from_a_file(self, server: FakeServer, run_pairgrant: Run, tmp_path: Path) -> None:
        (tmp_path / "notice.json").write_text("{}")
        words = ("api", "POST", "/echo", "--data", f"@{tmp_path}/notice.json")
        assert json.loads(run_pairgrant(*words, issuer=server.issuer).end()[1])["body"] == "{}"
        words = ("api", "POST", "/echo", "--data", f"@{tmp_path}/missing.json")
        code, _, err = run_pairgrant(*words, issuer=server.issuer).end()
        assert (code, "--data can't be used" in err) == (2, True)

    @pytest.mark.parametrize("address", ["http://api.example/x", "nonsense", "ftp://api.example"])
    def test_token_never_travels_in_the_clear_or_nowhere(
        self, server: FakeServer, run_pairgrant: Run, address: str
    ) -> None:
        code, out, err = run_pairgrant("api", "GET", address, issuer=server.issuer).end()
        assert (code, out) == (2, "")
        assert "can't be sent" in err

    def test_token_of_the_environment_is_sent(self, server: FakeServer, run_pairgrant: Run) -> None:
        token = next(iter(server.access_tokens))
        given = {"PAIRGRANT_TOKEN": token, "PAIRGRANT_TOKEN_FILE": "/nowhere/tokens.json"}
        assert run_pairgrant("api", "GET", "/board/notices", issuer=server.issuer, **given).end()[0] == 0


class TestStatus:
    def test_sign_in_is_described(self, server: FakeServer, run_pairgrant: Run) -> None:
        code, out, err = run_pairgrant("status", issuer=server.issuer).end()
        first, scope, expiry, refresh, tokens = out.splitlines()
        assert (code, err) == (0, "")
        assert first.startswith(f"Signed in at {server.issuer} as 'lobby-tv' since 20")
        assert scope == "Scope: openid profile board:read"
        assert expiry.startswith("The access token expires on 20")
        assert refresh == "It is refreshed when it is used."
        assert tokens.startswith("Tokens: plain bearer tokens, in /")

    def test_json_has_no_token(self, server: FakeServer, run_pairgrant: Run, change: Change) -> None:
        tokens = change(refresh_expires_at=4_000_000_000)
        code, out, _ = run_pairgrant("status", "--json", issuer=server.issuer).end()
        event = json.loads(out)
        assert (code, event["event"], event["signed_in"]) == (0, "status", True)
        assert (event["can_refresh"], event["is_bound"]) == (True, False)
        assert event["refresh_expires_at"] == 4_000_000_000
        assert tokens["access_token"] not in out
        assert tokens["refresh_token"] not in out

    @pytest.mark.parametrize(
        "ended", [{"refresh_expires_at": 10}, {"refresh_token": None, "obtained_at": 10}]
    )
    def test_expired_sign_in_has_ended(
        self, server: FakeServer, run_pairgrant: Run, change: Change, ended: dict[str, Any]
    ) -> None:
        change(**ended)
        code, out, _ = run_pairgrant("status", issuer=server.issuer).end()
        assert (code, out.startswith("The sign-in has expired")) == (5, True)
        code, out, _ = run_pairgrant("status", "--json", issuer=server.issuer).end()
        assert (code, json.loads(out)["signed_in"]) == (5, False)

    def test_no_sign_in_is_said_in_both_forms(self, run_pairgrant: Run) -> None:
        code, out, _ = run_pairgrant("status", issuer="https://a.example").end()
        assert (code, out) == (5, "Not signed in at https://a.example as 'lobby-tv'.\n")
        code, out, _ = run_pairgrant("status", "--json", issuer="https://a.example").end()
        assert (code, json.loads(out)["signed_in"]) == (5, False)


class TestWhoami:
    def test_user_is_named(self, server: FakeServer, run_pairgrant: Run) -> None:
        assert run_pairgrant("whoami", issuer=server.issuer).end() == (0, "Ada Lovelace (ada)\n", "")
        code, out, _ = run_pairgrant("whoami", "--json", issuer=server.issuer).end()
        user = {"name": "Ada Lovelace", "preferred_username": "ada", "sub": "1"}
        assert (code, json.loads(out)) == (0, {"event": "user", **user})

    def test_ended_sign_in_shows(self, server: FakeServer, run_pairgrant: Run) -> None:
        server.person("revoke")
        assert run_pairgrant("whoami", issuer=server.issuer).end()[0] == 5
