"""Killed at every step of every change: afterwards it has happened as a whole or not at all, and can be asked again.

For each method of the store that changes something there is a scenario, written in the order of what happens: what is
there before, *the act* (yielded; it dies), and what holds after a restart. Each runs through all points of both engines.
"""

import asyncio
import json
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from enum import Enum
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import ECKey

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.private_key_jwt import ASSERTION_TYPE
from pairgrant_server.authorization_server.model.client_policy import AssertionIssuer, ClientPolicy
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant, InitialAccessToken
from pairgrant_server.authorization_server.secrets.identifiers import new_id
from pairgrant_server.authorization_server.secrets.server_key import digest
from pairgrant_server.server_key_file import load_server_key

World = Any  # the fixture of conftest.py
Act = Callable[[], Awaitable[Any]]


class Fate(Enum):
    NOTHING = "nothing of it has happened"
    DONE = "all of it has happened"
    EITHER = "one or the other, and no one knows which"


Scenario = AsyncGenerator[Act, Fate]

POINTS = {
    "sqlite": {
        "before": Fate.NOTHING,
        "commit": Fate.NOTHING,
        "committed": Fate.DONE,
        "after": Fate.DONE,
    },
    "postgresql": {
        "before": Fate.NOTHING,
        "under way": Fate.EITHER,
        "after": Fate.DONE,
    },
}


_OFTEN = {
    "insert_grant",
    "decide_grant",
    "redeem_grant",
    "rotate_refresh",
    "revoke_device",
    "add_signing_key",
    "redeem_authorization",
}
_FEWER_POINTS = {"sqlite": ("commit", "after"), "postgresql": ("before", "after")}
"""Every other change goes the same ways through the engine: just before it is durable, and just after."""


def agrees(fate: Fate, *, done: bool) -> bool:
    return fate is Fate.EITHER or (fate is Fate.DONE) == done


async def refused(asking: Awaitable[httpx.Response]) -> bool:
    answer = await asking
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


# What devices do


async def insert_grant(world: World) -> Scenario:
    codes = await world.issue()
    fate = yield world.ask
    assert agrees(fate, done=await world.count("device_grants") == 2)
    assert (await world.poll(codes)).json()["error"] in {"authorization_pending", "slow_down"}
    await world.issue()


async def redeem_grant(world: World) -> Scenario:
    codes = await world.issue()
    await (await world.alice()).decide(codes)
    fate = yield lambda: world.poll(codes)
    assert agrees(fate, done=await world.count("connected_devices") == 1)
    assert await refused(world.poll(codes, "signage")), "someone else's client"
    forged = {"device_code": codes["device_code"][:30] + codes["device_code"][:-31:-1] + "AAAA"}
    assert await refused(world.poll(forged))
    first, again = await world.poll(codes), await world.poll(codes)
    assert first.status_code == 200
    assert again.content == first.content
    assert await world.count("connected_devices") == 1, "never two families from one code"
    assert (await world.refresh(first.json())).status_code == 200
    assert await refused(world.poll(codes)), "its answer arrived: the refresh token in it was used"


async def set_grant_interval(world: World) -> Scenario:
    codes = await world.issue()

    async def poll_too_early() -> None:
        while (await world.poll(codes)).json()["error"] != "slow_down":
            pass  # the first polls may be twins of one that the network doubled

    fate = yield poll_too_early
    ((interval,),) = await world.rows('SELECT "interval" FROM device_grants')
    assert agrees(fate, done=interval > codes["interval"])
    assert (await world.poll(codes)).json()["error"] == "authorization_pending", "no pace is remembered"


async def rotate_refresh(world: World) -> Scenario:
    tokens = await world.connected()
    fate = yield lambda: world.refresh(tokens)
    assert agrees(fate, done=await world.count("connected_devices", "refresh_sequence = 2") == 1)
    assert await refused(world.refresh(tokens, "signage")), "someone else's client"
    first, again = await world.refresh(tokens), await world.refresh(tokens)
    assert first.status_code == 200
    assert again.content == first.content
    assert await world.count("connected_devices", "refresh_sequence = 2") == 1
    assert (await world.refresh(first.json())).status_code == 200, "the successor is the one that is alive"
    assert await refused(world.refresh(tokens)), "and the first one is dead"


