"""The background tasks while signed in: the user's name, the notices, and the end of the sign-in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.errors import SignInEndedError
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.journal import Journal
from pairgrant.oauth.notice_board import NoticeBoard
from pairgrant.oauth.resource_responses import BoardNotice
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.sign_in.while_signed_in import run_while_signed_in
from pairgrant_protocol.sign_in_end import EndedBy, SignInEnd
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import Reply, SimulatedServer

BOARD = "/board/notices"
MISSING_BOARD_READ = (
    "This device was connected without the scope board:read: "
    "its client may not use it, or it was not approved."
)


class RunningTasks:
    def __init__(self, device: Device) -> None:
        self.events: list[SignedInEvent] = []
        session = device.stored_session()
        assert session is not None
        self.session = session
        self.task = asyncio.create_task(run_while_signed_in(device, session, self.events.append))

    def of(self, kind: type[SignedInEvent]) -> list[SignedInEvent]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def start_tasks(
    device: Device, stored: Callable[..., StoredTokens], keep: Callable[[StoredTokens], None]
) -> AsyncIterator[Callable[[], RunningTasks]]:
    started: list[RunningTasks] = []

    def start() -> RunningTasks:
        keep(stored())
        started.append(RunningTasks(device))
        return started[-1]

    yield start
    for running in started:
        running.task.cancel()


def board(server: SimulatedServer, *texts: str, tag: str) -> Reply:
    return server.says({"notices": [{"id": text, "text": text} for text in texts]}, ETag=tag)


async def test_user_is_identified_by_name(
    start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    running = start_tasks()
    await manual_clock.settle()
    assert running.of(UserIdentified) == [UserIdentified("Ada Lovelace")]


async def test_userinfo_request_is_retried_while_the_server_is_busy(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on("/userinfo", server.says(b"", 503), server.says({"sub": "1", "name": "Ada"}))
    running = start_tasks()
    await manual_clock.pass_time(6)
    assert running.of(UserIdentified) == [UserIdentified("Ada")]


async def test_refused_userinfo_request_is_not_repeated(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on("/userinfo", server.says({}, 403))
    running = start_tasks()
    await manual_clock.pass_time(100)
    assert (running.of(UserIdentified), len(server.asked("/userinfo"))) == ([], 1)


async def test_notices_are_requested_every_five_seconds_and_announced_on_change(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on(
        BOARD,
        board(server, "a", tag='"1"'),
        server.says(b"", 304),
        board(server, "b", "a", tag='"2"'),
        server.says(b"", 304),
    )
    running = start_tasks()
    await manual_clock.pass_time(26)
    assert running.of(NoticesReceived) == [
        NoticesReceived((BoardNotice("a"),)),
        NoticesReceived((BoardNotice("b"), BoardNotice("a"))),
    ]
    conditions = [request.headers.get("If-None-Match") for request in server.asked(BOARD)]
    assert conditions == [None, '"1"', '"1"', '"2"', '"2"', '"2"']


async def test_notices_are_announced_again_after_an_outage(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    same = board(server, "a", tag='"1"')
    server.on(BOARD, same, server.fails(httpx.ConnectError), same)
    running = start_tasks()
    await manual_clock.pass_time(11)
    kinds = [type(event) for event in running.events if not isinstance(event, UserIdentified)]
    assert kinds == [NoticesReceived, NoticesUnavailable, NoticesReceived]


async def test_board_is_polled_every_half_minute_during_a_long_outage(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says(b"", 503))
    start_tasks()
    await manual_clock.pass_time(5 + 10 + 20 + 30 * 3 + 1)
    assert len(server.asked(BOARD)) == 7


async def test_board_without_the_scope_is_not_polled_again(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says({"error": "insufficient_scope"}, 403))
    running = start_tasks()
    await manual_clock.pass_time(100)
    (event,) = running.of(NoticesUnavailable)
    assert isinstance(event, NoticesUnavailable)
    assert (event.is_final, len(server.asked(BOARD))) == (True, 1)


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
    start_tasks: Callable[[], RunningTasks],
    manual_clock: ManualClock,
    challenge: str,
    reason: str,
) -> None:
    server.on(BOARD, server.says({"error": "insufficient_scope"}, 403, WWW_Authenticate=challenge))
    running = start_tasks()
    await manual_clock.pass_time(6)
    assert running.of(NoticesUnavailable) == [NoticesUnavailable(reason, is_final=True)]


async def test_token_that_was_never_for_the_board_is_not_sent_again(
    server: SimulatedServer,
    device: Device,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
    manual_clock: ManualClock,
) -> None:
    """Without a scope of the board, Pairgrant's server issues no tokens for it: the board responds 401."""
    server.on(BOARD, server.says({}, 401))
    server.on("/token", server.says(server.tokens(1, scope="openid")))
    keep(stored(scope=("openid",)))
    running = RunningTasks(device)
    await manual_clock.pass_time(100)
    assert running.of(NoticesUnavailable) == [NoticesUnavailable(MISSING_BOARD_READ, is_final=True)]
    running.task.cancel()


