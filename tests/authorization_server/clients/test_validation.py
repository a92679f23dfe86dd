"""An invalid registration is refused; the error names the field and says what to write instead."""

import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.clients import ClientError
from pairgrant_server.authorization_server.clients.validation import checked
from pairgrant_server.authorization_server.model.client_policy import AssertionIssuer, ClientPolicy
from pairgrant_server.authorization_server.model.records import Client

DEVICE = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})
TV = Client("tv", "TV", DEVICE, ("openid", "profile", "board:read"), 1_790_000_000.0)
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
PUBLIC = json.dumps({"keys": [KEY.as_dict(private=False)]})
PRIVATE = json.dumps({"keys": [KEY.as_dict(private=True)]})


def refused(client: Client, **policy: Any) -> ClientError:
    with pytest.raises(ClientError) as refusal:
        checked(replace(client, policy=ClientPolicy(**policy)))
    return refusal.value


def test_endpoint_audience_without_keys_or_issuers_is_refused() -> None:
    assert refused(TV, accepts_endpoint_audience=True).field == "accepts_endpoint_audience"
    checked(replace(TV, jwks=PUBLIC, policy=ClientPolicy(accepts_endpoint_audience=True)))


def test_every_rule_is_valid_together_with_its_grants() -> None:
    policy = ClientPolicy(
        optional_scope=("profile",),
        device_code_lifetime=300,
        access_token_lifetime=300,
        refresh_token_lifetime=86_400,
        connection_lifetime=7 * 86_400,
        resources=("https://api.example/v1", "urn:example:api"),
        serves=("https://tv.example",),
        id_token_algorithm="RS256",
        requires_dpop=True,
        requires_device_pkce=True,
        requires_pushed_requests=True,
        post_logout_redirect_uris=("https://tv.example/bye",),
        assertion_issuers=(AssertionIssuer("https://idp.example", PUBLIC),),
        accepts_endpoint_audience=True,
        trusted_networks=("192.0.2.0/24", "2001:db8::/32"),
        requires_same_network=True,
        enrolled_keys=("x" * 43,),
        requires_return_pin=True,
        device_authorizations_per_minute=10,
        profile="managed",
        number_match="required",
        fresh_scan="auto",
        prefill="never",
        strong_scope=("board:read",),
        weak_connection_lifetime=86_400,
        requires_device_label=True,
        requires_known_device=True,
    )
    client = replace(
        TV,
        grant_types=frozenset(GrantType),
        redirect_uris=("https://tv.example/cb",),
        jwks=PUBLIC,
        policy=policy,
    )
    assert checked(checked(client)) == checked(client), "what is kept is taken again as it is"
    assert checked(client).policy == replace(
        policy, assertion_issuers=(AssertionIssuer("https://idp.example", checked(client).jwks or ""),)
    )


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"optional_scope": ("email",)}, "email is not one of its scopes"),
        ({"device_code_lifetime": 5}, "10 to 1800"),
        ({"access_token_lifetime": 86_401}, "10 to 86400"),
        ({"strong_scope": ("email",)}, "can need strong evidence, and email is not one of its scopes"),
        ({"weak_connection_lifetime": 59}, "60 to"),
        ({"weak_connection_lifetime": 601, "connection_lifetime": 600}, "longer than the connection"),
        ({"profile": "lax"}, "none of: open, standard, strict, managed"),
        ({"number_match": "on"}, "none of: off, auto, required"),
        ({"prefill": ""}, "none of: always, proven, never"),
        ({"number_match": "off", "fresh_scan": "off", "profile": "strict"}, "leave one of the two on"),
        ({"refresh_token_lifetime": 1}, "60 to"),
        ({"connection_lifetime": 10**10}, "60 to"),
        ({"resources": ("api",)}, "absolute URI"),
        ({"resources": ("https://api.example/#x",)}, "without a fragment"),
        ({"resources": ("https:///x",)}, "absolute URI"),
        ({"resources": ("https://a b.example",)}, "absolute URI"),
        ({"resources": ("https://api.example:x/",)}, "absolute URI"),
        ({"resources": ("urn:x",)}, "urn:example:api"),
        ({"serves": ("ftp://api.example",)}, "absolute URI"),
        ({"id_token_algorithm": "HS256"}, "ES256 or RS256"),
        ({"id_token_algorithm": "none"}, "ES256 or RS256"),
        ({"requires_pushed_requests": True}, "grant authorization_code"),
        ({"post_logout_redirect_uris": ("http://tv.example/bye",)}, "use https"),
        ({"assertion_issuers": (AssertionIssuer("https://idp.example", PUBLIC),)}, "grant jwt-bearer"),
        ({"assertion_issuers": (AssertionIssuer("https://idp.example", PRIVATE),)}, "private"),
        ({"trusted_networks": ("192.0.2.7/24",)}, "192.0.2.0/24"),
        ({"trusted_networks": ("lobby",)}, "write it like"),
        ({"enrolled_keys": ("short",)}, "43 base64url"),
        ({"device_authorizations_per_minute": 0}, "At least one"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_invalid_rule_is_refused(rules: dict[str, Any], message: str) -> None:
    error = refused(TV, **rules)
    assert message in str(error)
    assert error.field == next(iter(rules))


@pytest.mark.parametrize("longer", ["refresh_token_lifetime", "access_token_lifetime"])
def test_no_lifetime_exceeds_that_of_the_connection(longer: str) -> None:
    error = refused(TV, connection_lifetime=3600, **{longer: 3601})
    assert (error.field, "which is 3600" in str(error)) == (longer, True)


@pytest.mark.parametrize(
    "rules",
    [
        {"requires_return_pin": True},
        {"requires_same_network": True},
        {"requires_device_pkce": True},
        {"trusted_networks": ("192.0.2.0/24",)},
        {"enrolled_keys": ("x" * 43,)},
        {"device_code_lifetime": 60},
        {"device_authorizations_per_minute": 6},
    ],
)
def test_rule_of_the_device_flow_needs_the_device_flow(rules: dict[str, Any]) -> None:
    client = replace(
        TV,
        grant_types=frozenset({GrantType.AUTHORIZATION_CODE}),
        redirect_uris=("https://tv.example/cb",),
    )
    error = refused(client, **rules)
    assert (error.field, "grant device_code" in str(error)) == (next(iter(rules)), True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": "a:b"}, "client_id"),
        ({"client_id": ""}, "client_id"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "TV\u202e"}, "name"),
        ({"scope": ('a"b',)}, "scope"),
        ({"redirect_uris": ("http://tv.example/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("https://tv.example/cb",) * 101}, "redirect_uris"),
        ({"grant_types": frozenset()}, "grant_types"),
        ({"grant_types": frozenset({GrantType.AUTHORIZATION_CODE})}, "redirect_uris"),
        ({"grant_types": frozenset({GrantType.CLIENT_CREDENTIALS})}, "grant_types"),
        ({"grant_types": frozenset({GrantType.JWT_BEARER})}, "assertion_issuers"),
        ({"jwks": PRIVATE}, "jwks"),
        ({"jwks": "{"}, "jwks"),
        ({"jwks": "[]"}, "jwks"),
        ({"jwks": "[" * 100_000}, "jwks"),
        ({"jwks": PUBLIC, "secret_digest": b"x"}, "jwks"),
    ],
)
def test_invalid_registration_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ClientError) as refusal:
        checked(replace(TV, **changes))
    assert refusal.value.field == field


def test_client_that_only_serves_an_api_needs_no_grant() -> None:
    client = replace(
        TV, grant_types=frozenset(), scope=(), policy=ClientPolicy(serves=("https://tv.example",))
    )
    assert checked(client) == client


@pytest.mark.parametrize("name", ["https://a.example", "https://b.example"])
def test_assertion_issuer_named_twice_is_refused(name: str) -> None:
    issuers = (AssertionIssuer("https://a.example", PUBLIC), AssertionIssuer(name, PUBLIC))
    client = replace(
        TV, grant_types=DEVICE | {GrantType.JWT_BEARER}, policy=ClientPolicy(assertion_issuers=issuers)
    )
    if name == "https://b.example":
        assert [known.issuer for known in checked(client).policy.assertion_issuers] == [
            "https://a.example",
            name,
        ]
    else:
        assert "twice" in str(refused(client, assertion_issuers=issuers))


def test_equivalent_rules_are_stored_in_one_form() -> None:
    client = replace(TV, name="  Lobby   TV ", policy=ClientPolicy(trusted_networks=("192.0.2.7",)))
    assert (checked(client).name, checked(client).policy.trusted_networks) == ("Lobby TV", ("192.0.2.7/32",))


@pytest.mark.parametrize("issuer", ["", "a b", "x" * 3000])
def test_assertion_issuer_without_a_name_is_refused(issuer: str) -> None:
    client = replace(TV, grant_types=DEVICE | {GrantType.JWT_BEARER})
    assert refused(client, assertion_issuers=(AssertionIssuer(issuer, PUBLIC),)).field == "assertion_issuers"
