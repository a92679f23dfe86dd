"""``pairgrant-server device-key``: which device has which key, and what that counts for."""

import json
from typing import Any

import pytest

from tests.commands.command_line import CommandLine, output_of, refusal_of

THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
DASHED = "-" + THUMBPRINT[1:]


@pytest.fixture
def run(pairgrant_server: CommandLine) -> CommandLine:
    """The command line, on a database with the client tv, which any device may start."""
    output_of(pairgrant_server("client", "add", "tv", "--name", "Lobby TV", "--grant", "device_code"))
    return pairgrant_server


def enrolled(run: CommandLine, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(output_of(run("device-key", "list", *words, "--json")))
    return found


def test_enrolled_key_is_listed_with_what_people_and_the_operator_read(run: CommandLine) -> None:
    what = ("--name", "Lobby screen", "--place", "ground floor", "--owner", "Facilities", "--label", "EG-1")
    said = output_of(run("device-key", "add", "tv", THUMBPRINT, *what))
    assert said.splitlines()[0] == "Enrolled: Lobby screen, ground floor, a device of Lobby TV (tv)."
    (key,) = enrolled(run)
    assert (key["client_id"], key["dpop_jkt"], key["name"]) == ("tv", THUMBPRINT, "Lobby screen")
    assert (key["place"], key["owner"], key["label"]) == ("ground floor", "Facilities", "EG-1")
    line = f"tv  {THUMBPRINT}  Lobby screen, ground floor  owner: Facilities  label: EG-1\n"
    assert output_of(run("device-key", "list")) == line
    assert enrolled(run, "other") == []


def test_second_enrolment_replaces_what_was_said(run: CommandLine) -> None:
    for name in ("Lobby screen", "Cellar screen"):
        output_of(run("device-key", "add", "tv", THUMBPRINT, "--name", name))
    assert [key["name"] for key in enrolled(run)] == ["Cellar screen"]


def test_thumbprint_may_begin_with_a_dash(run: CommandLine) -> None:
    output_of(run("device-key", "add", "tv", DASHED, "--name", "Lobby screen"))
    assert [key["dpop_jkt"] for key in enrolled(run)] == [DASHED]
    output_of(run("device-key", "remove", "tv", DASHED))
    assert enrolled(run) == []


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ((), "may start too. To require an enrolled or connected one: pairgrant-server client set tv"),
        (("--profile", "managed"), "(--profile managed asks for an enrolled key)"),
        (
            ("--profile", "managed", "--trusted-network", "192.0.2.0/24"),
            "--profile managed asks for an enrolled key or a trusted network",
        ),
        (("--require-known-device",), "--require-known-device asks for an enrolled key"),
        (("--enrolled-key", THUMBPRINT), "--enrolled-key names keys, and this one counts as one of them"),
    ],
)
def test_enrolment_says_which_rule_makes_it_count(
    run: CommandLine, rules: tuple[str, ...], told: str
) -> None:
    if rules:
        output_of(run("client", "set", "tv", *rules))
    said = output_of(run("device-key", "add", "tv", THUMBPRINT, "--name", "Lobby screen"))
    assert told in said
    assert "prove the key (DPoP)" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("tv", "short"), "THUMBPRINT: 'short' is not a thumbprint: write the 43 characters"),
        (("tv", THUMBPRINT[:-1] + "J"), "is not a thumbprint"),
        (("tv", THUMBPRINT, "--name", ""), "--name: Name the device"),
        (("tv", THUMBPRINT, "--name", "x" * 81), "--name: Write at most 80 visible characters"),
        (("tv", THUMBPRINT, "--name", "Lobby\u202escreen"), "--name: Write at most 80 visible characters"),
        (("tv", THUMBPRINT, "--place", "two\nlines"), "--place: Write at most 80 visible characters"),
        (("tv", THUMBPRINT, "--label", "x" * 41), "--label: Write at most 40 visible characters"),
        (("radio", THUMBPRINT), "CLIENT: There is no client 'radio'. List them with"),
        (("robot", THUMBPRINT), "CLIENT: It has no device_code grant"),
    ],
)
def test_what_can_not_be_enrolled_is_refused_with_what_to_write(
    run: CommandLine, words: tuple[str, ...], told: str
) -> None:
    machine = ("client", "add", "robot", "--name", "Robot", "--grant", "client_credentials", "--secret")
    assert run(*machine).returncode == 0
    refused = run("device-key", "add", "--name", "Lobby screen", *words)
    assert told in refusal_of(refused)
    assert enrolled(run) == []


def test_key_is_removed_by_its_first_characters(run: CommandLine) -> None:
    output_of(run("device-key", "add", "tv", THUMBPRINT, "--name", "Lobby screen"))
    said = output_of(run("device-key", "remove", "tv", THUMBPRINT[:12]))
    assert said == "Removed: Lobby screen, a device of tv. Its connections stay until they are revoked.\n"
    assert enrolled(run) == []


@pytest.mark.parametrize("words", [("tv", "AAAA"), ("tv", ""), ("radio", THUMBPRINT)])
def test_unknown_key_is_not_removed(run: CommandLine, words: tuple[str, str]) -> None:
    output_of(run("device-key", "add", "tv", THUMBPRINT, "--name", "Lobby screen"))
    assert "has no enrolled key that begins with" in refusal_of(run("device-key", "remove", *words))
    assert len(enrolled(run)) == 1


def test_beginning_that_two_keys_have_is_refused(run: CommandLine) -> None:
    for thumbprint in (THUMBPRINT, THUMBPRINT[:4] + "A" * 39):
        output_of(run("device-key", "add", "tv", thumbprint, "--name", "Lobby screen"))
    refused = run("device-key", "remove", "tv", THUMBPRINT[:4])
    assert "tv has 2 enrolled keys that begin with" in refusal_of(refused)


def test_client_takes_its_keys_along(run: CommandLine) -> None:
    output_of(run("device-key", "add", "tv", THUMBPRINT, "--name", "Lobby screen"))
    output_of(run("client", "remove", "tv"))
    assert enrolled(run) == []
