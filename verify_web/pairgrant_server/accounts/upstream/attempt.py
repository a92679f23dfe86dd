"""A pending sign-in at another provider, step (D): the request, and what the response must match.

OpenID Connect Core 1.0 §3.1.2.1, PKCE (RFC 7636) with S256. It is kept sealed in the browser session, for
ten minutes.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Self

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.pkce import code_challenge_of
from pairgrant_server.accounts.upstream.provider_metadata import ProviderMetadata
from pairgrant_server.authorization_server.code_flow.redirection import with_parameters
from pairgrant_server.authorization_server.model.records import Upstream

LIFETIME = 600
"""Seconds from the request to the response."""

REPEATED = 10
"""Seconds for which a second tap on the button leads to the same request."""

_RANDOM_BYTES = 32
_SKEW = 60.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """``upstream`` is the provider's name; ``next_page`` and ``user_code`` are what the person came for."""

    upstream: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    started_at: float
    next_page: str | None = None
    user_code: str | None = field(default=None, repr=False)
    """A code to look up after the sign-in."""
    wants_fresh: bool = False
    """Whether the provider has to ask the person again."""
    pairing: str | None = None
    """The mark of the pairing that the sign-in is for."""

    @classmethod
    def new(
        cls,
        upstream: str,
        *,
        now: float,
        token_bytes: Callable[[int], bytes],
        next_page: str | None = None,
        user_code: str | None = None,
        wants_fresh: bool = False,
        pairing: str | None = None,
    ) -> Self:
        state, nonce, code_verifier = (base64url(token_bytes(_RANDOM_BYTES)) for _ in range(3))
        return cls(upstream, state, nonce, code_verifier, now, next_page, user_code, wants_fresh, pairing)

    @classmethod
    def parse(cls, text: bytes) -> Self | None:
        """The inverse of ``serialize``; None for what an earlier version of this program wrote."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError):
            return None

    def serialize(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    def is_same_request(self, other: Self, now: float) -> bool:
        """Whether ``other`` comes from a second tap on the same button, within ``REPEATED`` seconds."""
        return now - self.started_at < REPEATED and self._purpose == other._purpose

    @property
    def _purpose(self) -> Self:
        return replace(self, state="", nonce="", code_verifier="", started_at=0)

    def is_expired(self, now: float) -> bool:
        """Allows for clock skew, because the response may reach another server than the request left from."""
        return not -_SKEW <= now - self.started_at < LIFETIME


def authorization_uri(
    metadata: ProviderMetadata, upstream: Upstream, attempt: Attempt, redirect_uri: str
) -> str:
    """The authorization request as a URI; a query of the endpoint itself is kept (RFC 6749 §3.1)."""
    parameters = {
        "response_type": "code",
        "client_id": upstream.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(upstream.scope),
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": code_challenge_of(attempt.code_verifier),
        "code_challenge_method": "S256",
    }
    if attempt.wants_fresh:
        # max_age makes the provider include auth_time in the ID token (§2), which is checked.
        parameters |= {"prompt": "login", "max_age": "0"}
    return with_parameters(metadata.authorization_endpoint, parameters)
