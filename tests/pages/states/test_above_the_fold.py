"""No person has to scroll to the decision, on a phone and on small laptops."""

import pytest

from tests.pages.states.all_states import STATES
from tests.pages.states.pairing_walk import APPROVE, DENY
from tests.pages.states.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SIZES = [(360, 740), (1280, 800), (1366, 768)]
COMMON = (
    *("consent-same-network", "consent-claimed-name", "consent-scanned", "consent-number"),
    *("consent-other-network-place", "consent-one-scope", "consent-twelve-letters"),
)


@pytest.mark.parametrize("name", COMMON)
async def test_approve_and_deny_are_seen_without_scrolling(stage: Stage, name: str) -> None:
    async with stage.show(STATES[name]) as shown:
        found = []
        for width, height in SIZES:
            await shown.page.set_viewport_size({"width": width, "height": height})
            for button in (APPROVE, DENY):
                box = await shown.page.locator(button).bounding_box()
                assert box is not None
                bottom = round(box["y"] + box["height"])
                found += [f"{button} ends at {bottom} of {width}x{height}"] if bottom > height else []
        assert found == []
