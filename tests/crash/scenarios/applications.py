"""What people do at the request of an application (RFC 6749 §4.1)."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.server_key_file import load_server_key
from tests.crash.scenarios.fates import Scenario, agrees
from tests.crash.world import Person, World

BACK = "https://app.example/back"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED = "/authorize?" + urlencode(
    {
        "client_id": "app",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
)


async def add_application(world: World) -> None:
    """A confidential client of the code flow, so that consent is remembered."""
    store = await world.open_store()
    secret_digest = load_server_key(
        Path(world.environment["PAIRGRANT_SERVER_KEY_FILE"]), may_create=False
    ).mac("client secret", "app the secret of an application")
    grants = frozenset({GrantType.AUTHORIZATION_CODE})
    assert await store.add_client(
        Client("app", "App", grants, ("openid",), time.time(), (BACK,), secret_digest)
    )
    await store.close()


async def approve_application(person: Person) -> str:
    """The code that goes back to the application."""
    await person.open(ASKED)
    return code_of(await person.submit("/authorize/consent", decision="approve"))


def code_of(response: httpx.Response) -> str:
    assert response.headers["location"].startswith(BACK), response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))["code"]


def redeem_code(world: World, code: str) -> Awaitable[httpx.Response]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "client_id": "app",
        "client_secret": "the secret of an application",
    }
    asking: Awaitable[httpx.Response] = world.http.post("/token", data=form)
    return asking


async def insert_authorization(world: World) -> Scenario:
    await add_application(world)
    alice = await world.alice()
    fate = yield lambda: alice.http.get(ASKED)
    assert agrees(fate, done=await world.count("authorization_grants") == 1)
    assert (await redeem_code(world, await approve_application(alice))).status_code == 200


async def decide_authorization(world: World) -> Scenario:
    await add_application(world)
    alice = await world.alice()
    await alice.open(ASKED)
    fate = yield lambda: alice.submit("/authorize/consent", decision="approve")
    assert agrees(fate, done=await world.count("authorization_grants", "status = 'approved'") == 1)
    code = code_of(await alice.submit("/authorize/consent", decision="approve"))
    assert (await redeem_code(world, code)).status_code == 200, (
        "if the response was lost, a second tap gets the code"
    )


async def put_consent(world: World) -> Scenario:
    await add_application(world)
    alice = await world.alice()
    await alice.open(ASKED)
    fate = yield lambda: alice.submit("/authorize/consent", decision="approve")
    response = await alice.http.get((await alice.http.get(ASKED)).headers["location"])
    assert agrees(fate, done=response.status_code == 303), "is it asked again?"


async def remove_consent(world: World) -> Scenario:
    await add_application(world)
    alice = await world.alice()
    assert (await redeem_code(world, await approve_application(alice))).status_code == 200
    ((device_id,),) = await world.rows("SELECT device_id FROM connected_devices")
    await alice.open("/devices")
    alice.forms["/report"] = {**alice.forms["/devices/remove"], "device_id": device_id}
    fate = yield lambda: alice.submit("/report")
    assert await world.count("connected_devices", "revoked_at IS NULL") == 0, "that comes first"
    response = await alice.http.get((await alice.http.get(ASKED)).headers["location"])
    assert agrees(fate, done=response.status_code == 200)


async def redeem_authorization(world: World) -> Scenario:
    await add_application(world)
    code = await approve_application(await world.alice())
    fate = yield lambda: redeem_code(world, code)
    assert agrees(fate, done=await world.count("connected_devices") == 1)
    again = await redeem_code(world, code)
    assert agrees(fate, done=again.status_code == 400), "a code is accepted once, its response lost or not"
    assert await world.count("connected_devices") == 1
    assert agrees(fate, done=await world.count("connected_devices", "revoked_at IS NOT NULL") == 1)
