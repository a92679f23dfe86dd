"""Runs a command until it ends, or until a signal asks it to: what it began is ended first."""

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def run_interruptibly(command: Coroutine[Any, Any, Result]) -> Result:
    """``asyncio.run``, where SIGTERM and SIGHUP cancel ``command`` as Ctrl-C does.

    The process then still ends by the signal, as a service manager expects.
    """
    received: list[signal.Signals] = []
    try:
        return asyncio.run(_cancelled_by_signals(command, received))
    except asyncio.CancelledError:
        for number in received[:1]:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        raise


async def _cancelled_by_signals(
    command: Coroutine[Any, Any, Result], received: list[signal.Signals]
) -> Result:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in a task

    def end(number: signal.Signals) -> None:
        received.append(number)
        task.cancel()

    if threading.current_thread() is threading.main_thread():
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                loop.add_signal_handler(number, end, number)
    return await command
