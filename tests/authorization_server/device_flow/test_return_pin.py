"""Return PINs: after the approval, the device has to send the digits that only the approving side shows."""

import asyncio
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.poll_judgement import PinFacts
from pairgrant_protocol.user_code import normalize
from pairgrant_server.authorization_server.device_flow.return_pin import ReturnPin
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.authorization_server.server_under_test import ServerUnderTest


def outcome(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("error", "")


@pytest.fixture
async def codes(server: ServerUnderTest) -> dict[str, Any]:
    await server.change_client("lobby-tv", policy=ClientPolicy(requires_return_pin=True))
    codes: dict[str, Any] = await server.start()
    assert await server.decide(codes)
    return codes


async def return_pin(server: ServerUnderTest, codes: dict[str, Any]) -> str:
    digest = server.parts.device_flow._user_code_digest(normalize(codes["user_code"]))
    grant = await server.store.grant_by_user_code(digest)
    assert grant is not None
    return str(server.parts.device_flow.return_pin(grant))


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 1000:03}"


async def test_approved_device_code_waits_for_the_return_pin(
    server: ServerUnderTest, codes: dict[str, Any]
) -> None:
    waiting = await server.poll(codes)
    assert waiting.json()["error"] == "authorization_pending"
    assert waiting.json()["pairing_stage"] == "entering_pin"
    pin = await return_pin(server, codes)
    assert len(pin) == 3
    assert outcome(await server.poll(codes, return_pin=wrong(pin))) == (400, "authorization_pending")
    assert (await server.poll(codes, return_pin=pin)).status_code == 200


async def test_account_that_is_locked_while_its_pin_is_verified_gets_no_tokens(
    server: ServerUnderTest, codes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pin, facts = await return_pin(server, codes), ReturnPin.facts

    async def locking(*arguments: Any) -> PinFacts:
        found = await facts(*arguments)
        assert await server.store.set_user_locked("u-alice", locked=True)
        return found

    monkeypatch.setattr(ReturnPin, "facts", locking)
    assert outcome(await server.poll(codes, return_pin=pin)) == (400, "access_denied")
    assert await server.parts.devices.of_user("u-alice") == []


async def test_three_wrong_return_pins_end_the_pairing(
    server: ServerUnderTest, codes: dict[str, Any]
) -> None:
    pin = await return_pin(server, codes)
    message = [outcome(await server.poll(codes, return_pin=wrong(pin)))[1] for _ in range(3)]
    assert message == ["authorization_pending", "authorization_pending", "access_denied"]
    assert outcome(await server.poll(codes, return_pin=pin)) == (400, "access_denied")
    assert outcome(await server.poll(codes)) == (400, "access_denied")


async def test_end_by_wrong_return_pins_is_logged_without_digits(
    server: ServerUnderTest, codes: dict[str, Any]
) -> None:
    pin = await return_pin(server, codes)
    with capture_logs() as logs:
        for _ in range(3):
            await server.poll(codes, return_pin=wrong(pin))
    (line,) = [line for line in logs if line["event"] == "limit.reached"]
    assert (line["limit"], line["client_id"], line["network"]) == ("return_pin", "lobby-tv", "192.0.2.7")
    assert len(line["grant_id"]) == 32
    assert not {pin, wrong(pin)} & set(map(str, line.values()))


async def test_long_lived_device_code_gives_no_more_return_pin_tries(server: ServerUnderTest) -> None:
    await server.change_client(
        "lobby-tv", policy=ClientPolicy(requires_return_pin=True, device_code_lifetime=1800)
    )
    codes = await server.start()
    assert await server.decide(codes)
    pin = await return_pin(server, codes)
    *_, last = [await server.poll(codes, return_pin=wrong(pin)) for _ in range(3)]
    assert outcome(last) == (400, "access_denied")
    server.clock.advance(1500)
    assert outcome(await server.poll(codes, return_pin=pin)) == (400, "access_denied")


async def test_right_return_pin_with_a_lost_response_can_be_repeated(
    server: ServerUnderTest, codes: dict[str, Any]
) -> None:
    pin = await return_pin(server, codes)
    responses = [await server.poll(codes, return_pin=pin) for _ in range(2)]
    assert {(response.status_code, response.content) for response in responses} == {
        (200, responses[0].content)
    }


async def test_poll_with_a_wrong_return_pin_is_never_held(
    server: ServerUnderTest, codes: dict[str, Any]
) -> None:
    pin = await return_pin(server, codes)
    response = await server.poll(
        codes, headers={"prefer": "wait=30"}, return_pin=wrong(pin), pairing_stage="entering_pin"
    )
    assert outcome(response) == (400, "authorization_pending")
    assert "preference-applied" not in response.headers


async def test_denied_device_code_needs_no_return_pin(server: ServerUnderTest) -> None:
    await server.change_client("lobby-tv", policy=ClientPolicy(requires_return_pin=True))
    codes = await server.start()
    assert await server.decide(codes, Decision.DENY)
    assert outcome(await server.poll(codes)) == (400, "access_denied")


async def held(server: ServerUnderTest, codes: dict[str, Any], stage: str) -> asyncio.Task[httpx.Response]:
    """A poll that is being held and knows ``stage``."""
    poll = asyncio.ensure_future(server.poll(codes, headers={"prefer": "wait=20"}, pairing_stage=stage))
    for _ in range(40):
        await asyncio.sleep(0)
    return poll


async def test_held_poll_asks_for_the_return_pin_the_moment_of_the_approval(server: ServerUnderTest) -> None:
    await server.change_client("lobby-tv", policy=ClientPolicy(requires_return_pin=True))
    codes = await server.start()
    poll = await held(server, codes, "waiting")
    assert await server.decide(codes)
    response = await poll
    assert outcome(response) == (400, "authorization_pending")
    assert response.json()["pairing_stage"] == "entering_pin"


async def test_poll_without_a_return_pin_is_held_until_its_wait_ends(
    server: ServerUnderTest, codes: dict[str, Any]
) -> None:
    poll = await held(server, codes, "entering_pin")
    server.parts.held.wake(None)
    for _ in range(40):
        await asyncio.sleep(0)
    assert not poll.done()
    server.timers.expire()
    assert outcome(await poll) == (400, "authorization_pending")


async def test_held_poll_is_denied_once_too_many_wrong_return_pins_were_sent(
    server: ServerUnderTest, codes: dict[str, Any]
) -> None:
    pin = await return_pin(server, codes)
    poll = await held(server, codes, "entering_pin")
    for _ in range(3):
        await server.poll(codes, return_pin=wrong(pin))
    assert outcome(await poll) == (400, "access_denied")
