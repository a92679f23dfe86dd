"""Authorization requests are stored before anyone is signed in, so each client's are limited."""

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.settings import ServerSettings
from tests.authorization_server.server_under_test import ISSUER, ServerUnderTest

BACK = "https://app.example/back"


@pytest.fixture
def settings() -> ServerSettings:
    return ServerSettings(ISSUER, authorization_requests_per_client=3)


async def asked(server: ServerUnderTest, client_id: str) -> str:
    parameters = {
        "client_id": client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    location: str = (await server.http.get("/authorize", params=parameters)).headers["location"]
    return location.partition("=")[0]


async def test_requests_of_one_client_are_limited_and_those_of_another_go_on(server: ServerUnderTest) -> None:
    for client_id in ("web", "other"):
        await server.parts.clients.add(
            client_id,
            client_id,
            secret=None,
            grant_types=frozenset({GrantType.AUTHORIZATION_CODE}),
            scope="openid",
            redirect_uris=(BACK,),
        )
    assert [await asked(server, "web") for _ in range(4)] == ["/authorize/consent?request"] * 3 + [
        "/authorize/problem?why"
    ]
    assert await asked(server, "other") == "/authorize/consent?request"
    server.clock.advance(61)
    assert await asked(server, "web") == "/authorize/consent?request"
