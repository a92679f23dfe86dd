"""RFC 7591: clients register themselves within the limits of an initial access token."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.clients import ClientError
from pairgrant_server.authorization_server.clients.registration_floor import tightened
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from tests.authorization_server.clients.registering import (
    DEVICE,
    ISSUER,
    NOW,
    SERVICE,
    new_token,
    outcome,
    register,
)
from tests.authorization_server.server_under_test import ServerUnderTest

MakeSigner = Callable[..., Any]


@pytest.fixture
async def token(server: ServerUnderTest) -> str:
    return await new_token(server)


class TestRegistering:
    async def test_device_registers_without_any_redirect_uri_and_pairs(
        self, server: ServerUnderTest, token: str
    ) -> None:
        response = await register(server, token, DEVICE)
        members = response.json()
        assert response.status_code == 201
        assert response.headers["cache-control"] == "no-store"
        client_id = members.pop("client_id")
        assert members == {
            "client_id_issued_at": NOW,
            "client_name": "Kitchen TV",
            "token_endpoint_auth_method": "none",
            "grant_types": [GrantType.DEVICE_CODE, "refresh_token"],
            "response_types": [],
            "redirect_uris": [],
            "scope": "openid offline_access board:read",
            "id_token_signed_response_alg": "ES256",
            "post_logout_redirect_uris": [],
            "dpop_bound_access_tokens": False,
            "require_pushed_authorization_requests": False,
        }
        codes = await server.start(client_id=client_id)
        assert await server.decide(codes)
        assert (await server.poll(codes, client_id=client_id)).status_code == 200

    async def test_registered_name_carries_no_address_and_no_number(
        self, server: ServerUnderTest, token: str
    ) -> None:
        named = {**DEVICE, "client_name": "Bank. “Call +39 06 5555 1234 or open evil.example"}
        members = (await register(server, token, named)).json()
        assert members["client_name"] == "Bank. 'Call … or open …"

    @pytest.mark.parametrize("name", ["tel:112", "https://evil", "+39 06 5555 1234", "...", " "])
    async def test_name_of_which_nothing_may_be_shown_is_refused(
        self, server: ServerUnderTest, token: str, name: str
    ) -> None:
        response = await register(server, token, {**DEVICE, "client_name": name})
        assert outcome(response) == (400, "invalid_client_metadata")
        assert "nothing that people may read" in response.json()["error_description"]

    @pytest.mark.parametrize("method", [None, "client_secret_basic", "client_secret_post"])
    async def test_registered_service_gets_a_secret_and_can_use_it(
        self, server: ServerUnderTest, token: str, method: str | None
    ) -> None:
        members = (await register(server, token, {**SERVICE, "token_endpoint_auth_method": method})).json()
        assert members["token_endpoint_auth_method"] == method or "client_secret_basic"
        assert members["client_secret_expires_at"] == 0
        assert len(members["client_secret"]) == 43, "256 bits"
        assert members["client_name"] == members["client_id"], "what people read, where it gave no name"
        response = await server.machine_token(members["client_id"], client_secret=members["client_secret"])
        assert response.json()["scope"] == "board:read"
        kept = await server.store.client(members["client_id"])
        assert members["client_secret"] not in repr(kept)

    async def test_client_that_signs_registers_its_public_keys(
        self, server: ServerUnderTest, token: str, signer_of: MakeSigner
    ) -> None:
        signer = signer_of()
        metadata = {
            **SERVICE,
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [signer.jwk]},
        }
        members = (await register(server, token, metadata)).json()
        assert members["jwks"] == {"keys": [signer.jwk]}
        assert "client_secret" not in members
        client_id = members["client_id"]
        claims = {"iss": client_id, "sub": client_id, "aud": ISSUER, "exp": NOW + 60, "jti": "j1"}
        response = await server.post(
            "/token",
            {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": signer.sign(claims),
            },
        )
        assert response.status_code == 200

    async def test_registered_metadata_is_stored_and_returned(
        self, server: ServerUnderTest, token: str
    ) -> None:
        metadata = {
            **DEVICE,
            "id_token_signed_response_alg": "RS256",
            "dpop_bound_access_tokens": True,
            "post_logout_redirect_uris": ["https://app.example/bye"],
        }
        members = (await register(server, token, metadata)).json()
        assert metadata.items() <= members.items()
        policy = (await server.client(members["client_id"])).policy
        assert (policy.id_token_algorithm, policy.requires_dpop) == ("RS256", True)
        assert policy.post_logout_redirect_uris == ("https://app.example/bye",)

    async def test_unknown_metadata_is_ignored(self, server: ServerUnderTest, token: str) -> None:
        more = {
            "software_statement": "x.y.z",
            "logo_uri": "http://127.0.0.1/",
            "client_name#de": "Tor",
            "a": {"b": [1]},
        }
        response = await register(server, token, {**DEVICE, **more, "contacts": None, "jwks": None})
        assert response.status_code == 201
        assert more.keys().isdisjoint(response.json())

    async def test_client_without_scope_gets_the_scope_of_the_initial_access_token(
        self, server: ServerUnderTest, token: str
    ) -> None:
        metadata = {name: value for name, value in DEVICE.items() if name != "scope"}
        assert (await register(server, token, metadata)).json()["scope"] == "openid offline_access board:read"

    async def test_metadata_has_the_registration_endpoint(self, server: ServerUnderTest) -> None:
        document = (await server.http.get("/.well-known/openid-configuration")).json()
        assert document["registration_endpoint"] == f"{ISSUER}/register"


class TestToken:
    async def test_initial_access_token_allows_a_number_of_registrations(
        self, server: ServerUnderTest, token: str
    ) -> None:
        responses = [outcome(await register(server, token, DEVICE)) for _ in range(4)]
        assert responses == [(201, "")] * 3 + [(401, "invalid_token")]

    async def test_simultaneous_registrations_do_not_exceed_the_allowed_number(
        self, server: ServerUnderTest, token: str
    ) -> None:
        responses = await asyncio.gather(*(register(server, token, DEVICE) for _ in range(20)))
        assert sorted(response.status_code for response in responses) == [201] * 3 + [401] * 17
        assert len(await server.store.clients()) == 3 + 3

    async def test_refused_registration_uses_nothing_up(self, server: ServerUnderTest) -> None:
        token = await new_token(server, uses=1)
        assert (await register(server, token, {**DEVICE, "grant_types": ["implicit"]})).status_code == 400
        assert (await register(server, token, "{")).status_code == 400
        assert (await register(server, token, DEVICE)).status_code == 201

    async def test_initial_access_token_expires(self, server: ServerUnderTest) -> None:
        token = await new_token(server, lifetime=60)
        server.clock.advance(60)
        assert outcome(await register(server, token, DEVICE)) == (401, "invalid_token")

    async def test_removed_initial_access_token_is_refused(self, server: ServerUnderTest, token: str) -> None:
        assert await server.parts.initial_access_tokens.remove("integrators")
        assert outcome(await register(server, token, DEVICE)) == (401, "invalid_token")

    @pytest.mark.parametrize("shown", ["x", "A" * 43, "a.b.c"])
    async def test_unknown_initial_access_token_is_refused(
        self, server: ServerUnderTest, token: str, shown: str
    ) -> None:
        response = await register(server, shown, DEVICE)
        assert outcome(response) == (401, "invalid_token")
        assert 'error="invalid_token"' in response.headers["www-authenticate"]

    async def test_refused_initial_access_token_is_logged_without_the_token(
        self, server: ServerUnderTest
    ) -> None:
        with capture_logs() as logs:
            response = await server.http.post(
                "/register", json={}, headers={"authorization": "Bearer an-invented-token"}
            )
        assert response.status_code == 401
        (line,) = [line for line in logs if line["event"] == "client.authentication_failed"]
        assert line["network"] == "192.0.2.7"
        assert "invented" not in str(logs)

    async def test_access_token_is_not_an_initial_access_token(
        self, server: ServerUnderTest, token: str
    ) -> None:
        tokens = await server.connect()
        assert outcome(await register(server, tokens["access_token"], DEVICE)) == (401, "invalid_token")

    async def test_registration_without_an_initial_access_token_is_refused(
        self, server: ServerUnderTest
    ) -> None:
        response = await server.http.post("/register", json=DEVICE)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")

    async def test_only_the_digest_of_an_initial_access_token_is_stored(
        self, server: ServerUnderTest, token: str
    ) -> None:
        (kept,) = await server.parts.initial_access_tokens.all()
        assert len(kept.token_digest) == 32
        assert token not in repr(kept)


class TestBounds:
    """Metadata can't exceed the rights of the initial access token."""

    @pytest.fixture
    async def narrow(self, server: ServerUnderTest) -> str:
        token: Secret = await server.parts.initial_access_tokens.add(
            "devices",
            grant_types=frozenset({GrantType.DEVICE_CODE}),
            scope=("board:read",),
            uses=9,
            lifetime=60,
        )
        return token.reveal()

    @pytest.mark.parametrize(
        "changed",
        [
            {"grant_types": ["client_credentials"]},
            {"grant_types": [GrantType.DEVICE_CODE, "refresh_token"]},
            {"grant_types": None},
            {"scope": "board:read board:write"},
            {"scope": "openid"},
        ],
        ids=str,
    )
    async def test_more_than_the_initial_access_token_allows_is_refused(
        self, server: ServerUnderTest, narrow: str, changed: dict[str, Any]
    ) -> None:
        within = {
            "token_endpoint_auth_method": "none",
            "grant_types": [GrantType.DEVICE_CODE],
            "scope": "board:read",
        }
        assert (await register(server, narrow, within)).status_code == 201
        assert outcome(await register(server, narrow, {**within, **changed})) == (
            400,
            "invalid_client_metadata",
        )


