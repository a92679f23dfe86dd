"""The pairing of a kiosk: codes that renew themselves, requested until the server gives one.

``code_renewal`` decides when a code is requested and which one is shown; this module applies it with a server
and a clock that are passed in, and polls every valid code.
"""

import asyncio
from collections.abc import Callable

from pairgrant.backoff import backoff, spread
from pairgrant.clock import Clock
from pairgrant.errors import PairgrantError, ServerFaultError, TemporaryError, UnreachableError
from pairgrant.events import CodeDelayed, NumberShown, PairingEvent, PinRequested, StageReached
from pairgrant.sign_in.code_renewal import (
    Codes,
    attended,
    ended,
    is_over,
    issued,
    request_at,
    request_failed,
    request_wanted,
)
from pairgrant.sign_in.pairing import (
    Announce,
    BegunPairing,
    Outcome,
    PairingServer,
    begin_pairing,
    poll_until_decided,
)
from pairgrant.sign_in.pin_entry import NO_ENTRY, PinEntry
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.translation import Translatable
from pairgrant_protocol.messages import DeviceAuthorizationRequest
from pairgrant_protocol.polling import Expired, Failed
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage

NO_RESPONSE_YET = Translatable("The server has not responded yet.")

LONGEST_WAIT = 60.0
"""Seconds between two requests for a code while there is none, or more if the server asks for it."""


async def pair_kiosk(
    server: PairingServer,
    request: DeviceAuthorizationRequest,
    clock: Clock,
    announce: Announce,
    entry: PinEntry = NO_ENTRY,
    *,
    retry: RetryNow,
    chance: Callable[[], float],
) -> Outcome:
    """Show codes until a person decides about one; ``Expired`` if no person came, so that the kiosk rests.

    Whatever ends this, the codes that are still valid are cancelled. While the server can't be reached or its
    responses are invalid, this goes on. ``chance`` gives numbers
    from 0 to 1.

    Raises:
        PinRequiredError: the server requires digits that can't be typed here.
        PairgrantError: there is no code, and waiting won't help.
    """
    pairing = _KioskPairing(
        server=server,
        request=request,
        clock=clock,
        announce=announce,
        entry=entry,
        retry=retry,
        chance=chance,
    )
    return await pairing.run()


class _PolledCode:
    """One valid code, and what its person has to see if it is shown again."""

    def __init__(self, begun: BegunPairing) -> None:
        self.begun = begun
        self.latest: dict[type[PairingEvent], PairingEvent] = {}
        self.is_on_screen = asyncio.Event()


class _EntryOfShownCode:
    """Digits for one code; what is typed while another code is shown is not for this one."""

    def __init__(self, entry: PinEntry, is_on_screen: asyncio.Event) -> None:
        self._entry = entry
        self._is_on_screen = is_on_screen

    async def digits(self) -> Secret:
        await self._is_on_screen.wait()
        return await self._entry.digits()


