"""Ends a sign-in: revokes its tokens at the server and deletes them here, whichever of the two works."""

from typing import Protocol

from pairgrant.clock import Clock
from pairgrant.errors import PairgrantError, TokensKeptError, TokenStoreError
from pairgrant.session.private_file import locked
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import TokenStore, TokenWriter
from pairgrant_protocol.secret import Secret


class RevokingServer(Protocol):
    """The request that ends a sign-in; ``OAuthClient`` implements it."""

    async def revoke(self, token: Secret, token_type_hint: str) -> None: ...


async def sign_out(tokens: StoredTokens, *, server: RevokingServer, store: TokenStore, clock: Clock) -> None:
    """Revoke and delete what is stored, or revoke ``tokens`` if nothing is.

    Raises:
        TokensKeptError: the file stays; the message says whether its tokens are revoked.
        PairgrantError: the tokens are deleted here, but not revoked.
    """
    try:
        async with locked(store, clock) as writer:
            refused = await _refusal(server, _latest(store) or tokens)
            kept = _failed_deletion(writer)
    except TokenStoreError as unusable:  # nothing can be changed here
        refused, kept = await _refusal(server, _latest(store) or tokens), unusable
    if kept is not None:
        raise TokensKeptError(kept, refused)
    if refused is not None:
        raise refused


async def revoke(server: RevokingServer, tokens: StoredTokens) -> None:
    """Revoke ``tokens`` at ``server``: by the refresh token, which revokes the access token too (RFC 7009
    §2.1).
    """
    if tokens.refresh_token is not None:
        await server.revoke(tokens.refresh_token, "refresh_token")
    else:
        await server.revoke(tokens.access_token, "access_token")


def _latest(store: TokenStore) -> StoredTokens | None:
    try:
        return store.load_to_revoke()
    except TokenStoreError:
        return None


async def _refusal(server: RevokingServer, tokens: StoredTokens) -> PairgrantError | None:
    try:
        await revoke(server, tokens)
    except PairgrantError as error:
        return error
    return None


def _failed_deletion(writer: TokenWriter) -> TokenStoreError | None:
    try:
        writer.delete()
    except TokenStoreError as error:
        return error
    return None
