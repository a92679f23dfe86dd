"""One sign-in after step (F): keeps a valid access token until the sign-in ends.

Tokens are refreshed before they expire, under the store's lock, and saved before they are used. A network or
server error keeps the refresh token: only ``invalid_grant`` ends a sign-in.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from pairgrant.backoff import backoff
from pairgrant.clock import Clock
from pairgrant.errors import (
    NotSignedInError,
    PairgrantError,
    SignInEndedError,
    TemporaryError,
    TokenRejectedError,
)
from pairgrant.oauth.dpop_key import DPoPKey
from pairgrant.session.private_file import locked
from pairgrant.session.sign_out import sign_out
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_lifetime import TokenLifetime
from pairgrant.session.token_store import TokenStore, TokenWriter
from pairgrant.translation import Translatable
from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.secret import Secret

Result = TypeVar("Result")

SHORTEST_PAUSE = 1.0
"""The least seconds between two refreshes, however short the lifetime of the tokens is."""

_NEVER = float("inf")

_NO_REFRESH_TOKEN = Translatable(
    "The access token has expired, and this sign-in has no refresh token "
    "(the scope offline_access asks for one). Sign in again to continue."
)


class TokenServer(Protocol):
    """The requests that a session makes; ``OAuthClient`` implements it."""

    async def refresh(self, refresh_token: Secret) -> TokenResponse: ...

    async def revoke(self, token: Secret, token_type_hint: str) -> None: ...


class SignInSession:
    """One sign-in, found in the store or just made."""

    def __init__(
        self,
        tokens: StoredTokens,
        *,
        server: TokenServer,
        store: TokenStore,
        clock: Clock,
        key: DPoPKey | None = None,
    ) -> None:
        """``key`` loads the key that the tokens are bound to.

        Raises:
            TokenStoreError: the stored key can't be read.
        """
        self._key = key
        self._load_key(tokens)
        self._server = server
        self._store = store
        self._clock = clock
        self._refreshing: asyncio.Task[None] | None = None
        self._failures = 0
        self._unsaved = False
        self._tokens = tokens
        self.lifetime = self._lifetime_of(tokens)
        self.refresh_count = 0
        self.last_error: str | None = None
        """Why the last refresh failed, for the person to read; None if it succeeded."""
        self.next_refresh_at: float | None = self._due_at()

    @classmethod
    def stored(
        cls, *, server: TokenServer, store: TokenStore, clock: Clock, key: DPoPKey | None = None
    ) -> "SignInSession | None":
        """The session of the tokens in ``store``, if there are any."""
        tokens = store.load()
        return None if tokens is None else cls(tokens, server=server, store=store, clock=clock, key=key)

    @property
    def tokens(self) -> StoredTokens:
        """The current tokens, whether or not the access token is still valid."""
        return self._tokens

    @property
    def scope(self) -> tuple[str, ...]:
        return self._tokens.scope

    @property
    def expires_in(self) -> int | None:
        """The access token's lifetime in seconds when it was issued; None if the server didn't say."""
        return self._tokens.expires_in

    @property
    def can_refresh(self) -> bool:
        return self._tokens.refresh_token is not None

    async def access_token(self, *, min_ttl: float = 0) -> Secret:
        """A valid access token, refreshed first if that is due, or if it is not valid for ``min_ttl`` more
        seconds.

        Raises:
            SignInEndedError: the sign-in has ended.
            PairgrantError: there is no valid token now.
        """
        now = self._clock.now()
        is_due = self.lifetime.is_due(now) and now >= self._next_refresh()
        is_short = min_ttl > 0 and not self.lifetime.lasts(now, min_ttl)
        if self.can_refresh and (is_due or is_short):
            try:
                await self.refresh()
            except SignInEndedError:
                raise
            except PairgrantError:
                if self.lifetime.is_expired(self._clock.now()):
                    raise
        if not self.lifetime.is_expired(self._clock.now()):
            return self._tokens.access_token
        if self.can_refresh:
            raise TemporaryError(
                self.last_error or Translatable("The access token has expired, and there is no new one yet.")
            )
        raise SignInEndedError(_NO_REFRESH_TOKEN)

    async def call(self, request: Callable[[Secret], Awaitable[Result]]) -> Result:
        """The result of ``request`` with an access token; repeated once with a new token if the resource
        server rejects it.

        Raises:
            TokenRejectedError: the new token was rejected too, or the token can't be refreshed.
            PairgrantError: as ``access_token`` and ``request`` do.
        """
        token = await self.access_token()
        try:
            return await request(token)
        except TokenRejectedError:
            if not self.can_refresh:
                raise
            await self.refresh(unless_newer_than=token)
            return await request(self._tokens.access_token)

    async def refresh(self, *, unless_newer_than: Secret | None = None) -> None:
        """Refresh the tokens, or adopt the ones that another process has refreshed in the meantime.

        ``unless_newer_than`` is the access token that was rejected: if it is no longer the current one, a
        refresh has already happened.

        Raises:
            SignInEndedError: the server or another process ended the sign-in; the tokens are deleted.
            PairgrantError: any other failure; the tokens are kept, ``last_error`` says why it failed and
                ``next_refresh_at`` when to try again.
        """
        if unless_newer_than is not None and unless_newer_than != self._tokens.access_token:
            return
        if not self.can_refresh:
            raise NotSignedInError(_NO_REFRESH_TOKEN)
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._under_lock(self._refresh))
            self._refreshing.add_done_callback(_look_at)
        await asyncio.shield(self._refreshing)

    async def settle(self) -> None:
        """Wait for a refresh that is under way: interrupting it could lose the new refresh token."""
        if self._refreshing is not None:
            await asyncio.wait([self._refreshing])  # which a cancellation of the caller does not interrupt

    async def keep_fresh(self) -> None:
        """Refresh before every expiry, until the sign-in ends or the task is cancelled.

        Raises:
            SignInEndedError: the sign-in has ended.
        """
        while True:
            await self._clock.wait_until(self._next_refresh)
            try:
                if self.can_refresh:
                    await self.refresh()
                else:
                    await self._under_lock(self._end_sign_in)
            except SignInEndedError:
                raise
            except PairgrantError:
                continue  # ``last_error`` and ``next_refresh_at`` are set

    async def sign_out(self) -> None:
        """Revoke the tokens at the server and delete them here, each whether or not the other worked.

        Raises:
            TokensKeptError: the file stays; the message says whether its tokens are revoked.
            PairgrantError: the tokens are deleted here, but the server didn't revoke them.
        """
        await sign_out(self._tokens, server=self._server, store=self._store, clock=self._clock)

    async def _under_lock(self, step: Callable[[TokenWriter], Awaitable[None]]) -> None:
        """Run ``step`` under the store's lock; if it fails, remember why and when to try again."""
        try:
            async with locked(self._store, self._clock) as writer:
                await step(writer)
        except SignInEndedError:
            raise
        except PairgrantError as error:
            self._failed(error)
            raise

    async def _refresh(self, writer: TokenWriter) -> None:
        if self._unsaved:
            self._save(writer)
            return
        stored = writer.load()
        if stored is None:
            raise SignInEndedError(
                Translatable("Another program signed this device out. Sign in again to continue.")
            )
        if stored.access_token != self._tokens.access_token:
            self._adopt(stored)
            if not self.lifetime.is_due(self._clock.now()):
                return
        if stored.refresh_token is None:
            raise NotSignedInError(_NO_REFRESH_TOKEN)
        writer.reserve()  # a refresh token is spent once the server has responded
        try:
            response = await self._server.refresh(stored.refresh_token)
        except SignInEndedError:
            writer.delete()
            raise
        self._adopt(stored.refreshed(response, wall=self._clock.wall()))
        self.refresh_count += 1
        self._save(writer)

    def _save(self, writer: TokenWriter) -> None:
        """Save the tokens; until that succeeds they exist only in memory."""
        self._unsaved = True
        writer.save(self._tokens)
        self._unsaved = False
        self._adopt(self._tokens)

    async def _end_sign_in(self, writer: TokenWriter) -> None:
        """End a sign-in that can't be refreshed, unless another process has signed in again."""
        stored = writer.load()
        if stored is not None and stored.access_token != self._tokens.access_token:
            self._adopt(stored)
            return
        writer.delete()
        raise SignInEndedError(_NO_REFRESH_TOKEN)

    def _adopt(self, tokens: StoredTokens) -> None:
        self._load_key(tokens)
        self._tokens = tokens
        self.lifetime = self._lifetime_of(tokens)
        self._failures = 0
        self.last_error = None
        due_at = self._due_at()
        self.next_refresh_at = due_at and max(due_at, self._clock.now() + SHORTEST_PAUSE)

    def _load_key(self, tokens: StoredTokens) -> None:
        if self._key is not None:
            self._key.load(tokens.dpop_key)

    def _failed(self, error: PairgrantError) -> None:
        self._failures += 1
        self.last_error = error.text
        retry_after = error.retry_after if isinstance(error, TemporaryError) else None
        self.next_refresh_at = self._clock.now() + backoff(self._failures, retry_after)

    def _due_at(self) -> float | None:
        """When ``keep_fresh`` has to act: at expiry if the tokens can't be refreshed."""
        return self.lifetime.refresh_at if self.can_refresh else self.lifetime.expires_at

    def _next_refresh(self) -> float:
        return _NEVER if self.next_refresh_at is None else self.next_refresh_at

    def _lifetime_of(self, tokens: StoredTokens) -> TokenLifetime:
        return TokenLifetime.of_stored(
            obtained_at=tokens.obtained_at,
            expires_in=tokens.expires_in,
            wall=self._clock.wall(),
            now=self._clock.now(),
        )


def _look_at(refresh: asyncio.Task[None]) -> None:
    """See how a refresh ended, also if nothing waits for it any more; ``last_error`` has the reason."""
    if not refresh.cancelled():
        refresh.exception()