class _KioskPairing:
    def __init__(
        self,
        *,
        server: PairingServer,
        request: DeviceAuthorizationRequest,
        clock: Clock,
        announce: Announce,
        entry: PinEntry,
        retry: RetryNow,
        chance: Callable[[], float],
    ) -> None:
        self._server = server
        self._request = request
        self._clock = clock
        self._announce = announce
        self._entry = entry
        self._retry = retry
        self._chance = chance
        self._codes = Codes()
        self._polled: dict[int, _PolledCode] = {}
        self._polls: dict[asyncio.Task[Outcome], int] = {}
        self._failing_since: float | None = None
        self._last_error: PairgrantError | None = None
        self._is_delay_shown = False

    async def run(self) -> Outcome:
        requesting = asyncio.create_task(self._next_code())
        try:
            while True:
                done, _ = await asyncio.wait({requesting, *self._polls}, return_when=asyncio.FIRST_COMPLETED)
                for poll in [poll for poll in self._polls if poll in done]:
                    outcome = poll.result()
                    is_last = self._end(self._polls.pop(poll))
                    if not isinstance(outcome, Expired | Failed) or (is_last and isinstance(outcome, Failed)):
                        return outcome
                if requesting in done:
                    self._take(requesting)
                    requesting = asyncio.create_task(self._next_code())
                if is_over(self._codes):
                    return Expired()
                self._show_late_request()
        finally:
            self._cancel_the_valid_codes(requesting)
            tasks: list[asyncio.Task[Outcome] | asyncio.Task[BegunPairing]] = [requesting, *self._polls]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _cancel_the_valid_codes(self, requesting: "asyncio.Task[BegunPairing]") -> None:
        """End them at the server, because they are not polled any more."""
        for polled in self._polled.values():
            self._server.cancel(polled.begun.device_code)
        if requesting.done() and not requesting.cancelled() and requesting.exception() is None:
            self._server.cancel(requesting.result().device_code)

    async def _next_code(self) -> BegunPairing:
        while await self._retry.wait(self._clock, lambda: request_at(self._codes)):
            if not self._codes.valid:  # otherwise a person's request is for the poll of the shown code
                self._codes = request_wanted(self._codes)
                break
        return await begin_pairing(self._server, self._request, self._clock)

    def _take(self, requested: asyncio.Task[BegunPairing]) -> None:
        """Poll and show the new code, or plan the next request."""
        try:
            begun = requested.result()
        except PairgrantError as error:
            self._request_failed(error)
            return
        self._failing_since = None
        number = self._codes.count
        self._codes = issued(self._codes, begun.code.expires_in, self._clock.now())
        polled = self._polled[number] = _PolledCode(begun)
        poll = asyncio.create_task(
            poll_until_decided(
                self._server,
                begun,
                self._clock,
                lambda event: self._heard(number, event),
                _EntryOfShownCode(self._entry, polled.is_on_screen),
                retry=self._retry,
            )
        )
        self._polls[poll] = number
        if self._codes.shown == number:
            self._show()

    def _request_failed(self, error: PairgrantError) -> None:
        if not self._codes.valid and not isinstance(error, TemporaryError | ServerFaultError):
            raise error
        retry_after = error.retry_after if isinstance(error, TemporaryError) else None
        wait = spread(backoff(self._codes.failures + 1, retry_after, longest=LONGEST_WAIT), self._chance())
        if self._failing_since is None:
            self._failing_since = self._clock.wall()
        self._last_error = error
        self._codes = request_failed(self._codes, wait, self._clock.now())
        if not self._codes.valid:
            self._show()

    def _heard(self, number: int, event: PairingEvent) -> None:
        """Pass on the event of the shown code; another one is shown once a person has opened it."""
        polled = self._polled[number]
        if isinstance(event, StageReached | NumberShown | PinRequested):
            polled.latest[type(event)] = event
        was_shown = self._codes.shown
        if isinstance(event, StageReached) and event.stage is not PairingStage.WAITING:
            self._codes = attended(self._codes, number)
        if self._codes.shown != was_shown:
            self._show()
        elif self._codes.shown == number:
            self._announce(event)

    def _end(self, number: int) -> bool:
        """Forget a code that has ended, and show what remains; returns whether it was the last one."""
        was_shown = self._codes.shown
        self._codes = ended(self._codes, number)
        del self._polled[number]
        if self._codes.shown != was_shown:
            self._show()
        return not self._codes.valid

    def _show(self) -> None:
        """Announce the code to show and what is known of it, or why there is none."""
        if self._codes.shown is not None:
            polled = self._polled[self._codes.shown]
            polled.is_on_screen.set()
            self._is_delay_shown = False
            self._announce(polled.begun.code)
            for event in polled.latest.values():
                self._announce(event)
        elif self._last_error is not None and self._failing_since is not None:
            self._is_delay_shown = True
            self._announce(CodeDelayed(self._last_error, self._failing_since, self._codes.retry_at))

    def _show_late_request(self) -> None:
        """Take an expired code from the screen while the request for the next one has no response yet."""
        if self._codes.shown is None and self._codes.count and not self._is_delay_shown:
            self._is_delay_shown = True
            self._announce(
                CodeDelayed(UnreachableError(NO_RESPONSE_YET), self._clock.wall(), self._clock.now())
            )