async def revoke_device(world: World) -> Scenario:
    tokens = await world.connected()
    fate = yield lambda: world.revoke(tokens)
    assert agrees(fate, done=await world.count("connected_devices", "revoked_at IS NOT NULL") == 1)
    alive = (await world.bearer("GET", "/userinfo", tokens)).is_success
    assert agrees(fate, done=not alive)
    assert await refused(world.refresh(tokens)) is not alive, "all tokens or none"
    assert (await world.revoke(tokens)).status_code == 200
    assert (await world.bearer("GET", "/userinfo", tokens)).status_code == 401
    assert await refused(world.refresh(tokens))


async def add_notice(world: World) -> Scenario:
    tokens = await world.connected()
    fate = yield lambda: world.bearer("POST", "/board/notices", tokens, json={"text": "Lunch at 12"})
    answer = await world.bearer("GET", "/board/notices", tokens)
    assert agrees(fate, done=len(answer.json()["notices"]) == 1)


async def remove_notice(world: World) -> Scenario:
    tokens = await world.connected()
    posted = await world.bearer("POST", "/board/notices", tokens, json={"text": "Lunch at 12"})
    path = f"/board/notices/{posted.json()['id']}"
    fate = yield lambda: world.bearer("DELETE", path, tokens)
    again = await world.bearer("DELETE", path, tokens)
    assert agrees(fate, done=again.status_code == 404)


# What people do


async def decide_grant(world: World) -> Scenario:
    codes, alice = await world.issue(), await world.alice()
    await alice.enter(codes)
    await alice.open("/consent")
    fate = yield lambda: alice.submit("/consent", decision="approve")
    page = await alice.open("/consent")
    assert agrees(fate, done=page.url.path == "/outcome")
    assert page.url.path == "/outcome" or (await alice.submit("/consent", decision="approve")).is_redirect
    assert (await world.poll(codes)).status_code == 200


async def set_grant_stage(world: World) -> Scenario:
    codes, person = await world.issue(), await world.person()
    await person.open("/device")
    fate = yield lambda: person.submit("/device", user_code=codes["user_code"])
    stage = (await world.poll(codes)).json()["pairing_stage"]
    assert agrees(fate, done=stage == "signing_in")
    assert (await person.submit("/device", user_code=codes["user_code"])).headers["location"] == "/signin"


async def put_session(world: World) -> Scenario:
    codes, person = await world.issue(), await world.person()
    await person.open("/device")
    fate = yield lambda: person.submit("/device", user_code=codes["user_code"])
    assert agrees(fate, done=await world.count("web_sessions") == 1)
    assert agrees(fate, done=(await person.open("/consent")).url.path == "/signin"), "is the code remembered?"
    assert (await person.enter(codes)).headers["location"] == "/signin"


async def remove_session(world: World) -> Scenario:
    alice = await world.alice()
    await alice.open("/devices")
    fate = yield lambda: alice.submit("/signout")
    assert agrees(fate, done=(await alice.open("/devices")).url.path == "/signin")


async def spend_attempts(world: World) -> Scenario:
    person = await world.person()
    await person.open("/device")
    fate = yield lambda: person.submit("/device", user_code="BCDF-GHJK")
    counts = {count for (count,) in await world.rows("SELECT count FROM attempts")}
    assert counts <= {1}, "everyone's count, or no one's"
    assert agrees(fate, done=bool(counts))
    assert (await person.submit("/device", user_code="BCDF-GHJK")).status_code == 422


async def renew_password_hash(world: World) -> Scenario:
    """A hash with parameters of yesterday is renewed at sign-in."""
    store = await world.open_store()
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse battery")
    assert await store.set_password_hash("u-alice", old)
    await store.close()
    person = await world.person()
    await person.open("/signin")
    fate = yield lambda: person.submit("/signin", username="alice", password="correct horse battery")
    ((kept,),) = await world.rows("SELECT password_hash FROM users")
    assert agrees(fate, done=kept != old)
    assert (await person.sign_in()).status_code == 303


# What people do at an application's wish

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


async def approve_application(person: Any) -> str:
    """The code that goes back to the application."""
    await person.open(ASKED)
    return code_of(await person.submit("/authorize/consent", decision="approve"))


def code_of(answer: httpx.Response) -> str:
    assert answer.headers["location"].startswith(BACK), answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))["code"]


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
        "whose answer was lost taps again, and gets there"
    )


async def put_consent(world: World) -> Scenario:
    await add_application(world)
    alice = await world.alice()
    await alice.open(ASKED)
    fate = yield lambda: alice.submit("/authorize/consent", decision="approve")
    answer = await alice.http.get((await alice.http.get(ASKED)).headers["location"])
    assert agrees(fate, done=answer.status_code == 303), "is it asked again?"


