"""What a connected screen does all day: greet, watch the board, and end when the sign-in does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.errors import SignInEndedError
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.oauth.resource_responses import BoardNotice
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.sign_in.while_signed_in import run_while_signed_in
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer

BOARD = "/board/notices"
MISSING_BOARD_READ = "This device was connected without the scope board:read: its client may not use it, or it was not approved."


class Living:
    def __init__(self, device: Device) -> None:
        self.told: list[SignedInEvent] = []
        session = device.stored_session()
        assert session is not None
        self.session = session
        self.task = asyncio.create_task(run_while_signed_in(device, session, self.told.append))

    def of(self, kind: type[SignedInEvent]) -> list[SignedInEvent]:
        return [event for event in self.told if isinstance(event, kind)]


@pytest.fixture
async def living(
    device: Device, stored: Callable[..., StoredTokens], keep: Callable[[StoredTokens], None]
) -> AsyncIterator[Callable[[], Living]]:
    started: list[Living] = []

    def start() -> Living:
        keep(stored())
        started.append(Living(device))
        return started[-1]

    yield start
    for life in started:
        life.task.cancel()


def board(server: SimulatedServer, *texts: str, tag: str) -> Any:
    return server.says({"notices": [{"id": text, "text": text} for text in texts]}, ETag=tag)


async def test_the_person_is_greeted_by_name(living: Callable[[], Living], manual_clock: ManualClock) -> None:
    life = living()
    await manual_clock.settle()
    assert life.of(UserIdentified) == [UserIdentified("Ada Lovelace")]


async def test_a_server_that_is_late_with_the_name_is_asked_again(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on("/userinfo", server.says(b"", 503), server.says({"sub": "1", "name": "Ada"}))
    life = living()
    await manual_clock.pass_time(6)
    assert life.of(UserIdentified) == [UserIdentified("Ada")]


async def test_one_that_will_not_say_it_is_left_in_peace(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on("/userinfo", server.says({}, 403))
    life = living()
    await manual_clock.pass_time(100)
    assert (life.of(UserIdentified), len(server.asked("/userinfo"))) == ([], 1)


async def test_the_board_is_read_every_five_seconds_and_told_when_it_changes(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on(
        BOARD,
        board(server, "a", tag='"1"'),
        server.says(b"", 304),
        board(server, "b", "a", tag='"2"'),
        server.says(b"", 304),
    )
    life = living()
    await manual_clock.pass_time(26)
    assert life.of(NoticesReceived) == [
        NoticesReceived((BoardNotice("a"),)),
        NoticesReceived((BoardNotice("b"), BoardNotice("a"))),
    ]
    conditions = [request.headers.get("If-None-Match") for request in server.asked(BOARD)]
    assert conditions == [None, '"1"', '"1"', '"2"', '"2"', '"2"']


async def test_trouble_is_told_and_its_end_shows_the_board_again(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    same = board(server, "a", tag='"1"')
    server.on(BOARD, same, server.fails(httpx.ConnectError), same)
    life = living()
    await manual_clock.pass_time(11)
    kinds = [type(event) for event in life.told if not isinstance(event, UserIdentified)]
    assert kinds == [NoticesReceived, NoticesUnavailable, NoticesReceived]


async def test_a_long_trouble_is_asked_about_every_half_minute(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says(b"", 503))
    living()
    await manual_clock.pass_time(5 + 10 + 20 + 30 * 3 + 1)
    assert len(server.asked(BOARD)) == 7


async def test_a_board_that_the_person_did_not_grant_is_not_asked_for_again(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says({"error": "insufficient_scope"}, 403))
    life = living()
    await manual_clock.pass_time(100)
    (told,) = life.of(NoticesUnavailable)
    assert isinstance(told, NoticesUnavailable)
    assert (told.is_final, len(server.asked(BOARD))) == (True, 1)


@pytest.mark.parametrize(
    ("challenge", "reason"),
    [
        (
            'Bearer error="insufficient_scope", scope="board:read"',
            MISSING_BOARD_READ,
        ),
        ("Bearer", "This device was connected without the permission to see this."),
        ('Bearer scope="\x1b[2J"', "This device was connected without the permission to see this."),
    ],
)
async def test_missing_scope_is_named_in_one_sentence(
    server: SimulatedServer,
    living: Callable[[], Living],
    manual_clock: ManualClock,
    challenge: str,
    reason: str,
) -> None:
    server.on(BOARD, server.says({"error": "insufficient_scope"}, 403, WWW_Authenticate=challenge))
    life = living()
    await manual_clock.pass_time(6)
    assert life.of(NoticesUnavailable) == [NoticesUnavailable(reason, is_final=True)]


async def test_token_that_was_never_for_the_board_is_not_sent_again(
    server: SimulatedServer,
    device: Device,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
    manual_clock: ManualClock,
) -> None:
    """Without a scope of the board, Pairgrant's server issues tokens for another audience: the board responds 401."""
    server.on(BOARD, server.says({}, 401))
    server.on("/token", server.says(server.tokens(1, scope="openid")))
    keep(stored(scope=("openid",)))
    life = Living(device)
    await manual_clock.pass_time(100)
    assert life.of(NoticesUnavailable) == [NoticesUnavailable(MISSING_BOARD_READ, is_final=True)]
    life.task.cancel()


