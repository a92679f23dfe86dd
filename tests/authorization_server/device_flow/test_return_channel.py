"""The return channel of RFC 8628 §3.5, asked for with ``Prefer: wait=N`` (RFC 7240): no wake-up is ever lost."""

import asyncio
from typing import Any

import httpx
import pytest

from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.http.prefer import preferred_wait
from tests.authorization_server.server_under_test import ServerUnderTest

WAIT = {"prefer": "wait=20"}


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "tokens")


async def hold(server: ServerUnderTest, codes: dict[str, Any], **form: str) -> asyncio.Task[httpx.Response]:
    """A poll that is being held, at least until the next thing that happens."""
    held = len(server.parts.held)
    poll: asyncio.Task[httpx.Response] = asyncio.ensure_future(server.poll(codes, headers=WAIT, **form))
    while len(server.parts.held) == held and not poll.done():  # noqa: ASYNC110 - turns of the loop, not time
        await asyncio.sleep(0)
    for _ in range(20):  # into the wait itself
        await asyncio.sleep(0)
    return poll


async def advance_stage(server: ServerUnderTest, codes: dict[str, Any], stage: PairingStage) -> None:
    grant = await server.grant(codes)
    await server.parts.device_flow.advance_stage(grant.grant_id, stage)


class TestHeld:
    async def test_an_approval_is_answered_at_once(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        assert not poll.done()
        assert await server.decide(codes)
        answer = await poll
        assert outcome(answer) == (200, "tokens")
        assert answer.headers["preference-applied"] == "wait=20"
        assert len(server.parts.held) == 0
        assert server.timers.waiting == {}

    async def test_a_denial_is_answered_at_once(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        await server.decide(codes, Decision.DENY)
        assert outcome(await poll) == (400, "access_denied")

    async def test_when_the_time_is_over_it_is_pending(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        ((seconds, _),) = server.timers.waiting.values()
        assert seconds == 20
        server.timers.expire()
        answer = await poll
        assert outcome(answer) == (400, "authorization_pending")
        assert answer.headers["preference-applied"] == "wait=20"

    async def test_it_is_held_no_longer_than_the_code_lives(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        server.clock.advance(593)
        poll = await hold(server, codes)
        ((seconds, _),) = server.timers.waiting.values()
        assert seconds == 7
        server.clock.advance(7)
        server.timers.expire()
        assert outcome(await poll) == (400, "expired_token")

    async def test_a_code_that_expires_meanwhile_is_expired(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        server.clock.advance(600)
        server.timers.expire()
        assert outcome(await poll) == (400, "expired_token")

    async def test_a_new_stage_is_told_at_once_and_the_next_poll_may_follow(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        server.clock.advance(2)
        await advance_stage(server, codes, PairingStage.SIGNING_IN)
        assert (await poll).json()["pairing_stage"] == "signing_in"
        server.clock.advance(1.5)
        following = await hold(server, codes, pairing_stage="signing_in")
        assert not following.done()
        await server.decide(codes)
        assert outcome(await following) == (200, "tokens")

    async def test_a_stage_reached_between_two_polls_is_not_lost(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.poll(codes)
        await advance_stage(server, codes, PairingStage.CONFIRMING)
        server.clock.advance(5)
        answer = await server.poll(codes, headers=WAIT, pairing_stage="waiting")
        assert answer.json()["pairing_stage"] == "confirming"

    async def test_a_device_that_waits_its_interval_is_never_told_to_slow_down(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        for _ in range(10):
            poll = await hold(server, codes)
            server.clock.advance(20)
            server.timers.expire()
            assert outcome(await poll) == (400, "authorization_pending")

    async def test_short_waits_do_not_get_around_the_interval(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.poll(codes)
        server.clock.advance(2)
        answer = await server.poll(codes, headers={"prefer": "wait=1"})
        assert outcome(answer) == (400, "slow_down")
        assert "preference-applied" not in answer.headers

    async def test_pretending_not_to_know_the_stage_does_not_get_around_the_interval(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        await advance_stage(server, codes, PairingStage.SIGNING_IN)
        answers = []
        for _ in range(4):
            answer = await server.poll(codes, headers=WAIT, pairing_stage="waiting")
            answers.append(outcome(answer)[1])
            server.clock.advance(1.5)
        assert answers == ["authorization_pending", "authorization_pending", "slow_down", "slow_down"]

    async def test_another_client_does_not_disturb_the_pace(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.poll(codes)
        server.clock.advance(2)
        other = {
            "client_id": "signage",
            "client_secret": "s3cret with / and + and %",
            "pairing_stage": "confirming",
        }
        assert outcome(await server.poll(codes, headers=WAIT, **other)) == (400, "invalid_grant")
        assert outcome(await server.poll(codes)) == (400, "slow_down")

    async def test_a_newer_poll_ends_the_wait_of_the_older(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        older = await hold(server, codes)
        newer = asyncio.ensure_future(server.poll(codes, headers=WAIT))
        assert outcome(await older) == (400, "authorization_pending")
        await server.decide(codes)
        assert outcome(await newer) == (200, "tokens")

    async def test_who_gives_up_waiting_leaves_nothing_behind(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        poll.cancel()
        await asyncio.wait([poll])
        assert len(server.parts.held) == 0
        assert server.timers.waiting == {}


class TestLimits:
    async def test_one_too_many_is_answered_at_once_without_the_preference(
        self, server: ServerUnderTest
    ) -> None:
        polls = [await hold(server, await server.start()) for _ in range(3)]
        answer = await server.poll(await server.start(), headers=WAIT)
        assert outcome(answer) == (400, "authorization_pending")
        assert "preference-applied" not in answer.headers
        server.parts.held.drain()
        assert {outcome(await poll) for poll in polls} == {(400, "authorization_pending")}

    async def test_a_draining_server_holds_no_one(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        server.parts.held.drain()
        assert outcome(await server.poll(codes, headers=WAIT)) == (400, "authorization_pending")

    async def test_without_the_header_nothing_changes(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        answer = await server.poll(codes)
        assert "preference-applied" not in answer.headers

    async def test_a_hint_without_news_keeps_everyone_waiting(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        for _ in range(3):
            server.parts.held.wake(None)
            for _ in range(20):
                await asyncio.sleep(0)
        assert not poll.done()
        await server.decide(codes)
        assert outcome(await poll) == (200, "tokens")


class TestNoWakeUpIsLost:
    @pytest.mark.parametrize("turns", range(40))
    async def test_an_approval_at_any_moment_between_two_polls(
        self, server: ServerUnderTest, turns: int
    ) -> None:
        """The approval falls ``turns`` turns of the event loop into the poll: before, inside and after every
        step.
        """
        codes = await server.start()
        poll = asyncio.ensure_future(server.poll(codes, headers=WAIT))
        for _ in range(turns):
            await asyncio.sleep(0)
        assert await server.decide(codes)
        assert outcome(await asyncio.wait_for(poll, 120)) == (200, "tokens")


class TestPreference:
    @pytest.mark.parametrize(
        ("values", "seconds"),
        [
            ([b"wait=10"], 10),
            ([b'Wait="10"'], 10),
            ([b"respond-async, wait=10; foo=bar"], 10),
            ([b"respond-async", b" WAIT = 7 "], 7),
            ([b"wait=10, wait=20"], 10),
            ([b"wait=999999999999999999999"], 30),
            ([b"wait=-1"], 0),
            ([b"wait=1.5"], 0),
            ([b"wait"], 0),
            ([b"wait="], 0),
            ([b"waiting=5"], 0),
            ([b"\xff\xb2"], 0),
            ([], 0),
        ],
    )
    def test_what_is_understood(self, values: list[bytes], seconds: int) -> None:
        assert preferred_wait(values) == seconds
