"""The rest of an application that started outside any task."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pairgrant_server.serving.inline_exchange import continued


class Waiting:
    """An application that waits ``times``, and notes what it is told meanwhile."""

    def __init__(self, times: int) -> None:
        self.turns = [asyncio.get_running_loop().create_future() for _ in range(times)]
        self.seen: list[str] = []

    async def run(self) -> None:
        for turn in self.turns:
            try:
                self.seen.append(await turn)
            except (ValueError, asyncio.CancelledError) as error:
                self.seen.append(type(error).__name__)


def continued_in_a_task(application: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    waits_for = application.send(None)

    async def rest() -> None:
        await continued(application, waits_for)

    return asyncio.get_running_loop().create_task(rest())


async def test_application_waits_as_often_as_it_wants() -> None:
    waiting = Waiting(3)
    task = continued_in_a_task(waiting.run())
    for number, turn in enumerate(waiting.turns):
        await asyncio.sleep(0)
        turn.set_result(str(number))
    await task
    assert waiting.seen == ["0", "1", "2"]


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_application_that_handles_a_failed_wait_or_a_cancellation_continues(times: int) -> None:
    waiting = Waiting(times)
    task = continued_in_a_task(waiting.run())
    for number, turn in enumerate(waiting.turns):
        await asyncio.sleep(0)
        if number % 2:
            turn.set_exception(ValueError())
        else:
            task.cancel()
        await asyncio.sleep(0)
    await task
    assert waiting.seen == ["CancelledError", "ValueError", "CancelledError"][:times]


async def test_error_of_the_application_is_raised() -> None:
    turn = asyncio.get_running_loop().create_future()

    async def fails() -> None:
        await turn
        raise LookupError

    task = continued_in_a_task(fails())
    turn.set_result(None)
    with pytest.raises(LookupError):
        await task
