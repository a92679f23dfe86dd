"""Attackers and people on networks of their own: what headers claim, and what a VPN looks like.

No proxy is trusted here. Each side is a network namespace, and the server sees its real address.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import NamedTuple

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.journey.service import Service
from tests.journey.waiting import PATIENCE
from tests.phishing.conftest import ARGUMENTS, CHROMIUM, NewService
from tests.phishing.hastened_clock import HastenedClock
from tests.phishing.network_namespace import NetworkNamespace, NoNamespacesError, network_namespace
from tests.phishing.person import Person
from tests.phishing.rehearsal import Result, result_of
from tests.phishing.sending_device import SAYS_ALL, SendingDevice
from tests.tabs import close, new_context, new_tab

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Networks(NamedTuple):
    home: NetworkNamespace
    elsewhere: NetworkNamespace


@pytest.fixture(scope="module")
def networks(free_port: Callable[[], int]) -> Iterator[Networks]:
    """Two that no other process that runs tests has, as it has no port of the same hundred."""
    hundred = free_port() // 100 - 200
    with ExitStack() as stack:
        try:
            found = [stack.enter_context(network_namespace(2 * hundred + side)) for side in (0, 1)]
        except NoNamespacesError as error:
            pytest.skip(f"there are no network namespaces here: {error}")
        yield Networks(*found)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(networks: Networks, new_service: NewService) -> AsyncIterator[Service]:
    service = new_service()
    service.settings["PAIRGRANT_HOST"] = "0.0.0.0"
    service.settings["PAIRGRANT_PUBLIC_URL"] = f"http://{networks.home.gateway}:{service.port}"
    service.settings["PAIRGRANT_INSECURE"] = "true"
    await service.start()
    yield service
    service.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phone_at_home(
    networks: Networks, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Browser]:
    script = networks.home.program(CHROMIUM, tmp_path_factory.mktemp("chromium"))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=script,
            args=ARGUMENTS,
            timeout=PATIENCE * 1000,
        )
        yield browser
        await browser.close()


class Scene:
    """``url`` is the genuine site's; ``person`` is at home."""

    def __init__(self, url: str, clock: HastenedClock, person: Person) -> None:
        self.url = url
        self.clock = clock
        self.person = person

    def device(
        self, policy: str, place: NetworkNamespace, says: str, headers: dict[str, str] | None = None
    ) -> SendingDevice:
        claimed = headers or {}

        def call(url: str, form: dict[str, str], headers: dict[str, str]) -> httpx.Response:
            sent = {**headers, **claimed}
            return place.run(
                lambda: httpx.post(url, data=form, headers=sent, trust_env=False, timeout=PATIENCE)
            )

        device = SendingDevice(policy, self.clock, self.url, call, says=says)
        assert device.start().is_success
        return device

    async def result_of(self, device: SendingDevice, *, link: bool = False, digits: bool = False) -> Result:
        """The person types the device's code, or opens its link; ``digits``: they learn its number too."""

        async def number() -> str | None:
            return device.number() if digits else None

        self.person.code, self.person.number = device.user_code, number
        await self.person.page.goto(device.link() if link else f"{self.url}/device")
        await self.person.goes_along()
        return result_of(device, self.clock)


@pytest_asyncio.fixture(loop_scope="module")
async def scene(server: Service, clock: HastenedClock, phone_at_home: Browser) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        context = await new_context(phone_at_home)
        stack.push_async_callback(close, context)
        yield Scene(server.settings["PAIRGRANT_PUBLIC_URL"], clock, Person(await new_tab(context)))


class Case(NamedTuple):
    """``digits``: the person learns the number of the attacker's device."""

    policy: str
    says: str
    expected: Result
    digits: bool = False


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"])
@pytest.mark.parametrize(
    "case",
    [
        Case("standard", "", Result.HELD),
        Case("standard", SAYS_ALL, Result.FAILS),
        Case("strict", "", Result.FAILS),
        Case("strict", SAYS_ALL, Result.FAILS),
    ],
)
async def test_header_that_names_the_persons_address_makes_no_device_near(
    scene: Scene, networks: Networks, header: str, case: Case
) -> None:
    claim = f"for={networks.home.address}" if header == "Forwarded" else networks.home.address
    device = scene.device(case.policy, networks.elsewhere, case.says, {header: claim})

    assert await scene.result_of(device) is case.expected
    assert "the location of this device is unknown" in scene.person.read


@pytest.mark.parametrize(
    "case",
    [
        Case("standard", "", Result.SUCCEEDS),
        Case("standard", SAYS_ALL, Result.FAILS),
        Case("standard", SAYS_ALL, Result.SUCCEEDS, digits=True),
        Case("strict", "", Result.FAILS),
        Case("strict", SAYS_ALL, Result.FAILS),
        Case("strict", SAYS_ALL, Result.UNCONFIRMED, digits=True),
    ],
)
async def test_device_behind_a_vpn_in_the_persons_network_counts_as_near(
    scene: Scene, networks: Networks, case: Case
) -> None:
    """Its address proves nothing more: ``strict`` asks for a second proof, or for a reply after the hold."""
    device = scene.device(case.policy, networks.home, case.says)

    assert await scene.result_of(device, digits=case.digits) is case.expected


@pytest.mark.parametrize("policy", ["standard", "strict"])
async def test_honest_device_at_home_is_approved(scene: Scene, networks: Networks, policy: str) -> None:
    device = scene.device(policy, networks.home, SAYS_ALL)

    assert await scene.result_of(device, link=True, digits=True) is Result.SUCCEEDS
