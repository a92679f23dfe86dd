"""Parts of random requests: known names and values, input that is hard to parse, and secrets of the world.

A draw says ``("secret", 3)`` or ``("jwt", …)``; what that is, is settled when the request is made.
"""

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from tests.fuzz.good_requests import ASSERTION_TYPE, SECRET
from tests.fuzz.sent import Header
from tests.fuzz.world import CALLBACK, World

_DEEP = int(os.environ.get("PAIRGRANT_FUZZ", "0"))


def every_draw(normally: int, strategy: Any, holds: Callable[[Any], None]) -> None:
    """Check ``holds`` on ``normally`` fixed draws, or on as many random ones as PAIRGRANT_FUZZ says."""

    @hypothesis.settings(
        max_examples=_DEEP or normally,
        derandomize=not _DEEP,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @given(strategy)
    def one(drawn: Any) -> None:
        holds(drawn)

    one()


NAMES = sorted(
    {
        *("client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "scope"),
        *("device_code", "code", "code_verifier", "refresh_token", "assertion", "resource", "audience"),
        *(
            "redirect_uri",
            "response_type",
            "response_mode",
            "state",
            "nonce",
            "prompt",
            "max_age",
            "acr_values",
        ),
        *("login_hint", "id_token_hint", "dpop_jkt", "code_challenge", "code_challenge_method", "request"),
        *(
            "request_uri",
            "token",
            "token_type_hint",
            "device_name",
            "pairing_stage",
            "return_pin",
            "ui_locales",
        ),
        *("post_logout_redirect_uri", "logout_hint", "claims", "display", "username", "password", ""),
    }
)
WORDS = [
    *map(str, GrantType),
    *map(str, ErrorCode),
    *("app", "web", "bound", "signer", "nobody", "alice", "code", "none", "login", "S256", "plain", "query"),
    *("fragment", "form_post", "token", "code id_token", "openid", "openid  profile", "access_token", "123"),
    *(CALLBACK, "https://evil.example/", "http://127.0.0.1:1/callback", "http://[::1", "javascript:alert(1)"),
    *("urn:ietf:params:oauth:request_uri:x", "https://pair.example/board", ASSERTION_TYPE, SECRET),
    *("", " ", "\0", "\r\nset-cookie: a=b", "\x7f", "\u202e", "\ud7ff", "\U0010ffff", "é" * 300, "A" * 9000),
    *(
        "<script>",
        "' OR 1=1--",
        "%00",
        "%",
        "..",
        "-1",
        "1e309",
        "9" * 400,
        "NaN",
        "٣",
        "\uff11\uff12\uff13",
        "e30.e30.",
        "..",
        "a.b.c",
    ),
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from([10**400, -1, 0, 1e308, 1_790_000_060, "", "x" * 5000, "\0", "\u202e", "ES256", "none"]),
    st.text(max_size=20),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
CLAIMS = st.dictionaries(
    st.sampled_from(
        [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "nbf",
            "jti",
            "htm",
            "htu",
            "ath",
            "nonce",
            "scope",
            "client_id",
            "sub_jwk",
        ]
    ),
    st.one_of(VALUES, st.sampled_from(["signer", "https://idp.example", "https://pair.example", "alice"])),
    max_size=6,
)
HEADER = st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "jwk", "jku", "x5c", "crit", "b64", "zip", "cty", "enc"]),
    st.one_of(VALUES, st.sampled_from(["ES256", "RS256", "HS256", "none", "EdDSA", "at+jwt", "dpop+jwt"])),
    max_size=4,
)
JWT = st.tuples(st.just("jwt"), CLAIMS, HEADER, st.integers(0, 2), st.booleans())
KNOWN = st.tuples(st.just("secret"), st.integers(0, 10_000))
TEXT = st.one_of(st.sampled_from(WORDS), st.text(max_size=40))
VALUE = st.one_of(TEXT, JWT, KNOWN)
"""Texts, and what only the world has: a secret of somebody, a JWT that is signed."""

SPELLINGS: list[Callable[[str], bytes]] = [
    lambda text: quote_plus(text).encode(),
    lambda text: quote(text, safe="").lower().encode(),
    lambda text: text.encode(),
    lambda text: "".join(f"%{byte:02x}" for byte in text.encode()).encode(),
    lambda text: quote_plus(text).encode() + b"%",
    lambda text: quote_plus(text).encode() + b"%zz",
    lambda text: text.encode() + b"\xff\xfe",
    lambda text: quote_plus(text).encode() + b"%ED%A0%80",  # half a surrogate pair
    lambda text: quote_plus(text).encode() + b"%C0%80",  # an overlong NUL
    lambda text: quote_plus(quote_plus(text)).encode(),
    lambda text: quote_plus(text).encode("utf-16"),
]
SPELLING = st.one_of(st.just(0), st.integers(0, len(SPELLINGS) - 1))
PAIRS = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), TEXT), VALUE, SPELLING), max_size=8)

