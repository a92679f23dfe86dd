"""A sign-in without a place waits for its turn, and only the longest line is refused."""

import asyncio

import pytest

from pairgrant_server.accounts.password_places import Claim
from pairgrant_server.accounts.password_queue import PasswordQueue
from pairgrant_server.authorization_server.limits.sign_in_attempts import Lane


class Desk:
    """A queue whose sign-ins keep their places until they are released."""

    def __init__(self) -> None:
        self.queue = PasswordQueue(32)
        self.release = asyncio.Event()
        self.at_work: list[Claim] = []

    async def sign_in(self, claim: Claim) -> bool:
        async with self.queue.place(claim) as has_place:
            if has_place:
                self.at_work.append(claim)
                await self.release.wait()
            return has_place


def suspects(network: str, name: str) -> Claim:
    return Claim(Lane.SUSPECT, network, name)


async def test_one_network_holds_a_quarter_of_the_places_and_its_others_wait() -> None:
    desk = Desk()
    async with asyncio.TaskGroup() as tasks:
        school = [tasks.create_task(desk.sign_in(Claim(Lane.NEW, "school"))) for _ in range(40)]
        await _settled()
        assert len(desk.at_work) == 8
        elsewhere = tasks.create_task(desk.sign_in(Claim(Lane.NEW, "elsewhere")))
        await _settled()
        assert len(desk.at_work) == 9
        desk.release.set()
    assert all(task.result() for task in [*school, elsewhere])


async def test_right_password_waits_where_suspect_networks_hold_all_their_places() -> None:
    desk = Desk()
    async with asyncio.TaskGroup() as tasks:
        for number in range(4):
            tasks.create_task(desk.sign_in(suspects(f"attacker {number}", "alice")))
        await _settled()
        honest = tasks.create_task(desk.sign_in(suspects("office", "bob")))
        await _settled()
        assert not honest.done()
        desk.release.set()
    assert honest.result()


async def test_guesses_at_one_name_stop_no_other_person_on_the_network() -> None:
    desk = Desk()
    async with asyncio.TaskGroup() as tasks:
        guesses = [tasks.create_task(desk.sign_in(suspects("office", "alice"))) for _ in range(100)]
        await _settled()
        assert len(desk.at_work) == 1
        bob = tasks.create_task(desk.sign_in(suspects("office", "bob")))
        carol = tasks.create_task(desk.sign_in(suspects("office", "carol")))
        await _settled()
        assert desk.at_work[1:] == [suspects("office", "bob")]
        desk.release.set()
    assert bob.result()
    assert carol.result(), "a guess at alice gave way to it"
    assert [guess.result() for guess in guesses].count(True) == 32


async def test_sign_in_whose_browser_has_gone_leaves_its_line_and_its_place() -> None:
    desk = Desk()
    first = asyncio.create_task(desk.sign_in(suspects("office", "alice")))
    await _settled()
    waiting = [asyncio.create_task(desk.sign_in(suspects("office", "alice"))) for _ in range(3)]
    await _settled()
    waiting[0].cancel()
    first.cancel()  # its place goes to a sign-in that has just been cancelled, and on to the next one
    await _settled()
    assert len(desk.at_work) == 2
    waiting[1].cancel()
    await _settled()
    assert len(desk.at_work) == 3
    desk.release.set()
    assert await waiting[2]
    assert [task.cancelled() for task in (first, *waiting)] == [True, True, True, False]


async def test_sign_in_that_is_cancelled_as_its_turn_comes_passes_it_on() -> None:
    desk, claim = Desk(), suspects("office", "alice")
    held = desk.queue.place(claim)
    assert await held.__aenter__()
    waiting = [asyncio.create_task(desk.sign_in(claim)) for _ in range(2)]
    await _settled()
    await held.__aexit__(None, None, None)
    waiting[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    desk.release.set()
    assert await waiting[1]


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