async def remove_consent(world: World) -> Scenario:
    await add_application(world)
    alice = await world.alice()
    assert (await redeem_code(world, await approve_application(alice))).status_code == 200
    await alice.open("/devices")
    fate = yield lambda: alice.submit("/devices/revoke")
    assert await world.count("connected_devices", "revoked_at IS NULL") == 0, "that comes first"
    answer = await alice.http.get((await alice.http.get(ASKED)).headers["location"])
    assert agrees(fate, done=answer.status_code == 200)


async def redeem_authorization(world: World) -> Scenario:
    await add_application(world)
    code = await approve_application(await world.alice())
    fate = yield lambda: redeem_code(world, code)
    assert agrees(fate, done=await world.count("connected_devices") == 1)
    again = await redeem_code(world, code)
    assert agrees(fate, done=again.status_code == 400), "a code counts once, even when its answer was lost"
    assert await world.count("connected_devices") == 1
    assert agrees(fate, done=await world.count("connected_devices", "revoked_at IS NOT NULL") == 1)


# What machines do

MACHINE = ECKey.generate_key("P-256")
JTI = count(1)


async def add_machine(world: World) -> None:
    """A client that signs, and whose own word is taken for a person's."""
    jwks = json.dumps({"keys": [MACHINE.as_dict(private=False)]})
    policy = ClientPolicy(assertion_issuers=(AssertionIssuer("robot", jwks),))
    grants = frozenset({GrantType.CLIENT_CREDENTIALS, GrantType.JWT_BEARER})
    store = await world.open_store()
    assert await store.add_client(
        Client("robot", "A robot", grants, ("openid",), time.time(), jwks=jwks, policy=policy)
    )
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
    assert agrees(fate, done=again.status_code == 401), "it passes once, even when its answer was lost"
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
    answer: httpx.Response = await world.http.post("/register", json=metadata, headers=headers)
    return answer


async def use_initial_access_token(world: World) -> Scenario:
    """Killed between the use and the client, a registration is lost and none is won."""
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


# What people do who have an account elsewhere


async def provider_of(world: World) -> str:
    """A pretend provider, at which people may sign in here; its issuer."""
    script = Path(__file__).parents[1] / "fake_provider.py"
    process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, script], stdout=subprocess.PIPE, text=True
    )
    world.closing.callback(process.communicate)
    world.closing.callback(process.terminate)
    assert process.stdout is not None
    issuer = (await asyncio.to_thread(process.stdout.readline)).strip()
    await world.command("upstream", "add", "example", "--issuer", issuer, "--client-id", "pairgrant")
    return issuer


async def way_back(person: Any) -> str:
    """Where the provider sends a person who has signed in there."""
    await person.open("/signin")
    uri = (await person.submit("/signin/with/example")).headers["refresh"].partition("url=")[2]
    async with httpx.AsyncClient(trust_env=False) as browser:
        return str((await browser.get(uri)).headers["location"])


async def add_user_with_identity(world: World) -> Scenario:
    await provider_of(world)
    person = await world.person()
    uri = await way_back(person)
    fate = yield lambda: person.http.get(uri)
    made = [await world.count("users", "username = 'zoe'"), await world.count("identities")]
    assert made in ([0, 0], [1, 1]), "both, or neither"
    assert agrees(fate, done=made == [1, 1])
    assert (await person.http.get(uri)).status_code == 410, (
        "an answer passes once, even when ours to it was lost"
    )
    assert (await person.http.get(await way_back(person))).status_code == 303
    assert [await world.count("users", "username LIKE 'zoe%'"), await world.count("identities")] == [1, 1]


# What operators do, beside a server that runs


PROVIDER = ("--issuer", "https://accounts.example", "--client-id", "pairgrant", "--no-check")
LINK = ("alice", "--upstream", "example", "--subject", "248289")


async def put_upstream(world: World) -> Scenario:
    words = ("upstream", "add", "example", *PROVIDER, "--client-secret-stdin")
    fate = yield lambda: world.command(*words, stdin="s3cret\n")
    person = await world.person()
    page = await person.open("/signin")
    done = "Sign in with Example" in page.text
    assert agrees(fate, done=done)
    if not done:
        await world.command(*words, stdin="s3cret\n")
    await world.command("upstream", "show", "example")
    assert "has_secret:         yes" in (world.folder / "command.log").read_text()


