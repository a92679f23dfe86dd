"""One server process with a client under each policy, one Chromium, and the attacker's site."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from pairgrant.oauth.dpop_key import DPoPKey, thumbprint
from tests.journey.service import PASSWORD, Service
from tests.journey.waiting import PATIENCE
from tests.phishing.attacking_site import HOST, AttackingSite, serve
from tests.phishing.hastened_clock import VARIABLE, HastenedClock
from tests.phishing.rehearsal import INSIDE, INSIDE_RULES, POLICIES, World
from tests.phishing.sending_device import SCOPE, new_dpop_key
from tests.processes.forked_programs import ForkedPrograms

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic")
PEOPLE = ("alice", "bob")
NewService = Callable[[], Service]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium these tests say so; in CI they fail instead."""
    if Path(CHROMIUM).exists() or os.environ.get("CI") == "true":
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="needs Chromium"))


@pytest.fixture(scope="session")
def hastened_programs() -> Iterator[ForkedPrograms]:
    """Starts our programs with the clock of these tests."""
    programs = ForkedPrograms(Path(__file__).with_name("hastened_server.py"))
    yield programs
    programs.close()


@pytest.fixture(scope="session")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock") / "ahead"


@pytest.fixture(scope="session")
def clock(clock_file: Path) -> HastenedClock:
    return HastenedClock(clock_file)


@pytest.fixture(scope="session")
def enrolled(clock: HastenedClock) -> DPoPKey:
    """The key of a managed device."""
    return new_dpop_key(clock)


def furnish(service: Service, enrolled: DPoPKey) -> None:
    """Add people, and a client for each policy."""
    for name in PEOPLE:
        words = ("user", "add", name, "--display-name", name.title(), "--password-stdin")
        added = service.command(*words, stdin=PASSWORD)
        assert added.returncode == 0, added
    stored = enrolled.serialize()
    assert stored is not None
    for policy, rules in {**POLICIES, INSIDE: INSIDE_RULES}.items():
        keys = ("--enrolled-key", thumbprint(stored)) if policy == "managed" else ()
        grants = ("--grant", "device_code", "--grant", "refresh_token")
        words = ("client", "add", policy, "--name", "Lobby TV", "--scope", SCOPE, *grants, *rules, *keys)
        added = service.command(*words)
        assert added.returncode == 0, added


@pytest.fixture(scope="session")
def new_service(
    tmp_path_factory: pytest.TempPathFactory,
    free_port: Callable[[], int],
    hastened_programs: ForkedPrograms,
    clock_file: Path,
    enrolled: DPoPKey,
) -> NewService:
    """Makes a server with people and clients, which a test starts with further settings of its own."""

    def make() -> Service:
        settings = {"PAIRGRANT_INTERVAL": "1", VARIABLE: str(clock_file)}
        folder = tmp_path_factory.mktemp("service")
        service = Service(folder, free_port(), settings, hastened_programs, hastened_programs)
        furnish(service, enrolled)
        return service

    return make


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(new_service: NewService, clock: HastenedClock) -> AsyncIterator[Service]:
    """Believes what the browsers and devices of this machine say about their networks."""
    service = new_service()
    service.settings["PAIRGRANT_TRUSTED_PROXIES"] = "127.0.0.1"
    await service.start()
    yield service
    service.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
            ],
            timeout=PATIENCE * 1000,
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def site(free_port: Callable[[], int]) -> Iterator[AttackingSite]:
    site = AttackingSite(free_port())
    stop = serve(site)
    yield site
    stop()


@pytest.fixture(scope="session")
def world(
    service: Service, clock: HastenedClock, chromium: Browser, site: AttackingSite, enrolled: DPoPKey
) -> Iterator[World]:
    world = World(service, clock, chromium, site, enrolled)
    yield world
    world.http.close()
