"""The return channel (RFC 8628 §3.5, ``Prefer: wait=N`` of RFC 7240): no wake-up is ever lost."""

import asyncio
from typing import Any

import httpx
import pytest

from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.http.prefer import preferred_wait
from tests.authorization_server.server_under_test import ServerUnderTest

WAIT = {"prefer": "wait=20"}


def outcome(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("error", "tokens")


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
    async def test_held_poll_gets_tokens_the_moment_of_the_approval(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        assert not poll.done()
        assert await server.decide(codes)
        response = await poll
        assert outcome(response) == (200, "tokens")
        assert response.headers["preference-applied"] == "wait=20"
        assert len(server.parts.held) == 0
        assert server.timers.waiting == {}

    async def test_held_poll_is_denied_the_moment_of_the_denial(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        await server.decide(codes, Decision.DENY)
        assert outcome(await poll) == (400, "access_denied")

    async def test_held_poll_is_pending_when_its_wait_ends(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        ((seconds, _),) = server.timers.waiting.values()
        assert seconds == 20
        server.timers.expire()
        response = await poll
        assert outcome(response) == (400, "authorization_pending")
        assert response.headers["preference-applied"] == "wait=20"

    async def test_poll_is_not_held_beyond_the_expiry_of_its_code(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        server.clock.advance(593)
        poll = await hold(server, codes)
        ((seconds, _),) = server.timers.waiting.values()
        assert seconds == 7
        server.clock.advance(7)
        server.timers.expire()
        assert outcome(await poll) == (400, "expired_token")

    async def test_code_that_expires_during_the_wait_is_expired(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        server.clock.advance(600)
        server.timers.expire()
        assert outcome(await poll) == (400, "expired_token")

    async def test_new_stage_ends_the_wait_and_the_next_poll_may_follow(
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

    async def test_stage_reached_between_two_polls_is_not_lost(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.poll(codes)
        await advance_stage(server, codes, PairingStage.CONFIRMING)
        server.clock.advance(5)
        response = await server.poll(codes, headers=WAIT, pairing_stage="waiting")
        assert response.json()["pairing_stage"] == "confirming"

    async def test_device_that_waits_its_interval_is_never_slowed_down(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        for _ in range(10):
            poll = await hold(server, codes)
            server.clock.advance(20)
            server.timers.expire()
            assert outcome(await poll) == (400, "authorization_pending")

    async def test_short_wait_does_not_avoid_the_interval(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.poll(codes)
        server.clock.advance(2)
        response = await server.poll(codes, headers={"prefer": "wait=1"})
        assert outcome(response) == (400, "slow_down")
        assert "preference-applied" not in response.headers

    async def test_claiming_not_to_know_the_stage_does_not_avoid_the_interval(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        await advance_stage(server, codes, PairingStage.SIGNING_IN)
        responses = []
        for _ in range(4):
            response = await server.poll(codes, headers=WAIT, pairing_stage="waiting")
            responses.append(outcome(response)[1])
            server.clock.advance(1.5)
        assert responses == ["authorization_pending", "authorization_pending", "slow_down", "slow_down"]

    async def test_poll_of_another_client_does_not_count_for_the_pace(self, server: ServerUnderTest) -> None:
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

    async def test_newer_poll_ends_the_wait_of_the_older(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        older = await hold(server, codes)
        newer = asyncio.ensure_future(server.poll(codes, headers=WAIT))
        assert outcome(await older) == (400, "authorization_pending")
        await server.decide(codes)
        assert outcome(await newer) == (200, "tokens")

    async def test_cancelled_poll_leaves_nothing_behind(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        poll.cancel()
        await asyncio.wait([poll])
        assert len(server.parts.held) == 0
        assert server.timers.waiting == {}


class TestLimits:
    async def test_poll_over_the_limit_is_not_held(self, server: ServerUnderTest) -> None:
        polls = [await hold(server, await server.start()) for _ in range(3)]
        response = await server.poll(await server.start(), headers=WAIT)
        assert outcome(response) == (400, "authorization_pending")
        assert "preference-applied" not in response.headers
        server.parts.held.drain()
        assert {outcome(await poll) for poll in polls} == {(400, "authorization_pending")}

    async def test_draining_server_holds_no_poll(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        server.parts.held.drain()
        assert outcome(await server.poll(codes, headers=WAIT)) == (400, "authorization_pending")

    async def test_poll_without_the_header_is_not_held(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        response = await server.poll(codes)
        assert "preference-applied" not in response.headers

    async def test_wake_up_without_a_change_keeps_the_poll_waiting(self, server: ServerUnderTest) -> None:
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
    async def test_approval_at_any_moment_of_a_poll_is_not_missed(
        self, server: ServerUnderTest, turns: int
    ) -> None:
        """The approval comes ``turns`` turns of the event loop into the poll, at every moment of it."""
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
    def test_wait_preference_is_parsed(self, values: list[bytes], seconds: int) -> None:
        assert preferred_wait(values) == seconds


async def test_poll_that_was_held_while_another_one_redeemed_ends_nothing(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at other workers, which hold polls of connections that are dead."""
    codes = await server.start()
    poll = await hold(server, codes)
    with monkeypatch.context() as asleep:
        asleep.setattr(type(server.parts.held), "wake", lambda *_: None)
        assert await server.decide(codes)
    assert outcome(await server.poll(codes)) == (200, "tokens")
    server.parts.held.wake(None)
    assert outcome(await poll) == (400, "authorization_pending")
    assert outcome(await server.poll(codes)) == (200, "tokens")  # the one repetition is still there
