"""Each state of each page, in Chromium."""

from urllib.parse import urlsplit

import pytest

from tests.pages.states.all_states import STATES
from tests.pages.states.checks import complaints
from tests.pages.states.registry import State
from tests.pages.states.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PATHS = {
    "landing": ("/",),
    "code": ("/device", "/D/", "/signin"),
    "sign-in": ("/signin",),
    "provider": ("/signin",),
    "consent": ("/consent",),
    "outcome": ("/outcome",),
    "reported": ("/report",),
    "devices": ("/devices",),
    "account": ("/account",),
    "board": ("/board",),
    "application": ("/authorize/consent",),
    "logout": ("/logout/confirm",),
    "error": ("/",),
}
"""Where the states of each group are, so that a state which is not reached any more is noticed."""


@pytest.mark.parametrize("state", STATES.values(), ids=str)
async def test_state_fits_is_accessible_and_needs_no_script(stage: Stage, state: State) -> None:
    async with stage.show(state) as shown:
        paths = next(paths for group, paths in PATHS.items() if state.name.startswith(group))
        assert urlsplit(shown.page.url).path.startswith(paths)
        assert await complaints(shown) == []
