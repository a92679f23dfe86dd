"""Browsers with the patience of a busy machine, and tabs that are opened and closed in bounded time.

By default Playwright gives up after five seconds when something is not as expected, and after thirty in a
step. It bounds neither the opening of a tab nor its closing, and Chromium sometimes never answers either.
"""

import asyncio
import contextlib
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.processes.programs import PATIENCE

_IN_TIME = 20
"""Seconds after which a browser is asked for a tab once more."""

expect.set_options(timeout=PATIENCE * 1000)


async def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """A context in which every step may take as long as on a busy machine."""
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE * 1000)
    return context


async def new_tab(context: BrowserContext) -> Page:
    """A new tab; asked for once more if the browser doesn't answer.

    Raises:
        TimeoutError: it has not answered either request.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_IN_TIME):
            return await context.new_page()
    async with asyncio.timeout(PATIENCE):
        return await context.new_page()


async def close(context: BrowserContext) -> None:
    """Close the tabs; the end of the browser closes those that it doesn't close in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_IN_TIME):
            await context.close()
