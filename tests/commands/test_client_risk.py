"""``pairgrant-server client risk``: the assessment in words, and as JSON of a stable shape."""

import json
from typing import get_args

import pytest

from pairgrant_server.authorization_server.model.client_policy import ProfileName
from tests.commands.command_line import CommandLine, output_of, refusal_of


def add_tv(run: CommandLine, *words: str) -> None:
    output_of(run("client", "add", "tv", "--name", "Lobby TV", "--grant", "device_code", *words))


@pytest.mark.parametrize(
    ("profile", "decision", "next_option"),
    [
        ("open", "Don't offer the device grant as it is", "client set tv --profile standard"),
        ("standard", "only where nothing better works", "client set tv --number-match required"),
        ("strict", "The device grant can be offered.", "client set tv --dpop"),
        ("managed", "The device grant can be offered.", "client set tv --strong-scope SCOPES"),
    ],
)
def test_assessment_says_whether_to_offer_the_grant_and_what_helps_next(
    pairgrant_server: CommandLine, profile: ProfileName, decision: str, next_option: str
) -> None:
    add_tv(pairgrant_server, "--profile", profile)
    shown = output_of(pairgrant_server("client", "risk", "tv"))
    assert f"Risk of the device grant for tv: Lobby TV (profile {profile})" in shown
    assert decision in " ".join(shown.split())
    assert "FIDO cross-device sign-in" in " ".join(shown.split())
    assert next_option in shown
    for sentence in ("  1. Proximity: ", "  5. Content filtering: not possible", " 17. Request binding by"):
        assert sentence in shown
    assert max(map(len, shown.splitlines())) <= 110


@pytest.mark.parametrize("profile", get_args(ProfileName))
def test_json_has_the_same_shape_under_every_profile(
    pairgrant_server: CommandLine, profile: ProfileName
) -> None:
    add_tv(pairgrant_server, "--profile", profile)
    facts = json.loads(output_of(pairgrant_server("client", "risk", "tv", "--json")))
    assert list(facts) == [
        *("client_id", "name", "profile", "offer", "decision", "attacks", "next", "mitigations"),
    ]
    assert facts["profile"] == profile
    assert [one["number"] for one in facts["mitigations"]] == list(range(1, 18))
    for one in facts["mitigations"]:
        assert list(one) == ["number", "name", "effects", "state", "does", "limit", "option"]
        assert one["state"] in {"on", "off", "not_possible"}
    assert [one["id"] for one in facts["attacks"]] == [
        *("sent_before", "made_on_click", "live_relay", "relay_on_shared_network"),
        *("sent_on_shared_network", "code_for_many"),
    ]
    assert set(facts["next"]) == {"option", "text"}


def test_client_without_the_device_grant_is_not_assessed(pairgrant_server: CommandLine) -> None:
    output_of(
        pairgrant_server(
            *("client", "add", "web", "--name", "Web", "--grant", "authorization_code"),
            *("--redirect-uri", "https://web.example/cb"),
        )
    )
    assert "nothing to assess" in output_of(pairgrant_server("client", "risk", "web"))
    facts = json.loads(output_of(pairgrant_server("client", "risk", "web", "--json")))
    assert (facts["offer"], facts["attacks"], facts["next"]) == ("not_used", [], None)


def test_unknown_client_is_refused(pairgrant_server: CommandLine) -> None:
    assert "There is no client 'tv'" in refusal_of(pairgrant_server("client", "risk", "tv"))
