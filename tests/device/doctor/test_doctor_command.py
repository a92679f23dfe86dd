"""`pairgrant doctor` as a command: options, exit codes, report files and an interruption."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pairgrant.doctor.approver import ShellApprover, why_unusable
from tests.device.doctor.examined import running
from tests.device.doctor.faulty_server import FaultyServer
from tests.device.running_command import CommandInProcess, CommandProcess

Run = Callable[..., CommandInProcess]
FEW = ("doctor", "--only", "discovery,grants.iss")
"""A quick examination."""


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with running(time.monotonic) as server:
        yield server


def test_server_without_a_failure_ends_with_0(run_pairgrant: Run, server: FaultyServer) -> None:
    code, out, err = run_pairgrant(*FEW, issuer=server.issuer).end()
    assert code == 0
    assert "9 passed, 0 failed, 0 to improve, 0 not judged; 2 requests." in out
    assert err.startswith(f"Examining {server.issuer}: 9 checks, at most 250 requests")


def test_warning_does_not_change_the_exit_code(run_pairgrant: Run, server: FaultyServer) -> None:
    server.faults.add("grants.iss")
    code, out, _ = run_pairgrant(*FEW, issuer=server.issuer).end()
    assert code == 0
    assert "warn  grants.iss" in out


def test_failure_ends_with_1_and_says_how_to_fix_it(run_pairgrant: Run, server: FaultyServer) -> None:
    server.faults.add("discovery.grant-type")
    code, out, _ = run_pairgrant(*FEW, issuer=server.issuer).end()
    assert code == 1
    lines = out.splitlines()
    assert lines[2].startswith("FAIL  discovery.grant-type")
    assert lines[3].startswith("        > RFC 8414 document: GET http://127.0.0.1")
    assert "        fix: Add urn:ietf:params:oauth:grant-type:device_code" in out


def test_known_failure_ends_with_0(run_pairgrant: Run, server: FaultyServer, tmp_path: Path) -> None:
    server.faults.add("discovery.grant-type")
    known = tmp_path / "known"
    known.write_text("discovery.grant-type # not yet")
    code, out, _ = run_pairgrant(*FEW, "--expect", str(known), issuer=server.issuer).end()
    assert (code, "known discovery.grant-type" in out) == (0, True)


def test_cured_failure_ends_with_1(run_pairgrant: Run, server: FaultyServer, tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_text("discovery.grant-type")
    code, out, _ = run_pairgrant(*FEW, "--expect", str(known), issuer=server.issuer).end()
    assert (code, "remove it from the file" in out) == (1, True)


@pytest.mark.parametrize(("form", "begins"), [("json", "{"), ("junit", "<?xml"), ("html", "<!doctype")])
def test_report_goes_to_standard_output_or_to_a_file(
    form: str, begins: str, run_pairgrant: Run, server: FaultyServer, tmp_path: Path
) -> None:
    words = (*FEW, "--report", form)
    code, out, _ = run_pairgrant(*words, issuer=server.issuer).end()
    assert (code, out.startswith(begins)) == (0, True)
    file = tmp_path / "report"
    code, text, _ = run_pairgrant(*words, "--report-file", str(file), issuer=server.issuer).end()
    assert (code, text.startswith("Examined")) == (0, True)
    assert file.read_text() == out


def test_unreachable_server_ends_with_7(run_pairgrant: Run) -> None:
    code, out, err = run_pairgrant(*FEW, issuer="http://127.0.0.1:1").end()
    assert (code, out) == (7, "")
    assert "http://127.0.0.1:1 can't be examined" in err


@pytest.mark.parametrize(
    "words",
    [
        ("--only", "nonesuch"),
        ("--skip", "poll.nonesuch"),
        ("--expect", "/nonesuch"),
        ("--report-file", "/nonesuch/report"),
        ("--device-endpoint", "ftp://pair.example"),
        ("--token-endpoint", "pair.example/token"),
        ("--client-id", "\x07"),
    ],
)
def test_wrong_option_ends_with_2_and_is_named(words: tuple[str, str], run_pairgrant: Run) -> None:
    code, out, err = run_pairgrant("doctor", *words, issuer="http://127.0.0.1:1").end()
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(f"pairgrant: {words[0]} can't be used: ")


def test_list_of_checks_needs_no_server(run_pairgrant: Run) -> None:
    code, out, _ = run_pairgrant(
        "doctor", "--list", "--only", "poll.early", issuer="http://127.0.0.1:1"
    ).end()
    assert (code, out.split()[0], len(out.splitlines())) == (0, "poll.early", 1)


def test_endpoints_can_be_given_where_there_is_no_metadata(run_pairgrant: Run, server: FaultyServer) -> None:
    server.faults.add("discovery.document")
    words = (
        *("doctor", "--only", "start.members,discovery.document", "--report", "json"),
        *("--device-endpoint", f"{server.issuer}/device_authorization"),
        *("--token-endpoint", f"{server.issuer}/token"),
    )
    code, out, _ = run_pairgrant(*words, issuer=server.issuer).end()
    found = {finding["check"]: finding["verdict"] for finding in json.loads(out)["findings"]}
    assert (code, found) == (1, {"discovery.document": "fail", "start.members": "pass"})


def test_interruption_prints_what_is_known(
    start_pairgrant: Callable[..., CommandProcess], server: FaultyServer
) -> None:
    words = ("doctor", "--only", "discovery.issuer,poll.punctual")
    command = start_pairgrant(*words, issuer=server.issuer)
    while server.counts["/token"] == 0:
        assert command.process.poll() is None
        time.sleep(0.01)
    command.process.send_signal(signal.SIGINT)
    code, out, err = command.end()
    assert code == 130
    assert "pass  discovery.issuer" in out
    assert "----  poll.punctual" in out
    assert "Traceback" not in err


async def test_approve_command_gets_the_decision_as_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAIRGRANT_CLIENT_SECRET", "hidden")
    file = tmp_path / "seen"
    names = ("DECISION", "USER_CODE", "VERIFICATION_URI", "VERIFICATION_URI_COMPLETE")
    words = " ".join(f'"${name}"' for name in (*names, "PAIRGRANT_CLIENT_SECRET"))
    approve = ShellApprover(f"printf '%s|' {words} > {file}")
    assert await approve("deny", "A B$(id)", "https://a.example", "https://a.example/1") == ""
    assert file.read_text() == "deny|A B$(id)|https://a.example|https://a.example/1||"


async def test_failing_approve_command_is_quoted_by_its_last_line() -> None:
    assert await ShellApprover("echo first; echo last >&2; exit 3")("approve", "A", "", "") == (
        "the approve command exited with 3: last"
    )


@pytest.mark.parametrize("user_code", ["", "-rf", "A\n", "\x1b[2J", "é", "A" * 65])
async def test_code_that_could_mislead_a_command_is_not_passed_on(user_code: str, tmp_path: Path) -> None:
    file = tmp_path / "ran"
    assert await ShellApprover(f"touch {file}")("approve", user_code, "", "") == why_unusable(user_code)
    assert not file.exists()