async def test_a_client_that_is_locked_out_for_a_while_sees_its_board_again(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says({}, 401), board(server, "a", tag='"1"'))
    server.on("/token", server.says({"error": "invalid_client"}, 401), server.says(server.tokens(1)))
    life = living()
    await manual_clock.pass_time(61)
    kinds = [type(event) for event in life.told if not isinstance(event, UserIdentified)]
    assert kinds == [NoticesUnavailable, NoticesReceived]


async def test_a_server_without_a_board_says_so(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    document = server.says(server.document(protected_resources=None))
    server.on("/.well-known/oauth-authorization-server", document)
    life = living()
    await manual_clock.settle()
    assert [type(event) for event in life.told if not isinstance(event, UserIdentified)] == [
        NoticesUnavailable
    ]


@pytest.mark.parametrize(
    "members",
    [
        {"notices": None},
        {"notices": ["text"]},
        {"notices": [{"id": "1"}]},
        {"notices": [{"text": "a", "created_at": "NaN"}]},
        [],
    ],
)
async def test_a_board_that_breaks_its_promise_is_no_end(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock, members: Any
) -> None:
    server.on(BOARD, server.says(members), board(server, "a", tag='"1"'))
    life = living()
    await manual_clock.pass_time(61)
    kinds = [type(event) for event in life.told if not isinstance(event, UserIdentified)]
    assert kinds == [NoticesUnavailable, NoticesReceived]


async def test_a_board_that_rejects_the_token_gets_a_fresh_one(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says({}, 401), board(server, "a", tag='"1"'))
    server.on("/token", server.says(server.tokens(1)))
    life = living()
    await manual_clock.pass_time(1)
    assert life.of(NoticesReceived) == [NoticesReceived((BoardNotice("a"),))]
    assert server.asked(BOARD)[1].headers["Authorization"] == "Bearer access-1"


async def test_a_board_that_rejects_every_token_makes_no_storm(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says({}, 401))
    server.on("/token", *(server.says(server.tokens(number)) for number in range(1, 50)))
    living()
    await manual_clock.pass_time(121)
    assert len(server.asked("/token")) <= 3


async def test_a_sign_in_that_was_revoked_ends_the_life_as_soon_as_anything_is_asked(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    life = living()
    await manual_clock.pass_time(1)
    server.on(BOARD, server.says({"error": "invalid_token"}, 401))
    server.on("/token", server.says({"error": "invalid_grant"}, 400))
    await manual_clock.pass_time(5)
    with pytest.raises(SignInEndedError):
        await life.task


async def test_after_its_end_nothing_is_asked_any_more(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on("/token", server.says({"error": "invalid_grant"}, 400))
    life = living()
    await manual_clock.pass_time(490)
    assert isinstance(life.task.exception(), SignInEndedError)
    asked = len(server.requests)
    await manual_clock.pass_time(100)
    assert len(server.requests) == asked


async def test_an_unsafe_entity_tag_is_not_sent_back(
    server: SimulatedServer, living: Callable[[], Living], manual_clock: ManualClock
) -> None:
    server.on(BOARD, board(server, "a", tag="x" * 300))
    living()
    await manual_clock.pass_time(6)
    assert "If-None-Match" not in server.asked(BOARD)[1].headers
