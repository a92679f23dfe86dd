"""The service refuses what the request or the client's policy does not allow, whatever a front end sends."""

import asyncio
from dataclasses import replace

import pytest

from pairgrant_protocol.authorization_code_grant import PersonSignIn
from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.code_flow.authorization_request import AuthorizationRequest
from pairgrant_server.authorization_server.code_flow.code_flow import REQUEST_LIFETIME, PendingAuthorization
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from tests.authorization_server.hand_clock import NOW
from tests.authorization_server.server_under_test import ALICE, ServerUnderTest

BACK = "https://app.example/back"
APP = Client(
    "app",
    "An App",
    frozenset({GrantType.AUTHORIZATION_CODE}),
    ("openid", "email"),
    NOW,
    redirect_uris=(BACK,),
    secret_digest=b"s" * 32,
    policy=ClientPolicy(optional_scope=("email",)),
)
REQUEST = AuthorizationRequest(
    "app", BACK, ("openid", "email"), code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)
SIGN_IN = PersonSignIn(ALICE.user_id, NOW - 60)


async def begin(server: ServerUnderTest, request: AuthorizationRequest = REQUEST) -> PendingAuthorization:
    await server.store.add_client(APP)
    pending = await server.parts.code_flow.pending(await server.parts.code_flow.begin(request))
    assert pending is not None
    return pending


async def approve(
    server: ServerUnderTest,
    pending: PendingAuthorization,
    client: Client = APP,
    scope: tuple[str, ...] = REQUEST.scope,
    sign_in: PersonSignIn = SIGN_IN,
) -> Secret | None:
    return await server.parts.code_flow.approve(pending, client, sign_in, scope=scope, remember=True)


class TestApproval:
    @pytest.mark.parametrize("scope", [("openid", "email"), ("openid",)])
    async def test_optional_scope_may_be_left_out(
        self, server: ServerUnderTest, scope: tuple[str, ...]
    ) -> None:
        assert await approve(server, await begin(server), scope=scope) is not None

    @pytest.mark.parametrize("scope", [("email",), (), ("openid", "email", "board:write")])
    async def test_other_scope_is_refused(self, server: ServerUnderTest, scope: tuple[str, ...]) -> None:
        pending = await begin(server)
        assert await approve(server, pending, scope=scope) is None
        assert await server.parts.code_flow.pending(pending.reference) is not None

    async def test_sign_in_older_than_max_age_is_refused(self, server: ServerUnderTest) -> None:
        pending = await begin(server, replace(REQUEST, max_age=30))
        assert await approve(server, pending) is None
        assert await approve(server, pending, sign_in=PersonSignIn(ALICE.user_id, NOW)) is not None

    async def test_client_that_lost_its_redirect_uri_is_refused(self, server: ServerUnderTest) -> None:
        changed = replace(APP, redirect_uris=("https://app.example/other",))
        assert await approve(server, await begin(server), changed) is None

    async def test_expired_request_is_refused(self, server: ServerUnderTest) -> None:
        pending = await begin(server)
        server.clock.advance(REQUEST_LIFETIME)
        assert await approve(server, pending) is None
        assert not await server.parts.code_flow.deny(pending, APP, SIGN_IN)

    async def test_one_of_two_simultaneous_decisions_counts(self, server: ServerUnderTest) -> None:
        pending = await begin(server)
        code, denied = await asyncio.gather(
            approve(server, pending), server.parts.code_flow.deny(pending, APP, SIGN_IN)
        )
        assert (code is not None) != denied

    async def test_same_decision_is_repeated_with_the_same_code(self, server: ServerUnderTest) -> None:
        pending = await begin(server)
        code = await approve(server, pending)
        again = await server.parts.code_flow.repeated(pending.reference, Decision.APPROVE, ALICE.user_id)
        assert again is not None
        assert again.code == code
        assert await server.parts.code_flow.repeated(pending.reference, Decision.DENY, ALICE.user_id) is None


class TestConsent:
    async def test_consent_is_skipped_for_what_was_approved_before(self, server: ServerUnderTest) -> None:
        await approve(server, await begin(server), scope=("openid",))
        may_skip = server.parts.code_flow.may_skip_consent
        narrower = await begin(server, replace(REQUEST, scope=("openid",)))
        assert await may_skip(narrower, APP, ALICE.user_id)
        assert not await may_skip(await begin(server), APP, ALICE.user_id)
        assert not await may_skip(narrower, APP, "u-bob")

    async def test_consent_is_never_skipped_if_the_client_asks_for_it(self, server: ServerUnderTest) -> None:
        await approve(server, await begin(server))
        pending = await begin(server, replace(REQUEST, prompt=("consent",)))
        assert not await server.parts.code_flow.may_skip_consent(pending, APP, ALICE.user_id)

    async def test_consent_is_never_skipped_for_a_client_that_can_be_posed_as(
        self, server: ServerUnderTest
    ) -> None:
        """RFC 8252 §8.6: any program on the machine can receive a loopback redirect."""
        await approve(server, await begin(server))
        native = replace(APP, secret_digest=None, redirect_uris=("http://127.0.0.1/back",))
        pending = await begin(server, replace(REQUEST, redirect_uri="http://127.0.0.1/back"))
        assert not await server.parts.code_flow.may_skip_consent(pending, native, ALICE.user_id)

    async def test_forgotten_consent_is_asked_for_again(self, server: ServerUnderTest) -> None:
        await approve(server, await begin(server))
        await server.parts.code_flow.forget_consent(ALICE.user_id, "app")
        assert not await server.parts.code_flow.may_skip_consent(await begin(server), APP, ALICE.user_id)
