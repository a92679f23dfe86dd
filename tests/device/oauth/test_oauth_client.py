"""The device's side of the exchanges with the authorization server: what it sends, believes and refuses."""

import asyncio
import json
from base64 import b64decode
from typing import Any

import httpx
import pytest

from pairgrant.errors import (
    ClientRefusedError,
    NoDeviceGrantError,
    NotGrantedError,
    PairgrantError,
    RefusedByServerError,
    ServerBusyError,
    ServerFaultError,
    SignInEndedError,
    TemporaryError,
    TokenRejectedError,
    UnreachableError,
)
from pairgrant.oauth import leaving_requests
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.transport import Transport
from pairgrant_protocol.messages import DeviceAuthorizationRequest, TokenResponse
from pairgrant_protocol.polling import Pending, Refused, SlowDown, Unreachable
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage
from tests.device.simulated_server import SimulatedServer

RFC8414 = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
REQUEST = DeviceAuthorizationRequest("lobby-tv", ("openid", "board:read"), "Lobby TV")
CODE = Secret("the-device-code")


class TestDiscovery:
    async def test_rfc_8414_document_alone_is_enough(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        metadata = await oauth_client.metadata()
        assert metadata.device_authorization_endpoint == "https://pair.example/device_authorization"
        assert not server.asked(OPENID)

    async def test_metadata_is_fetched_once(self, server: SimulatedServer, oauth_client: OAuthClient) -> None:
        await oauth_client.metadata()
        await oauth_client.poll(CODE)
        assert len(server.asked(RFC8414)) == 1

    async def test_metadata_is_fetched_again_for_every_pairing(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        await oauth_client.authorize_device(REQUEST)
        await oauth_client.authorize_device(REQUEST)
        assert len(server.asked(RFC8414)) == 2

    async def test_openid_document_replaces_a_missing_rfc_8414_document(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on(RFC8414, server.says(b"<html>", 404))
        assert (await oauth_client.metadata()).token_endpoint == "https://pair.example/token"

    async def test_openid_document_adds_members_that_the_rfc_8414_document_lacks(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on(RFC8414, server.says(server.document(device_authorization_endpoint=None)))
        server.on(OPENID, server.says(server.document(token_endpoint="https://pair.example/other")))
        metadata = await oauth_client.metadata()
        assert metadata.device_authorization_endpoint == "https://pair.example/device_authorization"
        assert metadata.token_endpoint == "https://pair.example/token"

    async def test_unreachable_openid_document_is_ignored_beside_an_rfc_8414_document(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on(RFC8414, server.says(server.document(userinfo_endpoint=None)))
        server.on(OPENID, server.says(b"", 503))
        assert (await oauth_client.metadata()).userinfo_endpoint is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"issuer": "https://evil.example"},
            {"issuer": "https://pair.example/tenant"},
            {"issuer": None},
            {"token_endpoint": "http://pair.example/token"},
            {"device_authorization_endpoint": "http://pair.example/device_authorization"},
            {"userinfo_endpoint": "javascript:alert(1)"},
            {"revocation_endpoint": "https://user:pw@pair.example/"},
            {"protected_resources": ["http://pair.example/board"]},
            {"token_endpoint": "https://pair.example/\x1b[2J"},
        ],
    )
    async def test_metadata_of_another_issuer_or_with_http_endpoints_is_refused(
        self, server: SimulatedServer, oauth_client: OAuthClient, changes: dict[str, Any]
    ) -> None:
        for path in (RFC8414, OPENID):
            server.on(path, server.says(server.document(**changes)))
        with pytest.raises(ServerFaultError, match="--issuer"):
            await oauth_client.authorize_device(REQUEST)
        assert [request.url.path for request in server.requests] == [RFC8414, OPENID]

    async def test_unreachable_server_receives_one_metadata_request(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on(RFC8414, server.fails(httpx.ConnectError))
        with pytest.raises(UnreachableError):
            await oauth_client.metadata()
        assert len(server.requests) == 1

    async def test_failed_metadata_request_is_not_remembered(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on(RFC8414, server.says(b"", 503), server.says(server.document()))
        with pytest.raises(ServerBusyError):
            await oauth_client.metadata()
        assert (await oauth_client.metadata()).issuer == "https://pair.example"


class TestDeviceAuthorization:
    async def test_device_authorization_request_is_a_form_post(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        """RFC 8628 §3.1."""
        await oauth_client.authorize_device(REQUEST)
        (request,) = server.asked("/device_authorization")
        assert request.method == "POST"
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        expected = {"client_id": "lobby-tv", "scope": "openid board:read", "device_name": "Lobby TV"}
        assert server.forms("/device_authorization") == [expected]

    async def test_empty_scope_is_omitted(self, server: SimulatedServer, oauth_client: OAuthClient) -> None:
        """RFC 6749 §3.3: the server then uses its default, the client's own scope."""
        await oauth_client.authorize_device(DeviceAuthorizationRequest("lobby-tv"))
        assert server.forms("/device_authorization") == [{"client_id": "lobby-tv"}]

    async def test_device_authorization_response_is_parsed(self, oauth_client: OAuthClient) -> None:
        response = await oauth_client.authorize_device(REQUEST)
        assert (response.user_code, response.interval, response.device_code) == ("WDJB-MJHT", 5, CODE)

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            ("invalid_client", (ClientRefusedError, "--client-id")),
            ("unauthorized_client", (ClientRefusedError, "device grant")),
            ("invalid_scope", (RefusedByServerError, "--scope")),
            ("something_else", (RefusedByServerError, "something_else")),
            ("temporarily_unavailable", (ServerBusyError, "Try again")),
        ],
    )
    @pytest.mark.parametrize("status", [200, 400, 401, 403])
    async def test_refusal_says_who_can_fix_it(
        self,
        server: SimulatedServer,
        oauth_client: OAuthClient,
        error: str,
        expected: tuple[type[PairgrantError], str],
        status: int,
    ) -> None:
        """The error member is judged before the status code; GitHub sends it with 200."""
        server.on("/device_authorization", server.says({"error": error}, status))
        with pytest.raises(expected[0], match=expected[1]):
            await oauth_client.authorize_device(REQUEST)

    @pytest.mark.parametrize(("status", "wait"), [(429, 12.0), (503, 12.0), (500, 12.0)])
    async def test_busy_server_says_when_to_try_again(
        self, server: SimulatedServer, oauth_client: OAuthClient, status: int, wait: float
    ) -> None:
        for body in (b"<html>", b"{}", b'{"error": "invalid_client"}'):
            server.on("/device_authorization", server.says(body, status, Retry_After="12"))
            with pytest.raises(ServerBusyError, match="12 seconds") as busy:
                await oauth_client.authorize_device(REQUEST)
            assert busy.value.retry_after == wait

    @pytest.mark.parametrize("status", [404, 405])
    async def test_404_at_the_endpoint_means_no_device_grant(
        self, server: SimulatedServer, oauth_client: OAuthClient, status: int
    ) -> None:
        server.on("/device_authorization", server.says(b"<html>", status))
        with pytest.raises(NoDeviceGrantError):
            await oauth_client.authorize_device(REQUEST)

    async def test_metadata_without_the_endpoint_means_no_device_grant(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        for path in (RFC8414, OPENID):
            server.on(path, server.says(server.document(device_authorization_endpoint=None)))
        with pytest.raises(NoDeviceGrantError, match="device_authorization_endpoint"):
            await oauth_client.authorize_device(REQUEST)

    @pytest.mark.parametrize(
        "changes",
        [
            {"interval": "abc"},
            {"expires_in": -1},
            {"expires_in": 0},
            {"expires_in": None},
            {"verification_uri": "javascript:alert(1)"},
            {"verification_uri": "https://bank.example@evil.example/"},
            {"verification_uri_complete": "file:///etc/passwd"},
            {"device_code": None},
            {"device_code": "a\x1bb"},
            {"user_code": "x" * 65},
            {"user_code": ["WDJB"]},
        ],
    )
    async def test_invalid_device_authorization_response_is_a_server_fault(
        self, server: SimulatedServer, oauth_client: OAuthClient, changes: dict[str, Any]
    ) -> None:
        server.on("/device_authorization", server.says(server.code(**changes)))
        with pytest.raises(ServerFaultError):
            await oauth_client.authorize_device(REQUEST)

    @pytest.mark.parametrize("interval", ["NaN", "Infinity", "1e999"])
    async def test_numbers_beyond_json_are_refused(
        self, server: SimulatedServer, oauth_client: OAuthClient, interval: str
    ) -> None:
        body = json.dumps(server.code(interval=7)).replace("7}", interval + "}").encode()
        server.on("/device_authorization", server.says(body))
        with pytest.raises(ServerFaultError):
            await oauth_client.authorize_device(REQUEST)

    async def test_endless_nesting_is_refused(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on("/device_authorization", server.says(b'{"a":' * 100_000 + b"1" + b"}" * 100_000))
        with pytest.raises(ServerFaultError):
            await oauth_client.authorize_device(REQUEST)


class TestPoll:
    async def test_poll_is_a_form_post_of_grant_type_code_and_client(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        """RFC 8628 §3.4."""
        await oauth_client.poll(CODE)
        expected = {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": "the-device-code",
            "client_id": "lobby-tv",
            "pairing_stage": "waiting",  # ours: what the device knows; other servers ignore it
        }
        assert server.forms("/token") == [expected]

    async def test_poll_responses_are_parsed(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on(
            "/token",
            server.pending("opened"),
            server.says({"error": "slow_down", "interval": 9}, 400),
            server.says({"error": "access_denied"}, 403),
            server.says(server.tokens()),
        )
        results = [await oauth_client.poll(CODE) for _ in range(4)]
        assert results[:3] == [Pending(PairingStage.OPENED), SlowDown(9), Refused("access_denied")]
        assert isinstance(results[3], TokenResponse)

    @pytest.mark.parametrize("error", [httpx.ConnectTimeout, httpx.ReadError, httpx.ConnectError])
    async def test_network_error_does_not_end_polling(
        self, server: SimulatedServer, oauth_client: OAuthClient, error: type[httpx.TransportError]
    ) -> None:
        server.on("/token", server.fails(error))
        assert isinstance(await oauth_client.poll(CODE), Unreachable)

    async def test_redirect_or_endless_response_does_not_end_polling(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on(
            "/token",
            server.says(b"", 302, Location="https://portal.example/"),
            server.says(b" " * (2 << 20)),
        )
        assert isinstance(await oauth_client.poll(CODE), Unreachable)
        assert isinstance(await oauth_client.poll(CODE), Unreachable)

    @pytest.mark.parametrize("token_type", ["DPoP", "mac", "\x1b[2J"])
    async def test_token_of_an_unsupported_type_is_refused(
        self, server: SimulatedServer, oauth_client: OAuthClient, token_type: str
    ) -> None:
        """RFC 6749 §7.1."""
        server.on("/token", server.says(server.tokens(token_type=token_type)))
        response = await oauth_client.poll(CODE)
        assert isinstance(response, Refused)
        assert response.error == "unsupported_token_type"

    @pytest.mark.parametrize("token_type", ["bearer", "BEARER"])
    async def test_token_type_is_case_insensitive(
        self, server: SimulatedServer, oauth_client: OAuthClient, token_type: str
    ) -> None:
        server.on("/token", server.says(server.tokens(token_type=token_type)))
        assert isinstance(await oauth_client.poll(CODE), TokenResponse)


class TestRefresh:
    async def test_refresh_is_a_form_post_of_the_refresh_token(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on("/token", server.says(server.tokens(2)))
        assert (await oauth_client.refresh(Secret("refresh-1"))).access_token == Secret("access-2")
        expected = {"grant_type": "refresh_token", "refresh_token": "refresh-1", "client_id": "lobby-tv"}
        assert server.forms("/token") == [expected]

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (({"error": "invalid_grant"}, 400), SignInEndedError),
            (({"error": "invalid_client"}, 401), ClientRefusedError),
            (({"error": "invalid_request"}, 400), RefusedByServerError),
            (({"error": "temporarily_unavailable"}, 503), ServerBusyError),
            (({"error": "invalid_grant"}, 503), ServerBusyError),
            (({"error": "slow_down"}, 400), ServerBusyError),
            (({"error": "authorization_pending"}, 400), ServerBusyError),
            ((b"<html>sign in to the hotel</html>", 200), ServerBusyError),
            ((b"", 502), ServerBusyError),
        ],
    )
    async def test_invalid_grant_alone_ends_the_sign_in(
        self, server: SimulatedServer, oauth_client: OAuthClient, reply: Any, error: type[PairgrantError]
    ) -> None:
        server.on("/token", server.says(*reply))
        with pytest.raises(PairgrantError) as raised:
            await oauth_client.refresh(Secret("refresh-1"))
        assert type(raised.value) is error


class TestRevoke:
    async def test_revocation_names_token_type_and_client(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        """RFC 7009 §2.1."""
        await oauth_client.revoke(Secret("refresh-1"), "refresh_token")
        expected = {"token": "refresh-1", "token_type_hint": "refresh_token", "client_id": "lobby-tv"}
        assert server.forms("/revoke") == [expected]

    @pytest.mark.parametrize(("status", "error"), [(503, TemporaryError), (400, ServerFaultError)])
    async def test_revocation_is_confirmed_only_by_200(
        self, server: SimulatedServer, oauth_client: OAuthClient, status: int, error: type[PairgrantError]
    ) -> None:
        server.on("/revoke", server.says({}, status))
        with pytest.raises(error):
            await oauth_client.revoke(Secret("refresh-1"), "refresh_token")

    async def test_server_without_revocation_endpoint_is_a_server_fault(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        for path in (RFC8414, OPENID):
            server.on(path, server.says(server.document(revocation_endpoint=None)))
        with pytest.raises(ServerFaultError, match="no revocation endpoint"):
            await oauth_client.revoke(Secret("refresh-1"), "refresh_token")


class TestCancel:
    """One attempt in the background, at a server that offers it."""

    @pytest.fixture
    async def cancelling(self, server: SimulatedServer, oauth_client: OAuthClient) -> OAuthClient:
        for path in (RFC8414, OPENID):
            server.on(path, server.says(server.document(device_code_revocation_supported=True)))
        await oauth_client.metadata()
        server.on("/revoke", server.says(b""))
        return oauth_client

    async def test_cancellation_names_the_device_code_and_the_client(
        self, server: SimulatedServer, cancelling: OAuthClient
    ) -> None:
        cancelling.cancel(Secret("the-device-code"))
        await cancelling.leaving.settle()
        expected = {"token": "the-device-code", "token_type_hint": "device_code", "client_id": "lobby-tv"}
        assert server.forms("/revoke") == [expected]

    @pytest.mark.parametrize("offer", [None, False, "true", 1])
    async def test_server_that_does_not_offer_it_is_never_sent_a_device_code(
        self, server: SimulatedServer, oauth_client: OAuthClient, offer: object
    ) -> None:
        document = server.document(device_code_revocation_supported=offer)
        for path in (RFC8414, OPENID):
            server.on(path, server.says(document))
        await oauth_client.metadata()
        oauth_client.cancel(Secret("the-device-code"))
        await oauth_client.leaving.settle()
        assert server.asked("/revoke") == []

    async def test_server_whose_metadata_is_unknown_is_never_sent_a_device_code(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        oauth_client.cancel(Secret("the-device-code"))
        await oauth_client.leaving.settle()
        assert server.requests == []

    async def test_failed_cancellation_is_no_error(
        self, server: SimulatedServer, cancelling: OAuthClient
    ) -> None:
        server.on("/revoke", server.fails(httpx.ConnectError))
        cancelling.cancel(Secret("the-device-code"))
        await cancelling.leaving.settle()
        assert len(server.asked("/revoke")) == 1, "one attempt"

    async def test_server_that_did_not_respond_to_the_last_poll_is_not_waited_for(
        self, server: SimulatedServer, cancelling: OAuthClient
    ) -> None:
        server.on("/token", server.fails(httpx.ConnectError), server.pending())
        await cancelling.poll(CODE)
        cancelling.cancel(CODE)
        await cancelling.leaving.settle()
        assert server.asked("/revoke") == []
        await cancelling.poll(CODE)
        cancelling.cancel(CODE)
        await cancelling.leaving.settle()
        assert len(server.asked("/revoke")) == 1

    async def test_cancellation_is_cut_off_in_time(
        self, cancelling: OAuthClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hang(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(leaving_requests, "LONGEST", 0.0)
        monkeypatch.setattr(cancelling, "_post", hang)
        cancelling.cancel(Secret("the-device-code"))
        await cancelling.leaving.settle()


class TestUserinfo:
    async def test_userinfo_request_has_the_access_token_in_its_header(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        """RFC 6750 §2.1."""
        person = await oauth_client.userinfo(Secret("access-1"))
        assert person.display_name == "Ada Lovelace"
        (request,) = server.asked("/userinfo")
        assert (request.headers["Authorization"], str(request.url)) == (
            "Bearer access-1",
            "https://pair.example/userinfo",
        )

    @pytest.mark.parametrize(
        ("members", "called"),
        [({"preferred_username": "ada"}, "ada"), ({"sub": "1"}, None), ({"name": ""}, None)],
    )
    async def test_display_name_is_name_or_preferred_username(
        self, server: SimulatedServer, oauth_client: OAuthClient, members: Any, called: str | None
    ) -> None:
        server.on("/userinfo", server.says(members))
        assert (await oauth_client.userinfo(Secret("access-1"))).display_name == called

    async def test_user_has_no_name_without_a_userinfo_endpoint(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        for path in (RFC8414, OPENID):
            server.on(path, server.says(server.document(userinfo_endpoint=None)))
        assert (await oauth_client.userinfo(Secret("access-1"))).display_name is None

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (({"error": "invalid_token"}, 401), TokenRejectedError),
            (({"error": "insufficient_scope"}, 403), NotGrantedError),
            ((b"", 503), ServerBusyError),
            ((b"<html>", 200), ServerFaultError),
            (({"name": ["Ada"]}, 200), ServerFaultError),
            ((b"", 204), ServerFaultError),
        ],
    )
    async def test_failed_userinfo_request_raises_a_matching_error(
        self, server: SimulatedServer, oauth_client: OAuthClient, reply: Any, error: type[PairgrantError]
    ) -> None:
        server.on("/userinfo", server.says(*reply))
        with pytest.raises(error):
            await oauth_client.userinfo(Secret("access-1"))


class TestClientSecret:
    async def test_client_with_a_secret_authenticates_every_request(
        self, server: SimulatedServer, transport: Transport
    ) -> None:
        """RFC 8628 §3.4, RFC 6749 §2.3.1: both parts form-encoded, then Basic."""
        confidential = OAuthClient(
            transport, issuer="https://pair.example", client_id="lobby tv", client_secret=Secret("p:w+ä")
        )
        server.on("/token", server.pending(), server.says(server.tokens()))
        await confidential.authorize_device(REQUEST)
        await confidential.poll(CODE)
        await confidential.refresh(Secret("refresh-1"))
        await confidential.revoke(Secret("refresh-1"), "refresh_token")
        posts = [request for request in server.requests if request.method == "POST"]
        headers = {request.headers["Authorization"] for request in posts}
        assert len(posts) == 4
        assert {b64decode(header.removeprefix("Basic ")) for header in headers} == {
            b"lobby%20tv:p%3Aw%2B%C3%A4"
        }

    async def test_public_client_sends_no_authorization(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        await oauth_client.authorize_device(REQUEST)
        assert all("Authorization" not in request.headers for request in server.requests)


class TestHostileTexts:
    """Terminal escapes in every text that a server can put into an error."""

    HOSTILE = "\x1b]52;c;aGk=\x07\x9b2J\u202e\n[bold]"

    @pytest.mark.parametrize(
        "error", ["invalid_client", "unauthorized_client", "invalid_scope", "invalid_grant", HOSTILE]
    )
    async def test_hostile_text_is_escaped_in_errors(
        self, server: SimulatedServer, oauth_client: OAuthClient, error: str
    ) -> None:
        members = {"error": error, "error_description": self.HOSTILE, "error_uri": self.HOSTILE}
        server.on("/device_authorization", server.says(members, 400))
        with pytest.raises(RefusedByServerError) as refused:
            await oauth_client.authorize_device(REQUEST)
        assert str(refused.value).isprintable()
        assert refused.value.code.isprintable()

    async def test_endless_text_is_cut_in_errors(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        members = {"error": "invalid_scope", "error_description": "x" * 4000}
        server.on("/device_authorization", server.says(members, 400))
        with pytest.raises(RefusedByServerError) as refused:
            await oauth_client.authorize_device(REQUEST)
        assert len(str(refused.value)) < 400
