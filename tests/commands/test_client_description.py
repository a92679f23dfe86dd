"""``client show`` has a sentence for each rule of a client's policy."""

from dataclasses import fields, replace
from typing import Any

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import AssertionIssuer, ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.commands.client.description import described

CLIENT = Client("all", "All grants", frozenset(GrantType), ("openid", "email"), 0.0)
VALUES: dict[str, Any] = {
    "optional_scope": ("email",),
    "id_token_algorithm": "RS256",
    "profile": "strict",
    "number_match": "required",
    "fresh_scan": "required",
    "prefill": "never",
    "assertion_issuers": (AssertionIssuer("https://idp.example", "{}"),),
}


def unlike_the_default(rule: str, default: Any) -> Any:
    if rule in VALUES:
        return VALUES[rule]
    match default:
        case bool():
            return not default
        case tuple():
            return ("https://rule.example",)
    return 77


@pytest.mark.parametrize("rule", fields(ClientPolicy), ids=lambda rule: rule.name)
def test_each_rule_changes_what_client_show_says(rule: Any) -> None:
    settings = ServerSettings("https://pair.example")
    policy = replace(ClientPolicy(), **{rule.name: unlike_the_default(rule.name, rule.default)})
    with_rule = set(described(replace(CLIENT, policy=policy), settings))
    assert with_rule - set(described(CLIENT, settings)), "add a sentence to commands/client/description.py"


@pytest.mark.parametrize(("seconds", "warns"), [(600, False), (601, True), (1800, True)])
@pytest.mark.parametrize("by_policy", [True, False])
def test_device_code_of_more_than_ten_minutes_is_warned_about(
    *, seconds: int, warns: bool, by_policy: bool
) -> None:
    policy = ClientPolicy(device_code_lifetime=seconds) if by_policy else ClientPolicy()
    settings = ServerSettings("https://pair.example", device_code_lifetime=600 if by_policy else seconds)
    said = described(replace(CLIENT, policy=policy), settings)
    assert any(sentence.strip().startswith("Warning: a device code") for sentence in said) is warns


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"policy": ClientPolicy(requires_dpop=True)}, "Nothing without the key that it is bound to (DPoP)."),
        ({}, "works anywhere for 10 minutes, and a refresh token until the device uses its own"),
        ({"secret_digest": b"s"}, "a refresh token needs the client's credentials too"),
        (
            {"grant_types": frozenset({GrantType.DEVICE_CODE})},
            "works anywhere for 10 minutes; require tokens",
        ),
    ],
)
def test_worth_of_a_copied_token_is_shown_with_what_switches_it_off(
    changes: dict[str, Any], expected: str
) -> None:
    client = replace(CLIENT, **changes)
    shown = "\n".join(described(client, ServerSettings("https://pair.example")))
    assert expected in shown
    assert ("client set all --dpop" in shown) is not client.policy.requires_dpop


def test_client_that_registered_itself_is_shown_as_not_checked() -> None:
    client = replace(CLIENT, registered_with="integrators")
    shown = "\n".join(described(client, ServerSettings("https://pair.example")))
    assert "It registered itself with the token integrators; you have not checked it." in shown
