"""Checks of a provider's authorization response (RFC 6749 §4.1.2, RFC 9207).

In this order: does it belong to the sign-in that this browser started, and does it come from the right
provider? A response that fails the first check does not end that sign-in, so a forged link can't end it.
"""

from collections.abc import Sequence

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.upstream.attempt import Attempt
from pairgrant_server.accounts.upstream.provider_metadata import ProviderMetadata
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure
from pairgrant_server.authorization_server.secrets.server_key import same

Parameters = Sequence[tuple[str, str]]

_MAX_CODE = 4096
_CANCELLED = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})
_READ = ("state", "code", "error", "iss")


def matching_attempt(parameters: Parameters, attempt: Attempt | None, upstream: str, now: float) -> Attempt:
    """The sign-in to which this response, received at the redirect URI of ``upstream``, belongs.

    Raises:
        UpstreamError: EXPIRED or INVALID_RESPONSE.
    """
    if attempt is None or attempt.is_expired(now):
        raise UpstreamError(
            UpstreamFailure.EXPIRED, "no sign-in is pending in this browser, or it has expired"
        )
    if _repeats(parameters):
        raise UpstreamError(UpstreamFailure.INVALID_RESPONSE, "a parameter is repeated")
    if attempt.upstream != upstream:  # each provider has an address of its own (RFC 9700 §4.4)
        raise UpstreamError(UpstreamFailure.INVALID_RESPONSE, "the pending sign-in is at another provider")
    if not same(attempt.state.encode(), _value(parameters, "state").encode("utf-8", "replace")):
        raise UpstreamError(UpstreamFailure.INVALID_RESPONSE, "state does not match this browser's sign-in")
    return attempt


def code_of(parameters: Parameters, metadata: ProviderMetadata) -> Secret:
    """The authorization code of a response that belongs to this browser.

    Raises:
        UpstreamError: INVALID_RESPONSE, CANCELLED or UNAVAILABLE.
    """
    issuer = _value(parameters, "iss")
    if issuer != metadata.issuer and (issuer or metadata.names_itself):  # mix-up (RFC 9207 §2.4)
        raise UpstreamError(
            UpstreamFailure.INVALID_RESPONSE, f"iss is {visible(issuer) or 'missing'}, not the provider"
        )
    if error := _value(parameters, "error"):
        why = UpstreamFailure.CANCELLED if error in _CANCELLED else UpstreamFailure.UNAVAILABLE
        raise UpstreamError(why, f"the provider responded with the error {visible(error, limit=60)}")
    code = _value(parameters, "code")
    if not 1 <= len(code) <= _MAX_CODE:
        raise UpstreamError(UpstreamFailure.INVALID_RESPONSE, "the response has no code")
    return Secret(code)


def _value(parameters: Parameters, name: str) -> str:
    return next((value for key, value in parameters if key == name), "")


def _repeats(parameters: Parameters) -> bool:
    names = [name for name, _ in parameters if name in _READ]
    return len(set(names)) < len(names)
