"""What people do who sign in with another provider."""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx

from tests.crash.scenarios.fates import Scenario, agrees
from tests.crash.world import Person, World
from tests.processes.programs import PATIENCE


async def provider_of(world: World) -> str:
    """A pretend provider, at which people may sign in here; its issuer."""
    script = Path(__file__).parents[2] / "fake_provider.py"
    process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, script], stdout=subprocess.PIPE, text=True
    )
    world.closing.callback(process.communicate)
    world.closing.callback(process.terminate)
    assert process.stdout is not None
    issuer = (await asyncio.to_thread(process.stdout.readline)).strip()
    await world.command(
        "upstream", "add", "example", "--issuer", issuer, "--client-id", "pairgrant", "--create-accounts"
    )
    return issuer


async def way_back(person: Person) -> str:
    """Where the provider sends a person who has signed in there."""
    await person.open("/signin")
    page = await person.open((await person.submit("/signin/with/example")).headers["location"])
    uri = page.headers["refresh"].partition("url=")[2]
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as browser:
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
        "a redirect back is accepted once, even if its response was lost"
    )
    assert (await person.http.get(await way_back(person))).status_code == 303
    assert [await world.count("users", "username LIKE 'zoe%'"), await world.count("identities")] == [1, 1]


async def set_session_upstream(world: World) -> Scenario:
    await provider_of(world)
    person = await world.person()
    await person.open("/signin")
    fate = yield lambda: person.submit("/signin/with/example")
    assert agrees(fate, done=await world.count("web_sessions", "sealed_upstream IS NOT NULL") == 1)
    assert (await person.http.get(await way_back(person))).status_code == 303
