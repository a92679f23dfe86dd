"""A sign-in that is under way at another provider, step (D): what is asked there, and what its answer must fit.

OpenID Connect Core 1.0 §3.1.2.1, PKCE (RFC 7636) with S256. It lives sealed in the browser's own session, for ten minutes.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Self

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.pkce import code_challenge_of
from pairgrant_server.accounts.upstream.provider_metadata import ProviderMetadata
from pairgrant_server.authorization_server.code_flow.redirection import with_parameters
from pairgrant_server.authorization_server.model.records import Upstream

LIFETIME = 600
"""Seconds from the button to the answer."""

_RANDOM_BYTES = 32
_SKEW = 60.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """``upstream`` is our name for the provider; the rest of what the person came for comes along."""

    upstream: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    started_at: float
    next_page: str | None = None
    user_code: str | None = field(default=None, repr=False)
    """A code that waits for the sign-in before it is looked up."""
    wants_fresh: bool = False
    """Whether a session that the person has there already won't do."""

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
    ) -> Self:
        state, nonce, code_verifier = (base64url(token_bytes(_RANDOM_BYTES)) for _ in range(3))
        return cls(upstream, state, nonce, code_verifier, now, next_page, user_code, wants_fresh)

    @classmethod
    def parse(cls, text: bytes) -> Self | None:
        """What ``serialize`` wrote; None where an earlier version of this program wrote it."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError):
            return None

    def serialize(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    def is_over(self, now: float) -> bool:
        """The clocks of two servers may differ a little: the answer may reach another one than the question left from."""
        return not -_SKEW <= now - self.started_at < LIFETIME


def authorization_uri(
    metadata: ProviderMetadata, upstream: Upstream, attempt: Attempt, redirect_uri: str
) -> str:
    """Where the browser goes; what the endpoint's address says by itself stays (RFC 6749 §3.1)."""
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
        # max_age as well: with it the ID token has to say when that was (§2), and we look.
        parameters |= {"prompt": "login", "max_age": "0"}
    return with_parameters(metadata.authorization_endpoint, parameters)
