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


DEVICES = frozenset({GrantType.DEVICE_CODE})
REFRESH = frozenset({GrantType.REFRESH_TOKEN})
BROWSERS = frozenset({GrantType.AUTHORIZATION_CODE})
BOUND = "Nothing without the key that it is bound to (DPoP)."
ENROLLED = "Nothing without the enrolled key that it is bound to (DPoP)."
OPTIONAL = "Unless the client bound it to a key (DPoP), an access token works anywhere for up to 10 minutes"
OTHER_GRANT = (
    "From the device flow nothing without the enrolled key that it is bound to (DPoP). From another grant, "
    "without a key, an access token works anywhere for up to 10 minutes"
)
REFRESHES = (
    ", and a refresh token gets new ones for up to 180 days, or until the use of both copies is noticed, "
    "which ends the connection"
)
NEEDS_CREDENTIALS = ", and a refresh token only with the client's credentials"
REMEDY = ". To require tokens bound to a key: client set all --dpop."
SECRET = b"s"


@pytest.mark.parametrize(
    ("grants", "secret", "dpop", "enrolled", "expected"),
    [
        (DEVICES, None, True, False, BOUND),
        (DEVICES | REFRESH, None, True, True, BOUND),
        (DEVICES | REFRESH | BROWSERS, SECRET, True, False, BOUND),
        (DEVICES, None, False, True, ENROLLED),
        (DEVICES | REFRESH, None, False, True, ENROLLED),
        (DEVICES | REFRESH, SECRET, False, True, ENROLLED),
        (DEVICES | BROWSERS, None, False, True, OTHER_GRANT + REMEDY),
        (DEVICES | REFRESH | BROWSERS, None, False, True, OTHER_GRANT + REFRESHES + REMEDY),
        (DEVICES | REFRESH | BROWSERS, SECRET, False, True, OTHER_GRANT + NEEDS_CREDENTIALS + REMEDY),
        (DEVICES, None, False, False, OPTIONAL + REMEDY),
        (DEVICES, SECRET, False, False, OPTIONAL + REMEDY),
        (DEVICES | REFRESH, None, False, False, OPTIONAL + REFRESHES + REMEDY),
        (BROWSERS | REFRESH, SECRET, False, False, OPTIONAL + NEEDS_CREDENTIALS + REMEDY),
    ],
)
def test_worth_of_a_copied_token_is_shown_with_what_switches_it_off(
    *, grants: frozenset[GrantType], secret: bytes | None, dpop: bool, enrolled: bool, expected: str
) -> None:
    policy = ClientPolicy(requires_dpop=dpop, enrolled_keys=("k" * 43,) if enrolled else ())
    client = replace(CLIENT, grant_types=grants, secret_digest=secret, policy=policy)
    shown = list(described(client, ServerSettings("https://pair.example")))
    assert shown[shown.index("What a copied token is worth") + 1 :] == [f"  {expected}"]


@pytest.mark.parametrize(
    ("token", "named"), [("integrators", "the token integrators"), ("", "an unknown token")]
)
def test_client_that_registered_itself_is_shown_as_not_checked(token: str, named: str) -> None:
    client = replace(CLIENT, registered_with=token)
    shown = "\n".join(described(client, ServerSettings("https://pair.example")))
    assert f"It registered itself with {named}; you have not checked it." in shown
