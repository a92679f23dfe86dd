"""Each attack of the table under each policy, and the honest device beside it."""

import pytest

from tests.phishing import attacks
from tests.phishing.attacks import Attack
from tests.phishing.outcomes import ROWS, row
from tests.phishing.person import Person
from tests.phishing.rehearsal import INSIDE, POLICIES, Rehearsal, Result, World, rehearsal
from tests.phishing.sending_device import SAYS_ALL

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAYS = (SAYS_ALL, "")
"""What the attacker's device says of itself: all that ours says, or nothing, as stock devices do."""

NAMES = [row["attack"] for row in ROWS if hasattr(attacks, row["attack"])]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", NAMES)
async def test_attack_ends_as_the_table_says_and_the_honest_device_is_connected(
    world: World, name: str, policy: str
) -> None:
    found = []
    for says in SAYS:
        async with rehearsal(world, policy, says) as stage:
            person = await stage.person()
            found.append(await outcome(stage, person, getattr(attacks, name)))
            if says == SAYS[-1]:
                await stage.honest_device_pairs(person)

    assert found == [Result(cell) for cell in row(name)[policy]]


async def outcome(stage: Rehearsal, person: Person, attack: Attack) -> Result:
    if not stage.attacker.start().is_success:
        return Result.NOT_STARTED
    await attack(stage, person)
    return stage.result()


async def test_attacker_inside_a_trusted_network_meets_the_rules_of_standard(world: World) -> None:
    found = []
    for number, says in enumerate(SAYS):
        async with rehearsal(world, INSIDE, says) as stage:
            stage.attackers_device_is_at(f"10.200.{number}.7")
            person = await stage.person()
            found.append(await outcome(stage, person, attacks.code_by_mail))

    assert found == [Result(cell) for cell in row("inside_a_trusted_network")["managed"]]
    assert await started_outside(world) is Result.NOT_STARTED


async def started_outside(world: World) -> Result:
    async with rehearsal(world, INSIDE, SAYS_ALL) as stage:
        return await outcome(stage, await stage.person(), attacks.code_by_mail)
