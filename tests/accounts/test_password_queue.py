"""The places for verifying passwords: no network takes them all, and a known browser finds one."""

import asyncio

from pairgrant_server.accounts.password_queue import PasswordQueue, Places
from pairgrant_server.authorization_server.limits.sign_in_attempts import Lane


def entered(places: Places, lane: Lane, times: int = 100) -> int:
    return [places.enter(lane) for _ in range(times)].count(True)


def test_unknown_browsers_leave_a_quarter_of_the_places_to_known_ones() -> None:
    places = Places(32)
    assert entered(places, Lane.NEW) == 24
    assert entered(places, Lane.KNOWN) == 8


def test_suspect_networks_take_an_eighth_of_the_places() -> None:
    places = Places(32)
    assert entered(places, Lane.SUSPECT) == 4
    assert entered(places, Lane.NEW) == 20
    assert entered(places, Lane.KNOWN) == 8


def test_place_is_free_again_after_leaving() -> None:
    places = Places(2)
    assert entered(places, Lane.KNOWN) == 2
    places.leave(Lane.KNOWN)
    assert places.enter(Lane.KNOWN)


async def test_one_network_holds_a_quarter_of_the_places_and_its_others_wait() -> None:
    queue, held, release = PasswordQueue(32), 0, asyncio.Event()

    async def sign_in(network: str) -> bool:
        nonlocal held
        async with queue.place(Lane.NEW, network) as has_place:
            held += 1
            await release.wait()
            return has_place

    async with asyncio.TaskGroup() as tasks:
        school = [tasks.create_task(sign_in("network school")) for _ in range(30)]
        await _settled()
        assert held == 8
        elsewhere = tasks.create_task(sign_in("network elsewhere"))
        await _settled()
        assert held == 9
        release.set()
    assert all(task.result() for task in [*school, elsewhere])


async def test_callers_beyond_the_waiting_ones_get_no_place() -> None:
    queue, release = PasswordQueue(32), asyncio.Event()

    async def sign_in() -> bool:
        async with queue.place(Lane.SUSPECT, "network flood") as has_place:
            await release.wait()
            return has_place

    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(sign_in()) for _ in range(60)]
        await _settled()
        release.set()
    assert [task.result() for task in waiting].count(True) == 40
    assert not queue._turns, "nothing is kept of callers that have left"


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
