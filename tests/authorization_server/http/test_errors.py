"""RFC 6749 §5.2, RFC 6750 §3, RFC 9449 §7.1 and §8: each error has one response."""

import json
import re

import pytest

from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.errors import (
    AccessTokenError,
    ClientAuthenticationError,
    DPoPProofRefusedError,
    InsufficientScopeError,
    MalformedAuthorizationError,
    OAuthError,
    RateLimitExceededError,
)
from pairgrant_server.authorization_server.http.errors import MAPPED, error_response
from pairgrant_server.authorization_server.http.message import BodyTooLargeError, ClientGoneError
from pairgrant_server.authorization_server.store.errors import (
    DatabaseError,
    StoreUnavailableError,
    UnstorableError,
)
from pairgrant_server.errors import PairgrantServerError

ALGORITHMS = 'algs="ES256 RS256 PS256 EdDSA"'
BASIC = 'Basic realm="pairgrant", charset="UTF-8"'


@pytest.mark.parametrize("text", ['say "no"', "back\\slash", "cut off…", "see §5.2", "ä\u202e\x1b\n"])
def test_every_description_has_only_the_characters_of_the_rfc(text: str) -> None:
    """RFC 6749 §5.2, RFC 6750 §3."""
    for error in (OAuthError(ErrorCode.INVALID_REQUEST, text), AccessTokenError(text)):
        response = error_response(error)
        assert re.fullmatch(r"[ !#-\[\]-~]+", json.loads(response.body)["error_description"])
        assert all(value.isascii() for _, value in response.headers)


RESPONSES = [
    (OAuthError(ErrorCode.INVALID_GRANT, "expired"), 400, "invalid_grant", {}),
    (ClientAuthenticationError("wrong", challenge=False), 401, "invalid_client", {}),
    (
        ClientAuthenticationError("wrong", challenge=True),
        401,
        "invalid_client",
        {"www-authenticate": BASIC},
    ),
    (RateLimitExceededError("too many"), 429, "temporarily_unavailable", {"retry-after": "60"}),
    (
        DPoPProofRefusedError(ErrorCode.USE_DPOP_NONCE, "new", nonce="n", at_resource=False),
        400,
        "use_dpop_nonce",
        {"dpop-nonce": "n"},
    ),
    (
        DPoPProofRefusedError(ErrorCode.INVALID_DPOP_PROOF, "old", nonce="n", at_resource=True),
        401,
        "invalid_dpop_proof",
        {"dpop-nonce": "n", "www-authenticate": f'DPoP error="invalid_dpop_proof", {ALGORITHMS}'},
    ),
    (
        AccessTokenError("none", code=ErrorCode.INVALID_REQUEST, was_sent=False),
        401,
        "invalid_request",
        {"www-authenticate": 'Bearer realm="pairgrant"'},
    ),
    (
        AccessTokenError("expired"),
        401,
        "invalid_token",
        {"www-authenticate": 'Bearer error="invalid_token", error_description="expired"'},
    ),
    (
        AccessTokenError("expired", is_dpop=True),
        401,
        "invalid_token",
        {"www-authenticate": f'DPoP error="invalid_token", error_description="expired", {ALGORITHMS}'},
    ),
    (
        MalformedAuthorizationError("unreadable"),
        400,
        "invalid_request",
        {"www-authenticate": 'Bearer error="invalid_request"'},
    ),
    (
        InsufficientScopeError("openid is missing", scope="openid", is_dpop=False),
        403,
        "insufficient_scope",
        {"www-authenticate": 'Bearer error="insufficient_scope", scope="openid"'},
    ),
    (
        InsufficientScopeError("openid is missing", scope="openid", is_dpop=True),
        403,
        "insufficient_scope",
        {"www-authenticate": 'DPoP error="insufficient_scope", scope="openid"'},
    ),
    (UnstorableError("NUL"), 400, "invalid_request", {}),
    (BodyTooLargeError(), 413, "invalid_request", {"connection": "close"}),
    (ClientGoneError(), 408, "invalid_request", {"connection": "close"}),
    (StoreUnavailableError("locked"), 503, "temporarily_unavailable", {"retry-after": "2"}),
]


@pytest.mark.parametrize(("error", "status", "code", "headers"), RESPONSES)
def test_error_has_its_status_code_and_headers(
    error: PairgrantServerError, status: int, code: str, headers: dict[str, str]
) -> None:
    response = error_response(error)
    sent = {name.decode(): value.decode() for name, value in response.headers}
    assert (response.status, json.loads(response.body)["error"]) == (status, code)
    assert sent.items() >= headers.items()
    assert ("www-authenticate" in sent) == ("www-authenticate" in headers)
    assert sent["cache-control"] == "no-store"


def test_every_mapped_class_is_tested() -> None:
    assert {type(error) for error, *_ in RESPONSES} >= set(MAPPED)


def test_fault_of_the_program_has_no_response() -> None:
    with pytest.raises(TypeError):
        error_response(DatabaseError("too old"))
