"""``pairgrant-server reports``: what people reported, what it ended, and whom it stops."""

import asyncio
import json
from typing import Any

import pytest

from pairgrant_protocol.messages import DeviceAuthorizationRequest
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.backend import Backend, open_backend
from pairgrant_server.settings import Settings
from tests.commands.command_line import CommandLine, output_of, refusal_of

SENDER = "192.0.2.7"
REPORTER = "198.51.100.9"


@pytest.fixture
def run(pairgrant_server: CommandLine) -> CommandLine:
    """The command line, on a database with the client tv and the person alice."""
    output_of(pairgrant_server("client", "add", "tv", "--name", "Lobby TV", "--grant", "device_code"))
    output_of(pairgrant_server("user", "add", "alice", "--password-stdin", stdin="correct horse battery"))
    return pairgrant_server


async def started(backend: Backend) -> DeviceGrant:
    client = await backend.store.client("tv")
    assert client is not None
    request = DeviceAuthorizationRequest("tv", (), "Free \x1b[31mmoney")
    issued = await backend.parts.device_flow.issue(client, request, (), SENDER)
    grant = await backend.store.grant_by_user_code(
        backend.server_key.mac("user_code", issued.user_code.replace("-", ""))
    )
    assert grant is not None
    return grant


@pytest.fixture
def report(run: CommandLine, environment: dict[str, str]) -> Any:
    """Reports a pairing that was just started, or was approved since."""
    settings = Settings.load(database=environment["PAIRGRANT_DATABASE"])

    async def reported(*, approved: bool = False, network: str = REPORTER) -> None:
        async with open_backend(settings) as backend:
            grant = await started(backend)
            alice = await backend.people.user_by_name("alice")
            assert alice is not None
            if approved:
                await backend.parts.decisions.approve(
                    grant, user_id=alice.user_id, auth_time=system_clock(), viewer=None
                )
                approved_grant = await backend.store.grant(grant.grant_id)
                assert approved_grant is not None
                grant = approved_grant
            user_id = alice.user_id if approved else None
            page = "outcome" if approved else "code"
            await backend.parts.reports.report_grant(grant, page=page, network=network, user_id=user_id)

    return lambda **facts: asyncio.run(reported(**facts))


def listed(run: CommandLine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(output_of(run("reports", "list", "--json")))
    return found


def test_no_reports_are_said_to_be_none(run: CommandLine) -> None:
    done = run("reports", "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "There are no reports.\n")
    assert listed(run) == []


def test_report_is_listed_with_what_it_ended_and_what_follows(run: CommandLine, report: Any) -> None:
    report()
    report(approved=True)
    newest, oldest = listed(run)
    assert (oldest["client_id"], oldest["network"], oldest["page"]) == ("tv", SENDER, "code")
    assert (oldest["reporter_network"], oldest["throttled_until"]) == (REPORTER, None)
    assert oldest["ended"] == "the code, before anybody approved it"
    assert newest["ended"] == "the approval, before the device had tokens"
    assert (newest["username"], oldest["username"]) == ("alice", None)
    assert "said by:    alice, from 198.51.100.9" in output_of(run("reports", "show", newest["report_id"]))
    lines = output_of(run("reports", "list")).splitlines()
    assert [line.split()[0] for line in lines] == [newest["report_id"], oldest["report_id"]]
    assert "tv in 192.0.2.7  ended: the code" in lines[1]


def test_report_is_shown_by_the_beginning_of_its_id_without_control_characters(
    run: CommandLine, report: Any
) -> None:
    report()
    (known,) = listed(run)
    text = output_of(run("reports", "show", known["report_id"][:14].upper()))
    for expected in (
        f"report:     {known['report_id']}",
        "client:     tv",
        f"in {SENDER}",
        "said on:    the page of a code",
        f"said by:    a person who was not signed in, from {REPORTER}",
        "now:        the sender gets codes",
    ):
        assert expected in text
    assert "\x1b" not in text
    assert json.loads(output_of(run("reports", "show", known["report_id"], "--json"))) == known


def test_lifted_report_lets_the_sender_have_codes_again(run: CommandLine, report: Any) -> None:
    for number in range(4):
        report(network=f"198.51.100.{number}")
    newest, *others = listed(run)
    assert all(one["throttled_until"] is not None for one in listed(run))
    assert "no codes for the sender until" in output_of(run("reports", "list"))

    said = output_of(run("reports", "lift", newest["report_id"]))
    assert said.splitlines()[0] == f"Lifted the report {newest['report_id']}."
    assert f"By other reports, tv in {SENDER} gets no codes until" in said
    assert f"tv in {SENDER} gets codes." in output_of(run("reports", "lift", others[0]["report_id"]))

    lifted = next(one for one in listed(run) if one["report_id"] == newest["report_id"])
    assert (lifted["lifted"] is None, lifted["throttled_until"]) == (False, None)
    assert "was lifted before" in refusal_of(run("reports", "lift", newest["report_id"]))


@pytest.mark.parametrize("word", ["show", "lift"])
def test_unknown_id_and_beginning_of_two_are_refused(run: CommandLine, report: Any, word: str) -> None:
    report()
    report(network="198.51.100.10")
    said = refusal_of(run("reports", word, "ffff"))
    assert said.startswith("pairgrant-server: No report has an ID that begins with 'ffff'. List them with:")
    assert "No report has an ID" in refusal_of(run("reports", word, ""))
    assert "2 reports have an ID that begins with '01'" in refusal_of(run("reports", word, "01"))
