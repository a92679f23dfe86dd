"""A sign-in by a browser on this machine, from the request to the tokens put away (RFC 8252, RFC 9700).

Where a browser is at hand the device flow is the weaker way: its code can be approved by someone who was talked into it, on
another machine. Here the answer comes back to the very program that asked.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pairgrant.device import Device
from pairgrant.errors import DeniedError, PairgrantError, ServerFaultError
from pairgrant.events import BrowserOpened
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.authorization_attempt import AuthorizationAttempt
from pairgrant.sign_in.device_sign_in import check_prerequisites, discard_tokens, keep
from pairgrant.sign_in.loopback import Loopback, loopback
from pairgrant.sign_in.pairing import Announce
from pairgrant_protocol.polling import Denied, Expired

PATIENCE = 600
"""Seconds that a person has to sign in and decide; as long as our own server keeps the question."""

_GO_BACK = "You can close this page and go back to the terminal."


async def browser_sign_in(
    device: Device, announce: Announce, open_browser: Callable[[str], None]
) -> SignInSession | Denied | Expired:
    """Sign in through a browser here, and keep the tokens as those of a pairing are kept.

    Raises:
        PairgrantError: it could not begin, or ended with neither a yes nor a no.
    """
    await check_prerequisites(device, announce)
    metadata = await device.server.refresh_metadata()
    async with loopback() as here:
        attempt = AuthorizationAttempt.new(
            metadata,
            client_id=device.settings.client_id,
            scope=device.settings.scope,
            redirect_uri=here.redirect_uri,
        )
        uri = attempt.uri
        here.is_expected = attempt.is_response
        announce(BrowserOpened(uri, PATIENCE))
        open_browser(uri)
        if not await _came_back(device, here):
            return Expired()
        try:
            session = await _redeemed(device, attempt, here.response.result())
        except DeniedError:
            await here.show("Not signed in", f"You denied it. {_GO_BACK}")
            return Denied()
        except PairgrantError as error:
            await here.show("That did not work", f"{error} {_GO_BACK}")
            raise
        await here.show("You are signed in", _GO_BACK)
        return session


async def _came_back(device: Device, here: Loopback) -> bool:
    """Whether an answer came in time."""
    ends_at = device.clock.now() + PATIENCE
    waiting: asyncio.Future[Any] = asyncio.ensure_future(device.clock.wait_until(lambda: ends_at))
    try:
        await asyncio.wait([here.response, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
    return here.response.done()


async def _redeemed(device: Device, attempt: AuthorizationAttempt, query: str) -> SignInSession:
    tokens = await device.server.redeem_code(attempt.redemption(attempt.code(query)))
    try:
        attempt.check_tokens(tokens)
    except ServerFaultError:
        await discard_tokens(device, tokens)
        raise
    return await keep(device, tokens)