class TestFloor:
    """What the token requires: a registration can make it stricter, never looser."""

    FLOOR = ClientPolicy(
        requires_dpop=True,
        requires_return_pin=True,
        trusted_networks=("192.0.2.0/24",),
        access_token_lifetime=300,
        refresh_token_lifetime=86_400,
        profile="strict",
        number_match="required",
        strong_scope=("board:read",),
        weak_connection_lifetime=86_400,
        requires_device_label=True,
        requires_known_device=True,
    )

    async def registered(self, server: ServerUnderTest, metadata: dict[str, Any]) -> Client:
        token = await server.parts.initial_access_tokens.add(
            "integrators",
            grant_types=frozenset(GrantType),
            scope=("openid", "offline_access", "board:read"),
            uses=1,
            lifetime=60,
            policy=self.FLOOR,
        )
        response = await register(server, token.reveal(), metadata)
        assert response.status_code == 201, response.text
        return await server.client(response.json()["client_id"])

    @pytest.mark.parametrize("asked", [{}, {"dpop_bound_access_tokens": False}])
    async def test_registration_can_not_loosen_the_rules_of_its_token(
        self, server: ServerUnderTest, asked: dict[str, Any]
    ) -> None:
        client = await self.registered(server, {**DEVICE, **asked})
        assert client.policy == self.FLOOR
        assert client.registered_with == "integrators"

    async def test_registration_can_make_the_rules_of_its_token_stricter(
        self, server: ServerUnderTest
    ) -> None:
        metadata = {
            **DEVICE,
            "grant_types": [GrantType.DEVICE_CODE, "refresh_token", "authorization_code"],
            "redirect_uris": ["https://tv.example/"],
            "require_pushed_authorization_requests": True,
        }
        client = await self.registered(server, metadata)
        assert client.policy == replace(self.FLOOR, requires_pushed_requests=True)

    async def test_rule_without_an_effect_on_the_grants_is_left_out(self, server: ServerUnderTest) -> None:
        client = await self.registered(server, SERVICE)
        assert client.policy == ClientPolicy(requires_dpop=True, access_token_lifetime=300)

    @pytest.mark.parametrize(
        "name",
        [
            "Lobby TV",
            "lobby-tv",
            "L0BBY  TV!",
            "\uff2cOBBY \uff34V",
            "L\u00f6bby TV",
            "Iobby tv",
            "Lobby TV https://a.example",  # addresses are left out of the name that is shown
        ],
    )
    async def test_name_that_looks_like_another_clients_is_refused(
        self, server: ServerUnderTest, token: str, name: str
    ) -> None:
        response = await register(server, token, {**DEVICE, "client_name": name})
        assert outcome(response) == (400, "invalid_client_metadata")
        assert "looks like" in response.json()["error_description"]

    @pytest.mark.parametrize("name", ["L\u043ebby TV", "Hall \u0422\u0475"])
    async def test_name_of_mixed_scripts_is_refused(
        self, server: ServerUnderTest, token: str, name: str
    ) -> None:
        response = await register(server, token, {**DEVICE, "client_name": name})
        assert outcome(response) == (400, "invalid_client_metadata")
        assert "several scripts" in response.json()["error_description"]

    async def test_clients_that_register_themselves_may_share_a_name(
        self, server: ServerUnderTest, token: str
    ) -> None:
        assert [outcome(await register(server, token, DEVICE))[0] for _ in range(2)] == [201, 201]

    async def test_scope_that_needs_strong_evidence_is_left_out_where_the_client_has_it_not(
        self, server: ServerUnderTest
    ) -> None:
        client = await self.registered(server, {**DEVICE, "scope": "openid"})
        assert client.policy == replace(self.FLOOR, strong_scope=())

    @pytest.mark.parametrize(
        ("asked", "floor", "expected"),
        [
            ({}, {"profile": "managed"}, {"profile": "managed"}),
            ({"profile": "open"}, {}, {"profile": "standard"}),
            ({"profile": "strict"}, {}, {"profile": "strict"}),
            ({"profile": "strict"}, {"profile": "managed"}, {"profile": "managed"}),
            ({"number_match": "off"}, {}, {"number_match": "auto"}),
            ({"number_match": "required"}, {}, {"number_match": "required"}),
            ({"prefill": "always"}, {"prefill": "never"}, {"prefill": "never"}),
            ({"prefill": "never"}, {}, {"prefill": "never"}),
            ({"fresh_scan": "off"}, {"fresh_scan": "required"}, {"fresh_scan": "required"}),
            ({"strong_scope": ("a",)}, {"strong_scope": ("b", "c")}, {"strong_scope": ("a", "b")}),
        ],
    )
    def test_stricter_of_two_words_is_kept(
        self, asked: dict[str, Any], floor: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        device = {GrantType.DEVICE_CODE}
        kept = tightened(ClientPolicy(**asked), ClientPolicy(**floor), device, ("a", "b"))
        assert kept == ClientPolicy(**expected)

    @pytest.mark.parametrize(
        "rules", [{"profile": "open"}, {"number_match": "off"}, {"fresh_scan": "off"}, {"prefill": "always"}]
    )
    async def test_rule_that_would_loosen_the_default_profile_is_refused(
        self, server: ServerUnderTest, rules: dict[str, Any]
    ) -> None:
        with pytest.raises(ClientError) as refused:
            await server.parts.initial_access_tokens.add(
                "x",
                grant_types=frozenset({GrantType.DEVICE_CODE}),
                scope=(),
                uses=1,
                lifetime=60,
                policy=ClientPolicy(**rules),
            )
        assert refused.value.field in rules

    async def test_rule_without_an_effect_on_the_grants_of_the_token_is_refused(
        self, server: ServerUnderTest
    ) -> None:
        with pytest.raises(ClientError, match="no effect"):
            await server.parts.initial_access_tokens.add(
                "x",
                grant_types=frozenset({GrantType.DEVICE_CODE}),
                scope=(),
                uses=1,
                lifetime=60,
                policy=ClientPolicy(refresh_token_lifetime=600),
            )


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "[]",
            "7",
            "null",
            '{"client_name": "a", "client_name": "b"}',
            '{"jwks": {"keys": [], "keys": []}}',
            '{"a": NaN}',
            '{"a": Infinity}',
            '{"client_name": "\\ud800"}',
            '{"client_name": "a\\u0000b"}',
            b'{"client_name": "\xff"}',
            '{"a":' + "[" * 7000 + "]" * 7000 + "}",
            '{"a": ' + "9" * 5000 + "}",
        ],
        ids=range(14),
    )
    async def test_body_that_is_not_strict_json_is_refused(
        self, server: ServerUnderTest, token: str, body: str | bytes
    ) -> None:
        assert outcome(await register(server, token, body)) == (400, "invalid_client_metadata")

    @pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
    async def test_another_content_type_is_refused(
        self, server: ServerUnderTest, token: str, content_type: str
    ) -> None:
        response = await register(server, token, DEVICE, **{"content-type": content_type})
        assert outcome(response) == (400, "invalid_client_metadata")

    async def test_content_type_may_have_a_charset(self, server: ServerUnderTest, token: str) -> None:
        message = {"content-type": "Application/JSON; charset=utf-8"}
        assert (await register(server, token, DEVICE, **message)).status_code == 201

    async def test_body_of_a_megabyte_is_refused(self, server: ServerUnderTest, token: str) -> None:
        assert (await register(server, token, {**DEVICE, "x": "y" * 1_000_000})).status_code == 413

    async def test_other_methods_than_post_are_refused(self, server: ServerUnderTest) -> None:
        assert (await server.http.get("/register")).status_code == 405
