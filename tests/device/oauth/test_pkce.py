"""PKCE on the device flow: sent where the server asks for it, and nowhere else (RFC 7636)."""

import pytest

from pairgrant.errors import RefusedByServerError
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.pkce import challenge_of, requires_challenge
from pairgrant_protocol.messages import DeviceAuthorizationRequest
from pairgrant_protocol.secret import Secret
from tests.device.simulated_server import SimulatedServer

REQUEST = DeviceAuthorizationRequest("lobby-tv")


def test_challenge_is_that_of_the_rfc_example() -> None:
    """RFC 7636 appendix B."""
    assert challenge_of(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")) == {
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"error":"invalid_request","error_description":"Missing parameter: code_challenge_method"}', True),
        (b'{"error":"invalid_request","error_description":"code_challenge is missing"}', True),
        (b'{"error":"invalid_request","error_description":"scope is missing"}', False),
        (b'{"error":"invalid_request"}', False),
        (b'{"error":"invalid_client","error_description":"code_challenge"}', False),
        (b'{"device_code":"x","error_description":"code_challenge"}', False),
        (b"<html>code_challenge</html>", False),
    ],
)
def test_error_that_requires_a_challenge_is_recognised(body: bytes, expected: bool) -> None:  # noqa: FBT001
    assert requires_challenge(HttpResponse(400, body)) is expected


async def test_no_challenge_is_sent_unless_required(
    server: SimulatedServer, oauth_client: OAuthClient
) -> None:
    """Google refuses a verifier that it didn't expect, and names S256 all the same."""
    document = server.document(code_challenge_methods_supported=["S256", "plain"])
    server.on("/.well-known/oauth-authorization-server", server.says(document))
    await oauth_client.authorize_device(REQUEST)
    await oauth_client.poll(Secret("the-device-code"))
    sent = [*server.forms("/device_authorization"), *server.forms("/token")]
    assert len(sent) == 2
    assert not [name for form in sent for name in form if name.startswith("code_")]


async def test_required_challenge_is_sent_and_its_verifier_with_every_poll(
    server: SimulatedServer, oauth_client: OAuthClient
) -> None:
    refusal = {"error": "invalid_request", "error_description": "Missing parameter: code_challenge_method"}
    server.on("/device_authorization", server.says(refusal, 400), server.says(server.code()))
    await oauth_client.authorize_device(REQUEST)
    for _ in range(2):
        await oauth_client.poll(Secret("the-device-code"))
    _, asked = server.forms("/device_authorization")
    first, second = server.forms("/token")
    assert first["code_verifier"] == second["code_verifier"]
    challenge = challenge_of(Secret(first["code_verifier"]))
    assert {name: asked[name] for name in challenge} == challenge


async def test_verifier_is_sent_with_the_cancellation(
    server: SimulatedServer, oauth_client: OAuthClient
) -> None:
    document = server.document(device_code_revocation_supported=True)
    server.on("/.well-known/oauth-authorization-server", server.says(document))
    refusal = {"error": "invalid_request", "error_description": "Missing parameter: code_challenge_method"}
    server.on("/device_authorization", server.says(refusal, 400), server.says(server.code()))
    await oauth_client.authorize_device(REQUEST)
    await oauth_client.poll(Secret("the-device-code"))
    oauth_client.cancel(Secret("the-device-code"))
    await oauth_client.leaving.settle()
    (poll,), (cancellation,) = server.forms("/token"), server.forms("/revoke")
    assert cancellation["code_verifier"] == poll["code_verifier"]


async def test_every_pairing_has_its_own_verifier(server: SimulatedServer, oauth_client: OAuthClient) -> None:
    refusal = {"error": "invalid_request", "error_description": "code_challenge is missing"}
    replies = [server.says(refusal, 400), server.says(server.code())]
    server.on("/device_authorization", *replies, *replies, server.says(server.code()))
    for _ in range(3):
        await oauth_client.authorize_device(REQUEST)
        await oauth_client.poll(Secret("the-device-code"))
    first, second, third = server.forms("/token")
    assert first["code_verifier"] != second["code_verifier"]
    assert "code_verifier" not in third


async def test_request_is_repeated_only_once_for_a_challenge(
    server: SimulatedServer, oauth_client: OAuthClient
) -> None:
    refusal = {"error": "invalid_request", "error_description": "code_challenge is missing"}
    server.on("/device_authorization", server.says(refusal, 400))
    with pytest.raises(RefusedByServerError):
        await oauth_client.authorize_device(REQUEST)
    assert len(server.asked("/device_authorization")) == 2
