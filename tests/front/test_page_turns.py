"""Page requests take turns, so a burst from one network delays no other one."""

import asyncio
from typing import Any

from pairgrant_server.front.page_turns import PageTurns

FLOODER, OTHER = "192.0.2.1", "198.51.100.7"


class Begun:
    """An application that notes who began, and in which turn of the loop."""

    def __init__(self) -> None:
        self.turn = 0
        self.requests: list[tuple[int, str]] = []

    async def __call__(self, scope: Any, _receive: Any, _send: Any) -> None:
        self.requests.append((self.turn, scope["client"][0]))

    async def run(self, addresses: list[str], per_turn: int) -> None:
        pages: Any = PageTurns(self, per_turn)
        loop = asyncio.get_running_loop()

        def next_turn() -> None:
            self.turn += 1
            if len(self.requests) < len(addresses):
                loop.call_soon(next_turn)

        loop.call_soon(next_turn)
        scopes: list[Any] = [{"type": "http", "client": (address, 0)} for address in addresses]
        await asyncio.gather(*(pages(scope, None, None) for scope in scopes))


async def test_burst_begins_a_few_pages_in_each_turn_of_the_loop() -> None:
    begun = Begun()
    await begun.run([FLOODER] * 100, per_turn=4)
    turns = [turn for turn, _ in begun.requests]
    assert len(turns) == 100
    assert max(turns.count(turn) for turn in set(turns)) <= 4


async def test_page_of_another_network_overtakes_a_burst() -> None:
    begun = Begun()
    await begun.run([FLOODER] * 100 + [OTHER], per_turn=4)
    assert [address for _, address in begun.requests].index(OTHER) <= 8


async def test_requests_of_one_network_begin_in_their_order() -> None:
    order: list[int] = []

    async def note(scope: Any, _receive: Any, _send: Any) -> None:
        order.append(scope["number"])

    pages: Any = PageTurns(note, 2)
    scopes = [{"type": "http", "client": (FLOODER, 0), "number": number} for number in range(20)]
    await asyncio.gather(*(pages(scope, None, None) for scope in scopes))
    assert order == list(range(20))


async def test_cancelled_request_gives_its_turn_to_the_next() -> None:
    begun = Begun()
    pages: Any = PageTurns(begun, 1)
    scope: Any = {"type": "http", "client": (FLOODER, 0)}
    tasks = [asyncio.create_task(pages(scope, None, None)) for _ in range(6)]
    await asyncio.sleep(0)
    for task in tasks[1:5]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len(begun.requests) == 2


async def test_lifespan_waits_for_no_turn() -> None:
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    pages: Any = PageTurns(app, 0)
    await pages({"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]
