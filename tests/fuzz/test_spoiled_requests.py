"""A spoiled or repeated request still gets the response that the protocol requires.

For every POST there has to be a good one in ``good_requests.py``.
"""

from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.fuzz.good_requests import GOOD, GOOD_OTHERS, Recipe
from tests.fuzz.grammar import HEADERS, NAMES, VALUE, every_draw, headers_of, value_of
from tests.fuzz.sent import Sent
from tests.fuzz.spoiling import Spoiling, changes
from tests.fuzz.world import World


def test_every_path_that_takes_post_has_a_good_request(world: World) -> None:
    responses = {path: world.response_to(Sent("OPTIONS", path)) for path in world.paths}
    takes_posts = {path for path, response in responses.items() if b"POST" in response.header(b"allow")}
    assert takes_posts == GOOD.keys()


@pytest.mark.parametrize("path", GOOD)
def test_good_requests_succeed(world: World, path: str) -> None:
    for recipe in GOOD[path]:
        sent = recipe(world)
        response = world.response_to(sent)
        assert response.status in {200, 201, 303}, response
        assert b"/problem" not in response.header(b"location")
        assert b"error=" not in response.header(b"location")
        world.check(sent)


@pytest.mark.parametrize("path", [*GOOD, *GOOD_OTHERS])
def test_spoiled_requests_get_a_valid_response(world: World, path: str) -> None:
    def holds(recipe: Recipe, spoils: list[tuple[Any, ...]]) -> None:
        spoiling = Spoiling(recipe(world))
        for kind, *how in spoils:
            spoiling.change(kind, *(settled(world, kind, one) for one in how))
        for _ in range(spoiling.times):
            world.check(spoiling.sent())

    elsewhere = st.sampled_from(world.paths)
    drawn = changes(st.sampled_from(NAMES), VALUE, HEADERS, elsewhere)
    for recipe in {**GOOD, **GOOD_OTHERS}[path]:
        every_draw(40, drawn, partial(holds, recipe))


def settled(world: World, kind: str, drawn: Any) -> Any:
    """What a draw means in this world."""
    if kind == "more_headers":
        return headers_of(world, drawn)
    return value_of(world, drawn) if isinstance(drawn, tuple) else drawn
