"""The tokens of one sign-in as they are stored between runs, and their serialization; pure."""

import json
from dataclasses import dataclass
from typing import Self

from pairgrant_protocol.json_object import (
    MalformedMessageError,
    optional_seconds,
    optional_text,
    parse_object,
    text,
)
from pairgrant_protocol.messages import TokenResponse, split_scope
from pairgrant_protocol.secret import Secret

_VERSION = 1
_MAX_TOKEN = 65_536


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """The tokens of one sign-in; ``obtained_at`` in Unix time, ``expires_in`` in seconds."""

    issuer: str
    client_id: str
    access_token: Secret
    refresh_token: Secret | None
    scope: tuple[str, ...]
    obtained_at: float
    expires_in: int | None
    dpop_key: Secret | None = None
    """The key that the tokens are bound to (a JWK in JSON, RFC 9449); None for plain bearer tokens."""
    signed_in_at: float | None = None
    """When the person approved, in Unix time; None for a sign-in of a version that didn't store it."""
    refresh_expires_at: float | None = None
    """When an unused refresh token expires, in Unix time; None if the server doesn't say."""

    @classmethod
    def first(
        cls,
        tokens: TokenResponse,
        *,
        issuer: str,
        client_id: str,
        scope: tuple[str, ...],
        wall: float,
        dpop_key: Secret | None = None,
    ) -> Self:
        """The tokens of a new sign-in; without a ``scope`` it is the requested one (RFC 6749 §5.1)."""
        return cls(
            issuer=issuer,
            client_id=client_id,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            scope=scope if tokens.scope is None else tokens.scope,
            obtained_at=wall,
            expires_in=tokens.expires_in,
            dpop_key=dpop_key if tokens.is_bound else None,
            signed_in_at=wall,
            refresh_expires_at=_end(tokens, wall),
        )

    def refreshed(self, tokens: TokenResponse, *, wall: float) -> "StoredTokens":
        """The tokens after a refresh; members that the response omits keep their value (RFC 6749 §6)."""
        return StoredTokens(
            issuer=self.issuer,
            client_id=self.client_id,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token or self.refresh_token,
            scope=self.scope if tokens.scope is None else tokens.scope,
            obtained_at=wall,
            expires_in=tokens.expires_in,
            dpop_key=self.dpop_key,
            signed_in_at=self.signed_in_at,
            refresh_expires_at=_end(tokens, wall) if tokens.refresh_token else self.refresh_expires_at,
        )

    def serialize(self) -> bytes:
        """The content of the file; the one place that writes a token in the clear."""
        members = {
            "version": _VERSION,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "access_token": self.access_token.reveal(),
            "refresh_token": self.refresh_token.reveal() if self.refresh_token else None,
            "scope": " ".join(self.scope),
            "obtained_at": self.obtained_at,
            "expires_in": self.expires_in,
            "dpop_key": self.dpop_key.reveal() if self.dpop_key else None,
            "signed_in_at": self.signed_in_at,
            "refresh_expires_at": self.refresh_expires_at,
        }
        return json.dumps(members, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """The tokens in the content of a file.

        Raises:
            MalformedMessageError: another program wrote the file, or it is truncated.
        """
        members = parse_object(body)
        if members.get("version") != _VERSION:
            raise MalformedMessageError("written by another version")
        obtained_at = optional_seconds(members, "obtained_at")
        if obtained_at is None:
            raise MalformedMessageError("obtained_at is missing")
        expires_in = optional_seconds(members, "expires_in")
        refresh_token = optional_text(members, "refresh_token", limit=_MAX_TOKEN)
        dpop_key = optional_text(members, "dpop_key", limit=_MAX_TOKEN)
        return cls(
            issuer=text(members, "issuer"),
            client_id=text(members, "client_id"),
            access_token=Secret(text(members, "access_token", limit=_MAX_TOKEN)),
            refresh_token=Secret(refresh_token) if refresh_token else None,
            scope=split_scope(optional_text(members, "scope") or ""),
            obtained_at=obtained_at,
            expires_in=None if expires_in is None else int(expires_in),
            dpop_key=Secret(dpop_key) if dpop_key else None,
            signed_in_at=optional_seconds(members, "signed_in_at"),
            refresh_expires_at=optional_seconds(members, "refresh_expires_at"),
        )


def _end(tokens: TokenResponse, wall: float) -> float | None:
    return None if tokens.refresh_token_expires_in is None else wall + tokens.refresh_token_expires_in
