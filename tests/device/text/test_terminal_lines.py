"""Enter at a terminal, and the digits that share its lines."""

import asyncio
import os
import pty
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from pairgrant.errors import PinRequiredError
from pairgrant.text.terminal_lines import TerminalLines
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock


class Typing:
    """A pseudo-terminal, what is typed at it, and a wait that Enter ends."""

    def __init__(self, manual_clock: ManualClock) -> None:
        self._keyboard, self._terminal = pty.openpty()
        self.keys = TerminalLines(self._terminal, is_terminal=True)
        self._clock = manual_clock.clock
        self.waits: list[asyncio.Task[bool]] = []

    def wait(self) -> asyncio.Task[bool]:
        self.waits.append(asyncio.create_task(self.keys.retry.wait(self._clock, lambda: float("inf"))))
        return self.waits[-1]

    def type(self, text: bytes) -> None:
        os.write(self._keyboard, text)

    def hang_up(self) -> None:
        os.close(self._keyboard)
        self._keyboard = -1

    def close(self) -> None:
        for wait in self.waits:
            wait.cancel()
        for descriptor in (self._keyboard, self._terminal):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
async def typing(manual_clock: ManualClock) -> AsyncIterator[Typing]:
    typing = Typing(manual_clock)
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(typing.keys.heard())
        yield typing
    typing.close()


async def until(condition: Callable[[], bool], manual_clock: ManualClock) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await manual_clock.pass_time(0.1)


async def test_enter_ends_the_wait(typing: Typing, manual_clock: ManualClock) -> None:
    waiting = typing.wait()
    await manual_clock.pass_time(5)
    assert not waiting.done()
    typing.type(b"\n")
    await until(waiting.done, manual_clock)
    assert waiting.result()


async def test_digits_are_not_taken_for_enter(typing: Typing, manual_clock: ManualClock) -> None:
    waiting = typing.wait()
    asked = asyncio.create_task(typing.keys.digits())
    await manual_clock.pass_time(5)
    typing.type(b"042\n")
    await until(asked.done, manual_clock)
    assert asked.result() == Secret("042")
    assert not waiting.done()
    typing.type(b"\n")
    await until(waiting.done, manual_clock)


async def test_closed_terminal_is_not_read_again(typing: Typing, manual_clock: ManualClock) -> None:
    assert typing.keys.next_step.code_now()
    typing.hang_up()
    await until(lambda: not typing.keys.next_step.code_now(), manual_clock)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with pytest.raises(PinRequiredError):
        await typing.keys.digits()


async def test_input_of_a_program_is_read_only_for_digits(manual_clock: ManualClock) -> None:
    read_end, write_end = os.pipe()
    keys = TerminalLines(read_end, is_terminal=False)
    async with keys.heard():
        os.write(write_end, b"\n" * 3 + b"042\n")
        await manual_clock.pass_time(5)
        assert keys.retry.times == 0
        assert not keys.next_step.code_now()
        assert await keys.digits() == Secret("042")
        assert keys.retry.times == 0
    os.close(read_end)
    os.close(write_end)
