"""What the token endpoint decides before a grant does (RFC 6749 §5.2)."""

from tests.authorization_server.server_under_test import ServerUnderTest

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


async def test_unsupported_grant_type_is_answered_with_the_supported_ones(server: ServerUnderTest) -> None:
    form = {"grant_type": "password", "client_id": "lobby-tv"}
    members = (await server.post("/token", form)).json()
    assert members["error"] == "unsupported_grant_type"
    assert DEVICE_CODE in members["error_description"]


async def test_grant_type_that_the_client_may_not_use_is_named(server: ServerUnderTest) -> None:
    form = {"grant_type": "client_credentials", "client_id": "lobby-tv"}
    members = (await server.post("/token", form)).json()
    assert (members["error"], members["error_description"]) == (
        "unauthorized_client",
        "this client may not use the grant type client_credentials",
    )
