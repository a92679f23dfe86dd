"""Tabs of a real browser, opened and closed in bounded time: Chromium sometimes never answers either call.

Playwright bounds what happens on a page, but not these two.
"""

import asyncio
import contextlib

from playwright.async_api import BrowserContext, Page

_IN_TIME = 20
"""Seconds."""


async def new_tab(context: BrowserContext) -> Page:
    """A new tab; asked for once more if the browser doesn't answer.

    Raises:
        TimeoutError: it has not answered either request.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_IN_TIME):
            return await context.new_page()
    async with asyncio.timeout(_IN_TIME):
        return await context.new_page()


async def close(context: BrowserContext) -> None:
    """Close the tabs; the end of the browser closes those that it doesn't close in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_IN_TIME):
            await context.close()