async def test_board_is_polled_again_after_the_client_was_refused(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says({}, 401), board(server, "a", tag='"1"'))
    server.on("/token", server.says({"error": "invalid_client"}, 401), server.says(server.tokens(1)))
    running = start_tasks()
    await manual_clock.pass_time(61)
    kinds = [type(event) for event in running.events if not isinstance(event, UserIdentified)]
    assert kinds == [NoticesUnavailable, NoticesReceived]


async def test_server_without_a_board_is_reported(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    document = server.says(server.document(protected_resources=None))
    server.on("/.well-known/oauth-authorization-server", document)
    running = start_tasks()
    await manual_clock.settle()
    assert [type(event) for event in running.events if not isinstance(event, UserIdentified)] == [
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
async def test_invalid_board_response_does_not_end_the_session(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock, members: Any
) -> None:
    server.on(BOARD, server.says(members), board(server, "a", tag='"1"'))
    running = start_tasks()
    await manual_clock.pass_time(61)
    kinds = [type(event) for event in running.events if not isinstance(event, UserIdentified)]
    assert kinds == [NoticesUnavailable, NoticesReceived]


async def test_rejected_token_is_refreshed_for_the_board(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says({}, 401), board(server, "a", tag='"1"'))
    server.on("/token", server.says(server.tokens(1)))
    running = start_tasks()
    await manual_clock.pass_time(1)
    assert running.of(NoticesReceived) == [NoticesReceived((BoardNotice("a"),))]
    assert server.asked(BOARD)[1].headers["Authorization"] == "Bearer access-1"


async def test_board_that_rejects_every_token_is_polled_once_a_minute(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on(BOARD, server.says({}, 401))
    server.on("/token", *(server.says(server.tokens(number)) for number in range(1, 50)))
    start_tasks()
    await manual_clock.pass_time(121)
    assert len(server.asked("/token")) <= 3


async def test_revoked_sign_in_ends_the_session_with_the_next_request(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    running = start_tasks()
    await manual_clock.pass_time(1)
    server.on(BOARD, server.says({"error": "invalid_token"}, 401))
    server.on("/token", server.says({"error": "invalid_grant"}, 400))
    await manual_clock.pass_time(5)
    with pytest.raises(SignInEndedError):
        await running.task


async def test_journal_says_what_ended_the_sign_in_and_not_who(
    server: SimulatedServer,
    device: Device,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
    manual_clock: ManualClock,
) -> None:
    end = {"by": "user", "at": 1_790_000_000, "name": "Alice Liddell"}
    server.on("/token", server.says({"error": "invalid_grant", "pairgrant_ended": end}, 400))
    server.on(BOARD, server.says({"error": "invalid_token"}, 401))
    keep(stored())
    journal = Journal(device.clock)
    running = RunningTasks(replace(device, journal=journal))
    await manual_clock.pass_time(5)
    with pytest.raises(SignInEndedError) as ended:
        await running.task
    assert ended.value.end == SignInEnd(EndedBy.USER, 1_790_000_000, "Alice Liddell")
    assert "Alice" not in str(ended.value)
    assert (journal.state, journal.detail) == ("not connected", "the sign-in was ended (user)")


class TestWatch:
    """A board accepts a token until it expires; the end of a sign-in is noticed before."""

    @pytest.fixture
    def pairgrants(self, server: SimulatedServer) -> SimulatedServer:
        document = server.document(device_code_revocation_supported=True)
        server.on("/.well-known/oauth-authorization-server", server.says(document))
        return server

    def end(self, server: SimulatedServer) -> None:
        server.on("/userinfo", server.says({"error": "invalid_token"}, 401))
        server.on("/token", server.says({"error": "invalid_grant"}, 400))

    async def test_end_is_noticed_while_the_board_still_accepts_the_token(
        self,
        pairgrants: SimulatedServer,
        start_tasks: Callable[[], RunningTasks],
        manual_clock: ManualClock,
    ) -> None:
        running = start_tasks()
        await manual_clock.pass_time(1)
        self.end(pairgrants)
        await manual_clock.pass_time(20)
        with pytest.raises(SignInEndedError):
            await running.task

    async def test_other_server_is_not_asked_that_often(
        self, server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
    ) -> None:
        start_tasks()
        await manual_clock.pass_time(300)
        assert len(server.asked("/userinfo")) == 1

    @pytest.mark.parametrize(
        "reply",
        [
            ("says", {"error": "insufficient_scope"}, 403),
            ("says", b"", 503),
            ("says", b"<html>", 200),
            ("fails", httpx.ConnectError),
        ],
    )
    async def test_failure_ends_nothing_and_is_asked_again(
        self,
        pairgrants: SimulatedServer,
        start_tasks: Callable[[], RunningTasks],
        manual_clock: ManualClock,
        reply: tuple[Any, ...],
    ) -> None:
        running = start_tasks()
        await manual_clock.pass_time(1)
        how, *what = reply
        pairgrants.on("/userinfo", getattr(pairgrants, how)(*what))
        await manual_clock.pass_time(60)
        assert not running.task.done()
        assert pairgrants.asked("/token") == []
        self.end(pairgrants)
        await manual_clock.pass_time(20)
        assert isinstance(running.task.exception(), SignInEndedError)

    async def test_endpoint_that_rejects_fresh_tokens_too_causes_one_refresh(
        self,
        pairgrants: SimulatedServer,
        start_tasks: Callable[[], RunningTasks],
        manual_clock: ManualClock,
    ) -> None:
        running = start_tasks()
        await manual_clock.pass_time(1)
        pairgrants.on("/userinfo", pairgrants.says({"error": "invalid_token"}, 401))
        pairgrants.on("/token", pairgrants.says(pairgrants.tokens(2)))
        await manual_clock.pass_time(200)
        assert not running.task.done()
        assert len(pairgrants.asked("/token")) == 1


async def test_no_request_is_sent_after_the_session_ended(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on("/token", server.says({"error": "invalid_grant"}, 400))
    running = start_tasks()
    await manual_clock.pass_time(490)
    assert isinstance(running.task.exception(), SignInEndedError)
    asked = len(server.requests)
    await manual_clock.pass_time(100)
    assert len(server.requests) == asked


async def test_unsafe_entity_tag_is_not_sent_back(
    server: SimulatedServer, start_tasks: Callable[[], RunningTasks], manual_clock: ManualClock
) -> None:
    server.on(BOARD, board(server, "a", tag="x" * 300))
    start_tasks()
    await manual_clock.pass_time(6)
    assert "If-None-Match" not in server.asked(BOARD)[1].headers


async def test_unexpected_error_of_the_notices_is_journaled_without_values_and_tried_again(
    *,
    server: SimulatedServer,
    device: Device,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
    manual_clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    keep(stored())
    log = tmp_path / "log"
    server.on(BOARD, board(server, "a", tag='"1"'))
    works, failures = Device.notice_board, [KeyError("secret"), KeyError("secret")]

    async def fail_twice(self: Device) -> NoticeBoard | None:
        if failures:
            raise failures.pop()
        return await works(self)

    monkeypatch.setattr(Device, "notice_board", fail_twice)
    running = RunningTasks(replace(device, journal=Journal(manual_clock.clock, log_file=log)))
    await manual_clock.pass_time(20)
    assert running.of(NoticesReceived) == [NoticesReceived((BoardNotice("a"),))]
    assert not running.task.done()
    running.task.cancel()
    assert log.read_text().count("KeyError at ") == 2
    assert "secret" not in log.read_text()
