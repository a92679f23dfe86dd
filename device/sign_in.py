"""A pairing with its tokens put away, steps (A) to (F): what every way of showing it has in common."""

import contextlib
from ipaddress import ip_address
from urllib.parse import urlsplit

from device.assembly import Device
from device.errors import DeviceError, TokenStoreError
from device.events import Warned
from device.pairing import Announce, pair
from device.pin_entry import NO_ENTRY, PinEntry
from device.session import Session, revoke
from device.stored_tokens import StoredTokens
from device.token_store import locked
from shared.messages import TokenResponse
from shared.polling import Authorized, Denied, Expired, Failed


async def sign_in(
    device: Device, announce: Announce, entry: PinEntry = NO_ENTRY
) -> Session | Denied | Expired | Failed:
    """Pair, and keep the tokens; an older sign-in in their place is revoked at the server.

    Raises:
        DeviceError: no pairing could begin, or its tokens could not be kept (they are revoked then).
    """
    await _check_store(device)
    if warning := plain_http_warning(device.settings.issuer):
        announce(Warned(warning))
    outcome = await pair(device.server, device.request, device.clock, announce, entry)
    return await keep(device, outcome.tokens) if isinstance(outcome, Authorized) else outcome


async def keep(device: Device, answer: TokenResponse) -> Session:
    """Put the tokens of a fresh sign-in away; an older one in their place is revoked at the server.

    Raises:
        TokenStoreError: they could not be kept, and are revoked.
    """
    tokens = StoredTokens.first(
        answer,
        issuer=device.settings.issuer,
        client_id=device.settings.client_id,
        scope=device.settings.scope,
        wall=device.clock.wall(),
        dpop_key=device.exchange.key.stored(),
    )
    await _keep(device, tokens)
    return Session(
        tokens, server=device.server, store=device.store, clock=device.clock, key=device.exchange.key
    )


def plain_http_warning(issuer: str) -> str | None:
    """What to say where tokens would travel unencrypted over a network (RFC 8628 §3.1 asks for TLS)."""
    parts = urlsplit(issuer)
    if parts.scheme == "https" or _is_loopback(parts.hostname or ""):
        return None
    return f"The connection to {parts.netloc} is not encrypted: for a demo on your own network only."


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _check_store(device: Device) -> None:
    """Find out before a person approves, not after, whether tokens can be kept."""
    async with locked(device.store, device.clock) as writer:
        writer.load()


async def _keep(device: Device, tokens: StoredTokens) -> None:
    try:
        async with locked(device.store, device.clock) as writer:
            older = writer.load()
            writer.save(tokens)
    except TokenStoreError:
        await _revoke_quietly(device, tokens)
        raise
    if older is not None:
        await _revoke_quietly(device, older)


async def _revoke_quietly(device: Device, tokens: StoredTokens) -> None:
    with contextlib.suppress(DeviceError):
        await revoke(device.server, tokens)
