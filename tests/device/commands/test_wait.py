"""A sign-in in two commands: one shows the code, the other completes it, perhaps in another process."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]
Begin = Callable[[], dict[str, Any]]


@pytest.fixture
def server(start_server: Start) -> FakeServer:
    return start_server()


@pytest.fixture
def begin(server: FakeServer, run_pairgrant: Run) -> Begin:
    """``begin()``: the event ``code`` of ``login --no-wait --json``."""

    def begun() -> dict[str, Any]:
        code, out, err = run_pairgrant("login", "--no-wait", "--json", issuer=server.issuer).end()
        assert (code, err) == (0, "")
        event: dict[str, Any] = json.loads(out)
        return event

    return begun


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "run").glob("*pairing-*"))


def test_code_and_handle_are_printed_at_once(begin: Begin, server: FakeServer, tmp_path: Path) -> None:
    event = begin()
    assert (event["event"], event["user_code"]) == ("code", "WDJB-MJHT")
    assert (event["expires_in"], event["interval"]) == (600, 1)
    assert len(event["handle"]) == 10
    assert server.seen("/token") == 0
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)}
    assert modes == {0o600}


def test_device_code_is_neither_printed_nor_part_of_a_name(
    begin: Begin, server: FakeServer, tmp_path: Path
) -> None:
    shown = json.dumps(begin())
    assert server.device_code not in shown
    assert not [path for path in files(tmp_path) if server.device_code in path.name]


def test_other_command_completes_the_sign_in_once(
    begin: Begin, server: FakeServer, run_pairgrant: Run, tmp_path: Path
) -> None:
    handle = begin()["handle"]
    server.person("approve")
    code, out, _ = run_pairgrant("wait", handle, "--json", issuer="https://elsewhere.example").end()
    event = json.loads(out.splitlines()[-1])
    assert (code, event["event"], event["name"]) == (0, "authorized", "Ada Lovelace")
    assert run_pairgrant("token", issuer=server.issuer).end()[0] == 0
    assert files(tmp_path) == []
    code, out, _ = run_pairgrant("wait", handle, "--json", issuer=server.issuer).end()
    assert (code, json.loads(out)["error"]) == (1, "no_pairing")


def test_one_poll_that_finds_no_decision_leaves_the_rest_to_the_next(
    begin: Begin, server: FakeServer, run_pairgrant: Run
) -> None:
    handle = begin()["handle"]
    for polls in (1, 2):
        code, out, _ = run_pairgrant("wait", handle, "--poll-once", "--json", issuer=server.issuer).end()
        assert (code, json.loads(out.splitlines()[-1])) == (8, {"event": "undecided"})
        assert server.seen("/token") == polls
    server.person("approve")
    assert run_pairgrant("wait", handle, "--poll-once", issuer=server.issuer).end()[0] == 0


def test_wait_ends_at_its_timeout(begin: Begin, server: FakeServer, run_pairgrant: Run) -> None:
    handle = begin()["handle"]
    code, _, err = run_pairgrant("wait", handle, "--timeout", "5", issuer=server.issuer).end()
    assert (code, err) == (8, "The request has not been approved or denied yet.\n")


@pytest.mark.parametrize("end", [("deny", 3), ("expire", 4)])
def test_end_of_the_pairing_is_the_exit_code_and_forgets_it(
    begin: Begin, server: FakeServer, run_pairgrant: Run, tmp_path: Path, end: tuple[str, int]
) -> None:
    decision, exit_code = end
    handle = begin()["handle"]
    server.person(decision)
    assert run_pairgrant("wait", handle, issuer=server.issuer).end()[0] == exit_code
    assert files(tmp_path) == []


def test_code_that_expired_meanwhile_needs_no_request(
    begin: Begin, server: FakeServer, run_pairgrant: Run, tmp_path: Path
) -> None:
    handle = begin()["handle"]
    [path] = (tmp_path / "run").glob("*pairing-*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "expires_at": 10}))
    assert run_pairgrant("wait", handle, issuer=server.issuer).end()[0] == 4
    assert server.seen("/token") == 0
    assert files(tmp_path) == []


def test_next_login_forgets_codes_that_have_expired(begin: Begin, tmp_path: Path) -> None:
    begin()
    [path] = (tmp_path / "run").glob("*pairing-*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "expires_at": 10}))
    handle = begin()["handle"]
    assert {name.name.split("pairing-")[1][:10] for name in files(tmp_path)} == {handle}


def test_number_is_told_to_the_process_that_waits(
    begin: Begin, server: FakeServer, run_pairgrant: Run
) -> None:
    handle = begin()["handle"]
    server.person("number/47")
    _, out, _ = run_pairgrant("wait", handle, "--poll-once", "--json", issuer=server.issuer).end()
    assert {"event": "number", "number": "47"} in [json.loads(line) for line in out.splitlines()]


def test_plain_text_says_how_to_go_on(server: FakeServer, run_pairgrant: Run) -> None:
    code, out, _ = run_pairgrant("login", "--no-wait", issuer=server.issuer).end()
    assert code == 0
    assert "WDJB-MJHT" in out
    assert "pairgrant wait " in out.splitlines()[-1]


@pytest.mark.parametrize("handle", ["../../etc/passwd", "*", "", "k3m9", "A" * 10, "\x1b[2J"])
def test_handle_that_is_none_finds_nothing(run_pairgrant: Run, server: FakeServer, handle: str) -> None:
    code, _, err = run_pairgrant("wait", "--", handle, issuer=server.issuer).end()
    assert (code, "There is no pairing" in err, "\x1b" in err) == (1, True, False)


def test_code_cannot_wait_for_a_browser(run_pairgrant: Run, server: FakeServer) -> None:
    code, _, err = run_pairgrant("login", "--no-wait", "--browser", issuer=server.issuer).end()
    assert (code, "--no-wait" in err) == (2, True)


def test_file_that_others_can_read_is_refused(
    begin: Begin, server: FakeServer, run_pairgrant: Run, tmp_path: Path
) -> None:
    handle = begin()["handle"]
    [path] = (tmp_path / "run").glob("*pairing-*.json")
    os.chmod(path, 0o644)  # noqa: PTH101 - as a person does it
    code, _, err = run_pairgrant("wait", handle, issuer=server.issuer).end()
    assert (code, "chmod 600" in err) == (1, True)
