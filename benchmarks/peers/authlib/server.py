"""Authlib's device grant on Flask: RFC 9068 tokens (ES256), refresh token rotation, and POST /approve."""

from time import time
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE, DeviceAuthorizationEndpoint, DeviceCodeGrant
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from flask import Flask, Response, request
from joserfc.jwk import ECKey
from model import Client, DeviceCredential, Token, session
from sqlalchemy import select

_ISSUER = "http://127.0.0.1"
_KEY = ECKey.generate_key("P-256", {"kid": "1"})
_LIFETIME = 1800


class User:
    """Alice is the only user."""

    def get_user_id(self) -> str:
        return "alice"


class Authorization(DeviceAuthorizationEndpoint):
    EXPIRES_IN = _LIFETIME
    INTERVAL = 1

    def get_verification_uri(self) -> str:
        return f"{_ISSUER}/device"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        session.add(
            DeviceCredential(
                device_code=data["device_code"],
                user_code=data["user_code"],
                client_id=client_id,
                scope=scope,
                expires_at=time() + _LIFETIME,
            )
        )
        session.commit()


class DeviceCodes(DeviceCodeGrant):
    def query_device_credential(self, device_code: str) -> DeviceCredential | None:
        self.credential = session.get(DeviceCredential, device_code)
        return self.credential

    def query_user_grant(self, _user_code: str) -> tuple[User, bool] | None:
        return (User(), True) if self.credential.approved_by else None

    def should_slow_down(self, _credential: DeviceCredential) -> bool:
        return False


class RefreshTokens(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        found = session.scalar(select(Token).where(Token.refresh_token == refresh_token))
        return found if found is not None and not found.refresh_token_revoked_at else None

    def authenticate_user(self, _token: Token) -> User:
        return User()

    def revoke_old_credential(self, token: Token) -> None:
        token.access_token_revoked_at = token.refresh_token_revoked_at = int(time())
        session.commit()


class AccessTokens(JWTBearerTokenGenerator):
    def get_jwks(self) -> ECKey:
        return _KEY

    def get_audiences(self, _client: Client, _user: User, _scope: str) -> str:
        return "https://board.example"


def _save_token(token: dict[str, Any], asked: Any) -> None:
    if asked.payload.grant_type == DEVICE_CODE_GRANT_TYPE:
        session.delete(asked.credential)
    session.add(Token(client_id=asked.client.client_id, user_id="alice", **token))
    session.commit()


def _seed_client() -> dict[str, Client]:
    """The one client, looked up in memory by each request, as it is in other peers."""
    client = Client(client_id="lobby-tv", client_secret="")
    client.set_client_metadata(
        {
            "grant_types": [DEVICE_CODE_GRANT_TYPE, "refresh_token"],
            "token_endpoint_auth_method": "none",
            "scope": "board:read",
        }
    )
    return {client.client_id: client}


app = Flask(__name__)
server = AuthorizationServer(app, query_client=_seed_client().get, save_token=_save_token)
server.register_token_generator(
    "default",
    AccessTokens(
        issuer=_ISSUER, alg="ES256", refresh_token_generator=lambda *_args, **_named: generate_token(48)
    ),
)
server.register_endpoint(Authorization)
server.register_grant(DeviceCodes)
server.register_grant(RefreshTokens)


@app.post("/device_authorization")
def device_authorization() -> Response:
    return server.create_endpoint_response(Authorization.ENDPOINT_NAME)


@app.post("/token")
def token() -> Response:
    return server.create_token_response()


@app.post("/approve")
def approve() -> dict[str, str]:
    user_code = request.form["user_code"]
    credential = session.scalar(select(DeviceCredential).where(DeviceCredential.user_code == user_code))
    credential.approved_by = "alice"
    session.commit()
    return {"approved": user_code}


@app.teardown_appcontext
def _release(_error: BaseException | None) -> None:
    session.remove()
