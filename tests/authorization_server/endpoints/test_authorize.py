"""Authorization requests are stored before anyone is signed in, so each client's are limited."""

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.endpoints.pushed_authorization import PAR_PATH
from pairgrant_server.authorization_server.limits.authorization_request_limits import RESERVED
from pairgrant_server.authorization_server.limits.network import PER_SITE
from pairgrant_server.authorization_server.model.settings import ServerSettings
from tests.authorization_server.server_under_test import ISSUER, ServerUnderTest

BACK = "https://app.example/back"
HOME, ATTACKER = "192.0.2.7", "203.0.113.1"
CONSENT, PROBLEM = "/authorize/consent?request", "/authorize/problem?why"


@pytest.fixture
def settings() -> ServerSettings:
    return ServerSettings(ISSUER, authorization_requests_per_client=3)


@pytest.fixture(autouse=True)
async def _clients(server: ServerUnderTest) -> None:
    for client_id in ("web", "other"):
        await server.parts.clients.add(
            client_id,
            client_id,
            secret=None,
            grant_types=frozenset({GrantType.AUTHORIZATION_CODE}),
            scope="openid",
            redirect_uris=(BACK,),
        )


def parameters(client_id: str, **changed: str) -> dict[str, str]:
    return {
        "client_id": client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **changed,
    }


async def asked(server: ServerUnderTest, network: str, client_id: str = "web", **changed: str) -> str:
    """Where /authorize redirects to."""
    async with server.called_from(network):
        response = await server.http.get("/authorize", params=parameters(client_id, **changed))
    location: str = response.headers["location"]
    return location.partition("=")[0]


async def flood(server: ServerUnderTest, **changed: str) -> list[str]:
    return [await asked(server, ATTACKER, **changed) for _ in range(60)]


async def test_one_network_does_not_stop_a_client_on_other_networks(server: ServerUnderTest) -> None:
    assert (await flood(server))[-1] == PROBLEM
    others = [await asked(server, HOME) for _ in range(RESERVED + 1)]
    assert others == [CONSENT] * RESERVED + [PROBLEM]
    server.clock.advance(61)
    assert await asked(server, HOME) == CONSENT


async def test_refused_request_is_a_security_event(server: ServerUnderTest) -> None:
    with capture_logs() as lines:
        await flood(server)
    facts = {"network": ATTACKER, "client_id": "web", "limit": "/authorize"}
    assert facts.items() <= next(line for line in lines if line["event"] == "limit.reached").items()


async def test_network_beyond_its_share_goes_on_at_another_client(server: ServerUnderTest) -> None:
    await flood(server)
    assert await asked(server, ATTACKER, "other") == CONSENT


@pytest.mark.parametrize("changed", [{"redirect_uri": "https://other.example/"}, {"scope": "unknown"}])
async def test_invalid_request_does_not_count_for_its_client(
    server: ServerUnderTest, changed: dict[str, str]
) -> None:
    assert CONSENT not in await flood(server, **changed)
    assert [await asked(server, ATTACKER) for _ in range(RESERVED)] == [CONSENT] * RESERVED


async def test_pushed_requests_of_a_public_client_count_like_those_of_a_browser(
    server: ServerUnderTest,
) -> None:
    async with server.called_from(ATTACKER):
        pushes = [await server.post(PAR_PATH, parameters("web")) for _ in range(RESERVED + 1)]
    assert [push.status_code for push in pushes] == [201] * RESERVED + [429]
    assert await asked(server, ATTACKER) == PROBLEM
    assert await asked(server, HOME) == CONSENT


async def test_ipv6_48_has_the_share_of_a_few_networks(server: ServerUnderTest) -> None:
    found = [await asked(server, f"2001:db8:1:{number:02x}00::1") for number in range(256)]
    assert found.count(CONSENT) == PER_SITE * RESERVED
    assert await asked(server, "2001:db8:2::1") == CONSENT
