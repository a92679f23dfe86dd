"""Tokens that were deleted on this device before the server revoked them: kept until it has.

The file is beside the tokens, and has only what a revocation needs (RFC 7009 §2.1).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pairgrant.clock import Clock
from pairgrant.errors import TokenStoreError
from pairgrant.session.private_file import PrivateFile, locked
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import TokenStore, file_stem
from pairgrant_protocol.json_object import MalformedMessageError, optional_seconds, parse_object, text
from pairgrant_protocol.secret import Secret

LONGEST_KEPT = 90 * 86_400.0
"""Seconds for which a refresh token is kept; nothing says when one expires."""

_MOST = 50
_MAX_TOKEN = 65_536
_VERSION = 1


@dataclass(frozen=True, slots=True)
class PendingRevocation:
    """One token to revoke; ``until`` in Unix time, after which it has expired."""

    token: Secret
    token_type_hint: str
    until: float

    @classmethod
    def of(cls, tokens: StoredTokens, wall: float) -> "PendingRevocation":
        """The revocation of a sign-in: by its refresh token, which revokes the access token too."""
        if tokens.refresh_token is not None:
            return cls(tokens.refresh_token, "refresh_token", wall + LONGEST_KEPT)
        lifetime = LONGEST_KEPT if tokens.expires_in is None else tokens.expires_in
        return cls(tokens.access_token, "access_token", tokens.obtained_at + lifetime)


def pending_revocations(
    store: TokenStore, clock: Clock, *, issuer: str, client_id: str
) -> "PendingRevocations":
    """The pending revocations of one server and client, in the folder of ``store``."""
    path = Path(store.location).parent / f"{file_stem(issuer, client_id)}.revoke.json"
    return PendingRevocations(PrivateFile(path), clock)


class PendingRevocations:
    """The file, and in memory what could not be written to it."""

    def __init__(self, file: PrivateFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._unwritten: list[PendingRevocation] = []

    def load(self) -> list[PendingRevocation]:
        """Those whose tokens have not expired; a file that can't be used counts as empty."""
        return [one for one in [*self._stored(), *self._unwritten] if one.until > self._clock.wall()]

    async def take(self, store: TokenStore, tokens: StoredTokens) -> None:
        """Move ``tokens`` from ``store`` here, as they are after their last refresh.

        Raises:
            TokenStoreError: the tokens could not be deleted.
        """
        async with locked(store, self._clock) as writer:
            try:
                stored = writer.load()
            except TokenStoreError:
                stored = tokens
            is_another = stored is not None and stored.signed_in_at != tokens.signed_in_at
            taken = tokens if stored is None or is_another else stored
            await self._add(PendingRevocation.of(taken, self._clock.wall()))
            if not is_another:
                writer.delete()

    async def remove(self, revoked: PendingRevocation) -> None:
        """Forget one that the server has revoked.

        Raises:
            TokenStoreError: the file can't be written.
        """
        self._unwritten = [one for one in self._unwritten if one != revoked]
        async with locked(self._file, self._clock) as lock:
            left = [one for one in self._stored() if one != revoked and one.until > self._clock.wall()]
            if left:
                lock.replace(_serialized(left))
            else:
                lock.delete()

    async def _add(self, fresh: PendingRevocation) -> None:
        try:
            async with locked(self._file, self._clock) as lock:
                lock.replace(_serialized([*self._stored(), fresh][-_MOST:]))
        except TokenStoreError:  # the tokens are deleted all the same
            self._unwritten.append(fresh)

    def _stored(self) -> list[PendingRevocation]:
        try:
            body = self._file.read()
            return [] if body is None else _parsed(body)
        except (TokenStoreError, MalformedMessageError):
            return []


def _serialized(revocations: list[PendingRevocation]) -> bytes:
    members = [
        {"token": one.token.reveal(), "token_type_hint": one.token_type_hint, "until": one.until}
        for one in revocations
    ]
    return json.dumps({"version": _VERSION, "revocations": members}, indent=1).encode() + b"\n"


def _parsed(body: bytes) -> list[PendingRevocation]:
    listed = parse_object(body).get("revocations")
    if not isinstance(listed, list):
        raise MalformedMessageError("revocations is missing")
    return [_revocation(members) for members in listed if isinstance(members, dict)]


def _revocation(members: dict[str, Any]) -> PendingRevocation:
    return PendingRevocation(
        Secret(text(members, "token", limit=_MAX_TOKEN)),
        text(members, "token_type_hint"),
        optional_seconds(members, "until") or 0.0,
    )
