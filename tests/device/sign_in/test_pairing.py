"""One pairing on a clock moved by hand: when the device polls, and its events (RFC 8628 §3.3, §3.5)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.errors import PinRequiredError, ServerBusyError
from pairgrant.events import (
    CodeIssued,
    NumberShown,
    PairingEvent,
    PinRequested,
    PollFailed,
    PollRecovered,
    StageReached,
)
from pairgrant.sign_in.pairing import Outcome, pair
from pairgrant_protocol.polling import Authorized, Denied, Expired, Failed
from pairgrant_protocol.vocabulary import PairingStage
from tests.device.manual_clock import WALL, ManualClock
from tests.device.simulated_server import SimulatedServer


class Running:
    """A pairing under way, and its events."""

    def __init__(self, device: Device) -> None:
        self.events: list[PairingEvent] = []
        self.task = asyncio.create_task(
            pair(device.oauth_client, device.request, device.clock, self.events.append)
        )

    @property
    def outcome(self) -> Outcome:
        return self.task.result()


@pytest.fixture
async def running(device: Device, manual_clock: ManualClock) -> AsyncIterator[Running]:
    pairing = Running(device)
    await manual_clock.settle()
    yield pairing
    pairing.task.cancel()


def polls(server: SimulatedServer) -> int:
    return len(server.asked("/token"))


class TestBegin:
    async def test_code_is_announced_at_once_with_its_expiry(
        self, running: Running, manual_clock: ManualClock
    ) -> None:
        assert running.events == [
            CodeIssued(
                user_code="WDJB-MJHT",
                verification_uri="https://pair.example/device",
                verification_uri_complete="https://pair.example/D/WDJBMJHT",
                expires_in=600,
                expires_at=manual_clock.time + 600,
                interval=5,
            )
        ]

    async def test_no_event_carries_the_device_code(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        """RFC 8628 §3.3: it is never shown to people."""
        server.on("/token", server.fails(httpx.ReadTimeout), server.pending("opened"), server.says({}, 500))
        await manual_clock.pass_time(120)
        assert len(running.events) > 3
        assert "the-device-code" not in repr(running.events)

    async def test_failed_start_of_a_pairing_is_raised(self, server: SimulatedServer, device: Device) -> None:
        server.on("/device_authorization", server.says(b"", 503))
        with pytest.raises(ServerBusyError):
            await pair(device.oauth_client, device.request, device.clock, lambda event: None)

    async def test_server_that_asks_to_slow_down_is_asked_again(
        self, server: SimulatedServer, device: Device, manual_clock: ManualClock
    ) -> None:
        """authentik limits the codes of an address by slow_down."""
        slowed = server.says({"error": "slow_down"}, 429)
        server.on("/device_authorization", slowed, slowed, server.says(server.code()))
        pairing = Running(device)
        await manual_clock.pass_time(14)
        assert pairing.events == []
        await manual_clock.pass_time(1)
        assert isinstance(pairing.events[0], CodeIssued)
        pairing.task.cancel()

    async def test_server_that_goes_on_asking_to_slow_down_is_busy(
        self, server: SimulatedServer, device: Device, manual_clock: ManualClock
    ) -> None:
        server.on("/device_authorization", server.says({"error": "slow_down"}, 429))
        pairing = Running(device)
        await manual_clock.pass_time(15)
        with pytest.raises(ServerBusyError):
            pairing.task.result()

    async def test_plain_uri_is_scanned_without_a_complete_uri(
        self, server: SimulatedServer, device: Device, manual_clock: ManualClock
    ) -> None:
        server.on("/device_authorization", server.says(server.code(verification_uri_complete=None)))
        pairing = Running(device)
        await manual_clock.settle()
        code = pairing.events[0]
        assert isinstance(code, CodeIssued)
        assert code.scannable_uri == "https://pair.example/device"
        pairing.task.cancel()


class TestPace:
    """RFC 8628 §3.5."""

    async def test_nothing_is_polled_before_the_first_interval(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        await manual_clock.pass_time(4.9)
        assert polls(server) == 0
        await manual_clock.pass_time(0.2)
        assert polls(server) == 1

    async def test_polls_are_one_interval_apart(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        await manual_clock.pass_time(50.5)
        assert polls(server) == 10

    async def test_slow_down_lengthens_the_interval_permanently(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.says({"error": "slow_down"}, 400), server.pending())
        await manual_clock.pass_time(5)
        await manual_clock.pass_time(115)
        assert polls(server) == 1 + 10  # 10 s and the margin: 11.5 s each

    @pytest.mark.parametrize("error", [httpx.ConnectTimeout, httpx.ConnectError, httpx.ReadTimeout])
    async def test_lost_responses_halve_the_frequency_until_one_arrives(
        self,
        server: SimulatedServer,
        running: Running,
        manual_clock: ManualClock,
        error: type[httpx.TransportError],
    ) -> None:
        server.on("/token", server.fails(error), server.fails(error), server.pending())
        seen = []
        for _ in range(8):
            await manual_clock.pass_time(5)
            seen.append(polls(server))
        assert seen == [1, 1, 2, 2, 2, 2, 3, 4]  # after 5, 15, 35 and 40 s

    async def test_retry_after_delays_the_next_poll(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.says(b"", 503, Retry_After="100"), server.pending())
        await manual_clock.pass_time(104)
        assert polls(server) == 1
        await manual_clock.pass_time(2)
        assert polls(server) == 2

    async def test_nothing_is_polled_after_the_end(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        await manual_clock.pass_time(2000)
        assert polls(server) == 119
        assert running.outcome == Expired()


class TestSuspend:
    """A laptop's lid, or ^Z and fg: the clock goes on, the device doesn't."""

    async def test_next_poll_comes_within_a_second_after_suspend(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        await manual_clock.pass_time(6)
        manual_clock.suspend(300)
        await manual_clock.pass_time(1)
        assert polls(server) == 2
        server.on("/token", server.says(server.tokens()))
        await manual_clock.pass_time(5)
        assert isinstance(running.outcome, Authorized)

    async def test_code_that_expired_during_suspend_is_not_polled(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        await manual_clock.pass_time(6)
        manual_clock.suspend(3600)
        await manual_clock.pass_time(1)
        assert polls(server) == 1
        assert running.outcome == Expired()


class TestEnd:
    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ({"error": "access_denied"}, Denied()),
            ({"error": "expired_token"}, Expired()),
            ({"error": "invalid_grant", "error_description": "?"}, Failed("invalid_grant", "?")),
            ({"error": "out_of_cheese"}, Failed("out_of_cheese")),
        ],
    )
    async def test_every_error_but_two_stops_polling(
        self,
        server: SimulatedServer,
        running: Running,
        manual_clock: ManualClock,
        members: Any,
        expected: Outcome,
    ) -> None:
        server.on("/token", server.says(members, 400))
        await manual_clock.pass_time(5)
        assert running.outcome == expected
        await manual_clock.pass_time(100)
        assert polls(server) == 1

    async def test_no_new_code_is_requested_on_expiry(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        """RFC 8628 §3.5: it waits for the person."""
        await manual_clock.pass_time(3600)
        assert running.outcome == Expired()
        assert len(server.asked("/device_authorization")) == 1

    async def test_pairing_survives_an_outage_of_the_server(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.fails(httpx.ConnectError))
        await manual_clock.pass_time(90)
        server.on("/token", server.says(server.tokens()))
        await manual_clock.pass_time(60)
        assert isinstance(running.outcome, Authorized)


class TestNews:
    async def test_every_stage_is_announced_once(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        stages = ["waiting", "waiting", "opened", "opened", "signing_in", "confirming", "confirming"]
        server.on("/token", *map(server.pending, stages))
        await manual_clock.pass_time(40)
        known = [PairingStage(stage) for stage in dict.fromkeys(stages)]
        assert running.events[1:] == [StageReached(stage) for stage in known]

    async def test_each_number_is_announced_once(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        pending = [server.pending("matching_number", number) for number in ("47", "47", "12")]
        server.on("/token", *pending, server.pending("finishing", "12"))
        await manual_clock.pass_time(40)
        assert running.events[1:] == [
            StageReached(PairingStage.MATCHING_NUMBER),
            NumberShown("47"),
            NumberShown("12"),
            StageReached(PairingStage.FINISHING),
        ]

    async def test_proof_key_that_was_not_asked_for_is_ignored(
        self, server: SimulatedServer, device: Device, manual_clock: ManualClock
    ) -> None:
        server.on("/device_authorization", server.says(server.code(proof_key="A" * 43)))
        pairing = Running(device)
        await manual_clock.settle()
        (code,) = pairing.events
        assert isinstance(code, CodeIssued)
        assert code.proof_key is None
        pairing.task.cancel()

    async def test_pairing_fails_if_required_digits_cannot_be_typed(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.pending("entering_pin"))
        await manual_clock.pass_time(5)
        assert running.events[1:] == [StageReached(PairingStage.ENTERING_PIN), PinRequested()]
        with pytest.raises(PinRequiredError):
            await running.task

    async def test_failed_polls_are_announced_with_the_next_try_and_recovery(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.pending("opened"), server.says(b"", 502), server.pending("opened"))
        started = manual_clock.time
        await manual_clock.pass_time(25)
        assert running.events[1:] == [
            StageReached(PairingStage.OPENED),
            PollFailed("the server responded 502 with a body that is not JSON", started + 20, WALL + 10),
            PollRecovered(),
        ]

    async def test_server_without_stages_causes_no_stage_event(
        self, running: Running, manual_clock: ManualClock
    ) -> None:
        await manual_clock.pass_time(100)
        assert len(running.events) == 1

    async def test_trouble_has_ended_when_the_server_decides(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.says(b"", 502), server.says({"error": "access_denied"}, 400))
        await manual_clock.pass_time(25)
        assert running.outcome == Denied()
        assert isinstance(running.events[-1], PollRecovered)

    async def test_first_poll_after_a_failure_is_not_held(
        self, server: SimulatedServer, running: Running, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.pending(), server.says(b"", 502), server.pending())
        await manual_clock.pass_time(25)
        asked = server.asked("/token")
        assert ["prefer" in poll.headers for poll in asked] == [True, True, False, True]


class TestLeaving:
    """A pairing that ends without an outcome tells the server that no person waits for its code."""

    @pytest.fixture(autouse=True)
    def offered(self, server: SimulatedServer) -> None:
        document = server.document(device_code_revocation_supported=True)
        server.on("/.well-known/oauth-authorization-server", server.says(document))
        server.on("/revoke", server.says(b""))

    async def test_pairing_that_is_left_cancels_its_code(
        self, server: SimulatedServer, device: Device, running: Running
    ) -> None:
        running.task.cancel()
        await asyncio.wait([running.task])
        await device.oauth_client.leaving.settle()
        assert server.forms("/revoke") == [
            {"token": "the-device-code", "token_type_hint": "device_code", "client_id": "lobby-tv"}
        ]

    async def test_pairing_that_can_not_take_the_digits_cancels_its_code(
        self, server: SimulatedServer, device: Device, running: Running, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.pending("entering_pin"))
        await manual_clock.pass_time(30)
        with pytest.raises(PinRequiredError):
            running.task.result()
        await device.oauth_client.leaving.settle()
        assert len(server.asked("/revoke")) == 1

    @pytest.mark.parametrize(
        ("reply", "outcome"),
        [
            ({"error": "access_denied"}, Denied),
            ({"error": "expired_token"}, Expired),
            ({"error": "invalid_grant"}, Failed),
            ({"access_token": "a", "token_type": "Bearer"}, Authorized),
        ],
    )
    async def test_pairing_with_an_outcome_cancels_nothing(
        self,
        server: SimulatedServer,
        device: Device,
        running: Running,
        *,
        manual_clock: ManualClock,
        reply: dict[str, str],
        outcome: type[Outcome],
    ) -> None:
        server.on("/token", server.says(reply, 400 if "error" in reply else 200))
        await manual_clock.pass_time(30)
        assert isinstance(running.outcome, outcome)
        await device.oauth_client.leaving.settle()
        assert server.asked("/revoke") == []
