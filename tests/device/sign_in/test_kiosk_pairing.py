"""The pairing of a kiosk on a clock moved by hand: renewal, outages, and a person at an older code."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.errors import CertificateError, ClientRefusedError, ServerFaultError, UnreachableError
from pairgrant.events import CodeDelayed, CodeIssued, PairingEvent, StageReached
from pairgrant.sign_in.kiosk_pairing import pair_kiosk
from pairgrant.sign_in.pairing import Outcome
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant_protocol.polling import Authorized, Denied, Expired
from pairgrant_protocol.vocabulary import PairingStage
from tests.device.manual_clock import NOW, WALL, ManualClock
from tests.device.simulated_server import Reply, SimulatedServer


class Kiosk:
    """A kiosk that pairs, and what it announced."""

    def __init__(self, device: Device) -> None:
        self.events: list[PairingEvent] = []
        self.retry = RetryNow()
        self.task: asyncio.Task[Outcome] = asyncio.create_task(
            pair_kiosk(
                device.oauth_client,
                device.request,
                device.clock,
                self.events.append,
                retry=self.retry,
                chance=lambda: 0.0,
            )
        )

    @property
    def codes(self) -> list[str]:
        return [event.user_code for event in self.events if isinstance(event, CodeIssued)]

    @property
    def delays(self) -> list[CodeDelayed]:
        return [event for event in self.events if isinstance(event, CodeDelayed)]


Start = Callable[[], Kiosk]


@pytest.fixture
async def start(device: Device) -> AsyncIterator[Start]:
    kiosks: list[Kiosk] = []

    def begin() -> Kiosk:
        kiosks.append(Kiosk(device))
        return kiosks[-1]

    yield begin
    for kiosk in kiosks:
        kiosk.task.cancel()
    await asyncio.gather(*(kiosk.task for kiosk in kiosks), return_exceptions=True)


@pytest.fixture
def numbered(server: SimulatedServer) -> SimulatedServer:
    """A server whose codes are CODE-1, CODE-2, …, with an interval of 60 s."""
    codes = [
        server.says(server.code(user_code=f"CODE-{n}", device_code=f"device-{n}", interval=60))
        for n in range(1, 9)
    ]
    server.on("/device_authorization", *codes)
    return server


def by_code(server: SimulatedServer, replies: dict[str, Reply]) -> None:
    """Answer the polls of each device_code, those of all others with ``authorization_pending``."""

    def reply(request: httpx.Request) -> httpx.Response:
        for device_code, its_reply in replies.items():
            if f"device_code={device_code}&" in request.content.decode() + "&":
                return its_reply(request)
        return server.pending()(request)

    server.on("/token", reply)


class TestRenewal:
    async def test_fresh_code_is_shown_well_before_the_old_one_ends(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        kiosk = start()
        await manual_clock.pass_time(470)
        assert kiosk.codes == ["CODE-1"]
        await manual_clock.pass_time(15)
        assert kiosk.codes == ["CODE-1", "CODE-2"]

    async def test_old_code_is_polled_until_its_end(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        start()
        await manual_clock.pass_time(599)
        assert {form["device_code"] for form in numbered.forms("/token")[-2:]} == {"device-1", "device-2"}
        before = len(numbered.asked("/token"))
        await manual_clock.pass_time(300)
        assert {form["device_code"] for form in numbered.forms("/token")[before:]} == {"device-2"}

    async def test_approval_of_the_old_code_gets_through(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        kiosk = start()
        await manual_clock.pass_time(500)
        by_code(numbered, {"device-1": numbered.says(numbered.tokens())})
        await manual_clock.pass_time(90)
        assert isinstance(kiosk.task.result(), Authorized)

    async def test_person_who_opens_the_old_code_gets_its_screen(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        kiosk = start()
        await manual_clock.pass_time(500)
        by_code(numbered, {"device-1": numbered.pending("opened")})
        await manual_clock.pass_time(80)
        assert kiosk.codes == ["CODE-1", "CODE-2", "CODE-1"]
        assert kiosk.events[-1] == StageReached(PairingStage.OPENED)

    async def test_code_at_which_a_person_is_stays_on_the_screen_until_it_ends(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        by_code(numbered, {"device-1": numbered.pending("confirming")})
        kiosk = start()
        await manual_clock.pass_time(598)
        assert kiosk.codes == ["CODE-1"]
        await manual_clock.pass_time(4)
        assert kiosk.codes == ["CODE-1", "CODE-2"]

    async def test_kiosk_rests_after_three_renewals_without_a_person(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        kiosk = start()
        await manual_clock.pass_time(3 * 481 + 600)
        assert kiosk.codes == ["CODE-1", "CODE-2", "CODE-3", "CODE-4"]
        assert kiosk.task.result() == Expired()

    async def test_denial_ends_the_pairing(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        numbered.on("/token", numbered.says({"error": "access_denied"}, 400))
        kiosk = start()
        await manual_clock.pass_time(61)
        assert kiosk.task.result() == Denied()

    async def test_old_code_stays_valid_while_the_renewal_fails(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        kiosk = start()
        await manual_clock.pass_time(470)
        numbered.on("/device_authorization", numbered.says(b"", 503))
        await manual_clock.pass_time(60)
        assert kiosk.delays == []
        await manual_clock.pass_time(80)
        assert len(kiosk.delays) == 1
        numbered.on("/device_authorization", numbered.says(numbered.code(user_code="NEW")))
        await manual_clock.pass_time(61)
        assert kiosk.codes == ["CODE-1", "NEW"]


PORTAL = SimulatedServer.says(b"<html>Accept the terms</html>", 200)
REDIRECT = SimulatedServer.says(b"", 302, Location="http://portal.example/")


class TestOutage:
    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (SimulatedServer.fails(httpx.ConnectError), UnreachableError),
            (SimulatedServer.fails(httpx.ConnectTimeout), UnreachableError),
            (PORTAL, ServerFaultError),
            (REDIRECT, ServerFaultError),
            (SimulatedServer.says({"issuer": "https://other.example"}), ServerFaultError),
        ],
        ids=["no network", "no response", "captive portal", "redirect", "wrong issuer"],
    )
    async def test_boot_without_the_server_shows_what_is_wrong_and_goes_on_until_it_is_back(
        self, server: SimulatedServer, start: Start, manual_clock: ManualClock, reply: Reply, error: type
    ) -> None:
        paths = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
        for path in paths:
            server.on(path, reply)
        kiosk = start()
        began = manual_clock.time
        await manual_clock.pass_time(200)
        first = kiosk.delays[0]
        assert isinstance(first.error, error)
        assert (first.since, first.retry_at) == (WALL, began + 5)
        assert {delay.since for delay in kiosk.delays} == {WALL}
        waits = [after.retry_at - delay.retry_at for delay, after in pairwise(kiosk.delays)]
        assert waits[:3] == [10, 20, 40]
        for path in paths:
            server.on(path, server.says(server.document()))
        await manual_clock.pass_time(61)
        assert kiosk.codes == ["WDJB-MJHT"]

    async def test_certificate_error_is_tried_again(
        self, device: Device, start: Start, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The clock of a device without a battery is wrong until the network sets it."""

        async def refuse(*_: Any) -> None:
            raise CertificateError("The certificate is not valid yet.")

        monkeypatch.setattr(type(device.oauth_client), "authorize_device", refuse)
        kiosk = start()
        await manual_clock.pass_time(1)
        monkeypatch.undo()
        await manual_clock.pass_time(6)
        assert [type(delay.error) for delay in kiosk.delays] == [CertificateError]
        assert kiosk.codes == ["WDJB-MJHT"]

    async def test_retry_now_does_not_wait(
        self, server: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        busy = server.says(b"", 503, Retry_After="3000")
        server.on("/device_authorization", busy, server.says(server.code()))
        kiosk = start()
        await manual_clock.pass_time(100)
        assert kiosk.codes == []
        kiosk.retry.ask()
        await manual_clock.pass_time(1)
        assert kiosk.codes == ["WDJB-MJHT"]

    async def test_expired_code_leaves_the_screen_while_the_server_hangs(
        self, server: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        class Silence(httpx.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                await asyncio.Event().wait()
                yield b""

        code = server.says(server.code(expires_in=60))
        server.on("/device_authorization", code, lambda _request: httpx.Response(200, stream=Silence()))
        kiosk = start()
        await manual_clock.pass_time(59)
        assert kiosk.delays == []
        await manual_clock.pass_time(2)
        assert [str(delay.error) for delay in kiosk.delays] == ["The server has not responded yet."]
        assert kiosk.delays[0].retry_at == NOW + 60

    async def test_waits_start_short_again_after_a_retry(
        self, server: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        server.on("/device_authorization", server.fails(httpx.ConnectError))
        kiosk = start()
        await manual_clock.pass_time(300)
        before = len(kiosk.delays)
        assert kiosk.delays[-1].retry_at - kiosk.delays[-2].retry_at == 60
        assert kiosk.retry.ask()
        await manual_clock.pass_time(16)
        waits = [delay.retry_at for delay in kiosk.delays[before:]]
        assert [after - first for first, after in pairwise(waits)] == [10, 20]
        assert {delay.since for delay in kiosk.delays} == {WALL}

    async def test_retry_sends_a_poll_that_failed_before(
        self, server: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.fails(httpx.ConnectError))
        kiosk = start()
        await manual_clock.pass_time(200)
        (before,) = {len(server.asked("/token"))}
        server.on("/token", server.says(server.tokens()))
        kiosk.retry.ask()
        await manual_clock.pass_time(2)
        assert len(server.asked("/token")) == before + 1
        assert isinstance(kiosk.task.result(), Authorized)
        assert kiosk.codes == ["WDJB-MJHT"]

    async def test_error_that_waiting_does_not_cure_ends_the_pairing(
        self, server: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        server.on("/device_authorization", server.says({"error": "invalid_client"}, 401))
        kiosk = start()
        await manual_clock.settle()
        with pytest.raises(ClientRefusedError):
            kiosk.task.result()


class TestCancellation:
    @pytest.fixture(autouse=True)
    def offered(self, numbered: SimulatedServer) -> None:
        document = numbered.document(device_code_revocation_supported=True)
        numbered.on("/.well-known/oauth-authorization-server", numbered.says(document))
        numbered.on("/revoke", numbered.says(b""))

    def cancelled(self, server: SimulatedServer) -> list[str]:
        return sorted(form["token"] for form in server.forms("/revoke"))

    async def test_kiosk_that_is_left_cancels_each_code_that_is_still_valid(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock, device: Device
    ) -> None:
        kiosk = start()
        await manual_clock.pass_time(590)
        kiosk.task.cancel()
        await asyncio.wait([kiosk.task])
        await device.oauth_client.leaving.settle()
        assert self.cancelled(numbered) == ["device-1", "device-2"]

    async def test_renewal_cancels_no_code(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock
    ) -> None:
        start()
        await manual_clock.pass_time(4000)
        assert self.cancelled(numbered) == []

    async def test_approval_of_one_code_cancels_the_other_and_never_itself(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock, device: Device
    ) -> None:
        kiosk = start()
        await manual_clock.pass_time(500)
        by_code(numbered, {"device-1": numbered.says(numbered.tokens())})
        await manual_clock.pass_time(90)
        assert isinstance(kiosk.task.result(), Authorized)
        await device.oauth_client.leaving.settle()
        assert self.cancelled(numbered) == ["device-2"]

    async def test_denial_cancels_the_other_code(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock, device: Device
    ) -> None:
        kiosk = start()
        await manual_clock.pass_time(500)
        by_code(numbered, {"device-2": numbered.says({"error": "access_denied"}, 400)})
        await manual_clock.pass_time(90)
        assert isinstance(kiosk.task.result(), Denied)
        await device.oauth_client.leaving.settle()
        assert self.cancelled(numbered) == ["device-1"]

    async def test_tokens_of_a_second_approval_in_the_same_moment_are_ended(
        self, numbered: SimulatedServer, start: Start, manual_clock: ManualClock, device: Device
    ) -> None:
        """Only one sign-in is kept; the cancellation ends the family of the other."""
        kiosk = start()
        await manual_clock.pass_time(500)
        tokens = numbered.says(numbered.tokens())
        by_code(numbered, {"device-1": tokens, "device-2": tokens})
        await manual_clock.pass_time(90)
        assert isinstance(kiosk.task.result(), Authorized)
        await device.oauth_client.leaving.settle()
        assert len(self.cancelled(numbered)) == 1
