"""What a person can still do once they have gone along with an attack: undo, reply, and report."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.phishing import attacks
from tests.phishing.person import Person, Reached
from tests.phishing.rehearsal import CONFIRM, HOLD, Rehearsal, World, rehearsal
from tests.phishing.sending_device import SAYS_ALL

pytestmark = pytest.mark.asyncio(loop_scope="session")

I_DID_NOT = "I didn't start this"
STARTED_BY_ANYONE = ("open", "standard", "strict")
"""Policies under which the attacker's device gets codes."""


@pytest_asyncio.fixture(loop_scope="session")
async def stage(world: World) -> AsyncIterator[Rehearsal]:
    """A live relay under ``standard``."""
    async with rehearsal(world, "standard", SAYS_ALL) as stage:
        yield stage


async def held(stage: Rehearsal) -> Person:
    """The person has approved, and the approval is on hold."""
    person = await stage.person()
    await attacks.live_relay(stage, person)
    assert stage.attacker.poll()["pairing_stage"] == "finishing"
    return person


class TestHold:
    async def test_person_is_told_of_the_other_network_and_of_the_hold_before_the_approval(
        self, stage: Rehearsal
    ) -> None:
        person = await held(stage)

        assert "on another network than you" in person.read
        assert "undo" in person.read

    async def test_undone_approval_gives_no_tokens(self, stage: Rehearsal) -> None:
        person = await held(stage)
        await person.press("Undo")

        stage.world.clock.advance(HOLD)
        assert stage.attacker.poll()["error"] == "access_denied"

    async def test_person_whose_screen_greeted_no_one_says_no_and_ends_the_connection(
        self, stage: Rehearsal
    ) -> None:
        person = await held(stage)
        stage.world.clock.advance(HOLD)
        tokens = stage.attacker.poll()
        await person.page.get_by_role("heading", name="Did your screen just say").wait_for()
        await person.press("No")

        assert not stage.attacker.is_connected(tokens)

    async def test_device_that_the_person_confirmed_stays_under_strict(self, world: World) -> None:
        """A code that is typed beside the device, and its number: one proof of two."""
        async with rehearsal(world, "strict", SAYS_ALL) as stage:
            stage.attackers_device_is_at(stage.network)
            device = stage.attacker
            device.start()
            person = await stage.person()

            async def number() -> str | None:
                return device.number()

            person.code, person.number = device.user_code, number
            await person.page.goto(f"{world.service.url}/device")
            await person.goes_along()
            world.clock.advance(HOLD)
            tokens = device.poll()
            await person.press("Yes")

            world.clock.advance(CONFIRM)
            assert device.is_connected(tokens)


class TestReports:
    @pytest.mark.parametrize("policy", STARTED_BY_ANYONE)
    async def test_third_report_within_the_hour_stops_the_sender_and_no_one_else(
        self, world: World, policy: str
    ) -> None:
        """By three people who are not signed in."""
        async with rehearsal(world, policy, SAYS_ALL) as stage:
            for _ in range(3):
                assert stage.attacker.start().is_success
                person = await stage.person(network=world.new_network())
                await person.page.goto(stage.attacker.link())
                await person.press(I_DID_NOT)
                assert stage.attacker.poll()["error"] == "access_denied"

            refused = stage.attacker.start()
            assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
            await stage.honest_device_pairs(await stage.person())

    async def test_report_at_the_question_denies(self, stage: Rehearsal) -> None:
        stage.attacker.start()
        person = await stage.person()
        await person.page.goto(stage.attacker.link())
        assert await person.goes_along(decides=False) is Reached.QUESTION
        await person.press(I_DID_NOT)

        assert stage.attacker.poll()["error"] == "access_denied"

    async def test_report_during_the_hold_denies(self, stage: Rehearsal) -> None:
        person = await held(stage)
        await person.press(I_DID_NOT)

        stage.world.clock.advance(HOLD)
        assert stage.attacker.poll()["error"] == "access_denied"

    async def test_report_of_a_connected_device_ends_its_tokens(self, world: World) -> None:
        async with rehearsal(world, "open", "") as stage:
            person = await stage.person()
            await attacks.link_by_mail(stage, person)
            tokens = stage.attacker.poll()
            assert stage.attacker.is_connected(tokens)

            await person.opens(f"{world.service.url}/devices")
            await person.opens_the_device()
            await person.press(I_DID_NOT)
            assert not stage.attacker.is_connected(tokens)
