"""The protocol errors of the authorization server: which one, and why.

None of them knows an HTTP status or header. ``http/errors.py`` turns each into its response.

    PairgrantServerError
    └── OAuthError                           400, unless it is one of these:
        ├── ClientAuthenticationError        401; with a challenge if the client used Authorization
        ├── RateLimitExceededError           429, with Retry-After
        ├── SignInEndedByServerError         400, with who or what ended the sign-in
        ├── DPoPProofRefusedError            400 with a nonce; 401 with a challenge at a protected resource
        └── AccessTokenError                 401, with a challenge
            ├── MalformedAuthorizationError  400
            └── InsufficientScopeError       403
"""

import re

from pairgrant_protocol.sign_in_end import SignInEnd
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.errors import PairgrantServerError

_REPLACED = str.maketrans({'"': "'", "\\": "/", "…": "...", "§": "section "})
_FORBIDDEN = re.compile(r"[^ !#-\[\]-~]")


def allowed_description(text: str) -> str:
    r"""``text`` in the characters of an ``error_description``: printable ASCII without ``"`` and ``\``.

    RFC 6749 §5.2, RFC 6750 §3.
    """
    return _FORBIDDEN.sub("?", text.translate(_REPLACED))


class OAuthError(PairgrantServerError):
    """A request is refused with an error code of the protocol (RFC 6749 §5.2).

    ``str()`` is the ``error_description`` in the characters that it may have; it quotes a value of the
    request only after it was validated.
    """

    def __init__(self, code: ErrorCode, description: str) -> None:
        super().__init__(allowed_description(description))
        self.code = code


class ClientAuthenticationError(OAuthError):
    """``invalid_client``.

    ``challenge`` tells whether the response asks for Basic credentials: the client used the Authorization
    header (RFC 6749 §5.2), or sent no credentials at all. ``client_id`` is for the log: that of the client,
    None if there is no such client, because what was sent for it may be a secret in the wrong field.
    """

    def __init__(self, description: str, *, challenge: bool, client_id: str | None = None) -> None:
        super().__init__(ErrorCode.INVALID_CLIENT, description)
        self.challenge = challenge
        self.client_id = client_id


class RateLimitExceededError(OAuthError):
    """``temporarily_unavailable``: too many requests; ``retry_after`` in seconds."""

    def __init__(self, description: str, *, retry_after: int = 60) -> None:
        super().__init__(ErrorCode.TEMPORARILY_UNAVAILABLE, description)
        self.retry_after = retry_after


class SignInEndedByServerError(OAuthError):
    """``invalid_grant`` for a caller that may know why its sign-in has ended: ``end``."""

    def __init__(self, description: str, end: SignInEnd) -> None:
        super().__init__(ErrorCode.INVALID_GRANT, description)
        self.end = end


class DPoPProofRefusedError(OAuthError):
    """``invalid_dpop_proof`` or ``use_dpop_nonce`` (RFC 9449 §5, §8); ``nonce`` is for the next proof.

    ``at_resource`` tells whether the proof came beside an access token (§7.1).
    """

    def __init__(self, code: ErrorCode, description: str, *, nonce: str, at_resource: bool) -> None:
        super().__init__(code, description)
        self.nonce = nonce
        self.at_resource = at_resource


class AccessTokenError(OAuthError):
    """``invalid_token`` (RFC 6750 §3.1).

    The text stands in a quoted string of a header: it is a constant of ASCII without quotation marks.
    ``is_dpop`` tells whether the token came under the scheme DPoP (RFC 9449 §7.1). ``was_sent`` is False
    where the request had no access token at all.
    """

    def __init__(
        self,
        description: str,
        *,
        code: ErrorCode = ErrorCode.INVALID_TOKEN,
        is_dpop: bool = False,
        was_sent: bool = True,
    ) -> None:
        super().__init__(code, description)
        self.is_dpop = is_dpop
        self.was_sent = was_sent


class MalformedAuthorizationError(AccessTokenError):
    """``invalid_request``: the Authorization header has no access token that can be read (RFC 6750 §3.1)."""

    def __init__(self, description: str) -> None:
        super().__init__(description, code=ErrorCode.INVALID_REQUEST)


class InsufficientScopeError(AccessTokenError):
    """``insufficient_scope``: the access token lacks ``scope`` (RFC 6750 §3.1)."""

    def __init__(self, description: str, *, scope: str, is_dpop: bool) -> None:
        super().__init__(description, code=ErrorCode.INSUFFICIENT_SCOPE, is_dpop=is_dpop)
        self.scope = scope


def invalid_target() -> OAuthError:
    """RFC 8707 §2."""
    return OAuthError(ErrorCode.INVALID_TARGET, "this client may not ask for a token for that resource")
