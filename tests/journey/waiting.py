"""Wait for what another process does: it is looked for every few hundredths of a second."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

PATIENCE = 120.0
"""Seconds. Nothing takes that long unless it hangs, even on a busy machine."""


async def until(condition: Callable[[], Awaitable[bool]], what: str | Callable[[], str]) -> None:
    """Return once ``condition`` holds; ``what`` names it, as it is at the failure, for the message."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await condition():  # noqa: ASYNC110 - what is waited for lives in another process
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"never seen: {what if isinstance(what, str) else what()}")
