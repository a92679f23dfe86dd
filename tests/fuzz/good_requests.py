"""Good requests for every path that takes POST or a token; the tests spoil them."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from pairgrant_protocol.vocabulary import GrantType
from tests.fuzz.sent import JSON, Header, Sent
from tests.fuzz.world import CALLBACK, World

SECRET = "the secret of a confidential client"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def signed(world: World, form: Mapping[str, str]) -> dict[str, str]:
    assertion = world.jwt(world.claims(), {"kid": None})
    return {**form, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


def bearer(world: World, scheme: bytes = b"Bearer") -> Header:
    return b"authorization", scheme + b" " + world.tokens()["access_token"].encode()


def bound(world: World) -> tuple[Header, ...]:
    """A token that is bound to a key, and its proof for userinfo."""
    form = signed(world, {"grant_type": "client_credentials", "scope": "board:read"})
    proof = world.proof("/token").encode()
    token = world.post("/token", form, (b"dpop", proof))["access_token"]
    return (b"authorization", f"DPoP {token}".encode()), (b"dpop", world.proof("/userinfo").encode())


Recipe = Callable[[World], Sent]


def posts(path: str, make: Callable[[World], Mapping[str, str]]) -> Recipe:
    return lambda world: Sent.post(path, make(world))


def by_get(path: str, make: Callable[[World], Mapping[str, str]]) -> Recipe:
    return lambda world: Sent("GET", path, urlencode(make(world)).encode())


def registration(world: World) -> Sent:
    members = {
        "client_name": "Registered",
        "redirect_uris": [CALLBACK],
        "grant_types": [GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [world.key.as_dict(private=False)]},
        "scope": "openid",
        "id_token_signed_response_alg": "RS256",
        "dpop_bound_access_tokens": False,
        "post_logout_redirect_uris": ["https://app.example/"],
    }
    token = world.initial_access_token().encode()
    headers = (JSON, (b"authorization", b"Bearer " + token))
    return Sent("POST", "/register", headers=headers, body=json.dumps(members).encode())


GOOD: dict[str, list[Recipe]] = {
    "/device_authorization": [
        posts(
            "/device_authorization", lambda _: {"client_id": "app", "scope": "openid", "device_name": "TV"}
        ),
        lambda world: Sent.post(
            "/device_authorization",
            {
                "client_id": "bound",
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                "code_challenge_method": "S256",
                "resource": "https://pair.example/board",
            },
            (b"dpop", world.proof("/device_authorization").encode()),
        ),
    ],
    "/token": [
        posts("/token", lambda world: world.poll(world.approved())),
        posts("/token", lambda world: world.code()),
        posts(
            "/token",
            lambda world: {
                "grant_type": "refresh_token",
                "client_id": "app",
                "refresh_token": world.tokens()["refresh_token"],
                "scope": "openid",
            },
        ),
        posts("/token", lambda world: signed(world, {"grant_type": "client_credentials"})),
        lambda world: Sent.post(
            "/token",
            signed(world, {"grant_type": "client_credentials", "scope": "board:read"}),
            (b"dpop", world.proof("/token").encode()),
        ),
        posts(
            "/token",
            lambda world: signed(
                world,
                {
                    "grant_type": GrantType.JWT_BEARER,
                    "assertion": world.jwt(world.claims("https://idp.example", "alice"), by=1),
                },
            ),
        ),
    ],
    "/revoke": [
        posts("/revoke", lambda world: {"client_id": "app", "token": world.tokens()["refresh_token"]}),
        posts("/revoke", lambda world: {"client_id": "app", "token": world.tokens()["access_token"]}),
    ],
    "/introspect": [
        posts("/introspect", lambda world: {"client_id": "app", "token": world.tokens()["access_token"]}),
        posts("/introspect", lambda world: {"client_id": "app", "token": world.tokens()["refresh_token"]}),
    ],
    "/register": [registration],
    "/userinfo": [
        lambda world: Sent("GET", "/userinfo", headers=(bearer(world),)),
        lambda world: Sent("POST", "/userinfo", headers=(bearer(world),)),
    ],
    "/authorize": [
        by_get("/authorize", lambda world: world.authorization_request()),
        posts(
            "/authorize", lambda world: {**world.authorization_request(), "prompt": "login", "max_age": "9"}
        ),
        by_get(
            "/authorize",
            lambda world: {
                "client_id": "app",
                "request_uri": world.post("/par", world.authorization_request())["request_uri"],
            },
        ),
    ],
    "/par": [
        posts("/par", lambda world: world.authorization_request()),
        posts("/par", lambda world: {**world.authorization_request("web"), "client_secret": SECRET}),
    ],
    "/logout": [
        by_get(
            "/logout",
            lambda world: {
                "id_token_hint": world.tokens()["id_token"],
                "post_logout_redirect_uri": "https://app.example/",
                "state": "kept",
            },
        ),
        posts("/logout", lambda _: {"client_id": "app"}),
    ],
}

GOOD_OTHERS: dict[str, list[Recipe]] = {
    "/board/notices": [
        lambda world: Sent("GET", "/board/notices", headers=(bearer(world),)),
        lambda world: Sent(
            "POST", "/board/notices", headers=(JSON, bearer(world)), body=b'{"text": "Lunch at 12"}'
        ),
    ],
}
