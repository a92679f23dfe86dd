"""Every endpoint gives a valid response to any input: no 500, no exception, and no secret where none belongs.

The addresses are those that the server has, so that a new one is tried by itself.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.grammar import (
    BOMBS,
    HANGS_UP,
    HEADERS,
    MEMBERS,
    METHODS,
    PAIRS,
    PIECES,
    body_of,
    every_draw,
    headers_of,
)
from tests.fuzz.sent import FORM, JSON, Sent
from tests.fuzz.world import World

OTHERS = ["/board/notices", "/board/notices/x", "/.well-known/oauth-protected-resource/board"]
"""Of the resource server, which has no list of its own."""


def everywhere(world: World, number: int, strategy: Any, make: Callable[[str, Any], Sent]) -> None:
    """At every address what ``make(path, drawn)`` makes of ``number`` draws."""

    def holds(path: str, drawn: Any) -> None:
        world.check(make(path, drawn))

    for path in [*world.paths, *OTHERS]:
        every_draw(number, strategy, partial(holds, path))


def test_random_bytes_get_a_valid_response(world: World) -> None:
    """Neither a form nor anything else."""
    drawn = st.tuples(METHODS, st.binary(max_size=60), HEADERS, st.binary(max_size=200), PIECES, HANGS_UP)

    def make(path: str, drawn: Any) -> Sent:
        method, query, headers, body, cuts, hangs_up = drawn
        return Sent(method, path, query, headers_of(world, headers), body, cuts, hangs_up)

    everywhere(world, 30, drawn, make)


def test_random_forms_get_a_valid_response(world: World) -> None:
    """Known names and values, secrets of others and signed nonsense, in spellings that are hard to parse."""
    world.tokens()
    drawn = st.tuples(METHODS, st.one_of(st.just([]), PAIRS), HEADERS, PAIRS, PIECES, HANGS_UP)

    def make(path: str, drawn: Any) -> Sent:
        method, query, headers, pairs, cuts, hangs_up = drawn
        if method == "GET":
            query, pairs = pairs, query
        body = body_of(world, pairs)
        told = (FORM, *headers_of(world, headers))
        return Sent(method, path, body_of(world, query), told, body, cuts, hangs_up)

    everywhere(world, 30, drawn, make)


def test_long_bodies_get_a_valid_response(world: World) -> None:
    drawn = st.tuples(
        st.sampled_from([16_383, 16_384, 16_385, 70_000, 1_000_000]), st.sampled_from([1, 2, 50])
    )

    def make(path: str, drawn: Any) -> Sent:
        length, cuts = drawn
        return Sent("POST", path, b"", (FORM,), b"client_id=app&state=".ljust(length, b"x"), cuts)

    everywhere(world, 5, drawn, make)


def test_random_registrations_get_a_valid_response(world: World) -> None:
    """With a token that lets them through to be read."""

    def sent(body: bytes) -> Sent:
        token = world.initial_access_token().encode()
        headers = (JSON, (b"authorization", b"Bearer " + token))
        return Sent("POST", "/register", headers=headers, body=body)

    bodies = st.one_of(MEMBERS.map(lambda members: json.dumps(members).encode()), st.sampled_from(BOMBS))
    every_draw(200, bodies, lambda body: world.check(sent(body)))
