"""What a change may have done when its process was killed, and the type of a scenario."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from enum import Enum
from typing import Any

import httpx

Act = Callable[[], Awaitable[Any]]


class Fate(Enum):
    NOTHING = "nothing of it has happened"
    DONE = "all of it has happened"
    EITHER = "one or the other"


Scenario = AsyncGenerator[Act, Fate]

POINTS = {
    "sqlite": {
        "before": Fate.NOTHING,
        "commit": Fate.NOTHING,
        "committed": Fate.DONE,
        "after": Fate.DONE,
    },
    "postgresql": {
        "before": Fate.NOTHING,
        "under way": Fate.EITHER,
        "after": Fate.DONE,
    },
}

OFTEN = {
    "insert_grant",
    "decide_grant",
    "redeem_grant",
    "rotate_refresh",
    "revoke_device",
    "add_signing_key",
    "redeem_authorization",
    "set_password_hash",
}
FEWER_POINTS = {"sqlite": ("commit", "after"), "postgresql": ("before", "after")}
"""The points of every other change: just before it is durable, and just after."""


def agrees(fate: Fate, *, done: bool) -> bool:
    return fate is Fate.EITHER or (fate is Fate.DONE) == done


async def refused(asking: Awaitable[httpx.Response]) -> bool:
    answer = await asking
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"
