"""What ``TokenIssuer`` takes from the source of random bytes."""

import json
from typing import Any

from pairgrant_protocol.base64url import from_base64url
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.model.with_account import RefreshedDevice
from pairgrant_server.authorization_server.secrets.identifiers import ID_BYTES, ID_RANDOM_BYTES, SECRET_BYTES
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.sql.rows import REFRESHED_DEVICE_COLUMNS
from pairgrant_server.authorization_server.tokens.token_issuer import DEVICE_CLAIM, TokenIssuer

SCOPE = ("offline_access",)
CLIENT = Client("tv", "TV", frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN}), SCOPE, 0.0)
_SEQUENCE_BYTES = 4


class Keys:
    """Keeps the claims that it signs."""

    def __init__(self) -> None:
        self.claims: list[dict[str, Any]] = []

    def sign(self, claims: dict[str, Any], *, typ: str) -> Secret:
        self.claims.append(claims)
        return Secret(typ)


def every_byte_once(size: int) -> bytes:
    return bytes(range(size))


def secret_of(response: bytes) -> bytes:
    """The random bytes of the refresh token in ``response``."""
    token = from_base64url(json.loads(response)["refresh_token"])
    return token[ID_BYTES + _SEQUENCE_BYTES :][:SECRET_BYTES]


def test_values_of_one_response_share_no_random_byte() -> None:
    keys = Keys()
    issuer = TokenIssuer(
        ServerSettings("https://pair.example"),
        keys,  # type: ignore[arg-type]
        ServerKey(Secret("server key " * 4)),
        lambda: 1_790_000_000.0,
        every_byte_once,
    )
    first = issuer.first(
        CLIENT,
        grant_type=GrantType.DEVICE_CODE,
        user_id="u1",
        auth_time=0.0,
        scope=SCOPE,
        address="192.0.2.7",
    )
    random = [bytes.fromhex(keys.claims[0][name])[-ID_RANDOM_BYTES:] for name in ("jti", DEVICE_CLAIM)]
    drawn = b"".join((secret_of(first.response), *random))
    assert sorted(drawn) == list(range(SECRET_BYTES + 2 * ID_RANDOM_BYTES))

    values = [*(getattr(first.device, name) for name in REFRESHED_DEVICE_COLUMNS), True]
    following = issuer.next(RefreshedDevice(*values), CLIENT, scope=SCOPE)
    drawn = secret_of(following.response) + bytes.fromhex(keys.claims[1]["jti"])[-ID_RANDOM_BYTES:]
    assert sorted(drawn) == list(range(SECRET_BYTES + ID_RANDOM_BYTES))
