"""Sign in with a browser on this machine, from the authorization request to the stored tokens (RFC 8252, RFC
9700).

With a browser at hand the device grant is the weaker choice: an attacker can talk a person into approving its
code on another machine. Here the authorization response comes back to the program that sent the request.
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
from pairgrant.sign_in.device_sign_in import check_prerequisites, discard_tokens, store_tokens
from pairgrant.sign_in.loopback import Loopback, loopback
from pairgrant.sign_in.pairing import Announce
from pairgrant.translation import Translatable, gettext, translated
from pairgrant_protocol.polling import Denied, Expired

BROWSER_TIMEOUT = 600
"""Seconds that a person has to sign in and decide; Pairgrant's server keeps a request as long."""

_GO_BACK = Translatable("You can close this page and go back to the terminal.")


async def browser_sign_in(
    device: Device, announce: Announce, open_browser: Callable[[str], None]
) -> SignInSession | Denied | Expired:
    """Sign in with a browser on this machine, and store the tokens.

    Raises:
        PairgrantError: the sign-in could not begin, or failed for another reason than a denial.
    """
    await check_prerequisites(device, announce)
    metadata = await device.oauth_client.refresh_metadata()
    async with loopback() as here:
        attempt = AuthorizationAttempt.new(
            metadata,
            client_id=device.settings.client_id,
            scope=device.settings.scope,
            redirect_uri=here.redirect_uri,
        )
        uri = await _address(device, attempt)
        here.is_expected = attempt.is_response
        announce(BrowserOpened(uri, BROWSER_TIMEOUT))
        open_browser(uri)
        if not await _is_redirected(device, here):
            return Expired()
        try:
            session = await _redeemed(device, attempt, here.response.result())
        except DeniedError:
            denied = gettext("You denied the request.")
            await here.show(gettext("Not signed in"), f"{denied} {translated(_GO_BACK)}")
            return Denied()
        except PairgrantError as error:
            await here.show(gettext("Sign-in failed"), f"{translated(error.text)} {translated(_GO_BACK)}")
            raise
        await here.show(gettext("You are signed in"), translated(_GO_BACK))
        return session


async def offers_browser_sign_in(device: Device) -> bool:
    """Whether the server's metadata offers a sign-in with a browser that PKCE protects (S256); False if it
    can't be fetched, and with a preset, which knows only the device grant of its client.
    """
    if device.settings.provider is not None:
        return False
    try:
        metadata = await device.oauth_client.metadata()
    except PairgrantError:
        return False
    return metadata.authorization_endpoint is not None and "S256" in metadata.code_challenge_methods


async def _address(device: Device, attempt: AuthorizationAttempt) -> str:
    """The address that the browser opens.

    Where the server supports it, the request is pushed first (RFC 9126): so a refusal of this client is known
    before a browser opens, which would show it without a way back.
    """
    uri = attempt.uri
    endpoint = attempt.metadata.pushed_authorization_request_endpoint
    if endpoint is None:
        return uri
    pushed = await device.oauth_client.push_authorization_request(endpoint, attempt.parameters)
    return attempt.pushed_uri(pushed)


async def _is_redirected(device: Device, here: Loopback) -> bool:
    """Whether the redirect arrived in time."""
    ends_at = device.clock.now() + BROWSER_TIMEOUT
    waiting: asyncio.Future[Any] = asyncio.ensure_future(device.clock.wait_until(lambda: ends_at))
    try:
        await asyncio.wait([here.response, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
    return here.response.done()


async def _redeemed(device: Device, attempt: AuthorizationAttempt, query: str) -> SignInSession:
    tokens = await device.oauth_client.redeem_code(attempt.redemption(attempt.code(query)))
    try:
        attempt.check_tokens(tokens)
    except ServerFaultError:
        await discard_tokens(device, tokens)
        raise
    return await store_tokens(device, tokens)
