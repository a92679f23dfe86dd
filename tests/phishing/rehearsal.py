"""The stage of one attack: a client under one policy, the attacker's device and site, and people."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from pairgrant.oauth.dpop_key import DPoPKey
from tests.journey.service import Service
from tests.journey.waiting import PATIENCE
from tests.phishing.attacking_site import AttackingSite
from tests.phishing.hastened_clock import HastenedClock
from tests.phishing.person import Person
from tests.phishing.sending_device import SAYS_ALL, SendingDevice
from tests.tabs import close, new_context, new_tab

POLICIES = {
    "open": ("--profile", "open"),
    "standard": ("--profile", "standard"),
    "required": ("--profile", "standard", "--number-match", "required"),
    "strict": ("--profile", "strict"),
    "managed": ("--profile", "managed"),
}
"""Column of the table -> what its client was added with. ``managed`` has one enrolled key."""

INSIDE = "inside"
INSIDE_NETWORK = "10.200.0.0/16"
INSIDE_RULES = ("--profile", "managed", "--trusted-network", INSIDE_NETWORK)
"""A managed client with a trusted network in place of keys."""

HOLD = 20
CONFIRM = 120
"""Seconds."""

_LONGEST = 240
"""Seconds of real time for one rehearsal, several times what a busy machine takes."""


class Result(StrEnum):
    """What an attacker's device has in the end, best for the attacker first."""

    SUCCEEDS = "succeeds"
    HELD = "held"
    """It gets tokens after 20 s, unless the person undoes it."""
    UNCONFIRMED = "unconfirmed"
    """The same, and they end after two minutes, unless the person says that their screen greeted them."""
    FAILS = "fails"
    NOT_STARTED = "can't start"
    """It gets no codes."""

    @property
    def rank(self) -> int:
        return list(Result).index(self)


def result_of(device: SendingDevice, clock: HastenedClock) -> Result:
    """What ``device`` gets, now and later, if the person does nothing more."""
    response = device.poll()
    if "access_token" in response:
        return Result.SUCCEEDS
    if response.get("pairing_stage") != "finishing":
        assert response["error"] in {"authorization_pending", "access_denied"}, response
        return Result.FAILS
    clock.advance(HOLD)
    tokens = device.poll()
    assert "access_token" in tokens, tokens
    clock.advance(CONFIRM)
    return Result.HELD if device.is_connected(tokens) else Result.UNCONFIRMED


@dataclass
class World:
    """What all rehearsals share."""

    service: Service
    clock: HastenedClock
    browser: Browser
    site: AttackingSite
    enrolled: DPoPKey
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=PATIENCE))
    _networks: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def new_network(self) -> str:
        """An address that no one has used before."""
        number = next(self._networks)
        return f"10.{number >> 8}.{number & 255}.7"

    def device(self, client_id: str, network: str, **facts: Any) -> SendingDevice:
        def call(url: str, form: dict[str, str], headers: dict[str, str]) -> httpx.Response:
            return self.http.post(url, data=form, headers={**headers, "X-Forwarded-For": network})

        return SendingDevice(client_id, self.clock, self.service.url, call, **facts)


@dataclass
class Rehearsal:
    """``says``: the capabilities that the attacker's device names."""

    world: World
    policy: str
    says: str
    people: AsyncExitStack
    network: str = ""
    """Where the person is, and the honest device."""
    attacker: SendingDevice = field(init=False)

    def __post_init__(self) -> None:
        self.network = self.world.new_network()
        self.attackers_device_is_at(self.world.new_network())

    def attackers_device_is_at(self, network: str) -> None:
        self.attacker = self.world.device(self.policy, network, says=self.says)
        self.world.site.device = self.attacker

    async def person(self, username: str = "alice", network: str | None = None) -> Person:
        context = await new_context(
            self.world.browser, extra_http_headers={"X-Forwarded-For": network or self.network}
        )
        self.people.push_async_callback(close, context)
        return Person(await new_tab(context), username)

    def result(self) -> Result:
        return result_of(self.attacker, self.world.clock)

    async def honest_device_pairs(self, person: Person) -> None:
        """Beside the person, a device of the same client: scanned, and compared where the page asks."""
        device = self.world.device(self.policy, self.network, says=SAYS_ALL)
        if self.policy == "managed":
            device.key = self.world.enrolled
        assert device.start().is_success

        async def number() -> str | None:
            return device.number()

        person.number, person.code = number, device.user_code
        await person.opens(device.link())
        reached = await person.goes_along()
        assert "access_token" in device.poll(), (reached, person.texts)


@asynccontextmanager
async def rehearsal(world: World, policy: str, says: str) -> AsyncIterator[Rehearsal]:
    """One under ``policy``; it fails where it hangs: some calls of Playwright have no bound of their own."""
    guard = asyncio.timeout(_LONGEST)
    try:
        async with guard, AsyncExitStack() as people:
            yield Rehearsal(world, policy, says, people)
    except TimeoutError:
        if guard.expired():
            pytest.fail(f"the rehearsal under {policy} has not ended in {_LONGEST} s")
        raise