async def remove_upstream(world: World) -> Scenario:
    await world.command("upstream", "add", "example", *PROVIDER)
    fate = yield lambda: world.command("upstream", "remove", "example")
    page = await (await world.person()).open("/signin")
    assert agrees(fate, done="Sign in with Example" not in page.text)


async def add_identity(world: World) -> Scenario:
    await world.command("upstream", "add", "example", *PROVIDER)
    fate = yield lambda: world.command("user", "link", *LINK)
    done = await world.count("identities", "user_id = 'u-alice'") == 1
    assert agrees(fate, done=done)
    if not done:
        await world.command("user", "link", *LINK)
        assert await world.count("identities", "user_id = 'u-alice'") == 1


async def remove_identity(world: World) -> Scenario:
    await world.command("upstream", "add", "example", *PROVIDER)
    await world.command("user", "link", *LINK)
    fate = yield lambda: world.command("user", "unlink", *LINK)
    assert agrees(fate, done=await world.count("identities") == 0)
    assert await world.count("users", "user_id = 'u-alice'") == 1


async def approve_by_hand(world: World) -> Scenario:
    codes = await world.issue()
    approve = partial(world.command, "approve", codes["user_code"], "--user", "alice")
    fate = yield approve
    done = (await world.poll(codes)).status_code == 200
    assert agrees(fate, done=done)
    if not done:
        await approve()
        assert (await world.poll(codes)).status_code == 200


async def add_client(world: World) -> Scenario:
    words = ("client", "add", "kiosk", "--name", "Kiosk", "--grant", "device_code")
    fate = yield lambda: world.command(*words)
    done = await world.count("clients", "client_id = 'kiosk'") == 1
    assert agrees(fate, done=done)
    if not done:
        await world.command(*words)
    answer = await world.http.post("/device_authorization", data={"client_id": "kiosk"})
    assert answer.status_code == 200


async def remove_client(world: World) -> Scenario:
    await world.connected()
    fate = yield lambda: world.command("client", "remove", "lobby-tv")
    left = [
        await world.count(table, "client_id = 'lobby-tv'")
        for table in ("clients", "device_grants", "connected_devices")
    ]
    assert left in ([0, 0, 0], [1, 1, 1])
    assert agrees(fate, done=left == [0, 0, 0])


async def add_user(world: World) -> Scenario:
    words = ("user", "add", "bob", "--password-stdin")
    fate = yield lambda: world.command(*words, stdin="an unusual password\n")
    done = await world.count("users") == 2
    assert agrees(fate, done=done)
    if not done:
        await world.command(*words, stdin="an unusual password\n")
    bob = await world.person()
    await bob.open("/signin")
    assert (await bob.submit("/signin", username="bob", password="an unusual password")).status_code == 303


async def set_password_hash(world: World) -> Scenario:
    alice = await world.alice()
    words = ("user", "password", "alice", "--password-stdin")
    fate = yield lambda: world.command(*words, stdin="an unusual password\n")
    signed_out = (await alice.open("/devices")).url.path == "/signin"
    assert agrees(fate, done=signed_out), "a new password, and no session of the old one"
    person = await world.person()
    await person.open("/signin")
    fields = {"username": "alice", "password": "an unusual password"}
    assert ((await person.submit("/signin", **fields)).status_code == 303) is signed_out


async def set_user_profile(world: World) -> Scenario:
    words = ("user", "set", "alice", "--display-name", "Alice in W.", "--email", "alice@w.example")
    fate = yield lambda: world.command(*words)
    ((name, email),) = await world.rows("SELECT display_name, email FROM users")
    done = (name, email) == ("Alice in W.", "alice@w.example")
    assert done or (name, email) == ("Alice Liddell", None), "both of them, or none"
    assert agrees(fate, done=done)


async def replace_client(world: World) -> Scenario:
    tokens = await world.connected()
    words = ("client", "set", "lobby-tv", "--name", "Kiosk", "--access-token-lifetime", "5m")
    fate = yield lambda: world.command(*words)
    ((name, policy),) = await world.rows("SELECT name, policy FROM clients WHERE client_id = 'lobby-tv'")
    done = name == "Kiosk"
    assert ("access_token_lifetime" in policy) is done, "all of it, or none"
    assert agrees(fate, done=done)
    assert (await world.refresh(tokens)).status_code == 200, "what is connected stays connected"


