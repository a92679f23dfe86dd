"""One pairing of the library: a code to show, the person's steps as events, and the tokens."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from pairgrant.device import Device
from pairgrant.errors import DeniedError, ExpiredError, PairgrantError, refusal
from pairgrant.events import PairingEvent
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.sign_in.device_sign_in import store_tokens
from pairgrant.sign_in.pairing import BegunPairing, poll_until_decided
from pairgrant.sign_in.pin_entry import PinEntry
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.translation import translated
from pairgrant.ui_texts import DENIED, EXPIRED, WRONG_DIGITS
from pairgrant_protocol.polling import Authorized, Denied, Expired, Failed


class Pairing:
    """A code that can be shown; ``tokens`` and ``events`` poll for the person's decision."""

    def __init__(self, device: Device, begun: BegunPairing, digits: PinEntry) -> None:
        self._device = device
        self._begun = begun
        self._digits = digits
        self._polling: asyncio.Task[StoredTokens] | None = None
        self._events: asyncio.Queue[PairingEvent | None] = asyncio.Queue()

    def __repr__(self) -> str:
        return f"Pairing(user_code={self.user_code!r}, verification_uri={self.verification_uri!r})"

    @property
    def user_code(self) -> str:
        return self._begun.code.user_code

    @property
    def verification_uri(self) -> str:
        return self._begun.code.verification_uri

    @property
    def verification_uri_complete(self) -> str | None:
        """The address with the code in it, for a QR code; None if the server has none."""
        return self._begun.code.verification_uri_complete

    @property
    def expires_in(self) -> int:
        """The lifetime of the code in seconds."""
        return self._begun.code.expires_in

    async def tokens(self) -> StoredTokens:
        """The tokens, once the person has approved; they are in the storage then.

        Raises:
            DeniedError: the person denied the request.
            ExpiredError: the code expired.
            PairgrantError: the server refused, or the tokens can't be stored.
        """
        return await asyncio.shield(self._polled())

    async def events(self) -> AsyncIterator[PairingEvent]:
        """What happens until the decision: stages of the person, a number to show, failed polls."""
        while (event := await self.next_event()) is not None:
            yield event

    async def next_event(self) -> PairingEvent | None:
        """The next event; None after the last one."""
        self._polled()
        event = await self._events.get()
        if event is None:
            self._events.put_nowait(None)  # for every later call
        return event

    async def leave(self) -> None:
        """Stop polling; a code whose end has not come is cancelled at a server that offers that."""
        if self._polling is not None and self._polling.done():
            self._polling.exception()  # it was there to be asked for
            return
        self._device.oauth_client.cancel(self._begun.device_code)
        if self._polling is not None:
            self._polling.cancel()
            with contextlib.suppress(asyncio.CancelledError, PairgrantError):
                await self._polling

    def _polled(self) -> "asyncio.Task[StoredTokens]":
        if self._polling is None:
            self._polling = asyncio.create_task(self._poll())
        return self._polling

    async def _poll(self) -> StoredTokens:
        device = self._device
        try:
            outcome = await poll_until_decided(
                device.oauth_client,
                self._begun,
                device.clock,
                self._events.put_nowait,
                self._digits,
                retry=RetryNow(),
            )
            match outcome:
                case Authorized(tokens):
                    return (await store_tokens(device, tokens)).tokens
                case Denied(wrong_pin):
                    raise DeniedError(translated(WRONG_DIGITS if wrong_pin else DENIED))
                case Expired():
                    raise ExpiredError(translated(EXPIRED))
                case Failed(error, description):
                    raise refusal(error, description, client_id=device.settings.client_id)
        finally:
            self._events.put_nowait(None)