HEADER_VALUES = [
    *(
        b"Basic ",
        b"Basic OQ==",
        b"Basic Og==",
        b"Basic YXBwOg==",
        b"basic YXBwOnNlY3JldA==",
        b"Basic /w==",
        b"Basic AGE6",
    ),
    *(b"Bearer ", b"Bearer \xff", b"Bearer a.b.c", b"DPoP e30.e30.", b"Digest x", b"Bearer  two  words"),
    *(
        b"application/json",
        b"application/x-www-form-urlencoded;charset=UTF-8",
        b"multipart/form-data",
        b"text/plain",
    ),
    *(
        b"wait=1",
        b"wait=99999999999999999999",
        b"wait=-1",
        b'wait="',
        b"wait",
        b"wait=1;x=\xff",
        b"respond-async, wait=5",
    ),
    *(
        b"",
        b"\xff\xfe",
        b"x" * 9000,
        b"127.0.0.1",
        b"evil.example",
        b"null",
        b"pairgrant=x",
        b"0",
        b"-1",
        b"gzip",
    ),
]
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(b"authorization", b"content-type", b"dpop", b"prefer", b"cookie", b"origin", b"accept"),
                *(b"x-forwarded-for", b"content-length", b"content-encoding", b"host", b"transfer-encoding"),
            ]
        ),
        st.one_of(st.sampled_from(HEADER_VALUES), st.binary(max_size=40), JWT, KNOWN),
    ),
    max_size=4,
)
METHODS = st.one_of(
    st.just("POST"),
    st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "", "post"]),
)
PIECES = st.sampled_from([1, 1, 1, 2, 7])
HANGS_UP = st.integers(0, 9).map(lambda one: one == 9)


def value_of(world: World, value: Any) -> str:
    match value:
        case ("jwt", claims, header, by, is_filled):
            said = {**world.claims(), **claims} if is_filled else claims
            return str(world.jwt(said, header, by))
        case ("secret", number):
            return str(world.secrets[number % len(world.secrets)]) if world.secrets else "none yet"
    return str(value)


def headers_of(world: World, headers: list[tuple[bytes, Any]]) -> tuple[Header, ...]:
    found = []
    for name, value in headers:
        if isinstance(value, bytes):
            said = value
        else:
            said = value_of(world, value).encode("latin-1", "replace")
            said = (b"Bearer " + said) if name == b"authorization" else said
        # What no HTTP server lets through.
        found.append((name, said.translate(None, b"\r\n\0")))
    return tuple(found)


def body_of(world: World, pairs: list[tuple[str, Any, int]]) -> bytes:
    spelled = [(name, value_of(world, value), SPELLINGS[how]) for name, value, how in pairs]
    return b"&".join(spell(name) + b"=" + spell(value) for name, value, spell in spelled)


MEMBERS = st.dictionaries(
    st.sampled_from(
        [
            "client_name",
            "redirect_uris",
            "grant_types",
            "response_types",
            "token_endpoint_auth_method",
            "jwks",
            "jwks_uri",
            "scope",
            "id_token_signed_response_alg",
            "dpop_bound_access_tokens",
            "post_logout_redirect_uris",
            "software_statement",
            "require_pushed_authorization_requests",
            "client_uri",
            "contacts",
        ]
    ),
    st.one_of(
        VALUES, st.sampled_from([["authorization_code"], ["code"], "none", {"keys": [{}]}, [CALLBACK]])
    ),
    max_size=8,
)
BOMBS = [
    b"[" * 8000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b'{"client_name":"\\ud800"}',
    b'{"client_name":"\\u0000"}',
    b'{"client_name":"a","client_name":"b"}',
    b'{"client_name":NaN}',
    b'{"scope":' + b"9" * 5000 + b"}",
    b'{"scope":1e999999}',
    b'{"jwks":{"keys":' + b"[" * 500 + b"]" * 500 + b"}}",
    b'{"jwks":{"keys":[{"kty":"RSA","n":"' + b"A" * 9000 + b'","e":"AQAB"}]}}',
    b'{"jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]},"token_endpoint_auth_method":"private_key_jwt"}',
    b'{"jwks":{"keys":[{"kty":"OKP","crv":"Ed25519","x":""}]},"token_endpoint_auth_method":"private_key_jwt"}',
    b"\xef\xbb\xbf{}",
    b"null",
    b'"',
    b"{}{}",
]
