"""One stage for the tests of a file: Chromium and the server are started once in each process."""

import os
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.pages.chromium import CHROMIUM
from tests.pages.states.stage import Stage, opened_stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(free_port: Callable[[], int]) -> AsyncIterator[Stage]:
    if not CHROMIUM.exists():
        reason = f"there is no {CHROMIUM}: these tests need Chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with opened_stage(free_port()) as stage:
        yield stage
