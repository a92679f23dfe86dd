"""What clients do without a person (RFC 6749 §4.4, RFC 7523, RFC 7591)."""

import json
import time
from collections.abc import Awaitable
from itertools import count

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.private_key_jwt import ASSERTION_TYPE
from pairgrant_server.authorization_server.model.client_policy import AssertionIssuer, ClientPolicy
from pairgrant_server.authorization_server.model.records import Client, Identity, InitialAccessToken
from pairgrant_server.authorization_server.secrets.server_key import digest
from tests.crash.scenarios.fates import Scenario, agrees
from tests.crash.world import World

MACHINE = ECKey.generate_key("P-256")
JTI = count(1)


async def add_machine(world: World) -> None:
    """A client with a key, whose assertions for users are trusted."""
    jwks = json.dumps({"keys": [MACHINE.as_dict(private=False)]})
    policy = ClientPolicy(assertion_issuers=(AssertionIssuer("robot", jwks),))
    grants = frozenset({GrantType.CLIENT_CREDENTIALS, GrantType.JWT_BEARER})
    store = await world.open_store()
    assert await store.add_client(
        Client("robot", "A robot", grants, ("openid",), time.time(), jwks=jwks, policy=policy)
    )
    assert await store.add_identity(Identity("robot", "alice", "u-alice", time.time()))
    await store.close()


def assertion(world: World, subject: str) -> str:
    """A new one each time."""
    claims = {
        "iss": "robot",
        "sub": subject,
        "aud": world.url,
        "exp": int(time.time()) + 300,
        "jti": str(next(JTI)),
    }
    return jwt.encode({"alg": "ES256"}, claims, MACHINE)


def as_machine(world: World, shown: str, **form: str) -> Awaitable[httpx.Response]:
    said = {"client_assertion": shown, "client_assertion_type": ASSERTION_TYPE}
    asking: Awaitable[httpx.Response] = world.http.post("/token", data={**said, **form})
    return asking


async def spend_identifier(world: World) -> Scenario:
    await add_machine(world)
    shown, more = assertion(world, "robot"), {"grant_type": "client_credentials"}
    fate = yield lambda: as_machine(world, shown, **more)
    assert agrees(fate, done=await world.count("spent_identifiers") == 1)
    again = await as_machine(world, shown, **more)
    assert agrees(fate, done=again.status_code == 401), "an assertion is accepted once"
    assert (await as_machine(world, shown, **more)).status_code == 401
    assert (await as_machine(world, assertion(world, "robot"), **more)).status_code == 200


async def add_connected_device(world: World) -> Scenario:
    await add_machine(world)
    form = {"grant_type": GrantType.JWT_BEARER.value, "assertion": assertion(world, "alice")}
    fate = yield lambda: as_machine(world, assertion(world, "robot"), **form)
    assert agrees(fate, done=await world.count("connected_devices") == 1)
    again = await as_machine(world, assertion(world, "robot"), **form)
    assert again.json()["error"] == "invalid_grant", "one family from one assertion at most"
    form["assertion"] = assertion(world, "alice")
    tokens = (await as_machine(world, assertion(world, "robot"), **form)).json()
    assert (await world.bearer("GET", "/userinfo", tokens)).status_code == 200


async def register(world: World, token: str) -> httpx.Response:
    metadata = {"grant_types": [GrantType.DEVICE_CODE], "token_endpoint_auth_method": "none"}
    headers = {"authorization": f"Bearer {token}"}
    response: httpx.Response = await world.http.post("/register", json=metadata, headers=headers)
    return response


async def use_initial_access_token(world: World) -> Scenario:
    """If the process is killed before the client is added, the registration is used up."""
    token = Secret("t" * 43)
    store = await world.open_store()
    grants, now = frozenset({GrantType.DEVICE_CODE}), time.time()
    await store.add_initial_access_token(
        InitialAccessToken(digest(token), "integrators", grants, ("openid",), 2, now, now + 3600)
    )
    await store.close()
    before = await world.count("clients")
    fate = yield lambda: register(world, token.reveal())
    assert agrees(fate, done=await world.count("initial_access_tokens", "remaining = 1") == 1)
    statuses = [(await register(world, token.reveal())).status_code for _ in range(3)]
    assert statuses in ([201, 201, 401], [201, 401, 401])
    assert agrees(fate, done=statuses[1] == 401)
    assert await world.count("clients") == before + statuses.count(201)
