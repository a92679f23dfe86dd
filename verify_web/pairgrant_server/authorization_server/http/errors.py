"""Maps errors to HTTP responses: status, headers, and the JSON of RFC 6749 §5.2."""

from functools import singledispatch

from pairgrant_protocol.messages import ErrorResponse
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.errors import (
    AccessTokenError,
    ClientAuthenticationError,
    DPoPProofRefusedError,
    InsufficientScopeError,
    MalformedAuthorizationError,
    OAuthError,
    RateLimitExceededError,
    SignInEndedByServerError,
)
from pairgrant_server.authorization_server.http.message import (
    NO_STORE,
    BodyTooLargeError,
    ClientGoneError,
    Headers,
    Response,
    json_response,
)
from pairgrant_server.authorization_server.jose.public_keys import SIGNING_ALGORITHMS
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError, UnstorableError
from pairgrant_server.errors import PairgrantServerError

MAPPED = (OAuthError, UnstorableError, BodyTooLargeError, ClientGoneError, StoreUnavailableError)
"""The errors that ``error_response`` knows; every other one is a fault of this program."""

_ALGORITHMS = f'algs="{" ".join(SIGNING_ALGORITHMS)}"'
_UNAVAILABLE = json_response(
    {"error": ErrorCode.TEMPORARILY_UNAVAILABLE, "error_description": "try again in a moment"},
    status=503,
    headers=((b"retry-after", b"2"), (b"cache-control", b"no-store")),
)


def refusal(status: int, description: str, *headers: tuple[bytes, bytes]) -> Response:
    """``invalid_request`` with an HTTP status of its own."""
    return _response(OAuthError(ErrorCode.INVALID_REQUEST, description), status, headers)


@singledispatch
def error_response(error: PairgrantServerError) -> Response:
    """The response to a request that ended in ``error``.

    Raises:
        TypeError: ``error`` is none of ``MAPPED``.
    """
    raise TypeError(type(error))


@error_response.register
def _(error: OAuthError) -> Response:
    return _response(error, 400)


@error_response.register
def _(error: ClientAuthenticationError) -> Response:
    return _response(
        error, 401, _challenge('Basic realm="pairgrant", charset="UTF-8"') if error.challenge else ()
    )


@error_response.register
def _(error: RateLimitExceededError) -> Response:
    return _response(error, 429, ((b"retry-after", b"%d" % error.retry_after),))


@error_response.register
def _(error: SignInEndedByServerError) -> Response:
    members = ErrorResponse(error.code, str(error), ended=error.end).serialize()
    return json_response(members, status=400, headers=NO_STORE)


@error_response.register
def _(error: DPoPProofRefusedError) -> Response:
    nonce: Headers = ((b"dpop-nonce", error.nonce.encode()),)
    if not error.at_resource:
        return _response(error, 400, nonce)
    return _response(error, 401, (*nonce, *_challenge(f'DPoP error="{error.code}", {_ALGORITHMS}')))


@error_response.register
def _(error: AccessTokenError) -> Response:
    if not error.was_sent:
        # Without credentials there is no error code in the challenge (RFC 6750 §3.1).
        return _response(error, 401, _challenge('Bearer realm="pairgrant"'))
    attributes = f'error="{error.code}", error_description="{error}"'
    return _response(
        error,
        401,
        _challenge(f"DPoP {attributes}, {_ALGORITHMS}" if error.is_dpop else f"Bearer {attributes}"),
    )


@error_response.register
def _(error: MalformedAuthorizationError) -> Response:
    return _response(error, 400, _challenge(f'Bearer error="{error.code}"'))


@error_response.register
def _(error: InsufficientScopeError) -> Response:
    scheme = "DPoP" if error.is_dpop else "Bearer"
    return _response(error, 403, _challenge(f'{scheme} error="{error.code}", scope="{error.scope}"'))


@error_response.register
def _(_: UnstorableError) -> Response:
    return refusal(400, "the request has text that can't be stored")


@error_response.register
def _(_: BodyTooLargeError) -> Response:
    return refusal(413, "the body is larger than 16 KiB", (b"connection", b"close"))


@error_response.register
def _(_: ClientGoneError) -> Response:
    return refusal(408, "the body did not come in time", (b"connection", b"close"))


@error_response.register
def _(_: StoreUnavailableError) -> Response:
    return _UNAVAILABLE


def _response(error: OAuthError, status: int, headers: Headers = ()) -> Response:
    members = {"error": error.code, "error_description": str(error)}
    return json_response(members, status=status, headers=(*NO_STORE, *headers))


def _challenge(text: str) -> Headers:
    return ((b"www-authenticate", text.encode()),)
