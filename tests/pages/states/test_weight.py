"""What a phone has to load before a page of a pairing is usable; the time is measured by ``benchmarks``."""

import pytest

from benchmarks.slow_phone import visit
from tests.pages.states.all_states import STATES
from tests.pages.states.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

_BLOCKING = """() => performance.getEntriesByType("resource")
  .filter(resource => resource.renderBlockingStatus === "blocking")
  .map(resource => [new URL(resource.name).pathname, resource.encodedBodySize])"""

UNTIL_USABLE = 30_000
"""Bytes of the document and of what its first frame waits for, compressed as they are sent."""
IN_ALL = 100_000
"""Bytes with the live part, which comes after that."""


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("code", "main .primary"),
        ("sign-in-device", "main .primary"),
        ("consent-other-network", "[value=approve]"),
        ("outcome-approved", "main h1"),
    ],
)
async def test_page_of_a_pairing_is_light(stage: Stage, name: str, usable: str) -> None:
    async with stage.show(STATES[name]) as shown:
        blocking = dict(await shown.page.evaluate(_BLOCKING))
        assert len(blocking) == 1, "the stylesheet alone keeps the page from being shown"
        assert len(shown.html.encode()) + sum(blocking.values()) <= UNTIL_USABLE
        scripts = shown.page.locator("script[src]")
        assert await shown.page.locator('script[src][fetchpriority="low"]').count() == await scripts.count()
        cookies = {cookie["name"]: cookie["value"] for cookie in await shown.page.context.cookies()}
        cold = await visit(stage.chromium, shown.page.url, usable, cookies, is_slow=False)
        assert len(shown.html) < cold.bytes_in_all <= IN_ALL
