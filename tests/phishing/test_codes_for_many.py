"""One code for many people: what those who look it up are told, and what an operator can see."""

import pytest

from tests.phishing.attacks import strangers_look_up
from tests.phishing.person import Reached
from tests.phishing.rehearsal import Result, World, rehearsal
from tests.phishing.sending_device import SAYS_ALL

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOMEONE_ELSE = "someone else has entered this code too"


async def test_both_people_who_look_a_code_up_are_warned(world: World) -> None:
    async with rehearsal(world, "standard", "") as stage:
        stage.attacker.start()
        alice, bob = await stage.person(), await stage.person("bob", world.new_network())
        for person in (alice, bob):
            person.code = stage.attacker.user_code
            await person.page.goto(f"{world.service.url}/device")
            assert await person.goes_along(decides=False) is Reached.QUESTION
        await alice.page.reload()
        await alice.goes_along(decides=False)

        assert SOMEONE_ELSE in alice.read
        assert SOMEONE_ELSE in bob.read
        assert "code.seen_by_others" in world.service.log


@pytest.mark.parametrize(
    ("policy", "says", "expected"),
    [("standard", "", Result.HELD), ("standard", SAYS_ALL, Result.FAILS), ("strict", SAYS_ALL, Result.FAILS)],
)
async def test_code_that_a_thousand_people_look_up(
    world: World, policy: str, says: str, expected: Result
) -> None:
    async with rehearsal(world, policy, says) as stage:
        stage.attacker.start()
        await strangers_look_up(world, stage.attacker.user_code, 1000)
        person = await stage.person()
        person.code = stage.attacker.user_code
        await person.page.goto(f"{world.service.url}/device")
        await person.goes_along()

        assert SOMEONE_ELSE in person.read
        assert stage.result() is expected