async def remove_signing_key(world: World) -> Scenario:
    tokens = await world.connected()
    await world.command("keys", "rotate", "--algorithm", "ES256")
    ((kid,),) = await world.rows(
        "SELECT kid FROM signing_keys WHERE algorithm = 'ES256' ORDER BY created_at DESC LIMIT 1"
    )
    fate = yield lambda: world.command("keys", "withdraw", kid)
    assert agrees(fate, done=await world.count("signing_keys", f"kid = '{kid}'") == 0)
    assert (await world.bearer("GET", "/userinfo", tokens)).is_success


async def set_user_locked(world: World) -> Scenario:
    tokens = await world.connected()
    fate = yield lambda: world.command("user", "lock", "alice")
    alive = (await world.bearer("GET", "/userinfo", tokens)).is_success
    assert agrees(fate, done=not alive)
    assert await refused(world.refresh(tokens)) is not alive


async def remove_user(world: World) -> Scenario:
    await world.connected()
    fate = yield lambda: world.command("user", "remove", "alice")
    left = [
        await world.count(table, "user_id = 'u-alice'")
        for table in ("users", "device_grants", "connected_devices", "web_sessions")
    ]
    assert left in ([0, 0, 0, 0], [1, 1, 1, 1])
    assert agrees(fate, done=left == [0, 0, 0, 0])


async def add_initial_access_token(world: World) -> Scenario:
    words = ("registration-token", "add", "integrators", "--grant", "device_code")
    fate = yield lambda: world.command(*words)
    done = await world.count("initial_access_tokens", "remaining = 1") == 1
    assert agrees(fate, done=done)
    await world.command(*words)
    token = (world.folder / "command.log").read_text().split()[-1]
    assert (await register(world, token)).status_code == 201


async def remove_initial_access_token(world: World) -> Scenario:
    await world.command("registration-token", "add", "integrators", "--grant", "device_code")
    token = (world.folder / "command.log").read_text().split()[-1]
    fate = yield lambda: world.command("registration-token", "remove", "integrators")
    assert agrees(fate, done=await world.count("initial_access_tokens") == 0)
    assert agrees(fate, done=(await register(world, token)).status_code == 401)


# What a server does when it starts


async def start_and_wait_for_the_end(world: World) -> None:
    await world.start()
    await world.death()
    raise httpx.TransportError("it answered, and then it died")


async def sweep(world: World) -> Scenario:
    await world.issue()
    long_ago = time.time() - 86_400
    store = await world.open_store()
    ((client_id,),) = await world.rows("SELECT client_id FROM device_grants")
    for number in range(3):
        code = bytes([number]) * 32
        grant_id = new_id(long_ago, code[:10].ljust)
        old = DeviceGrant(grant_id, code, code, client_id, (), 5, long_ago, long_ago + 600, None, "192.0.2.7")
        assert await store.insert_grant(old)
    await store.close()
    await world.stop()
    yield lambda: start_and_wait_for_the_end(world)
    assert await world.count("device_grants", f"created_at > {long_ago + 1}") == 1, "what lives is left alone"
    await world.until(lambda: _none_is_old(world, long_ago), "the sweep after the restart")


async def _none_is_old(world: World, long_ago: float) -> bool:
    return bool(await world.count("device_grants", f"created_at < {long_ago + 1}") == 0)


SCENARIOS: dict[str, tuple[Callable[[World], Scenario], str]] = {
    "insert_grant": (insert_grant, "device_grants"),
    "redeem_grant": (redeem_grant, "device_grants"),
    "set_grant_interval": (set_grant_interval, "device_grants"),
    "rotate_refresh": (rotate_refresh, "connected_devices"),
    "revoke_device": (revoke_device, "connected_devices"),
    "add_notice": (add_notice, "notices"),
    "remove_notice": (remove_notice, "notices"),
    "decide_grant": (decide_grant, "device_grants"),
    "set_grant_stage": (set_grant_stage, "device_grants"),
    "put_session": (put_session, "web_sessions"),
    "remove_session": (remove_session, "web_sessions"),
    "spend_attempts": (spend_attempts, "attempts"),
    "renew_password_hash": (renew_password_hash, "users"),
    "set_password_hash": (set_password_hash, "users"),
    "set_user_profile": (set_user_profile, "users"),
    "replace_client": (replace_client, "clients"),
    "remove_signing_key": (remove_signing_key, "signing_keys"),
    "add_client": (add_client, "clients"),
    "remove_client": (remove_client, "clients"),
    "add_user": (add_user, "users"),
    "set_user_locked": (set_user_locked, "users"),
    "remove_user": (remove_user, "users"),
    "sweep": (sweep, "device_grants"),
    "insert_authorization": (insert_authorization, "authorization_grants"),
    "decide_authorization": (decide_authorization, "authorization_grants"),
    "put_consent": (put_consent, "consents"),
    "remove_consent": (remove_consent, "consents"),
    "redeem_authorization": (redeem_authorization, "authorization_grants"),
    "add_user_with_identity": (add_user_with_identity, "users"),
    "put_upstream": (put_upstream, "upstreams"),
    "remove_upstream": (remove_upstream, "upstreams"),
    "add_identity": (add_identity, "identities"),
    "remove_identity": (remove_identity, "identities"),
    "spend_identifier": (spend_identifier, "spent_identifiers"),
    "add_connected_device": (add_connected_device, "connected_devices"),
    "use_initial_access_token": (use_initial_access_token, "initial_access_tokens"),
    "add_initial_access_token": (add_initial_access_token, "initial_access_tokens"),
    "remove_initial_access_token": (remove_initial_access_token, "initial_access_tokens"),
}
"""The method of the store: what leads to it, and the table that it changes first."""


