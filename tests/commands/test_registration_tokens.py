"""``pairgrant-server registration-token``: make, list and remove initial access tokens."""

import json

import pytest

from tests.commands.command_line import CommandLine


def test_token_is_shown_once_and_listed_without_its_value(pairgrant_server: CommandLine) -> None:
    made = pairgrant_server(
        *("registration-token", "add", "integrators", "--uses", "3", "--expires-in", "2h"),
        *("--grant", "device_code", "--grant", "refresh_token", "--scope", "openid board:read"),
    )
    token = made.stdout.strip()
    assert (made.returncode, len(token)) == (0, 43)
    assert "2 hours" in made.stderr
    listed = pairgrant_server("registration-token", "list", "--json")
    (known,) = json.loads(listed.stdout)
    assert token not in listed.stdout
    assert (known["name"], known["remaining"], known["scope"]) == ("integrators", 3, "openid board:read")
    assert known["grant_types"] == ["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]
    lines = pairgrant_server("registration-token", "list").stdout
    assert "integrators  3 registrations until" in lines


def test_token_is_removed_by_its_name(pairgrant_server: CommandLine) -> None:
    pairgrant_server("registration-token", "add", "integrators", "--grant", "device_code")
    assert pairgrant_server("registration-token", "remove", "integrators").returncode == 0
    again = pairgrant_server("registration-token", "remove", "integrators")
    assert (again.returncode, "registration-token list" in again.stderr) == (1, True)
    listed = pairgrant_server("registration-token", "list")
    assert (listed.stdout, "registration-token add" in listed.stderr) == ("", True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("x", "--grant", "implicit"), "RFC 9700"),
        (("x", "--grant", "device_code", "--expires-in", "soon"), "1h30m"),
        (("x", "--grant", "device_code", "--expires-in", "0s"), "366 days"),
        (("x", "--grant", "device_code", "--expires-in", "9999d"), "366 days"),
        (("a\u202eb", "--grant", "device_code"), "visible"),
        (("x", "--grant", "device_code", "--profile", "open"), "--profile: A client that registers itself"),
        (("x", "--grant", "device_code", "--profile", "lax"), "--profile: write one of: open, standard"),
        (("x", "--grant", "device_code", "--prefill", "always"), "--prefill: A registration makes rules"),
    ],
)
def test_invalid_token_is_refused_with_the_reason(
    pairgrant_server: CommandLine, words: tuple[str, ...], expected: str
) -> None:
    done = pairgrant_server("registration-token", "add", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert expected in done.stderr


def test_rules_of_a_token_are_listed(pairgrant_server: CommandLine) -> None:
    words = ("--grant", "device_code", "--grant", "refresh_token", "--dpop", "--return-pin")
    more = (
        *("--trusted-network", "192.0.2.0/24", "--access-token-lifetime", "5m"),
        *("--profile", "managed", "--number-match", "required", "--prefill", "never"),
    )
    pairgrant_server("registration-token", "add", "integrators", *words, *more)
    (facts,) = json.loads(pairgrant_server("registration-token", "list", "--json").stdout)
    assert facts["policy"] == {
        "requires_dpop": True,
        "requires_return_pin": True,
        "trusted_networks": ["192.0.2.0/24"],
        "access_token_lifetime": 300,
        "profile": "managed",
        "number_match": "required",
        "prefill": "never",
    }
    assert "access_token_lifetime=5 minutes" in pairgrant_server("registration-token", "list").stdout


def test_rule_of_a_token_without_an_effect_is_refused(pairgrant_server: CommandLine) -> None:
    done = pairgrant_server("registration-token", "add", "x", "--grant", "client_credentials", "--return-pin")
    assert (done.returncode, "--return-pin: The rule has no effect" in done.stderr) == (1, True)
