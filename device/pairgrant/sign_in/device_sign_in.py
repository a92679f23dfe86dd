"""Sign in by the device grant, steps (A) to (F): pair, and store the tokens; the browser sign-in shares the
storing.
"""

import asyncio
import contextlib
import random
from collections.abc import Collection
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from pairgrant.device import Device
from pairgrant.errors import PairgrantError, TokenStoreError
from pairgrant.events import WarningIssued
from pairgrant.providers.provider import Provider
from pairgrant.session.private_file import locked
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.sign_out import revoke
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.sign_in.journal_events import journaled
from pairgrant.sign_in.kiosk_pairing import pair_kiosk
from pairgrant.sign_in.local_browser import has_browser
from pairgrant.sign_in.pairing import Announce, pair
from pairgrant.sign_in.pin_entry import NO_ENTRY, PinEntry
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.translation import Translatable
from pairgrant.ui_texts import ALREADY_SIGNED_IN
from pairgrant_protocol.messages import DeviceAuthorizationRequest, TokenResponse
from pairgrant_protocol.polling import Authorized, Denied, Expired, Failed
from pairgrant_protocol.vocabulary import DeviceCapability


async def device_sign_in(
    device: Device,
    announce: Announce,
    entry: PinEntry = NO_ENTRY,
    shows: Collection[DeviceCapability] = (),
    retry: RetryNow | None = None,
) -> SignInSession | Denied | Expired | Failed:
    """Pair, and store the tokens; an older sign-in in the same file is revoked at the server.

    ``shows`` is what ``announce`` can show for a safer approval: the number of a ``NumberShown``, or the QR
    code of a ``CodeIssued`` as it changes (``scannable_uri_at``). ``retry`` ends a wait after a failed
    poll.

    Raises:
        PairgrantError: the pairing could not begin, or its tokens could not be stored (then they are
            revoked).
    """
    await check_prerequisites(device, announce)
    request = device_request(device, shows)
    outcome = await pair(device.oauth_client, request, device.clock, announce, entry, retry=retry)
    if not isinstance(outcome, Authorized):
        return outcome
    return await store_tokens(device, outcome.tokens)


async def kiosk_sign_in(
    device: Device,
    announce: Announce,
    entry: PinEntry,
    shows: Collection[DeviceCapability],
    retry: RetryNow,
) -> SignInSession | Denied | Expired | Failed:
    """As ``device_sign_in``, with codes that renew themselves and are requested until there is one.

    Raises:
        PairgrantError: as ``device_sign_in``, except while the server can't be reached or its responses are
            invalid.
    """
    await check_prerequisites(device, announce)
    outcome = await pair_kiosk(
        device.oauth_client,
        device_request(device, shows),
        device.clock,
        journaled(device.journal, announce),
        entry,
        retry=retry,
        chance=random.random,
    )
    if not isinstance(outcome, Authorized):
        if device.journal is not None:
            device.journal.note("no code on the screen", type(outcome).__name__.lower())
        return outcome
    return await store_tokens(device, outcome.tokens)


def device_request(device: Device, shows: Collection[DeviceCapability]) -> DeviceAuthorizationRequest:
    """The request of step (A) of a device that can show ``shows``."""
    capabilities = [*shows, DeviceCapability.BROWSER] if has_browser() else [*shows]
    return replace(device.request, capabilities=tuple(capabilities))


async def check_prerequisites(device: Device, announce: Announce) -> None:
    """Check that tokens can be stored before a person is asked to approve, and announce warnings.

    Raises:
        TokenStoreError: tokens can't be stored.
        DeviceSettingsError: the provider needs a scope.
    """
    if device.settings.provider is not None:
        device.settings.provider.check_scope(device.settings.scope)
    async with locked(device.store, device.clock) as writer:
        is_signed_in = writer.load() is not None
        writer.reserve()
    if is_signed_in:
        announce(WarningIssued(ALREADY_SIGNED_IN))
    for warning in (_silent_denial(device.settings.provider), plain_http_warning(device.settings.issuer)):
        if warning is not None:
            announce(WarningIssued(warning))


def _silent_denial(provider: Provider | None) -> str | None:
    """The warning if only the expiry of the code ends the wait after a denial."""
    if provider is None or provider.preset.tells_denial:
        return None
    return Translatable(
        "{provider} doesn't report a denial: this device then waits until the code expires.",
        provider=provider.name,
    )


async def store_tokens(device: Device, fresh: TokenResponse) -> SignInSession:
    """Store new tokens and return their session; an older sign-in in the same file is revoked at the server.

    Raises:
        TokenStoreError: the tokens could not be stored, and are revoked.
    """
    tokens = _stored(device, fresh)
    try:
        async with locked(device.store, device.clock) as writer:
            older = writer.load()
            writer.save(tokens)
    except TokenStoreError:
        await _revoke_if_possible(device, tokens)
        raise
    except asyncio.CancelledError:  # only while the lock was awaited
        device.oauth_client.leaving.send(revoke(device.oauth_client, tokens))
        raise
    if older is not None:
        await _revoke_if_possible(device, older)
    return SignInSession(
        tokens, server=device.oauth_client, store=device.store, clock=device.clock, key=device.transport.key
    )


async def discard_tokens(device: Device, fresh: TokenResponse) -> None:
    """Revoke tokens that this device must not use."""
    await _revoke_if_possible(device, _stored(device, fresh))


def _stored(device: Device, fresh: TokenResponse) -> StoredTokens:
    return StoredTokens.first(
        fresh,
        issuer=device.settings.issuer,
        client_id=device.settings.client_id,
        scope=device.settings.scope,
        wall=device.clock.wall(),
        dpop_key=device.transport.key.serialize(),
    )


def plain_http_warning(issuer: str) -> str | None:
    """The warning if tokens would travel unencrypted over a network (RFC 8628 §3.1 requires TLS)."""
    parts = urlsplit(issuer)
    if parts.scheme == "https" or _is_loopback(parts.hostname or ""):
        return None
    # Translators: has to fit one line of 60 columns with an address such as 192.168.100.200:8628
    return Translatable("{server} is not encrypted. Only for a demo.", server=parts.netloc)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _revoke_if_possible(device: Device, tokens: StoredTokens) -> None:
    with contextlib.suppress(PairgrantError):
        await revoke(device.oauth_client, tokens)
