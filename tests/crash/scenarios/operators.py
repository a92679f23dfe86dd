"""What operators do on the command line, beside a server that runs."""

from functools import partial

from tests.crash.scenarios.fates import Scenario, agrees, refused
from tests.crash.scenarios.machines import register
from tests.crash.world import World
from tests.pages.site_under_test import is_signed_in

PROVIDER = ("--issuer", "https://accounts.example", "--client-id", "pairgrant", "--no-check")
DEVICE_KEY = ("lobby-tv", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
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


async def put_defined_scope(world: World) -> Scenario:
    """Beside a running server, whose metadata lists it."""
    words = ("scope", "set", "reports:read", "--title", "Read your reports")
    fate = yield lambda: world.command(*words)
    metadata = (await world.http.get("/.well-known/oauth-authorization-server")).json()
    done = "reports:read" in metadata["scopes_supported"]
    assert agrees(fate, done=done)
    if not done:
        await world.command(*words)
    assert await world.count("defined_scopes", "name = 'reports:read'") == 1


async def remove_defined_scope(world: World) -> Scenario:
    await world.command("scope", "set", "reports:read", "--title", "Read your reports")
    fate = yield lambda: world.command("scope", "remove", "reports:read")
    assert agrees(fate, done=await world.count("defined_scopes") == 0)


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
    response = await world.http.post("/device_authorization", data={"client_id": "kiosk"})
    assert response.status_code == 200


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
    response = await bob.submit("/signin", username="bob", password="an unusual password")
    assert is_signed_in(response)


async def set_password_hash(world: World) -> Scenario:
    """The password, the sessions, the devices, and what was approved and waits for its device."""
    alice = await world.alice()
    tokens = await world.connected()
    codes = await world.issue()
    assert (await alice.decide(codes)).status_code == 303
    words = ("user", "password", "alice", "--password-stdin")
    fate = yield lambda: world.command(*words, stdin="an unusual password\n")
    signed_out = (await alice.open("/devices")).url.path == "/signin"
    assert agrees(fate, done=signed_out), "a new password, and no session of the old one"
    person = await world.person()
    await person.open("/signin")
    fields = {"username": "alice", "password": "an unusual password"}
    assert is_signed_in(await person.submit("/signin", **fields)) is signed_out
    assert await refused(world.refresh(tokens)) is signed_out, "devices end with the password"
    assert (await world.poll(codes)).status_code == (400 if signed_out else 200), "approvals end with it too"


async def set_user_profile(world: World) -> Scenario:
    words = ("user", "set", "alice", "--display-name", "Alice in W.", "--email", "alice@w.example")
    fate = yield lambda: world.command(*words)
    ((name, email),) = await world.rows("SELECT display_name, email FROM users")
    done = (name, email) == ("Alice in W.", "alice@w.example")
    assert done or (name, email) == ("Alice Liddell", None), "both of them, or none"
    assert agrees(fate, done=done)


async def set_user_locale(world: World) -> Scenario:
    words = ("user", "set", "alice", "--language", "it", "--time-zone", "Europe/Rome")
    fate = yield lambda: world.command(*words)
    ((language, time_zone),) = await world.rows("SELECT language, time_zone FROM users")
    done = (language, time_zone) == ("it", "Europe/Rome")
    assert done or (language, time_zone) == (None, None), "both of them, or none"
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


async def put_device_key(world: World) -> Scenario:
    words = ("device-key", "add", *DEVICE_KEY, "--name", "Lobby screen")
    fate = yield lambda: world.command(*words)
    done = await world.count("device_keys", "name = 'Lobby screen'") == 1
    assert agrees(fate, done=done)
    await world.command(*words)
    assert await world.count("device_keys") == 1


async def remove_device_key(world: World) -> Scenario:
    await world.command("device-key", "add", *DEVICE_KEY, "--name", "Lobby screen")
    fate = yield lambda: world.command("device-key", "remove", *DEVICE_KEY)
    assert agrees(fate, done=await world.count("device_keys") == 0)


async def lift_report(world: World) -> Scenario:
    alice = await world.alice()
    await alice.enter(await world.issue())
    await alice.open("/consent")
    assert (await alice.submit("/report")).headers["location"].startswith("/reported")
    ((report_id,),) = await world.rows("SELECT report_id FROM reports")
    fate = yield lambda: world.command("reports", "lift", report_id)
    done = await world.count("reports", "lifted_at IS NOT NULL") == 1
    assert agrees(fate, done=done)
    if not done:
        await world.command("reports", "lift", report_id)
    assert await world.count("reports", "lifted_at IS NOT NULL") == 1
