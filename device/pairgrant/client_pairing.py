"""One pairing of the library: a code to show, the person's steps as events, and the tokens."""

import asyncio
from collections.abc import AsyncIterator

from pairgrant.device import Device
from pairgrant.errors import DeniedError, ExpiredError, refusal
from pairgrant.events import PairingEvent
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.sign_in.device_sign_in import store_tokens
from pairgrant.sign_in.pairing import BegunPairing, poll_until_decided
from pairgrant.sign_in.pin_entry import PinEntry
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.translation import translated
from pairgrant.ui_texts import DENIED, EXPIRED, WRONG_DIGITS
from pairgrant_protocol.polling import Authorized, Denied, Expired, Failed

_LEFT = "This pairing was left before its end: use it inside `async with client.pair() as pairing`."


class Pairing:
    """A code that can be shown; ``tokens`` and ``events`` poll for the person's decision."""

    def __init__(self, device: Device, begun: BegunPairing, digits: PinEntry) -> None:
        self._device = device
        self._begun = begun
        self._digits = digits
        self._polling: asyncio.Task[StoredTokens] | None = None
        self._events: asyncio.Queue[PairingEvent | None] = asyncio.Queue()
        self._is_left = False

    def __repr__(self) -> str:
        return f"Pairing(user_code={self.user_code!r}, verification_uri={self.verification_uri!r})"

    @property
    def user_code(self) -> str:
        """The code that the person types, as the server formats it."""
        return self._begun.code.user_code

    @property
    def verification_uri(self) -> str:
        """The address where the person types the code."""
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

        A cancelled call can be repeated: the pairing goes on until its block is left.

        Raises:
            DeniedError: the person denied the request.
            ExpiredError: the code expired.
            PairgrantError: the server refused, or the tokens can't be stored.
        """
        polling = self._polled()
        await asyncio.wait([polling])
        if polling.cancelled():
            raise RuntimeError(_LEFT)
        return polling.result()

    async def events(self) -> AsyncIterator[PairingEvent]:
        """What happens until the decision: stages of the person, a number to show, failed polls.

        Each event is given once, so there is one reader. ``tokens`` then has the tokens, or the error.
        """
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
        """Stop polling, as the end of the block does; a code without a decision is cancelled at a server that
        offers that.
        """
        if self._is_left:
            return
        self._is_left = True
        polling = self._polling
        if polling is None or not polling.done():
            self._device.oauth_client.cancel(self._begun.device_code)
        if polling is not None:
            polling.cancel()
            await asyncio.wait([polling])
            if not polling.cancelled():
                polling.exception()  # it was there to be asked for

    def _polled(self) -> "asyncio.Task[StoredTokens]":
        if self._polling is None:
            if self._is_left:
                raise RuntimeError(_LEFT)
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