def every_point(engine: str, change: str) -> list[Any]:
    points = POINTS[engine] if change in _OFTEN else _FEWER_POINTS[engine]
    return [pytest.param(engine, change, point, id=f"{engine}: {point} {change}") for point in points]


async def die(world: World, point: str, change: str, table: str, act: Act) -> None:
    """Act, and be killed at the point; whoever asked has had no answer."""
    if point == "under way":
        async with world.locked(table) as one_waits:
            acting = asyncio.ensure_future(act())
            await one_waits()
            world.kill()
            await unanswered(acting)
        return
    world.die_at(f"{point} {change}")
    acting = asyncio.ensure_future(act())
    if point == "commit":
        await world.point_is_reached()
        # Had the change been acknowledged too soon, that would be out by then.
        for _ in range(3 * world.answers):
            assert (await world.http.get("/healthz")).status_code == 200, "reads go on"
        assert not acting.done(), "acknowledged before it was committed"
        world.kill()
    await unanswered(acting)
    world.die_at("")


async def unanswered(acting: "asyncio.Future[Any]") -> None:
    with pytest.raises(httpx.TransportError):
        await acting


@pytest.mark.parametrize(
    ("engine", "change", "point"),
    [parameters for engine in POINTS for change in SCENARIOS for parameters in every_point(engine, change)],
)
async def test_a_change_that_is_killed_has_happened_as_a_whole_or_not_at_all(
    world: World, change: str, point: str
) -> None:
    told, table = SCENARIOS[change]
    await run_through(world, told(world), change, table, point)


@pytest.mark.parametrize(
    ("engine", "point"),
    [("sqlite", "commit"), ("sqlite", "after"), ("postgresql", "under way"), ("postgresql", "after")],
)
async def test_so_it_is_with_a_command_that_approves(world: World, point: str) -> None:
    await run_through(world, approve_by_hand(world), "decide_grant", "device_grants", point)


async def run_through(world: World, scenario: Scenario, change: str, table: str, point: str) -> None:
    act = await anext(scenario)
    await die(world, point, change, table, act)
    await world.rise()
    await world.is_whole()
    with pytest.raises(StopAsyncIteration):
        await scenario.asend(POINTS[world.engine][point])
    await world.is_whole()


class TestFirstStart:
    @pytest.mark.parametrize(
        ("engine", "change", "point"),
        [
            *every_point("sqlite", "add_signing_key"),
            *every_point("postgresql", "add_signing_key"),
            *every_point("sqlite", "schema")[:1],
        ],
    )
    async def test_a_first_start_that_is_killed_is_followed_by_another(
        self, new_world: World, change: str, point: str
    ) -> None:
        if point == "under way":
            await (await new_world.open_store()).close()  # the tables, for one of them to be locked
        await die(new_world, point, change, "signing_keys", new_world.start)
        await new_world.rise()
        algorithms = [key["alg"] for key in (await new_world.http.get("/jwks")).json()["keys"]]
        assert algorithms == ["ES256", "RS256"]
        assert await new_world.count("signing_keys") == 2
        await new_world.is_whole()


def test_every_method_that_changes_something_is_among_them(changes: list[str]) -> None:
    """A method that the store gets tomorrow has a scenario here, or is one of those that only read."""
    assert sorted([*SCENARIOS, "add_signing_key"]) == changes
