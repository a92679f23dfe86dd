"""The tokens that a command uses: of the sign-in, refreshed if that is due, or of PAIRGRANT_TOKEN."""

import os
import time

from pairgrant.errors import DeviceSettingsError, NotSignedInError
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_lifetime import TokenLifetime
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_err
from pairgrant_protocol.secret import Secret

TOKEN_VARIABLE = "PAIRGRANT_TOKEN"


def current_tokens(settings: DeviceSettings, *, min_ttl: float = 0) -> StoredTokens:
    """Tokens whose access token is valid for ``min_ttl`` more seconds, if the server issues such.

    PAIRGRANT_TOKEN takes the place of the sign-in: a job may have an access token of its own.

    The common case, in which nothing is due, needs no network, no lock and no asyncio.

    Raises:
        DeviceSettingsError: PAIRGRANT_TOKEN is not a token.
        NotSignedInError: there is no sign-in.
        PairgrantError: the tokens can't be used, or not be refreshed.
    """
    if given := os.environ.get(TOKEN_VARIABLE, "").strip():
        return _of_the_environment(settings, given)
    tokens = token_store(settings).load()
    if tokens is None:
        raise NotSignedInError(
            f"Not signed in at {settings.issuer} as {settings.client_id!r}. Run `pairgrant login` first."
        )
    now = time.time()
    lifetime = TokenLifetime.of_stored(
        obtained_at=tokens.obtained_at, expires_in=tokens.expires_in, wall=now, now=now
    )
    if not lifetime.is_due(now) and lifetime.lasts(now, min_ttl):
        return tokens
    return _refreshed(settings, min_ttl)


def _of_the_environment(settings: DeviceSettings, token: str) -> StoredTokens:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise DeviceSettingsError(f"{TOKEN_VARIABLE} can't be used: it is not an access token.")
    return StoredTokens(
        issuer=settings.issuer,
        client_id=settings.client_id,
        access_token=Secret(token),
        refresh_token=None,
        scope=(),
        obtained_at=time.time(),
        expires_in=None,
    )


def _refreshed(settings: DeviceSettings, min_ttl: float) -> StoredTokens:
    import asyncio  # noqa: PLC0415 - only for a refresh

    from pairgrant.device import open_device  # noqa: PLC0415 - httpx

    async def refreshed() -> StoredTokens:
        async with open_device(settings) as device:
            session = device.stored_session()
            if session is None:
                raise NotSignedInError("Another process just signed out. Run `pairgrant login` first.")
            try:
                await session.access_token(min_ttl=min_ttl)
            finally:
                await session.settle()
            if session.last_error:
                print_err(f"pairgrant: {session.last_error} The current token is still valid for a while.")
            elif not session.lifetime.lasts(device.clock.now(), min_ttl):
                print_err("pairgrant: The server's tokens don't last that long. This one is new.")
            return session.tokens

    return asyncio.run(refreshed())
